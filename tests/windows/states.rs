//! The Credential Manager as other machines have it, by a library in the program's folder in the
//! place of Windows' own.

use std::fs;

use super::support::sample::{AK, HOST, LOGIN_KEY, SK};
use super::support::{Sandbox, credentials, skip, told};
use super::{KEY, get, sandbox};

/// What Windows' library is called where the program asks for it, and the one that takes its place:
/// a name as long.
const WINDOWS: &[u8] = b"advapi32.dll\0";
const OURS: &[u8] = b"credvapi.dll\0";

const FOREIGN: &str = "registry.example.com";
const NO_SESSION: &str =
    "Windows keeps no credentials for a session that nobody logged in to with a password";

/// Far more than a machine that does much else needs, and far less than a slow call takes.
const LIMIT: &str = "60";

/// The limit of a verb that a slow call holds up.
const SHORT_LIMIT: &str = "3";

/// Returns a sandbox whose Credential Manager is in this state, or skips the test aloud.
fn with_state(state: &str) -> Option<Sandbox> {
    let Some(library) = told("SWR_TEST_CREDENTIALS_LIBRARY") else {
        skip("no library for the states of Credential Manager; tests/windows.sh makes it");
        return None;
    };
    let mut sandbox = sandbox();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "");
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", LIMIT);
    sandbox.set("SWR_TEST_CREDENTIALS", state);
    let ours = std::str::from_utf8(OURS).unwrap().trim_end_matches('\0');
    fs::copy(library, sandbox.path("bin").join(ours)).unwrap();
    let mut program = fs::read(sandbox.program()).unwrap();
    let place = program
        .windows(WINDOWS.len())
        .position(|name| name == WINDOWS);
    let place = place.expect("the program asks for it");
    program[place..place + OURS.len()].copy_from_slice(OURS);
    fs::write(sandbox.program(), program).unwrap();
    Some(sandbox)
}

fn set_key(sandbox: &mut Sandbox) {
    sandbox.set("HUAWEICLOUD_SDK_AK", AK);
    sandbox.set("HUAWEICLOUD_SDK_SK", SK);
}

#[test]
fn a_session_without_credentials_has_no_keyring() {
    let Some(mut sandbox) = with_state("1312") else {
        return;
    };
    let said = sandbox.run(&["get"], HOST).fails();
    assert!(said.contains(NO_SESSION), "{said}");
    assert!(said.contains("(hint: log in with a password"), "{said}");
    let said = sandbox.run(&KEY, SK).fails();
    assert!(said.contains(NO_SESSION), "{said}");
    assert!(said.contains("--backend file"), "{said}");

    set_key(&mut sandbox);
    assert!(get(&sandbox).contains(LOGIN_KEY));
    let said = sandbox.run(&["get"], FOREIGN).fails();
    assert_eq!(said, "credentials not found in native keychain\n");
    sandbox.run(&["erase"], FOREIGN).ok();
    let login = format!(r#"{{"ServerURL":"{FOREIGN}","Username":"me","Secret":"x"}}"#);
    let said = sandbox.run(&["store"], &login).fails();
    assert!(said.contains(NO_SESSION), "{said}");
    let said = sandbox.run(&["doctor"], "").stdout;
    assert!(said.contains(NO_SESSION), "{said}");
    assert!(!said.contains("the keyring is ready"), "{said}");
}

#[test]
fn a_denied_access_is_said_with_its_hint() {
    let Some(mut sandbox) = with_state("5") else {
        return;
    };
    set_key(&mut sandbox);
    for said in [
        sandbox.run(&["get"], HOST).fails(),
        sandbox.run(&KEY, SK).fails(),
        sandbox.run(&["doctor"], "").stdout,
    ] {
        assert!(said.contains("the keyring denied access"), "{said}");
        assert!(said.contains("hint: a policy may forbid"), "{said}");
    }
}

#[test]
fn a_slow_credential_manager_delays_no_verb_beyond_its_deadline() {
    let Some(mut sandbox) = with_state("slow") else {
        return;
    };
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", SHORT_LIMIT);
    for (verb, stdin) in [("get", HOST), ("list", ""), ("erase", FOREIGN)] {
        ends_in_time(&sandbox, verb, stdin);
    }
}

/// With thousands of credentials in it.
#[test]
fn a_slow_search_delays_only_what_searches() {
    let Some(mut sandbox) = with_state("slow-list") else {
        return;
    };
    let Some(_own) = credentials::own() else {
        return;
    };
    sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "on");
    let login = format!(r#"{{"ServerURL":"{FOREIGN}","Username":"me","Secret":"x"}}"#);
    sandbox.run(&["store"], &login).ok();
    assert!(sandbox.run(&["get"], FOREIGN).ok().contains("\"me\""));
    sandbox.run(&["erase"], FOREIGN).ok();
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", SHORT_LIMIT);
    ends_in_time(&sandbox, "list", "");
}

/// The keyring's own line, or where the machine is busy that of the whole process, which comes a
/// second later.
#[track_caller]
fn ends_in_time(sandbox: &Sandbox, verb: &str, stdin: &str) {
    let said = sandbox.run(&[verb], stdin).fails();
    assert!(said.contains(" within 3 s"), "{verb}: {said}");
}

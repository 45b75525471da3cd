//! Each state of a keyring, and what the helper reports.
#![cfg(all(target_os = "linux", feature = "keyring"))]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

#[path = "keyring/buses.rs"]
mod buses;
#[path = "keyring/daemons.rs"]
mod daemons;
#[path = "keyring/fake.rs"]
mod fake;

use support::bus::Bus;
use support::daemon::members;
use support::sample::{AK, FOREIGN_HOST as FOREIGN, HOST, SK, USERNAME};
use support::{Sandbox, have, run};

const NEEDS: &[&str] = &["dbus-run-session", "gnome-keyring-daemon", "secret-tool"];

const NOT_FOUND: &str = "credentials not found in native keychain";
const LOGIN: &str =
    r#"{"ServerURL":"registry.example.com","Username":"somebody","Secret":"a password"}"#;

#[test]
fn a_ready_keyring_stores_and_answers() {
    let Some((sandbox, _bus)) = with(Bus::unlocked) else {
        return;
    };
    says(&sandbox, "get", HOST, NOT_FOUND);
    store_for_people(&sandbox).ok();
    assert!(sandbox.run(&["get"], HOST).ok().contains(USERNAME));
    is_fine(&sandbox, "store", LOGIN);
    is_fine(&sandbox, "erase", FOREIGN);
    says(&sandbox, "get", FOREIGN, NOT_FOUND);
}

#[test]
fn a_locked_keyring_is_reported() {
    let Some((sandbox, bus)) = with(Bus::unlocked) else {
        return;
    };
    store_for_people(&sandbox).ok();
    is_fine(&sandbox, "store", LOGIN);
    bus.lock();
    for (verb, stdin) in [
        ("get", HOST),
        ("get", FOREIGN),
        ("store", LOGIN),
        ("erase", FOREIGN),
    ] {
        says(&sandbox, verb, stdin, "keyring is locked");
    }
    // A missing item is not reported as locked.
    says(&sandbox, "get", "other.example.com", NOT_FOUND);
    is_fine(&sandbox, "erase", "other.example.com");
}

#[test]
fn a_keyring_locked_from_the_start_is_reported() {
    let Some((sandbox, _bus)) = with(Bus::locked) else {
        return;
    };
    says(&sandbox, "get", HOST, NOT_FOUND);
    says(&sandbox, "store", LOGIN, "keyring is locked");
}

#[test]
fn a_keyring_that_was_never_unlocked_is_empty() {
    let Some((sandbox, _bus)) = with(Bus::never_unlocked) else {
        return;
    };
    says(&sandbox, "get", HOST, NOT_FOUND);
    says(&sandbox, "store", LOGIN, "no collection");
    is_fine(&sandbox, "erase", HOST);
    assert_eq!(sandbox.run(&["list"], "").ok().trim(), "{}");
    assert!(store_for_people(&sandbox).fails().contains("no collection"));
}

#[test]
fn no_bus_is_no_keyring() {
    let sandbox = Sandbox::new();
    is_absent(&sandbox, "no OS keyring");
    assert_eq!(sandbox.run(&["list"], "").ok().trim(), "{}");
}

#[test]
fn a_bus_without_a_keyring_is_no_keyring() {
    let Some((sandbox, _bus)) = with(Bus::without_service) else {
        return;
    };
    is_absent(&sandbox, "no OS keyring");
    assert_eq!(sandbox.run(&["list"], "").ok().trim(), "{}");
}

#[test]
fn a_bus_that_is_gone_is_reported() {
    let mut sandbox = Sandbox::new();
    let _bus = Bus::gone(&mut sandbox);
    is_absent(&sandbox, "nothing listens");
}

#[test]
fn a_socket_without_a_listener_is_reported() {
    let mut sandbox = Sandbox::new();
    let _bus = Bus::abandoned(&mut sandbox);
    is_absent(&sandbox, "nothing listens");
}

#[test]
fn a_silent_bus_ends_at_the_deadline() {
    let mut sandbox = Sandbox::new();
    let _bus = Bus::silent(&mut sandbox);
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1");
    for (verb, stdin) in [
        ("get", HOST),
        ("get", FOREIGN),
        ("store", LOGIN),
        ("erase", HOST),
    ] {
        says(&sandbox, verb, stdin, "did not answer within 1 s");
    }
    assert!(
        store_for_people(&sandbox)
            .fails()
            .contains("did not answer")
    );
}

#[test]
fn a_session_leaves_nothing_running() {
    let Some((sandbox, bus)) = with(Bus::unlocked) else {
        return;
    };
    let group = bus.group();
    store_for_people(&sandbox).ok();
    assert!(
        members(group)
            .iter()
            .any(|line| line.contains("gnome-keyring-daemon"))
    );
    drop(bus);
    assert_eq!(members(group), Vec::<String>::new());
}

#[test]
fn a_failing_test_leaves_nothing_running() {
    if !have(NEEDS) {
        return;
    }
    let failed = std::panic::catch_unwind(|| {
        let mut sandbox = Sandbox::new();
        let bus = Bus::never_unlocked(&mut sandbox);
        // The bus starts the keyring for this.
        let mut lookup = sandbox.command("secret-tool");
        run(
            lookup.args(["lookup", "service", "none"]),
            "",
            support::SHORT,
        );
        assert!(
            members(bus.group())
                .iter()
                .any(|line| line.contains("gnome-keyring-daemon"))
        );
        // This panic is intended, so its message is not printed.
        std::panic::resume_unwind(Box::new(bus.group()));
    });
    let group = *failed.unwrap_err().downcast::<u32>().unwrap();
    assert_eq!(members(group), Vec::<String>::new());
}

/// Returns a sandbox with a bus, or `None` if the programs for it are missing.
fn with(bus: fn(&mut Sandbox) -> Bus) -> Option<(Sandbox, Bus)> {
    if !have(NEEDS) {
        return None;
    }
    let mut sandbox = Sandbox::new();
    let bus = bus(&mut sandbox);
    Some((sandbox, bus))
}

/// Without a keyring, only a `get` for SWR fails with an error, and `erase` succeeds.
#[track_caller]
fn is_absent(sandbox: &Sandbox, words: &str) {
    says(sandbox, "get", HOST, words);
    says(sandbox, "get", FOREIGN, NOT_FOUND);
    says(sandbox, "store", LOGIN, words);
    is_fine(sandbox, "erase", HOST);
    is_fine(sandbox, "erase", FOREIGN);
    assert!(store_for_people(sandbox).fails().contains(words));
}

/// Fails unless the verb ends with exit code 1 and one line on stdout that has these words in it.
#[track_caller]
fn says(sandbox: &Sandbox, verb: &str, stdin: &str, words: &str) {
    let outcome = sandbox.run(&[verb], stdin);
    let is_one_line = outcome.stdout.ends_with('\n') && outcome.stdout.lines().count() == 1;
    assert_eq!((outcome.code, is_one_line), (Some(1), true), "{outcome:#?}");
    assert!(
        outcome.stdout.contains(words),
        "no {words:?} in {outcome:#?}"
    );
    assert_eq!(outcome.stderr, "", "{outcome:#?}");
    // Clients compare the text for "not found", so it has no hint.
    assert!(
        words != NOT_FOUND || outcome.stdout.trim_end() == NOT_FOUND,
        "{outcome:#?}"
    );
}

#[track_caller]
fn is_fine(sandbox: &Sandbox, verb: &str, stdin: &str) {
    let outcome = sandbox.run(&[verb], stdin);
    assert_eq!(outcome.ok(), "");
}

fn store_for_people(sandbox: &Sandbox) -> support::Outcome {
    sandbox.run(&["store", "--ak", AK, "--sk-stdin"], SK)
}

//! Windows: variables in any case, access to files, replacing open files, and the Credential
//! Manager, if it is there for tests.
#![cfg(all(windows, feature = "keyring"))]
#![allow(clippy::unwrap_used, reason = "this is test code")]

#[cfg(feature = "cloud")]
#[path = "windows/cache.rs"]
mod cache;
#[path = "windows/states.rs"]
mod states;
mod support;

use std::fs;
use std::io::Read;
use std::os::windows::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use docker_credential_swr::system::atomic_file;
use support::credentials::{self, Credential};
use support::platform::{is_private, share_with_everybody};
use support::sample::{AK, HOST, LOGIN_KEY, SK};
use support::{Sandbox, skip, told, with_slashes};

const KEY: [&str; 5] = ["store", "--ak", AK, "--sk-stdin", "--no-configure"];

/// Returns a sandbox with the usual folders of a Windows user.
fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new();
    for variable in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"] {
        sandbox.set(variable, "");
    }
    sandbox
}

/// Returns one with the Credential Manager, or `None` if that belongs to a real user.
fn with_credentials() -> Option<(Sandbox, credentials::Own)> {
    let own = credentials::own()?;
    let mut sandbox = sandbox();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "");
    Some((sandbox, own))
}

fn get(sandbox: &Sandbox) -> String {
    sandbox.run(&["get"], HOST).ok().to_owned()
}

#[test]
fn variables_are_found_by_names_in_any_case() {
    let sandbox = sandbox();
    let mut command = sandbox.command(sandbox.program());
    command
        .env("hw_access_key", AK)
        .env("Hw_Secret_Key", SK)
        .arg("get");
    let said = support::run(&mut command, HOST, support::SHORT);
    assert!(said.ok().contains(LOGIN_KEY));
}

#[test]
fn the_file_store_is_local_and_a_roaming_one_is_moved() {
    let sandbox = sandbox();
    sandbox.run(&KEY, SK).ok();
    let local = sandbox.path("home/AppData/Local/docker-credential-swr");
    let roaming = sandbox.path("home/AppData/Roaming/docker-credential-swr");
    assert!(local.join("credentials").is_file() && !roaming.exists());
    assert!(is_private(&local));

    fs::create_dir_all(roaming.parent().unwrap()).unwrap();
    fs::rename(&local, &roaming).unwrap();
    assert!(get(&sandbox).contains(LOGIN_KEY));
    assert!(local.join("credentials").is_file() && !roaming.exists());

    // An existing file is not replaced.
    fs::create_dir_all(&roaming).unwrap();
    fs::write(roaming.join("credentials"), "").unwrap();
    assert!(get(&sandbox).contains(LOGIN_KEY));
    assert!(roaming.join("credentials").is_file());
}

#[test]
fn a_file_store_that_others_can_read_is_refused() {
    let sandbox = sandbox();
    sandbox.run(&KEY, SK).ok();
    let file = credentials_file(&sandbox);
    share_with_everybody(&file);
    let said = sandbox.run(&["get"], HOST).fails();
    assert!(said.contains("others can read or write it"), "{said}");
    assert!(said.contains("(hint: icacls \""), "{said}");
    assert!(!said.contains(r"\\?\"), "{said}");
}

#[test]
fn a_secret_in_a_file_that_others_can_read_is_refused() {
    let mut sandbox = sandbox();
    for (variable, text) in [
        ("HUAWEICLOUD_SDK_AK_FILE", AK),
        ("HUAWEICLOUD_SDK_SK_FILE", SK),
    ] {
        let path = sandbox.path(variable);
        fs::write(&path, text).unwrap();
        sandbox.set(variable, path);
    }
    assert!(get(&sandbox).contains(LOGIN_KEY));
    share_with_everybody(&sandbox.path("HUAWEICLOUD_SDK_SK_FILE"));
    let said = sandbox.run(&["get"], HOST).fails();
    assert!(
        said.contains("others can read it; fix that with `icacls"),
        "{said}"
    );
}

#[test]
fn settings_that_others_can_write_are_refused() {
    let sandbox = sandbox();
    sandbox.run(&KEY, SK).ok();
    let settings = sandbox.path("home/AppData/Local/docker-credential-swr/config.toml");
    fs::write(&settings, "").unwrap();
    assert!(get(&sandbox).contains(LOGIN_KEY));
    share_with_everybody(&settings);
    let said = sandbox.run(&["get"], HOST).fails();
    assert!(
        said.contains("others can write it; fix that with `icacls"),
        "{said}"
    );
}

#[test]
fn no_lock_is_taken_in_a_folder_of_everybodys() {
    let Some((sandbox, _own)) = with_credentials() else {
        return;
    };
    sandbox.run(&KEY, SK).ok();
    let state = sandbox.path("home/AppData/Local/docker-credential-swr-state");
    assert!(is_private(&state));
    share_with_everybody(&state);
    let said = sandbox.run(&KEY, SK).fails();
    assert!(
        said.contains("docker-credential-swr-state: others can read it; fix that with `icacls"),
        "{said}"
    );
}

#[test]
fn doctor_reports_who_else_can_write() {
    let sandbox = sandbox();
    sandbox.run(&KEY, SK).ok();
    sandbox.run(&["configure", "--registry", HOST], "").ok();
    let config = sandbox.path("home/.docker/config.json");
    assert!(is_private(&config));
    let said = sandbox.run(&["doctor"], "").stdout;
    let fault = format!("others can write {}", config.display());
    let (fault, said) = (with_slashes(&fault), with_slashes(&said));
    assert!(!said.contains(&fault), "{said}");
    share_with_everybody(&config);
    let said = with_slashes(&sandbox.run(&["doctor"], "").stdout);
    assert!(
        said.contains(&fault) && said.contains("hint: icacls \""),
        "{said}"
    );
}

#[test]
fn a_trace_that_others_can_read_is_left_alone() {
    let mut sandbox = sandbox();
    let trace = sandbox.path("home/trace.txt");
    sandbox.set("DOCKER_CREDENTIAL_SWR_TRACE", &trace);
    sandbox.run(&["get"], HOST).fails();
    let before = fs::read(&trace).unwrap();
    assert!(!before.is_empty());
    share_with_everybody(&trace);
    sandbox.run(&["get"], HOST).fails();
    assert_eq!(fs::read(&trace).unwrap(), before);
}

/// A reader that lets others delete what it reads, as Rust does.
#[test]
fn a_file_that_is_open_for_reading_is_replaced() {
    if told("SWR_TEST_WINE").is_some() {
        return skip("wine replaces no file that is open");
    }
    let sandbox = sandbox();
    sandbox.run(&KEY, SK).ok();
    let mut file = fs::File::open(credentials_file(&sandbox)).unwrap();
    sandbox.run(&["erase", "--account", "default"], "").ok();
    let mut old = String::new();
    file.read_to_string(&mut old).unwrap();
    assert!(old.contains(AK) && old.ends_with("end\n"), "{old}");
}

/// A reader that does not, as Go does not.
#[test]
fn a_file_that_was_just_read_is_replaced() {
    const FILE_SHARE_READ: u32 = 1;
    let sandbox = sandbox();
    sandbox.run(&KEY, SK).ok();
    let path = credentials_file(&sandbox);
    let mut options = fs::File::options();
    let unshared = options.read(true).share_mode(FILE_SHARE_READ).open(&path);
    let reader = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        drop(unshared.unwrap());
    });
    sandbox.run(&["erase", "--account", "default"], "").ok();
    reader.join().unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains(AK));
}

/// Fifty times, while somebody opens it again and again, and lets nobody replace it meanwhile.
#[test]
fn a_file_that_is_read_again_and_again_is_replaced() {
    const FILE_SHARE_READ: u32 = 1;
    const PAUSE: Duration = Duration::from_millis(10);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    fs::write(&path, "").unwrap();
    let is_done = AtomicBool::new(false);
    let reads = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !is_done.load(Ordering::Relaxed) {
                let mut options = fs::File::options();
                if let Ok(file) = options.read(true).share_mode(FILE_SHARE_READ).open(&path) {
                    thread::sleep(PAUSE);
                    drop(file);
                    reads += 1;
                }
                thread::sleep(PAUSE);
            }
            reads
        });
        for number in 0..50 {
            let text = number.to_string();
            let written = atomic_file::replace(&path, text.as_bytes());
            is_done.store(written.is_err(), Ordering::Relaxed);
            written.unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        is_done.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(reads > 0, "nobody read it");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

fn credentials_file(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("home/AppData/Local/docker-credential-swr/credentials")
}

#[test]
fn credentials_stay_on_the_machine() {
    let Some((sandbox, own)) = with_credentials() else {
        return;
    };
    sandbox.run(&KEY, SK).ok();
    let found = own.all();
    let found: Vec<_> = found.iter().map(Credential::without_secret).collect();
    assert_eq!(found, [("account/default.docker-credential-swr", "Local")]);
    assert!(get(&sandbox).contains(LOGIN_KEY));
    sandbox.run(&["erase", "--account", "default"], "").ok();
    assert!(own.all().is_empty());
}

#[test]
fn a_login_of_any_length_is_stored_and_erased() {
    let Some((sandbox, own)) = with_credentials() else {
        return;
    };
    for length in [10, 2000, 9000, 60_000, 3000] {
        let secret = "s".repeat(length);
        let login = format!(
            r#"{{"ServerURL":"registry.example.com","Username":"me","Secret":"{secret}"}}"#
        );
        sandbox.run(&["store"], &login).ok();
        let answer = sandbox.run(&["get"], "registry.example.com");
        assert!(
            answer.ok().contains(&format!(r#""Secret":"{secret}""#)),
            "{length}"
        );
        assert!(own.all().iter().all(|one| one.secret.len() <= 2560));
        let listed = sandbox.run(&["list"], "");
        assert_eq!(listed.ok(), "{\"registry.example.com\":\"me\"}\n");
    }
    sandbox.run(&["erase"], "registry.example.com").ok();
    assert!(own.all().is_empty(), "{:?}", own.all());
}

#[test]
fn a_damaged_item_hides_no_other() {
    let Some((sandbox, own)) = with_credentials() else {
        return;
    };
    sandbox.run(&KEY, SK).ok();
    own.put("broken.example", b"\xff\xfe");
    let said = sandbox.run(&["accounts"], "");
    assert!(said.ok().contains("account `default`"), "{said:#?}");
    assert!(
        said.stdout.contains("`broken.example`: cannot be read"),
        "{said:#?}"
    );
    let listed = sandbox.run(&["list"], "");
    assert_eq!((listed.ok(), listed.stderr.as_str()), ("{}\n", ""));
}

#[test]
fn doctors_trial_write_leaves_nothing() {
    let Some((sandbox, own)) = with_credentials() else {
        return;
    };
    let said = sandbox.run(&["doctor"], "").stdout;
    assert!(
        said.contains("ok       store: the keyring is ready"),
        "{said}"
    );
    assert!(own.all().is_empty(), "{:?}", own.all());
}

/// In its version resource, a tree of names and values in UTF-16, each ended by a zero and filled
/// up with more.
#[test]
fn the_program_has_version_information() {
    let program = fs::read(Sandbox::new().program()).unwrap();
    let units: Vec<_> = program
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let place = |text: &str| {
        let text: Vec<_> = text.encode_utf16().chain([0]).collect();
        let mut windows = units.windows(text.len());
        windows
            .position(|window| window == text)
            .map(|place| place + text.len())
    };
    place("VS_VERSION_INFO").expect("a resource");
    for (name, expected) in [
        ("ProductName", env!("CARGO_PKG_NAME")),
        ("ProductVersion", env!("CARGO_PKG_VERSION")),
        ("FileVersion", env!("CARGO_PKG_VERSION")),
    ] {
        let value = &units[place(name).expect(name)..];
        let value: Vec<_> = value
            .iter()
            .copied()
            .skip_while(|unit| *unit == 0)
            .take_while(|unit| *unit != 0)
            .collect();
        assert_eq!(String::from_utf16_lossy(&value), expected, "{name}");
    }
}

//! The helper is killed during a `store`: afterwards either the old or the new login is stored.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::bus::Bus;
use crate::support::{
    Outcome, SHORT, Sandbox, have, helper_binary, is_long, make_private_folders, run, say, skip,
};
use crate::{HOST, login, store, stored, with_file_store};

/// The system calls that could lose a file; `tests/long.sh` tries all of them.
const FILE_CALLS: &str = "openat,write,fsync,rename,renameat2,fchmod,close,unlink,flock,mkdir";

#[test]
fn a_kill_at_any_system_call_of_a_file_store_loses_nothing() {
    if !have(&["strace"]) {
        return;
    }
    let sandbox = with_file_store();
    let calls = if is_long() { "all" } else { FILE_CALLS };
    let path = sandbox.path("config/docker-credential-swr/credentials");
    let old = fs::read(&path).unwrap();
    let traced = |options: &[&str]| traced(&sandbox, options, &["store"], &login("new"));
    let (whole, log) = traced(&["-e", &format!("trace={calls}")]);
    if whole.code != Some(0) {
        skip(&format!("strace cannot run here: {}", whole.stderr.trim()));
        return;
    }
    let calls = calls_of_first_thread(&log);
    let (mut olds, mut news) = (0, 0);
    for (name, number) in &calls {
        fs::write(&path, &old).unwrap();
        let inject = format!("inject={name}:signal=KILL:when={number}");
        let (outcome, _) = traced(&["-e", &inject]);
        assert_ne!(outcome.code, Some(0), "not killed at {name} {number}");
        match stored(&sandbox).as_str() {
            "old" => olds += 1,
            "new" => news += 1,
            other => panic!("{other} behind {name} {number}"),
        }
    }
    say(&format!(
        "faults: killed at {} system calls of a store: {olds} times the old login, {news} times the new",
        calls.len()
    ));
    assert!(olds > 0 && news > 0, "{olds} {news}");
    store(&sandbox, "last");
    assert_eq!(stored(&sandbox), "last");
}

/// The login is afterwards in config.json, in the store, or in both.
#[test]
fn a_kill_at_any_system_call_of_an_import_loses_nothing() {
    if !have(&["strace"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let calls = if is_long() { "all" } else { FILE_CALLS };
    let path = sandbox.path("home/.docker/config.json");
    make_private_folders(path.parent().unwrap());
    let old = format!(r#"{{"auths": {{"{HOST}": {{"auth": "c29tZS1ib2R5OmltcG9ydGVk"}}}}}}"#);
    let new = format!(r#"{{"auths": {{}}, "credHelpers": {{"{HOST}": "swr"}}}}"#);
    let import = ["configure", "--import-auths", "--registry", HOST];
    let traced = |options: &[&str]| {
        fs::write(&path, &old).unwrap();
        sandbox.run(&["erase"], HOST).ok();
        traced(&sandbox, options, &import, "")
    };
    // The first run makes folders and files for the later ones.
    traced(&[]);
    let (whole, log) = traced(&["-e", &format!("trace={calls}")]);
    if whole.code != Some(0) {
        skip(&format!("strace cannot run here: {}", whole.stderr.trim()));
        return;
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), new);
    let calls = calls_of_first_thread(&log);
    let (mut olds, mut news, mut both) = (0, 0, 0);
    for (name, number) in &calls {
        let inject = format!("inject={name}:signal=KILL:when={number}");
        let (outcome, _) = traced(&["-e", &inject]);
        assert_ne!(outcome.code, Some(0), "not killed at {name} {number}");
        let now = fs::read_to_string(&path).unwrap();
        let is_stored = sandbox.run(&["get"], HOST).stdout.contains("\"imported\"");
        match (now == old, now == new, is_stored) {
            (true, _, false) => olds += 1,
            (true, _, true) => both += 1,
            (_, true, true) => news += 1,
            _ => panic!("{now} behind {name} {number}"),
        }
    }
    say(&format!(
        "faults: killed at {} system calls of an import: {olds} times in the file, {both} times in both, {news} times in the store",
        calls.len()
    ));
    assert!(olds > 0 && both > 0, "{olds} {both} {news}");
}

/// Runs the helper under strace; returns its outcome and strace's log.
fn traced(
    sandbox: &Sandbox,
    options: &[&str],
    arguments: &[&str],
    stdin: &str,
) -> (Outcome, String) {
    let mut command = sandbox.command("strace");
    let log = sandbox.path("strace.log");
    command.args(["-f", "-o"]).arg(&log).args(options);
    command.arg(helper_binary()).args(arguments);
    let outcome = run(&mut command, stdin, SHORT);
    (outcome, fs::read_to_string(&log).unwrap_or_default())
}

/// Returns the calls of the writing thread, each with its number among calls of that name, as
/// strace counts.
fn calls_of_first_thread(log: &str) -> Vec<(String, usize)> {
    let first = log.split_whitespace().next().unwrap();
    let mut calls: Vec<(String, usize)> = Vec::new();
    for line in log.lines() {
        let call = line.strip_prefix(first).map(str::trim_start);
        let Some((name, _)) = call.and_then(|call| call.split_once('(')) else {
            continue;
        };
        // The call that starts the program is strace's own. Other lines that are none are the
        // second half of one that another thread's line came between, and the end.
        if name != "execve" && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            let before = calls.iter().filter(|(other, _)| other == name).count();
            calls.push((name.to_owned(), before + 1));
        }
    }
    calls
}

#[test]
fn a_kill_at_any_time_of_a_keyring_store_loses_nothing() {
    if !have(&["dbus-run-session", "gnome-keyring-daemon"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let _bus = Bus::unlocked(&mut sandbox);
    let kills: u32 = if is_long() { 200 } else { 20 };
    store(&sandbox, "login-0");
    let start = Instant::now();
    store(&sandbox, "login-0b");
    store(&sandbox, "login-0");
    let usual = start.elapsed() / 2;
    let mut there = "login-0".to_owned();
    let (mut olds, mut news) = (0, 0);
    for number in 1..=kills {
        let new = format!("login-{number}");
        let share = RandomState::new().hash_one(number) % 1000;
        killed_after(&sandbox, &new, usual.mul_f64(share as f64 / 500.0));
        // The keyring may still be writing.
        let now = stored(&sandbox);
        assert!(now == there || now == new, "{now}, {there}, {new}");
        if now == new {
            news += 1
        } else {
            olds += 1
        }
        there = stored(&sandbox);
        assert!(there == now || there == new, "{there} behind {now}");
    }
    say(&format!(
        "faults: {kills} kills within {usual:?}: {olds} times the old login, {news} times the new"
    ));
    store(&sandbox, "last");
    assert_eq!(stored(&sandbox), "last");
    assert_eq!(
        sandbox.run(&["list"], "").ok().matches("some-body").count(),
        1
    );
}

fn killed_after(sandbox: &Sandbox, password: &str, time: Duration) {
    use std::io::Write;

    let mut command = sandbox.command(helper_binary());
    command
        .arg("store")
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let stdin = child.stdin.take();
    let _ = stdin.unwrap().write_all(login(password).as_bytes());
    thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
}

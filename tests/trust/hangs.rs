//! What takes too long: a hanging disk, and files that are made to be slow to read.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use rustix::process::geteuid;

use super::support::sample::{AK, HOST, SK};
use super::support::{SHORT, Sandbox, have, run, skip};

#[test]
fn a_hanging_disk_is_an_error_in_time() {
    if !have(&["strace"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1");
    let settings = sandbox.path("settings.toml");
    fs::write(&settings, "").unwrap();
    sandbox.set("DOCKER_CREDENTIAL_SWR_CONFIG", &settings);
    let Some(mut command) = strace(&sandbox) else {
        return;
    };
    command
        .args(["-f", "-qq", "-o", "/dev/null", "-P"])
        .arg(&settings)
        // In microseconds: longer than any deadline.
        .args([
            "-e",
            "trace=open,openat",
            "-e",
            "inject=open,openat:delay_enter=600000000",
        ])
        .arg(sandbox.program())
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(HOST.as_bytes())
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(stdout.lines().next()));
    let line = receiver.recv_timeout(SHORT);
    // strace 6 waits for the call that it holds up, and for ever if its process ends.
    child.kill().unwrap();
    child.wait().unwrap();
    let line = line.expect("an end").expect("a line").unwrap();
    assert!(line.starts_with("nothing came within 1 s: "), "{line}");
}

/// Returns an strace that can look for paths in the helper's memory. Only root may, be it of a user
/// namespace.
fn strace(sandbox: &Sandbox) -> Option<Command> {
    if geteuid().is_root() {
        return Some(sandbox.command("strace"));
    }
    let inside = |program| {
        let mut command = sandbox.command("unshare");
        command.args(["--user", "--map-root-user", program]);
        command
    };
    if !have(&["unshare"]) {
        return None;
    }
    if run(&mut inside("true"), "", SHORT).code != Some(0) {
        skip("an ordinary user may make no user namespace here");
        return None;
    }
    Some(inside("strace"))
}

#[test]
fn wrong_settings_are_reported_in_linear_time() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("config/docker-credential-swr");
    fs::create_dir_all(&folder).unwrap();
    let time = |lines: usize| {
        let mut text = String::new();
        for number in 0..lines {
            writeln!(text, "[registry.\"h\".a{number}]").unwrap();
        }
        fs::write(folder.join("config.toml"), text).unwrap();
        let start = Instant::now();
        sandbox.run(&["get"], HOST).fails();
        start.elapsed()
    };
    time(10);
    let (short, long) = (time(4_000), time(32_000));
    // Eight times the lines; in quadratic time it would take 64 times as long.
    assert!(long < short * 24, "{short:?}, {long:?}");
}

#[test]
fn doctor_meets_its_deadline_with_many_hosts() {
    let mut sandbox = Sandbox::new();
    sandbox.set("HUAWEICLOUD_SDK_AK", AK);
    sandbox.set("HUAWEICLOUD_SDK_SK", SK);
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1");
    let helpers: serde_json::Map<_, _> = (0..20_000)
        .map(|number| (format!("h{number}.example"), "swr".into()))
        .collect();
    fs::create_dir_all(sandbox.path("home/.docker")).unwrap();
    let config = serde_json::json!({"credHelpers": helpers}).to_string();
    fs::write(sandbox.path("home/.docker/config.json"), config).unwrap();
    let outcome = sandbox.run(&["doctor"], "");
    assert!(
        outcome
            .stdout
            .contains("the time is over; registries that were not checked: "),
        "{}",
        outcome.stderr
    );
}

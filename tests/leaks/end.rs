//! The memory of a whole helper at its end: no secret that it read, made or answered is left in it.
//!
//! The same look found copies of the SK that a reader of credentials.csv kept, and one of the login
//! key in `print --format json`; both are gone. The last test here shows that a secret that nobody
//! wipes is found; with the wiping in `Secret` taken out, both others failed.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use serde_json::json;

use crate::marks::Marks;
use crate::support::bus::Bus;
use crate::support::{SHORT, Sandbox, have, helper_binary, poll, skip};
use crate::{AK, FOREIGN, HOST, SK, key};

/// Long, as the allocator writes over the start of what is freed.
const PASSWORD: &str = "the plain login's marked password/+&";
const USER_PASSWORD: &str = "the marked password of an IAM user";

/// The call by which a process ends, as /proc/PID/syscall has it.
const EXIT_GROUP: &str = if cfg!(target_arch = "x86_64") {
    "231 "
} else {
    "94 "
};

#[test]
fn no_secret_is_left_in_memory_with_the_file_store() {
    if !can_look() {
        return;
    }
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let folder = sandbox.path("config/docker-credential-swr");
    crate::support::make_private_folders(&folder);
    fs::write(
        folder.join("config.toml"),
        format!("[registry.\"{FOREIGN}\"]\n"),
    )
    .unwrap();
    leaves_nothing(&sandbox);
}

#[test]
fn no_secret_is_left_in_memory_with_the_keyring() {
    if !can_look() || !have(&["dbus-run-session", "gnome-keyring-daemon"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let _bus = Bus::unlocked(&mut sandbox);
    leaves_nothing(&sandbox);
    let user = [
        "store",
        "--registry",
        "swr.cn-east-3.myhuaweicloud.com",
        "--iam-user",
        "alice",
        "--domain",
        "acme",
        "--password-stdin",
        "--no-configure",
        "--offline",
    ];
    is_clean_after(&sandbox, &user, USER_PASSWORD);
}

/// Or nothing that is left would be seen.
#[test]
fn a_secret_that_is_not_wiped_is_found_in_memory() {
    if !can_look() {
        return;
    }
    let sandbox = Sandbox::new();
    let shell = Path::new("/bin/sh");
    let arguments = ["-c", "read -r secret; exit 0"];
    let (_, memory) = run_to_the_end(&sandbox, shell, &arguments, &format!("{SK}\n"));
    assert_eq!(left().found_in(&memory), ["SK"]);
}

/// What stays of each secret in memory that is freed and not wiped.
fn left() -> Marks {
    const OVERWRITTEN: usize = 16;
    let key = key();
    let secrets = [
        ("SK", SK),
        ("login key", &key),
        ("password", PASSWORD),
        ("IAM password", USER_PASSWORD),
    ];
    Marks::of(&secrets.map(|(name, secret)| (name, &secret[OVERWRITTEN..])))
}

fn can_look() -> bool {
    if !geteuid().is_root() {
        skip("only root can read the memory of a helper");
        return false;
    }
    have(&["strace"])
}

fn leaves_nothing(sandbox: &Sandbox) {
    let table = sandbox.path("credentials.csv");
    fs::write(
        &table,
        format!("User Name,Access Key Id,Secret Access Key\nme,{AK},{SK}\n"),
    )
    .unwrap();
    let login = |host, username, secret| {
        json!({"ServerURL": host, "Username": username, "Secret": secret}).to_string()
    };
    let (key, plain) = (login(HOST, AK, SK), login(FOREIGN, "somebody", PASSWORD));
    let offline = ["--offline", "--no-configure", "--replace"];
    let store = |more: &[&'static str]| [&["store"], more, &offline].concat();
    for (arguments, stdin) in [
        (store(&["--ak", AK, "--sk-stdin"]), SK),
        (store(&["--csv", "credentials.csv"]), ""),
        (vec!["store"], &key),
        (vec!["store"], &plain),
        (vec!["list"], ""),
        (vec!["accounts"], ""),
        (vec!["erase"], FOREIGN),
        (
            vec![
                "rotate",
                "--ak",
                "ANOTHERKEY0000000000",
                "--sk-stdin",
                "--offline",
            ],
            SK,
        ),
    ] {
        is_clean_after(sandbox, &arguments, stdin);
        // What is stored by now is answered.
        for host in [HOST, FOREIGN] {
            is_clean_after(sandbox, &["get"], host);
        }
    }
    for format in [
        "docker-login",
        "containerd",
        "kubernetes",
        "docker-config",
        "password",
        "json",
    ] {
        let stdout = is_clean_after(sandbox, &["print", HOST, "--format", format], "");
        assert_ne!(stdout, "", "{format}");
    }
}

#[track_caller]
fn is_clean_after(sandbox: &Sandbox, arguments: &[&str], stdin: &str) -> String {
    let (stdout, memory) = run_to_the_end(sandbox, &helper_binary(), arguments, stdin);
    let found = left().found_in(&memory);
    assert!(found.is_empty(), "{found:?} after {arguments:?}");
    stdout
}

/// Runs a program until it asks the kernel to end it; returns its stdout, and what is in its memory
/// at that moment.
#[track_caller]
fn run_to_the_end(
    sandbox: &Sandbox,
    program: &Path,
    arguments: &[&str],
    stdin: &str,
) -> (String, Vec<u8>) {
    let mut command = sandbox.command("strace");
    command
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=exit_group"])
        // In microseconds: for as long as this takes.
        .args(["-e", "inject=exit_group:delay_enter=600000000"])
        .arg(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut strace = command.spawn().unwrap();
    let mut pipe = strace.stdin.take().unwrap();
    // A program that ends without reading its input is no failure.
    let _ = pipe.write_all(stdin.as_bytes());
    drop(pipe);
    let mut ending = None;
    poll(SHORT * 4, || {
        ending = child_at_its_end(strace.id());
        ending.is_some()
    });
    let memory = ending.as_deref().map(written_memory);
    if let Some(pid) = ending.and_then(|pid| Pid::from_raw(pid.parse().unwrap())) {
        kill_process(pid, Signal::KILL).unwrap();
    }
    strace.kill().unwrap();
    strace.wait().unwrap();
    let mut stdout = String::new();
    strace.stdout.unwrap().read_to_string(&mut stdout).unwrap();
    (stdout, memory.expect("an end"))
}

/// Returns the child that is about to end.
fn child_at_its_end(parent: u32) -> Option<String> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    let is_ending = |pid: &&str| {
        let call = fs::read_to_string(format!("/proc/{pid}/syscall"));
        call.is_ok_and(|call| call.starts_with(EXIT_GROUP))
    };
    children
        .split_whitespace()
        .find(is_ending)
        .map(str::to_owned)
}

/// Returns the texts that a process can have written to its memory, each as long as a secret is at
/// least.
fn written_memory(pid: &str) -> Vec<u8> {
    const SHORTEST: usize = 12;
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut texts = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, mode) = (words.next().unwrap(), words.next().unwrap());
        if !mode.starts_with("rw") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
        let mut room = vec![0; (end - start) as usize];
        memory.read_exact_at(&mut room, start).unwrap();
        for text in room.split(|byte| !(b' '..=b'~').contains(byte)) {
            if text.len() >= SHORTEST {
                texts.extend_from_slice(text);
                texts.push(0);
            }
        }
    }
    texts
}

//! Stdin and stdout that are closed, broken, full or endless.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Outcome, SHORT, Sandbox, helper_binary, run, wait};
use crate::{HOST, helper, login, says, stored, with_file_store};

#[test]
fn an_unread_answer_is_an_error() {
    let sandbox = with_file_store();
    let broken = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        Stdio::from(writer)
    };
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    for stdout in [&broken as &dyn Fn() -> Stdio, &full] {
        for (verb, stdin, code) in [
            ("get", HOST, 1),
            ("get", "other.example.com", 1),
            ("list", "", 1),
            ("version", "", 1),
            ("unknown", "", 1),
            ("store", &*login("old"), 0),
        ] {
            let outcome = with_stdout(&sandbox, verb, stdin, stdout());
            assert_eq!(outcome, (Some(code), String::new()), "{verb}");
        }
    }
    assert_eq!(stored(&sandbox), "old");
}

#[test]
fn a_closed_stdin_ends_at_once() {
    let sandbox = with_file_store();
    for (verb, words) in [
        ("get", "no credentials server URL"),
        ("erase", "no credentials server URL"),
        ("store", "is not the JSON object"),
    ] {
        says(
            &in_shell(&sandbox, &format!("exec {} {verb} <&-", helper())),
            words,
        );
    }
    let list = in_shell(&sandbox, &format!("exec {} list <&-", helper()));
    assert!(list.ok().contains(HOST));
    assert_eq!(stored(&sandbox), "old");
}

#[test]
fn an_endless_stdin_ends_at_the_deadline() {
    let mut sandbox = with_file_store();
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1");
    for verb in ["get", "store", "erase"] {
        let start = Instant::now();
        let mut command = sandbox.command(helper_binary());
        let (_held, stdin) = pipe();
        command.arg(verb).stdin(stdin);
        says(&output(command), "stdin did not end within 1 s");
        assert!(start.elapsed() < Duration::from_secs(3), "{verb}");
        let endless = in_shell(&sandbox, &format!("exec {} {verb} </dev/zero", helper()));
        says(&endless, "more than 64 KiB");
    }
    let mut list = sandbox.command(helper_binary());
    let (_held, stdin) = pipe();
    list.arg("list").stdin(stdin);
    assert!(output(list).ok().contains(HOST));
    assert_eq!(stored(&sandbox), "old");
}

/// Returns the end to hold open and the end to read.
fn pipe() -> (std::io::PipeWriter, Stdio) {
    let (reader, writer) = std::io::pipe().unwrap();
    (writer, Stdio::from(reader))
}

fn output(mut command: Command) -> Outcome {
    let what = format!("{command:?}");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let code = wait(&mut child, SHORT);
    // No process may outlive the test.
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    Outcome {
        code: code.unwrap_or_else(|| panic!("{what} never ends")).code(),
        what,
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn in_shell(sandbox: &Sandbox, script: &str) -> Outcome {
    let mut command = sandbox.command("sh");
    run(command.args(["-c", script]), "", SHORT)
}

fn with_stdout(sandbox: &Sandbox, verb: &str, stdin: &str, stdout: Stdio) -> (Option<i32>, String) {
    use std::io::{Read, Write};

    let mut command = sandbox.command(helper_binary());
    command
        .arg(verb)
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A helper that does not read stdin may have ended already.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let code = wait(&mut child, SHORT).expect("it ends").code();
    let mut stderr = String::new();
    child.stderr.unwrap().read_to_string(&mut stderr).unwrap();
    (code, stderr)
}

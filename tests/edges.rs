//! Cases that `tests/data/cases` cannot express: limits, broken or endless pipes, and random access
//! keys.
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use support::sample::{AK, HOST, OTHER_AK, OTHER_SK, SK};
use support::{SHORT, Sandbox, have, helper_binary, run, wait};

const LIMIT: usize = 64 * 1024;

const TOO_LONG: &str = "stdin holds more than 64 KiB\n";
const CONTROL_BYTE: &str = "stdin holds a control byte\n";

#[test]
fn stdin_may_hold_64_kib() {
    let sandbox = with_an_access_key();
    let fits = format!("{HOST}{}", " ".repeat(LIMIT - HOST.len()));
    assert!(sandbox.run(&["get"], &fits).ok().contains(AK));
    fails(&sandbox, &["get"], format!("{fits} "), TOO_LONG);
    fails(&sandbox, &["erase"], format!("{fits} "), TOO_LONG);

    let payload = |length: usize| {
        let (start, end) = (
            format!(r#"{{"ServerURL":"{HOST}","Username":"somebody","Secret":"-"#),
            "\"}",
        );
        format!(
            "{start}{}{end}",
            "x".repeat(length - start.len() - end.len())
        )
    };
    fails(&sandbox, &["store"], payload(LIMIT + 1), TOO_LONG);
    assert_eq!(sandbox.run(&["store"], &payload(LIMIT)).ok(), "");
    assert!(sandbox.run(&["get"], HOST).ok().len() > LIMIT - 100);
    let sk = "x".repeat(LIMIT + 1);
    let outcome = sandbox.run(&["store", "--ak", AK, "--sk-stdin"], &sk);
    assert!(outcome.fails().contains("64 KiB"));
}

#[test]
fn requests_with_control_bytes_are_refused() {
    let sandbox = with_an_access_key();
    for byte in (0..0x20).chain([0x7f]).map(char::from) {
        // U+000B and the like are trimmed around the text, but refused inside it.
        let inside = format!("swr.cn-north-4.{byte}myhuaweicloud.com");
        fails(&sandbox, &["get"], &inside, CONTROL_BYTE);
        fails(
            &sandbox,
            &["get"],
            format!("{HOST}{byte}/v2/"),
            CONTROL_BYTE,
        );
        fails(&sandbox, &["erase"], &inside, CONTROL_BYTE);
        let escaped = format!("\\u{:04x}", u32::from(byte));
        for (server, username) in [
            (&*format!("{HOST}/{escaped}x"), "somebody"),
            (HOST, &*format!("some{escaped}body")),
        ] {
            let payload =
                format!(r#"{{"ServerURL":"{server}","Username":"{username}","Secret":"x"}}"#);
            fails(&sandbox, &["store"], payload, CONTROL_BYTE);
        }
    }
}

/// Secrets on stdin are checked alike, whether one or two are given.
#[test]
fn secrets_with_control_bytes_are_refused() {
    let sandbox = with_an_access_key();
    let key = format!("store --no-configure --ak {AK} --sk-stdin");
    let key_and_token = format!("{key} --security-token-stdin");
    let user = "store --no-configure --iam-user alice --domain acme --password-stdin";
    // A line end would turn two lines into three.
    let bytes = (0..0x20).chain([0x7f]).filter(|byte| *byte != b'\n');
    for byte in bytes.map(char::from) {
        let inside = format!("se{byte}cret");
        for (options, stdin) in [
            (&*key, &inside),
            (&key_and_token, &format!("{SK}\n{inside}")),
            (&key_and_token, &format!("{inside}\ntoken")),
            (user, &inside),
        ] {
            let options: Vec<_> = options.split(' ').collect();
            let said = sandbox.run(&options, stdin);
            assert_eq!(said.stderr, format!("error: {CONTROL_BYTE}"), "{stdin:?}");
            assert_eq!((said.stdout.as_str(), said.code), ("", Some(1)));
        }
    }
}

#[test]
fn endless_stdin_does_not_outlast_the_deadline() {
    let mut sandbox = with_an_access_key();
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1");
    for verb in ["get", "store", "erase"] {
        let outcome = with_open_stdin(&sandbox, &[verb]);
        let expected = (
            Some(1),
            "stdin did not end within 1 s\n".to_owned(),
            String::new(),
        );
        assert_eq!(outcome, expected, "{verb}");
    }
    let (code, stdout, stderr) = with_open_stdin(&sandbox, &["store", "--ak", AK, "--sk-stdin"]);
    assert_eq!(
        (code, &*stdout, &*stderr),
        (Some(1), "", "error: stdin did not end within 1 s\n")
    );
}

/// A shell's `<(...)` is a pipe, so pipes are read until the deadline.
#[test]
fn an_endless_csv_does_not_outlast_the_deadline() {
    if !have(&["mkfifo"]) {
        return;
    }
    let mut sandbox = with_an_access_key();
    let pipe = sandbox.path("keys.csv");
    sandbox.make_pipe(&pipe);
    for verb in ["rotate", "store"] {
        let table = format!("Access Key Id,Secret Access Key\n{OTHER_AK},{OTHER_SK}\n");
        let writer = {
            let pipe = pipe.clone();
            thread::spawn(move || std::fs::write(pipe, table))
        };
        let said = sandbox.run(&[verb, "--csv", "keys.csv", "--offline"], "");
        said.ok();
        writer.join().unwrap().unwrap();
        assert!(sandbox.run(&["get"], HOST).ok().contains(OTHER_AK));
    }
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1");
    // The second time, a writer has the pipe open and writes nothing.
    let mut silent = None;
    for _ in 0..2 {
        for verb in ["rotate", "store"] {
            let (code, stdout, stderr) = with_open_stdin(&sandbox, &[verb, "--csv", "keys.csv"]);
            let expected = "error: cannot read keys.csv: it did not end within 1 s\n";
            assert_eq!((code, &*stdout, &*stderr), (Some(1), "", expected));
        }
        silent = Some(File::options().read(true).write(true).open(&pipe).unwrap());
    }
    drop(silent);
}

#[test]
fn list_and_version_do_not_wait_for_stdin() {
    let mut sandbox = with_an_access_key();
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "20");
    for (verb, start) in [("list", "{}"), ("version", "docker-credential-swr (")] {
        let (code, stdout, _) = with_open_stdin(&sandbox, &[verb]);
        assert_eq!(code, Some(0));
        assert!(stdout.starts_with(start), "{stdout}");
    }
}

#[test]
fn a_closed_stdin_counts_as_empty() {
    if !have(&["sh"]) {
        return;
    }
    let sandbox = with_an_access_key();
    let closed = |words: &str| {
        let mut shell = sandbox.command("sh");
        let script = format!("exec docker-credential-swr {words} <&-");
        let outcome = run(shell.args(["-c", &script]), "", SHORT);
        (outcome.code, outcome.stdout, outcome.stderr)
    };
    let no_server = (
        Some(1),
        "no credentials server URL\n".to_owned(),
        String::new(),
    );
    assert_eq!(closed("get"), no_server);
    assert_eq!(closed("erase"), no_server);
    assert_eq!(closed("list"), (Some(0), "{}\n".to_owned(), String::new()));
    assert!(closed("store").1.starts_with("stdin is not the JSON"));
}

/// Nobody reads stdout, so only the exit code reports the failure.
#[test]
fn a_full_stdout_is_an_error() {
    let sandbox = with_an_access_key();
    let complaints = sandbox.path("complaints");
    for (args, stdin) in [
        (&["get"][..], HOST),
        (&["list"], ""),
        (&["version"], ""),
        (&["--help"], ""),
        (&["nonsense"], ""),
        (&["get"], "nothing.example.com"),
        (&["store", "--ak", AK, "--sk-stdin", "--replace"], SK),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        // Linux has a device for this.
        let full = File::options().write(true).open("/dev/full").ok();
        for stdout in std::iter::once(Stdio::from(writer)).chain(full.map(Stdio::from)) {
            let mut child = sandbox
                .command(helper_binary())
                .args(args)
                .stdin(Stdio::piped())
                .stdout(stdout)
                .stderr(File::create(&complaints).unwrap())
                .spawn()
                .unwrap();
            let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
            let code = wait(&mut child, SHORT).unwrap().code();
            assert_eq!(code, Some(1), "{args:?}");
            let stderr = std::fs::read_to_string(&complaints).unwrap();
            assert!(!stderr.contains("panicked"), "{stderr}");
            assert!(args[0] == "store" || stderr.is_empty(), "{stderr}");
        }
    }
}

/// The line is the one of Huawei's guide "Obtaining a long-term login command".
#[test]
fn the_login_key_matches_openssl() {
    if !have(&["openssl", "od"]) {
        return;
    }
    const LINE: &str =
        r#"printf "$AK" | openssl dgst -binary -sha256 -hmac "$SK" | od -An -vtx1 | tr -d ' \n'"#;
    let mut random = File::open("/dev/urandom").unwrap();
    let mut text = |alphabet: &[u8], length: usize| -> String {
        let mut bytes = vec![0; length];
        random.read_exact(&mut bytes).unwrap();
        let letter = |byte: u8| char::from(alphabet[usize::from(byte) % alphabet.len()]);
        bytes.into_iter().map(letter).collect()
    };
    const CAPITALS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    for length in [30, 40, 40, 40, 50, 100] {
        let (ak, sk) = (text(CAPITALS, 20), text(LETTERS, length));
        sandbox
            .run(&["store", "--ak", &ak, "--sk-stdin", "--replace"], &sk)
            .ok();
        let mut oracle = sandbox.command("sh");
        oracle.args(["-c", LINE]).env("AK", &ak).env("SK", &sk);
        let login_key = run(&mut oracle, "", SHORT).ok().to_owned();
        let expected = format!(
            r#"{{"ServerURL":"{HOST}","Username":"cn-north-4@{ak}","Secret":"{login_key}"}}"#
        );
        assert_eq!(
            sandbox.run(&["get"], HOST).ok(),
            format!("{expected}\n"),
            "{ak} {sk}"
        );
    }
}

fn with_an_access_key() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    sandbox.run(&["store", "--ak", AK, "--sk-stdin"], SK).ok();
    sandbox
}

#[track_caller]
fn fails(sandbox: &Sandbox, args: &[&str], stdin: impl AsRef<str>, line: &str) {
    let outcome = sandbox.run(args, stdin.as_ref());
    assert_eq!(
        (outcome.code, &*outcome.stdout, &*outcome.stderr),
        (Some(1), line, ""),
        "{args:?} {:.200?}",
        stdin.as_ref()
    );
}

/// Runs the helper with a stdin that stays open; returns its exit code, stdout and stderr. What it
/// says names the deadline that ended it; an emulated machine may need seconds more.
#[track_caller]
fn with_open_stdin(sandbox: &Sandbox, args: &[&str]) -> (Option<i32>, String, String) {
    let start = Instant::now();
    let mut child = sandbox
        .command(helper_binary())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may have ended already.
    let _ = stdin.write_all(b"swr.cn-north");
    wait(&mut child, SHORT);
    let taken = start.elapsed();
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    assert!(taken < SHORT / 2, "{args:?} took {taken:?}");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

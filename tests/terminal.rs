//! `store` at a real terminal: what it asks, in which order, and what it shows of what is typed.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use support::{SHORT, Sandbox, have, poll, wait};

const HOST: &str = "swr.cn-north-4.myhuaweicloud.com";
const AK: &str = "QTWAOYTTINDUT2QVKYUC";
const SK: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
const KEY: &str = "89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34";
const OTHER_AK: &str = "P0HEQUQ4XBWXY5WD69X0";
const OTHER_SK: &str = "3WJuF1oMFSoSJSWKAWrhUVOVWvtAnATAbS61hDVs";

const REGISTRY: &str = "registry (empty: every registry of the account `default`): ";
const PROJECT: &str = "project (empty: the region's own): ";
const ASK_AK: &str = "AK (access key ID): ";
const ASK_SK: &str = "SK (secret access key, not shown): ";

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

#[test]
fn the_questions_come_in_order() {
    let Some(sandbox) = sandbox() else { return };
    let mut terminal = Terminal::at(&sandbox, "store");
    for (question, answer) in [(REGISTRY, ""), (PROJECT, ""), (ASK_AK, AK), (ASK_SK, SK)] {
        terminal.answer(question, answer);
    }
    terminal.shows(&format!(
        "as the account `default`: docker logs in to every `swr.<region>.myhuaweicloud.com` as `<region>@{AK}`"
    ));
    terminal.shows("next: `docker-credential-swr configure");
    terminal.ends_with(0);
    assert!(sandbox.run(&["get"], HOST).ok().contains(KEY));
}

#[test]
fn a_wrong_answer_is_asked_for_again() {
    let Some(sandbox) = sandbox() else { return };
    let mut terminal = Terminal::at(&sandbox, "store");
    terminal.answer(REGISTRY, "http://swr.cn-north-4.myhuaweicloud.com");
    terminal.shows("it is plain HTTP");
    terminal.answer(REGISTRY, "team-1a2b.swr-pro.myhuaweicloud.com");
    terminal.shows("Enterprise edition");
    terminal.answer(REGISTRY, &format!(" https://{HOST}/v2/ "));
    terminal.answer(PROJECT, "cn-south-1");
    terminal.shows("the project is not of the region");
    terminal.answer(PROJECT, "cn-north-4_team");
    terminal.answer(ASK_AK, "not an AK");
    terminal.shows("the AK must be letters and digits");
    terminal.answer(ASK_AK, AK);
    terminal.answer(ASK_SK, KEY);
    terminal.shows("this is a login key");
    terminal.answer(ASK_AK, AK);
    // What is typed can be corrected, though nobody sees it.
    terminal.answer(ASK_SK, &format!("wrong\x15{SK}xy\x7f\x08"));
    terminal.shows(&format!("as `cn-north-4_team@{AK}`"));
    terminal.ends_with(0);
    assert!(sandbox.run(&["get"], HOST).ok().contains(KEY));
}

/// Where the address names no region, nothing can stand for the project.
#[test]
fn an_address_without_a_region_needs_a_project() {
    let Some(sandbox) = sandbox() else { return };
    let mut terminal = Terminal::at(&sandbox, "store --registry 100.125.0.198:20202");
    terminal.answer("project: ", "");
    terminal.shows("needs a project");
    terminal.answer("project: ", "cn-north-4");
    terminal.answer(ASK_AK, AK);
    terminal.answer(ASK_SK, SK);
    terminal.ends_with(0);
}

#[test]
fn options_leave_the_secret_to_be_asked_for() {
    let Some(sandbox) = sandbox() else { return };
    for options in ["", " --sk-stdin"] {
        let mut terminal = Terminal::at(&sandbox, &format!("store --ak {AK}{options}"));
        terminal.answer(ASK_SK, SK);
        terminal.ends_with(0);
    }
    assert!(sandbox.run(&["get"], HOST).ok().contains(KEY));
}

#[test]
fn another_key_is_replaced_only_by_a_yes() {
    let Some(sandbox) = sandbox() else { return };
    let store = |ak: &str, sk: &str, answer: &str| {
        let mut terminal = Terminal::at(&sandbox, &format!("store --ak {ak}"));
        terminal.answer(ASK_SK, sk);
        if !answer.is_empty() {
            let question = "already has the access key QTWA..KYUC, and an SK can be downloaded \
                            only once; replace it? [y/N] ";
            terminal.shows(question);
            terminal.send(answer);
        }
        terminal
    };
    store(AK, SK, "").ends_with(0);
    store(AK, SK, "").ends_with(0);
    for answer in ["\n", "n\n", "no\n", "yess\n", CTRL_D] {
        let mut terminal = store(OTHER_AK, OTHER_SK, answer);
        terminal.shows("stopped; nothing was changed");
        terminal.ends_with(1);
        assert!(sandbox.run(&["get"], HOST).ok().contains(KEY));
    }
    store(OTHER_AK, OTHER_SK, "Yes\n").ends_with(0);
    assert!(sandbox.run(&["get"], HOST).ok().contains(OTHER_AK));
}

#[test]
fn who_stops_has_stored_nothing_and_sees_what_they_type() {
    let Some(sandbox) = sandbox() else { return };
    for (half, key) in [("MFyf", CTRL_C), ("", CTRL_C), ("", CTRL_D)] {
        let mut terminal = Terminal::at(&sandbox, "store");
        terminal.answer(REGISTRY, "");
        terminal.answer(PROJECT, "");
        terminal.answer(ASK_AK, AK);
        terminal.shows(ASK_SK);
        terminal.send(half);
        terminal.send(key);
        terminal.shows("stopped; nothing was changed");
        terminal.ends_with(1);
    }
    // At a question whose answer is shown, Ctrl-C is the signal that it always is.
    for (key, code) in [(CTRL_D, 1), (CTRL_C, 130)] {
        let mut terminal = Terminal::at(&sandbox, "store");
        terminal.shows(REGISTRY);
        terminal.send(key);
        terminal.ends_with(code);
    }
    assert!(!sandbox.path("config").exists());
}

fn sandbox() -> Option<Sandbox> {
    have(&["script", "stty"]).then(|| {
        let mut sandbox = Sandbox::new();
        sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
        sandbox
    })
}

/// The helper at a terminal of its own, which util-linux's `script` makes.
struct Terminal {
    script: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<String>>,
    /// How much of the screen was read.
    seen: usize,
}

impl Terminal {
    /// Starts the helper with these arguments; behind it the shell tells the exit code and how the terminal is left.
    fn at(sandbox: &Sandbox, args: &str) -> Self {
        let line =
            format!("trap : INT; docker-credential-swr {args}; echo \"ended with $?\"; stty -a");
        let mut script = sandbox
            .command("script")
            .args(["--quiet", "--command", &line, "/dev/null"])
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let screen = Arc::new(Mutex::new(String::new()));
        let (mut output, writer) = (script.stdout.take().unwrap(), Arc::clone(&screen));
        thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                *writer.lock().unwrap() += &String::from_utf8_lossy(&bytes[..count]);
            }
        });
        Self {
            keyboard: script.stdin.take().unwrap(),
            script,
            screen,
            seen: 0,
        }
    }

    /// Waits for the question, and types the answer and Enter.
    #[track_caller]
    fn answer(&mut self, question: &str, answer: &str) {
        self.shows(question);
        self.send(&format!("{answer}\n"));
    }

    fn send(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the text stands on the screen, behind what was read before.
    #[track_caller]
    fn shows(&mut self, text: &str) {
        let mut found = None;
        poll(SHORT, || {
            found = self.screen.lock().unwrap()[self.seen..].find(text);
            found.is_some()
        });
        let screen = self.screen.lock().unwrap();
        let Some(at) = found else {
            panic!("no {text:?} in {:?}", &screen[self.seen..]);
        };
        self.seen += at + text.len();
    }

    /// Waits for the end; the terminal must be as it was, and no secret may have been on its screen.
    #[track_caller]
    fn ends_with(mut self, code: i32) {
        self.shows(&format!("ended with {code}\r\n"));
        assert!(wait(&mut self.script, SHORT).is_some());
        let screen = self.screen.lock().unwrap();
        let modes: Vec<_> = screen[self.seen..].split_whitespace().collect();
        for off in ["-echo", "-icanon", "-isig"] {
            assert!(!modes.contains(&off), "{screen}");
        }
        for secret in [SK, OTHER_SK, KEY] {
            assert!(!screen.contains(secret), "{screen}");
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Without its terminal the helper ends too.
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

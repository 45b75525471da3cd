//! Colours: a terminal gets them, a pipe does not.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;

use support::sample::HOST;
use support::{SHORT, Sandbox, have, run};

/// A check in each state, with a warning and an error.
const DOCTOR: &str = "doctor registry.example.com";

#[test]
fn a_terminal_shows_the_state_of_each_check() {
    let Some(scene) = Scene::new() else { return };
    let shown = scene.at_terminal(DOCTOR);
    for (word, code, text) in [
        ("ok", 32, "       helper: "),
        ("warning", 33, "  registry: "),
        ("failed", 31, "   login: "),
    ] {
        let expected = format!("\x1b[{code}m{word}\x1b[0m{text}");
        assert!(shown.contains(&expected), "{expected:?} in {shown:?}");
    }
    assert!(
        shown.contains("\n         \x1b[36mhint:\x1b[0m "),
        "{shown:?}"
    );
    let end = "\x1b[31merror:\x1b[0m docker pull cannot work yet; failed checks: 2\n";
    assert!(shown.ends_with(end), "{shown:?}");
    // Without the colour codes, it is byte for byte what a pipe gets.
    let plain = scene.in_pipes(DOCTOR);
    assert!(!plain.contains('\x1b'));
    let codes = ["\x1b[0m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m"];
    let stripped = codes
        .iter()
        .fold(shown, |text, code| text.replace(code, ""));
    assert_eq!(stripped, plain);
}

#[test]
fn stdout_and_stderr_are_coloured_independently() {
    let Some(scene) = Scene::new() else { return };
    let shown = scene.at_terminal(&format!("{DOCTOR} >stdout"));
    assert_eq!(
        shown,
        "\x1b[31merror:\x1b[0m docker pull cannot work yet; failed checks: 2\n"
    );
    let stdout = fs::read_to_string(scene.sandbox.path("stdout")).unwrap();
    assert!(stdout.starts_with("ok       helper: "), "{stdout:?}");
    assert!(!stdout.contains('\x1b'), "{stdout:?}");

    let shown = scene.at_terminal(&format!("{DOCTOR} 2>stderr"));
    assert!(shown.starts_with("\x1b[32mok\x1b[0m "), "{shown:?}");
    assert!(!shown.contains("error:"), "{shown:?}");
    let stderr = fs::read_to_string(scene.sandbox.path("stderr")).unwrap();
    assert_eq!(
        stderr,
        "error: docker pull cannot work yet; failed checks: 2\n"
    );
}

#[test]
fn errors_and_hints_of_every_kind_are_coloured() {
    let Some(scene) = Scene::new() else { return };
    let (error, hint) = ("\x1b[31merror:\x1b[0m", "\x1b[36mhint:\x1b[0m");
    for (arguments, expected) in [
        (
            "print --bogus x",
            format!(
                "{error} there is no option `--bogus`\n{hint} docker-credential-swr print --help\n"
            ),
        ),
        (
            "print --format docker-login x",
            format!(
                "{error} this would show a password on the terminal\n{hint} write it to a pipe or a file, or add `--reveal`\n"
            ),
        ),
        (
            "login",
            format!(
                "docker-credential-swr: unknown action: login\n{hint} docker-credential-swr store\n"
            ),
        ),
    ] {
        assert_eq!(scene.at_terminal(arguments), expected, "{arguments}");
    }
}

#[test]
fn programs_and_no_color_get_no_colour() {
    let Some(mut scene) = Scene::new() else {
        return;
    };
    for arguments in [
        "doctor registry.example.com --json 2>/dev/null",
        "--help",
        "store --help",
        "get <host",
        "accounts",
    ] {
        let shown = scene.at_terminal(arguments);
        assert!(
            !shown.is_empty() && !shown.contains('\x1b'),
            "{arguments}: {shown:?}"
        );
    }
    let plain = scene.in_pipes(DOCTOR);
    scene.sandbox.set("NO_COLOR", "");
    assert!(scene.at_terminal(DOCTOR).contains('\x1b'));
    scene.sandbox.set("NO_COLOR", "1");
    assert_eq!(scene.at_terminal(DOCTOR), plain);
    scene.sandbox.set("NO_COLOR", "");
    scene.sandbox.set("TERM", "dumb");
    assert_eq!(scene.at_terminal(DOCTOR), plain);
}

/// A home without a key, at a terminal with colours.
struct Scene {
    sandbox: Sandbox,
}

impl Scene {
    fn new() -> Option<Self> {
        have(&["script"]).then(|| {
            let mut sandbox = Sandbox::new();
            sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
            sandbox.set("TERM", "xterm-256color");
            sandbox.set("SHELL", "/bin/sh");
            fs::write(sandbox.path("host"), HOST).unwrap();
            Self { sandbox }
        })
    }

    /// Returns what a terminal shows of this call, with the program's own line ends.
    fn at_terminal(&self, arguments: &str) -> String {
        let line = format!("docker-credential-swr {arguments}");
        let mut script = self.sandbox.command("script");
        script.args(["--quiet", "--command", &line, "/dev/null"]);
        run(&mut script, "", SHORT).ok().replace("\r\n", "\n")
    }

    fn in_pipes(&self, arguments: &str) -> String {
        let arguments: Vec<_> = arguments.split(' ').collect();
        let outcome = self.sandbox.run(&arguments, "");
        outcome.stdout + &outcome.stderr
    }
}

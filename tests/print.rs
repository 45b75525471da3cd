//! `print`, for clients without credential helpers.
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use support::sample::{AK, HOST, LOGIN_KEY, SK};
use support::{SHORT, Sandbox, have, run};

fn with_key() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.set("HW_ACCESS_KEY", AK);
    sandbox.set("HW_SECRET_KEY", SK);
    sandbox
}

#[test]
fn every_format_holds_the_login_and_no_sk() {
    let sandbox = with_key();
    for format in [
        "docker-login",
        "containerd",
        "nerdctl",
        "kubernetes",
        "docker-config",
    ] {
        let outcome = sandbox.run(&["print", "--format", format, HOST], "");
        assert!(
            !outcome.ok().contains(SK) && outcome.stderr.is_empty(),
            "{outcome:#?}"
        );
        let is_plain = !matches!(format, "kubernetes" | "docker-config");
        assert_eq!(outcome.stdout.contains(LOGIN_KEY), is_plain, "{outcome:#?}");
    }
    let command = sandbox.run(&["print", HOST], "");
    let password = match cfg!(windows) {
        true => format!("'{LOGIN_KEY}'"),
        false => format!("printf %s '{LOGIN_KEY}'"),
    };
    let expected =
        format!("{password} | docker login --username 'cn-north-4@{AK}' --password-stdin {HOST}\n");
    assert_eq!(command.ok(), expected);
}

/// A shell runs the output, with a `ctr` that prints its arguments.
#[test]
fn containerd_pulls_the_image_that_is_named() {
    if !have(&["sh"]) {
        return;
    }
    let sandbox = with_key();
    let image = format!("{HOST}/org/it's-$HOME");
    let outcome = sandbox.run(&["print", "--format", "containerd", &image], "");
    let ctr = "ctr() { printf '<%s>' \"$@\"; }\n";
    let script = format!("{ctr}{}", outcome.ok());
    let ran = run(sandbox.command("sh").args(["-c", &script]), "", SHORT);
    assert_eq!(
        ran.ok(),
        format!("<images><pull><--user><cn-north-4@{AK}:{LOGIN_KEY}><{image}:latest>")
    );
    let outcome = sandbox.run(&["print", "--format", "containerd", HOST], "");
    let expected = format!(" {HOST}/ORGANISATION/IMAGE:TAG\n");
    assert!(outcome.ok().ends_with(&expected), "{outcome:#?}");
}

#[test]
fn a_failure_prints_nothing_on_stdout() {
    let outcome = Sandbox::new().run(&["print", "localhost:5000"], "");
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (Some(1), ""),
        "{outcome:#?}"
    );
}

#[test]
fn a_terminal_gets_a_password_only_if_asked_to() {
    if !have(&["script"]) {
        return;
    }
    let sandbox = with_key();
    let at_terminal = |options: &str| {
        let command = format!("docker-credential-swr print {options} {HOST}");
        run(
            sandbox
                .command("script")
                .args(["-qec", &command, "/dev/null"]),
            "",
            SHORT,
        )
    };
    let refused = at_terminal("").fails();
    assert!(
        refused.contains("`--reveal`") && !refused.contains(LOGIN_KEY),
        "{refused}"
    );
    assert!(at_terminal("--reveal").ok().contains(LOGIN_KEY));
}

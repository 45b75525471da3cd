//! `print`, for clients without credential helpers.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use support::{SHORT, Sandbox, have, run};

const HOST: &str = "swr.cn-north-4.myhuaweicloud.com";
const AK: &str = "QTWAOYTTINDUT2QVKYUC";
const SK: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
const LOGIN_KEY: &str = "89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34";

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
    let expected = format!(
        "printf %s '{LOGIN_KEY}' | docker login --username 'cn-north-4@{AK}' --password-stdin {HOST}\n"
    );
    assert_eq!(command.ok(), expected);
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
fn a_terminal_gets_it_only_when_it_must() {
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

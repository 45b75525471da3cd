//! An SK given as the AK is never shown. An AK is part of the username, which docker prints.

use std::fs;

use super::support::sample::{AK, HOST, LOGIN_KEY, OTHER_SK, SK};
use super::support::{Outcome, Sandbox};

/// AK and SK given by mistake, and the error for each.
const MISTAKES: [(&str, &str, &str); 3] = [
    (SK, AK, "AK and SK look swapped"),
    (SK, SK, "AK and SK are the same text"),
    (OTHER_SK, SK, "the AK looks like an SK"),
];

#[test]
fn a_misplaced_key_is_reported_and_not_shown() {
    type Fill = fn(&mut Sandbox, &str, &str);
    let places: [(&str, Fill); 6] = [
        ("SDK", |sandbox, ak, sk| {
            sandbox.set("HUAWEICLOUD_SDK_AK", ak);
            sandbox.set("HUAWEICLOUD_SDK_SK", sk);
        }),
        ("SDK, temporary", |sandbox, ak, sk| {
            sandbox.set("HUAWEICLOUD_SDK_AK", ak);
            sandbox.set("HUAWEICLOUD_SDK_SK", sk);
            sandbox.set("HUAWEICLOUD_SDK_SECURITY_TOKEN", "token");
        }),
        ("Terraform", |sandbox, ak, sk| {
            sandbox.set("HW_ACCESS_KEY", ak);
            sandbox.set("HW_SECRET_KEY", sk);
        }),
        ("key files", |sandbox, ak, sk| {
            for (variable, name, text) in [
                ("HW_ACCESS_KEY_FILE", "ak", ak),
                ("HW_SECRET_KEY_FILE", "sk", sk),
            ] {
                super::support::platform::write_private(&sandbox.path(name), text);
                sandbox.set(variable, sandbox.path(name));
            }
        }),
        ("systemd", |sandbox, ak, sk| {
            for (name, text) in [("ak", ak), ("sk", sk)] {
                super::support::platform::write_private(&sandbox.path(name), text);
            }
            sandbox.set("CREDENTIALS_DIRECTORY", sandbox.path("."));
        }),
        ("profile", |sandbox, ak, sk| {
            let folder = sandbox.path("home/.huaweicloud");
            fs::create_dir(&folder).unwrap();
            fs::write(
                folder.join("credentials"),
                format!("[basic]\nak={ak}\nsk={sk}\n"),
            )
            .unwrap();
        }),
    ];
    for (place, fill) in places {
        for (ak, sk, why) in MISTAKES
            .into_iter()
            .chain([(AK, LOGIN_KEY, "this is a login key")])
        {
            let mut sandbox = Sandbox::new();
            fill(&mut sandbox, ak, sk);
            sandbox.set("DOCKER_CREDENTIAL_SWR_TRACE", sandbox.path("trace"));
            for verb in [&["get"][..], &["print", HOST], &["doctor", HOST]] {
                let outcome = sandbox.run(verb, HOST);
                shows_no_sk(&sandbox, &outcome);
                let said = outcome.fails();
                assert!(said.contains(why), "{place}: {said}");
            }
        }
    }
}

#[test]
fn a_client_that_hands_over_an_sk_as_username_is_refused() {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    for (ak, sk, why) in MISTAKES {
        for username in [ak.to_owned(), format!("cn-north-4@{ak}")] {
            let request =
                serde_json::json!({"ServerURL": HOST, "Username": username, "Secret": sk});
            let outcome = sandbox.run(&["store"], &request.to_string());
            shows_no_sk(&sandbox, &outcome);
            let said = outcome.fails();
            assert!(said.contains(why), "{said}");
        }
    }
    assert_eq!(sandbox.run(&["list"], "").ok(), "{}\n");
}

#[track_caller]
fn shows_no_sk(sandbox: &Sandbox, outcome: &Outcome) {
    let trace = fs::read_to_string(sandbox.path("trace")).unwrap_or_default();
    for secret in [SK, OTHER_SK, LOGIN_KEY] {
        let all = format!("{}{}{trace}", outcome.stdout, outcome.stderr);
        assert!(!all.contains(secret), "{all}");
    }
}

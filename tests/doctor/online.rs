//! `--online` at the stand-in.

use super::*;
use crate::support::Outcome;
use crate::support::cloud::{self, NEW_AK, NEW_SK, calls_after, is_tight, use_temporary_key};
use crate::support::standin::Standin;

const SOUTH: &str = "swr.cn-south-1.myhuaweicloud.com";
const OTC: &str = "swr.eu-de.otc.t-systems.com";

/// A sandbox in which docker asks the helper for three registries.
fn sandbox() -> Option<(Standin, Sandbox)> {
    let (standin, sandbox) = cloud::with_file_store()?;
    for host in [HOST, SOUTH, OTC] {
        sandbox.run(&["configure", "--registry", host], "").ok();
    }
    Some((standin, sandbox))
}

fn online(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let outcome = sandbox.run(&[&["doctor", "--online"], arguments].concat(), "");
    is_tight(sandbox, &outcome);
    outcome
}

#[test]
fn a_refused_login_is_not_tried_at_the_next_registry() {
    let Some((standin, sandbox)) = sandbox() else {
        return;
    };
    let wrong = "XFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
    let quietly = ["--sk-stdin", "--no-configure", "--offline"];
    let arguments = [&["store", "--ak", AK], &quietly[..]].concat();
    sandbox.run(&arguments, wrong).ok();
    // Another key has failures of its own to count.
    let other = ["store", "--registry", OTC, "--ak", NEW_AK];
    sandbox.run(&[&other, &quietly[..]].concat(), NEW_SK).ok();
    let outcome = online(&sandbox, &[]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    let refused =
        format!("failed   online: `{HOST}` refuses the login (HTTP 401): the SK is mistyped");
    let left =
        format!("warning  online: not tried again: `{HOST}` refuses the login key of QTWA..KYUC");
    let accepted = format!("ok       online: `{OTC}` accepts the login");
    for expected in [&refused, &left, &accepted] {
        assert!(
            outcome.stdout.contains(expected),
            "{expected}: {outcome:#?}"
        );
    }
    let asked = "GET /swr/auth/v2/registry/auth/?service=dockyard by";
    assert_eq!(
        calls_after(&standin, 0),
        [
            "GET /v2/: 401".to_owned(),
            format!("{asked} {AK}: 401"),
            "GET /v2/: 401".to_owned(),
            format!("{asked} {NEW_AK}: 200"),
        ]
    );
}

/// Also without a folder to remember a refusal in.
#[test]
fn a_failed_login_request_is_not_repeated_for_the_next_registry() {
    let Some((standin, mut sandbox)) = sandbox() else {
        return;
    };
    use_temporary_key(&mut sandbox);
    sandbox.set(
        "HUAWEICLOUD_SDK_SK",
        "XFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc",
    );
    sandbox.set("XDG_RUNTIME_DIR", "");
    sandbox.set("TMPDIR", "/proc/no-folder-here");
    sandbox.set("HUAWEICLOUD_SDK_REGION_SWR_CN_SOUTH_1", standin.url("http"));
    sandbox
        .run(&["configure", "--remove", "--registry", OTC], "")
        .ok();
    let outcome = online(&sandbox, &[]);
    let expected = format!(
        "warning  online: not tried again: the API of `{HOST}` refuses the temporary access key P0HE..69X0"
    );
    assert!(outcome.stdout.contains(&expected), "{outcome:#?}");
    assert_eq!(calls_after(&standin, 0).len(), 1);
}

#[test]
fn without_online_no_request_is_made() {
    let Some((standin, mut sandbox)) = sandbox() else {
        return;
    };
    use_temporary_key(&mut sandbox);
    let outcome = sandbox.run(&["doctor", HOST], "");
    let expected =
        format!("ok       login: a temporary one for `{HOST}`; `--online` requests it\n");
    assert!(outcome.ok().contains(&expected), "{outcome:#?}");
    assert!(calls_after(&standin, 0).is_empty());
    let outcome = online(&sandbox, &[HOST]);
    assert!(outcome.ok().contains("accepts the login"), "{outcome:#?}");
    assert!(outcome.stdout.contains("docker logs in to"), "{outcome:#?}");
    let asked = calls_after(&standin, 0);
    assert_eq!(asked.len(), 4, "{asked:#?}");
    let identity = "ok       identity: you are `iam::0a1b2c3d4e5f60718293a4b5c6d7e8f9:user:of-P0HE` in the account 0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    assert!(outcome.stdout.contains(identity), "{outcome:#?}");

    sandbox.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "registry,agency");
    let outcome = sandbox.run(&["doctor", HOST], "");
    let expected = "agency: not asked; `--online` asks this server's metadata service\n";
    assert!(outcome.ok().contains(expected), "{outcome:#?}");
    assert_eq!(calls_after(&standin, 4).len(), 0);
    let outcome = online(&sandbox, &[HOST]);
    let expected = "provider: agency: agency of this server, with SERV..0001";
    assert!(outcome.ok().contains(expected), "{outcome:#?}");
}

#[test]
fn a_missing_permission_is_named_with_the_identity() {
    let Some((standin, mut sandbox)) = sandbox() else {
        return;
    };
    use_temporary_key(&mut sandbox);
    standin.behave(&serde_json::json!({"fault": "403", "path": "/v2/manage"}));
    let outcome = online(&sandbox, &[HOST]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    for expected in ["identity: you are `iam::", "grant `swr::createLoginSecret`"] {
        assert!(outcome.stdout.contains(expected), "{outcome:#?}");
    }
}

/// A store without an SK cannot give temporary logins, so no request is needed to know that.
#[test]
fn a_temporary_login_without_an_sk_fails_without_a_request() {
    let Some((standin, sandbox)) = sandbox() else {
        return;
    };
    store(&sandbox, &[]);
    let path = sandbox.path("config/docker-credential-swr/config.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("login = \"temporary\"\n{text}")).unwrap();
    let expected = "failed   login: a temporary login needs the SK, and the file store holds none";
    complains(&sandbox, &[HOST], expected, 1);
    assert!(calls_after(&standin, 0).is_empty());
}

#[test]
fn a_certificate_is_not_trusted() {
    let (Some((_standin, mut sandbox)), Some(other)) = (sandbox(), Standin::start()) else {
        return;
    };
    store(&sandbox, &["--registry", HOST]);
    store(&sandbox, &["--registry", OTC]);
    let path = sandbox.path("config/docker-credential-swr/config.toml");
    let text = fs::read_to_string(&path).unwrap();
    let rest = text.split_once('\n').unwrap().1;
    fs::write(&path, cloud::settings(&other, rest)).unwrap();
    for (host, hint) in [
        (
            OTC,
            "hint: Open Telekom Cloud documents `certificate has expired or is not yet valid` for an access key that was deleted",
        ),
        (HOST, "hint: check the network, the proxy and the address\n"),
    ] {
        let said = online(&sandbox, &[host]).fails();
        let expected = format!("failed   online: cannot trust `{host}`: ");
        assert!(said.contains(&expected) && said.contains(hint), "{said}");
    }
    // A failed connection is no question of trust.
    sandbox.set("HTTPS_PROXY", "http://127.0.0.1:1");
    let said = online(&sandbox, &[OTC]).fails();
    assert!(said.contains("hint: check the network"), "{said}");
}

#[test]
fn the_clock_is_compared_with_the_registrys() {
    let Some((standin, sandbox)) = sandbox() else {
        return;
    };
    store(&sandbox, &[]);
    for (skew, minutes) in [
        (0, None),
        (-14 * 60, None),
        (990, Some(16)),
        (-3630, Some(60)),
    ] {
        standin.behave(&serde_json::json!({ "skew": skew }));
        let outcome = online(&sandbox, &[HOST]);
        let said = outcome.ok();
        match minutes {
            None => assert!(
                said.contains("ok       clock: ") && !said.contains("wrong"),
                "{said}"
            ),
            Some(minutes) => {
                let expected =
                    format!("warning  clock: this machine's clock is wrong by {minutes} minutes, ");
                assert!(said.contains(&expected), "{said}");
            }
        }
    }
}

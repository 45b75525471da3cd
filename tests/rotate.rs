//! `rotate`: a new access key replaces the old one, and each entry is reported.
#![cfg(all(target_os = "linux", feature = "cloud"))]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;

use support::Sandbox;
use support::cloud::{self, NEW_AK, NEW_LOGIN_KEY, NEW_SK, calls_after, is_tight};
use support::sample::{AK, HOST, LOGIN_KEY, OTHER_AK, OTHER_HOST, SK};
use support::standin::Standin;

const PLAIN_HOST: &str = "swr.cn-south-1.myhuaweicloud.com";
const MINTED_HOST: &str = "swr.cn-north-1.myhuaweicloud.com";

/// Returns a sandbox with the old key as the account `default` and for a registry, one with the
/// login key from the console, one with a temporary login of the old key, and an account with
/// another key.
fn stored() -> Option<(Standin, Sandbox)> {
    let (standin, sandbox) = cloud::with_file_store()?;
    let store = |options: &[&str], ak, sk| {
        let first = ["store", "--ak", ak, "--sk-stdin", "--offline"];
        sandbox.run(&[&first, options].concat(), sk).ok();
    };
    store(&["--region", "cn-north-4"], AK, SK);
    store(
        &["--registry", OTHER_HOST, "--project", "cn-east-3_team"],
        AK,
        SK,
    );
    store(&["--account", "other"], OTHER_AK, "another0secret0key");
    for (host, username, secret) in [
        (PLAIN_HOST, format!("cn-south-1_team@{AK}"), LOGIN_KEY),
        (
            MINTED_HOST,
            format!("cn-north-1@{AK}"),
            "minted-for-the-old-key",
        ),
    ] {
        let login =
            format!(r#"{{"ServerURL":"{host}","Username":"{username}","Secret":"{secret}"}}"#);
        sandbox.run(&["store"], &login).ok();
    }
    Some((standin, sandbox))
}

fn rotate(sandbox: &Sandbox, options: &[&str]) -> support::Outcome {
    let arguments = [&["rotate", "--ak", NEW_AK, "--sk-stdin"], options].concat();
    let outcome = sandbox.run(&arguments, NEW_SK);
    is_tight(sandbox, &outcome);
    outcome
}

fn answer(sandbox: &Sandbox, host: &str) -> String {
    let login: serde_json::Value = serde_json::from_str(sandbox.run(&["get"], host).ok()).unwrap();
    format!(
        "{} {}",
        login["Username"].as_str().unwrap(),
        login["Secret"].as_str().unwrap()
    )
}

#[test]
fn every_entry_of_the_old_key_gets_the_new_one() {
    let Some((standin, sandbox)) = stored() else {
        return;
    };
    let others =
        fs::read_to_string(sandbox.path("config/docker-credential-swr/credentials")).unwrap();
    let other = others
        .lines()
        .find(|line| line.contains("account/other"))
        .unwrap();
    let outcome = rotate(&sandbox, &[]);
    assert_eq!(
        outcome.ok().lines().collect::<Vec<_>>(),
        [
            &format!("verified: `{HOST}` accepts the login"),
            "rotated: the account `default`",
            &format!("rotated: `{OTHER_HOST}`"),
            &format!("note: a temporary login for `{MINTED_HOST}` is unchanged; it will expire"),
            &format!("rotated: `{PLAIN_HOST}`"),
            &format!(
                "next: delete the access key {AK} in the console (My Credentials, Access Keys), once no other machine uses it"
            ),
        ]
    );
    assert_eq!(
        answer(&sandbox, HOST),
        format!("cn-north-4@{NEW_AK} {NEW_LOGIN_KEY}")
    );
    assert_eq!(
        answer(&sandbox, OTHER_HOST),
        format!("cn-east-3_team@{NEW_AK} {NEW_LOGIN_KEY}")
    );
    assert_eq!(
        answer(&sandbox, PLAIN_HOST),
        format!("cn-south-1_team@{NEW_AK} {NEW_LOGIN_KEY}")
    );
    assert_eq!(
        answer(&sandbox, MINTED_HOST),
        format!("cn-north-1@{AK} minted-for-the-old-key")
    );
    let after =
        fs::read_to_string(sandbox.path("config/docker-credential-swr/credentials")).unwrap();
    assert!(after.contains(other), "{after}");
    assert_eq!(
        calls_after(&standin, 0),
        [
            "GET /v2/: 401".to_owned(),
            format!("GET /swr/auth/v2/registry/auth/?service=dockyard by {NEW_AK}: 200"),
        ]
    );
}

#[test]
fn a_key_that_is_refused_or_cannot_be_tried_changes_nothing() {
    let Some((standin, mut sandbox)) = stored() else {
        return;
    };
    let path = sandbox.path("config/docker-credential-swr/credentials");
    let before = fs::read(&path).unwrap();
    let wrong = sandbox.run(
        &["rotate", "--ak", NEW_AK, "--sk-stdin"],
        "Xn3QykqzsyD5osUFc2hFH6qozqOtV5FvetckJ7fr",
    );
    let said = wrong.fails();
    assert!(
        said.starts_with(&format!("error: `{HOST}` refuses the login (HTTP 401)"))
            && said.contains("; nothing was changed\nhint: check AK and SK against"),
        "{said}"
    );
    assert_eq!(calls_after(&standin, 0).len(), 2, "one attempt");
    sandbox.set("HTTPS_PROXY", "http://127.0.0.1:1");
    let said = rotate(&sandbox, &[]).fails();
    assert!(
        said.contains("cannot try the new key, so nothing was changed: cannot connect"),
        "{said}"
    );
    for (options, expected) in [
        (
            &["--registry", "swr.eu-de.otc.t-systems.com"][..],
            "does not serve `swr.eu-de.otc.t-systems.com`",
        ),
        (
            &["--registry", "registry.example"],
            "does not serve `registry.example`",
        ),
        (
            &["--account", "nobody"],
            "the account `nobody` has no permanent access key",
        ),
    ] {
        let said = rotate(&sandbox, options).fails();
        assert!(said.contains(expected), "{said}");
    }
    let same = sandbox
        .run(&["rotate", "--ak", AK, "--sk-stdin"], SK)
        .fails();
    assert!(
        same.contains("already has the access key QTWA..KYUC"),
        "{same}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
    sandbox.run(&["configure", "--remove"], "").ok();
    sandbox.run(&["erase", "--registry", OTHER_HOST], "").ok();
    sandbox.run(&["erase", "--registry", PLAIN_HOST], "").ok();
    sandbox.run(&["erase", "--registry", MINTED_HOST], "").ok();
    let said = rotate(&sandbox, &[]).fails();
    assert!(
        said.contains("docker asks this helper for none of its registries"),
        "{said}"
    );
}

#[test]
fn the_old_key_in_other_places_is_reported() {
    let Some((_standin, mut sandbox)) = stored() else {
        return;
    };
    sandbox.set("HW_ACCESS_KEY", AK);
    sandbox.set("HW_SECRET_KEY", SK);
    fs::create_dir_all(sandbox.path("home/.huaweicloud")).unwrap();
    fs::write(
        sandbox.path("home/.huaweicloud/credentials"),
        format!("[basic]\nak = {AK}\nsk = {SK}\n"),
    )
    .unwrap();
    let outcome = rotate(&sandbox, &["--offline"]);
    assert!(
        outcome.ok().contains(
            "note: the old key is still in the environment and the profile; change it there\n"
        ),
        "{outcome:#?}"
    );
}

/// The key is tried only at hosts that a `get` may serve: not at another operator's Enterprise
/// host.
#[test]
fn the_new_key_goes_only_to_registries_of_the_account() {
    let Some((standin, sandbox)) = stored() else {
        return;
    };
    let enterprise = "team-1a2b.swr-pro.eu-de.otc.t-systems.com";
    let folder = sandbox.path("config/docker-credential-swr");
    fs::write(
        folder.join("config.toml"),
        cloud::settings(
            &standin,
            &format!("[registry.\"{enterprise}\"]\naccount = \"default\"\nproject = \"eu-de\"\n"),
        ),
    )
    .unwrap();
    let said = rotate(&sandbox, &["--registry", enterprise]).fails();
    assert!(said.contains("does not serve"), "{said}");
    sandbox.run(&["configure", "--remove"], "").ok();
    sandbox
        .run(&["configure", "--registry", enterprise], "")
        .ok();
    let said = rotate(&sandbox, &[]).fails();
    assert!(
        said.contains("docker asks this helper for none of its registries"),
        "{said}"
    );
    assert!(standin.proxied().is_empty());
}

/// All entries are rotated even if nobody reads the output.
#[test]
fn a_closed_stdout_does_not_stop_a_rotation_midway() {
    let Some((_standin, sandbox)) = stored() else {
        return;
    };
    let line = format!(
        "printf %s {NEW_SK} | docker-credential-swr rotate --ak {NEW_AK} --sk-stdin --offline >/dev/full"
    );
    let mut shell = sandbox.command("sh");
    support::run(shell.args(["-c", &line]), "", support::SHORT).fails();
    assert!(answer(&sandbox, HOST).contains(NEW_AK));
    assert!(answer(&sandbox, OTHER_HOST).contains(NEW_AK));
}

//! What `doctor` and `accounts` report when each fault is made on purpose.
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

#[cfg(feature = "cloud")]
#[path = "doctor/cache.rs"]
mod cache;
#[path = "doctor/clients.rs"]
mod clients;
#[cfg(unix)]
#[path = "doctor/files.rs"]
mod files;
#[cfg(all(feature = "cloud", target_os = "linux"))]
#[path = "doctor/kernel.rs"]
mod kernel;
#[cfg(all(feature = "cloud", target_os = "linux"))]
#[path = "doctor/online.rs"]
mod online;
#[cfg(feature = "cloud")]
#[path = "doctor/trial.rs"]
mod trial;

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;

use docker_credential_swr::system::environment::Environment;
use support::platform::PATH;
#[cfg(unix)]
use support::platform::{can_change_user, copy_helper};
use support::sample::{AK, HOST, LOGIN_KEY, OTHER_AK, SK};
#[cfg(unix)]
use support::skip;
use support::{Sandbox, make_private_folders};

/// A sandbox in which a pull would work: a key in the file store, and docker asks the helper.
fn healthy() -> Sandbox {
    let sandbox = Sandbox::new();
    #[cfg(unix)]
    has_its_own_program(&sandbox);
    store(&sandbox, &[]);
    sandbox.run(&["configure", "--registry", HOST], "").ok();
    sandbox
}

fn store(sandbox: &Sandbox, options: &[&str]) {
    let arguments = [
        &["store", "--ak", AK, "--sk-stdin", "--backend", "file"][..],
        // Each test configures docker itself.
        &["--no-configure", "--offline"],
        options,
    ]
    .concat();
    sandbox.run(&arguments, SK).ok();
}

/// Returns the checks that are not ok, as `state check: text`, and the exit code.
fn complaints(sandbox: &Sandbox, arguments: &[&str]) -> (Vec<String>, i32) {
    let outcome = sandbox.run(&[&["doctor"], arguments].concat(), "");
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    for secret in [SK, LOGIN_KEY] {
        assert!(!said.contains(secret), "{said}");
    }
    let complaints = outcome
        .stdout
        .lines()
        .filter(|line| !line.starts_with("ok "))
        .map(str::to_owned);
    (complaints.collect(), outcome.code.unwrap())
}

#[track_caller]
fn complains(sandbox: &Sandbox, arguments: &[&str], expected: &str, code: i32) {
    let (complaints, found) = complaints(sandbox, arguments);
    let words = complaints.join("\n");
    assert!(words.contains(expected), "{words}");
    assert_eq!(found, code, "{words}");
}

/// Puts only the helper and these clients on PATH. No client is run.
#[cfg(unix)]
fn only_installed(sandbox: &mut Sandbox, clients: &[&str]) {
    for client in clients {
        let path = sandbox.path("bin").join(client);
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    sandbox.set("PATH", sandbox.path("bin"));
}

/// Returns the output at the time `now`.
fn doctor_at(sandbox: &Sandbox, now: u64) -> String {
    sandbox.run_at(now, &["doctor"], "").stdout
}

#[test]
fn a_healthy_machine_has_no_problems() {
    let sandbox = healthy();
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
    let shown = sandbox.run(&["doctor", HOST], "");
    assert!(
        shown.ok().contains("as `cn-north-4@QTWA..KYUC`"),
        "{}",
        shown.stdout
    );
    assert!(!shown.stdout.contains(AK), "{}", shown.stdout);
}

#[test]
fn json_has_the_same_checks() {
    let sandbox = healthy();
    let checks: serde_json::Value =
        serde_json::from_str(sandbox.run(&["doctor", "--json"], "").ok()).unwrap();
    let states: Vec<_> = checks
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["state"].as_str().unwrap())
        .collect();
    assert!(
        states.len() > 5 && states.iter().all(|state| *state == "ok"),
        "{checks}"
    );
}

#[test]
fn no_key_is_stored() {
    let sandbox = healthy();
    sandbox.run(&["erase", "--all", "--yes"], "").ok();
    complains(&sandbox, &[], "failed   login: credentials not found", 1);
}

#[test]
fn a_registry_assigned_to_an_account_by_the_settings_is_ok() {
    let sandbox = Sandbox::new();
    #[cfg(unix)]
    has_its_own_program(&sandbox);
    store(&sandbox, &["--account", "work"]);
    let host = "100.125.0.198:20202";
    let settings = sandbox.path("config/docker-credential-swr/config.toml");
    make_private_folders(settings.parent().unwrap());
    let before = fs::read_to_string(&settings).unwrap_or_default();
    let table =
        format!("[registry.\"{host}\"]\naccount = \"work\"\nproject = \"cn-north-4_team\"\n");
    fs::write(&settings, before + &table).unwrap();
    sandbox.run(&["configure", "--registry", host], "").ok();
    assert_eq!(complaints(&sandbox, &[host]), (Vec::new(), 0));
    complains(
        &sandbox,
        &["registry.example"],
        "so no account serves it by default",
        1,
    );
}

#[test]
fn a_plain_login_hides_the_key() {
    let sandbox = healthy();
    store(&sandbox, &["--registry", HOST]);
    let login = format!(
        r#"{{"ServerURL":"{HOST}","Username":"bearertoken@x","Secret":"console-password"}}"#
    );
    sandbox.run(&["store"], &login).ok();
    complains(
        &sandbox,
        &[],
        "a login that a client stored 0 days ago hides the access key",
        0,
    );
}

/// The console's command, after a key was stored for the whole cloud.
#[test]
fn a_plain_login_hides_the_key_of_an_account() {
    let mut sandbox = healthy();
    let username = format!("bearertoken@{OTHER_AK}");
    let login =
        format!(r#"{{"ServerURL":"{HOST}","Username":"{username}","Secret":"console-password"}}"#);
    sandbox.run(&["store"], &login).ok();
    complains(
        &sandbox,
        &[],
        "a login that a client stored 0 days ago hides the login key of QTWA..KYUC, which the provider default has",
        0,
    );
    let later = doctor_at(&sandbox, Environment::default().now() + 3 * 24 * 60 * 60);
    assert!(later.contains("stored 3 days ago hides the"), "{later}");
    assert!(
        later.contains(&format!("hint: docker logout {HOST}\n")),
        "{later}"
    );
    // Its AK is not shown either.
    let shortened = "provider: registry: login of `bearertoken@P0HE..69X0`";
    assert!(later.contains(shortened), "{later}");
    assert!(!later.contains(OTHER_AK), "{later}");

    sandbox.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "default,registry");
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
    sandbox.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "registry");
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
}

#[test]
fn a_wrong_provider_order_is_reported() {
    let mut sandbox = healthy();
    sandbox.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "registry,defualt");
    complains(
        &sandbox,
        &[],
        "failed   provider: the variable DOCKER_CREDENTIAL_SWR_PROVIDERS is not a list of",
        1,
    );
}

#[test]
fn a_registry_is_shown_with_its_project() {
    let sandbox = healthy();
    let is_in = |host: &str, project: &str| {
        let said = sandbox.run(&["doctor", host], "").stdout;
        let line = said.lines().find(|line| line.contains(" registry: "));
        let line = line.unwrap_or_else(|| panic!("{said}"));
        assert!(
            line.ends_with(&format!("; its project is `{project}`")),
            "{line}"
        );
    };
    is_in(HOST, "cn-north-4");
    // Also if there is no login.
    is_in("swr.eu-de.otc.t-systems.com", "eu-de");
    store(
        &sandbox,
        &["--registry", HOST, "--project", "cn-north-4_team"],
    );
    is_in(HOST, "cn-north-4_team");
    let host = "swr.cn-south-1.myhuaweicloud.com";
    let login = format!(
        r#"{{"ServerURL":"{host}","Username":"cn-south-1_team@{OTHER_AK}","Secret":"{LOGIN_KEY}"}}"#
    );
    sandbox.run(&["store"], &login).ok();
    is_in(host, "cn-south-1_team");
    let other = "registry.example.com";
    store(&sandbox, &["--registry", other, "--project", "lab"]);
    is_in(other, "lab");
}

#[test]
fn settings_and_environment_are_wrong() {
    let mut sandbox = healthy();
    sandbox.set("HW_ACCESS_KEY", AK);
    complains(
        &sandbox,
        &[],
        "environment: the variable HW_SECRET_KEY is not set, but HW_ACCESS_KEY is",
        1,
    );
    let sandbox = healthy();
    let path = sandbox.path("config/docker-credential-swr/config.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("colour = 1\n{text}")).unwrap();
    complains(&sandbox, &[], "config.toml:1: `colour` is not a setting", 1);
}

/// Huawei's SDK ignores a part of these variables, and so does the helper; a person is told.
#[test]
fn variables_of_an_identity_provider_are_not_whole() {
    const OIDC: &str = "HUAWEICLOUD_OIDC_ID_TOKEN";
    const PROVIDER: &str = "HUAWEICLOUD_OIDC_PROVIDER_URN";
    let urn = "iam::0a1b2c3d4e5f60718293a4b5c6d7e8f9:oidcProvider:cluster";
    for (variables, name, lacks) in [
        (&[(OIDC, "a.b.c")][..], OIDC, PROVIDER),
        (&[(PROVIDER, urn)], PROVIDER, "HUAWEICLOUD_OIDC_AGENCY_URN"),
        (
            &[("HW_ASSUME_ROLE_IDP_ID", "acme-gitlab")],
            "HW_ASSUME_ROLE_IDP_ID",
            "HW_ASSUME_ROLE_ID_TOKEN_FILE",
        ),
        (
            &[("HUAWEICLOUD_SDK_IDP_ID", "acme-gitlab")],
            "HUAWEICLOUD_SDK_IDP_ID",
            "HUAWEICLOUD_SDK_ID_TOKEN_FILE",
        ),
        (
            &[("HUAWEICLOUD_SDK_ID_TOKEN_FILE", "/run/token")],
            "HUAWEICLOUD_SDK_ID_TOKEN_FILE",
            "HUAWEICLOUD_SDK_IDP_ID",
        ),
    ] {
        let mut sandbox = healthy();
        sandbox.set("HUAWEICLOUD_SDK_AK", AK);
        sandbox.set("HUAWEICLOUD_SDK_SK", SK);
        for (name, value) in variables {
            sandbox.set(name, value);
        }
        let expected = format!(
            "warning  environment: {name} is ignored because {lacks} is not set; another identity is used"
        );
        complains(&sandbox, &[HOST], &expected, 0);
    }
}

#[cfg(unix)]
#[test]
fn sudo_is_reported_with_the_other_users_settings() {
    let mut sandbox = healthy();
    sandbox.set("SUDO_USER", "somebody");
    let user = rustix::process::getuid();
    let expected = match user.is_root() {
        true => "root has its own docker configuration and keyring, not those of `somebody`",
        false => "another user has their own docker configuration and keyring",
    };
    complains(&sandbox, &[], expected, 0);
    sandbox.set("SUDO_UID", user.as_raw().to_string());
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
    if !can_change_user() {
        return;
    }
    // As `sudo -u other` does it.
    let mut sandbox = Sandbox::new();
    sandbox.give_to(64321);
    sandbox.set("SUDO_USER", "root");
    sandbox.set("SUDO_UID", "0");
    let said = sandbox.run(&["doctor", HOST], "").stdout;
    let expected = "warning  user: this runs with sudo: another user has their own";
    assert!(said.contains(expected), "{said}");
}

/// On other systems the keyring is always there.
#[cfg(target_os = "linux")]
#[test]
fn no_keyring_is_a_warning_where_another_provider_answers() {
    let mut sandbox = Sandbox::new();
    sandbox.set("HW_ACCESS_KEY", AK);
    sandbox.set("HW_SECRET_KEY", SK);
    sandbox.run(&["configure", "--registry", HOST], "").ok();
    complains(
        &sandbox,
        &[],
        "warning  store: there is no OS keyring here",
        0,
    );
}

#[test]
fn accounts_are_listed() {
    let sandbox = healthy();
    store(
        &sandbox,
        &["--account", "otc", "--cloud", "otc.t-systems.com"],
    );
    store(&sandbox, &["--registry", "swr.eu-de.otc.t-systems.com"]);
    store(&sandbox, &["--account", "spare"]);
    let login = r#"{"ServerURL":"swr.cn-south-1.myhuaweicloud.com","Username":"bearertoken@x","Secret":"s"}"#;
    sandbox.run(&["store"], login).ok();
    let path = sandbox.path("config/docker-credential-swr/config.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        format!("{text}[registry.\"swr.eu-nl.otc.t-systems.com\"]\naccount = \"otc\"\n"),
    )
    .unwrap();
    let shown = sandbox.run(&["accounts"], "");
    let lines: Vec<_> = shown.ok().lines().collect();
    assert_eq!(
        lines,
        [
            "account `default`: login key of QTWA..KYUC, of today, serves swr.<region>.myhuaweicloud.com, used by docker for swr.cn-north-4.myhuaweicloud.com",
            "account `otc`: login key of QTWA..KYUC, of today, named for swr.eu-nl.otc.t-systems.com",
            "account `spare`: login key of QTWA..KYUC, of today, serves no registry yet",
            "registry `swr.cn-south-1.myhuaweicloud.com`: login of `bearertoken@..`, of today",
            "registry `swr.eu-de.otc.t-systems.com`: login key of QTWA..KYUC, of today",
        ]
    );

    // JSON for programs, with times in Unix seconds.
    let shown = sandbox.run(&["accounts", "--json"], "");
    let mut entries: Vec<serde_json::Value> = serde_json::from_str(shown.ok()).unwrap();
    let now = Environment::default().now();
    for entry in &mut entries {
        let stored = entry.as_object_mut().unwrap().remove("stored").unwrap();
        assert!(
            (now - 600..=now).contains(&stored.as_u64().unwrap()),
            "{stored}"
        );
    }
    let key = "login key of QTWA..KYUC";
    let otc = "swr.eu-nl.otc.t-systems.com";
    assert_eq!(
        serde_json::Value::Array(entries),
        serde_json::json!([
            {
                "account": "default",
                "identity": key,
                "cloud": "myhuaweicloud.com",
                "named_for": [],
                "used_by_docker_for": ["swr.cn-north-4.myhuaweicloud.com"],
            },
            { "account": "otc", "identity": key, "cloud": "otc.t-systems.com", "named_for": [otc], "used_by_docker_for": [] },
            { "account": "spare", "identity": key, "cloud": "myhuaweicloud.com", "named_for": [], "used_by_docker_for": [] },
            { "registry": "swr.cn-south-1.myhuaweicloud.com", "login": "bearertoken@.." },
            { "registry": "swr.eu-de.otc.t-systems.com", "identity": key },
        ])
    );
}

#[test]
fn unknown_verbs_point_to_the_right_one() {
    let sandbox = Sandbox::new();
    for (typed, meant) in [
        ("login", "docker-credential-swr store"),
        ("logout", "docker-credential-swr erase"),
    ] {
        let said = sandbox.run(&[typed], "").fails();
        assert!(
            said.starts_with(&format!("docker-credential-swr: unknown action: {typed}")),
            "{said}"
        );
        assert!(said.contains(meant), "{said}");
    }
}

/// Replaces the link to the helper by a copy, because others may be able to write to the folder of
/// the build.
#[cfg(unix)]
fn has_its_own_program(sandbox: &Sandbox) {
    fs::remove_file(sandbox.program()).unwrap();
    copy_helper(&sandbox.program());
}

#[cfg(unix)]
#[test]
fn home_differs_from_the_users_home() {
    let user = rustix::process::geteuid();
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let listed = format!(":{}:", user.as_raw());
    if !passwd.lines().any(|line| line.contains(&listed)) {
        return skip("this user is not in /etc/passwd");
    }
    let mut sandbox = healthy();
    // It matters only if docker's configuration is in the home directory.
    sandbox.set("DOCKER_CONFIG", "");
    let home = sandbox.path("home");
    complains(
        &sandbox,
        &[],
        &format!("warning  home: HOME is {}", home.display()),
        0,
    );
    if !user.is_root() {
        return skip("only root can give a home away");
    }
    std::os::unix::fs::chown(&home, Some(65534), Some(65534)).unwrap();
    complains(&sandbox, &[], "belongs to another user", 0);
}

#[test]
fn the_clock_is_behind() {
    let sandbox = healthy();
    let now = Environment::default().now();
    let said = |now| doctor_at(&sandbox, now);
    assert!(said(now).contains("ok       clock: "), "{}", said(now));
    assert!(said(now - 240).contains("ok       clock: "));
    let behind = said(now - 3600);
    let expected = [
        "warning  clock: the clock looks wrong: an entry was stored 59 minutes",
        "warning  clock: the clock looks wrong: an entry was stored 60 minutes",
    ];
    assert!(
        expected.iter().any(|text| behind.contains(text)),
        "{behind}"
    );
    assert!(said(1000).contains("warning  clock: the clock is years behind"));
}

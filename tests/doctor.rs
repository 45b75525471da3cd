//! What `doctor` and `accounts` report when each fault is made on purpose.
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
#[cfg(unix)]
use std::path::Path;

use docker_credential_swr::system::environment::Environment;
use docker_credential_swr::{cli::run_with, console::stdio::Stdio};
use support::platform::PATH;
#[cfg(unix)]
use support::platform::can_change_user;
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

/// Returns the output at the time `now`.
fn doctor_at(sandbox: &Sandbox, now: u64) -> String {
    let command = sandbox.command("none");
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    let environment = Environment::from_variables(variables).at(now);
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut stdio = Stdio {
        stdin: None,
        stdout: &mut stdout,
        stdout_is_terminal: false,
        stderr: &mut stderr,
        stderr_is_terminal: false,
        terminal: None,
    };
    run_with(&["doctor".to_owned()], &mut stdio, &environment);
    String::from_utf8(stdout).unwrap()
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
fn docker_does_not_ask() {
    let sandbox = Sandbox::new();
    store(&sandbox, &[]);
    complains(&sandbox, &[], "docker asks this helper for no registry", 1);
    let hint = "hint: docker-credential-swr configure --region REGION";
    complains(&sandbox, &[], hint, 1);
    complains(
        &sandbox,
        &[HOST],
        "it asks no helper for `swr.cn-north-4.myhuaweicloud.com`",
        1,
    );
    fs::create_dir_all(sandbox.path("home/.docker")).unwrap();
    fs::write(
        sandbox.path("home/.docker/config.json"),
        r#"{"credsStore": "desktop"}"#,
    )
    .unwrap();
    complains(&sandbox, &[HOST], "it asks docker-credential-desktop", 1);
    fs::write(
        sandbox.path("home/.docker/config.json"),
        r#"{"credsStore": "swr"}"#,
    )
    .unwrap();
    assert_eq!(complaints(&sandbox, &[HOST]).1, 0);
    let every = "warning  docker: it asks docker-credential-swr for every registry";
    complains(&sandbox, &[], every, 0);
    complains(&sandbox, &[], "`docker-credential-swr doctor HOST`", 0);
    fs::write(sandbox.path("home/.docker/config.json"), "{").unwrap();
    complains(&sandbox, &[HOST], "config.json", 1);
    let (complaints, _) = complaints(&sandbox, &[]);
    let failed = complaints.iter().filter(|line| line.starts_with("failed "));
    assert_eq!(failed.count(), 1, "{complaints:#?}");
}

#[test]
fn a_login_stands_in_plain_text() {
    let sandbox = healthy();
    let path = sandbox.path("home/.docker/config.json");
    let text = fs::read_to_string(&path).unwrap();
    let auths = format!(
        "{{\"auths\": {{\"{HOST}\": {{\"auth\": \"dTpw\"}}}},{}",
        &text[1..]
    );
    fs::write(&path, auths).unwrap();
    complains(&sandbox, &[], "config.json has a plain-text login", 0);
}

/// podman reads its files until one has an entry for the registry; docker's file comes last.
#[cfg(target_os = "linux")]
#[test]
fn podman_asks_another_helper() {
    let mut sandbox = healthy();
    sandbox.set("DOCKER_CONFIG", "");
    only_installed(&mut sandbox, &[]);
    let file = |path: &str, text: &str| {
        let path = sandbox.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let says = |expected: &str| {
        let shown = sandbox.run(&["doctor"], "");
        assert!(shown.ok().contains(expected), "{shown:#?}");
    };
    assert!(!sandbox.run(&["doctor"], "").ok().contains("podman"));
    let (runtime, lasting) = ("run/containers/auth.json", "config/containers/auth.json");
    file(runtime, "{}");
    says("ok       podman: it asks docker-credential-swr for `swr.cn-north-4");
    file(
        lasting,
        &format!(r#"{{"credHelpers": {{"{HOST}": "other"}}}}"#),
    );
    says("warning  podman: it asks docker-credential-other for `swr.cn-north-4");
    file(
        runtime,
        &format!(r#"{{"auths": {{"{HOST}": {{"auth": "dTpw"}}}}}}"#),
    );
    says("warning  podman: it uses the login for `swr.cn-north-4");
    let logout = |path| {
        format!(
            "podman logout --authfile {} {HOST}",
            sandbox.path(path).display()
        )
    };
    says(&format!("hint: `{}` removes it", logout(runtime)));
    file(
        runtime,
        &format!(r#"{{"credHelpers": {{"{HOST}": "swr"}}}}"#),
    );
    says("ok       podman: it asks docker-credential-swr");
    file(runtime, "{");
    says("warning  podman: podman would refuse");
    file(runtime, "{}");
    let login = format!(r#"{{"auths": {{"{HOST}": {{"auth": "dTpw"}}}}}}"#);
    file(lasting, &login);
    says(&format!("hint: `{}` removes it", logout(lasting)));

    // podman never asks a credsStore.
    sandbox.set("REGISTRY_AUTH_FILE", sandbox.path("auth.json"));
    fs::write(sandbox.path("auth.json"), r#"{"credsStore": "swr"}"#).unwrap();
    complains(&sandbox, &[], "warning  podman: it asks no helper", 0);
}

/// podman also reads docker's file, so the messages about docker's file name podman.
#[cfg(target_os = "linux")]
#[test]
fn podman_reads_dockers_file() {
    let sandbox = healthy();
    let config = sandbox.path("home/.docker/config.json");
    let lasting = sandbox.path("config/containers/auth.json");
    make_private_folders(lasting.parent().unwrap());
    fs::write(&lasting, "{}").unwrap();
    let login = format!(r#"{{"auths": {{"{HOST}": {{"auth": "dTpw"}}}}}}"#);
    fs::write(&config, login).unwrap();
    let said = sandbox.run(&["doctor", HOST], "").fails();
    let (_, podman) = said.split_once("podman: it uses the login").unwrap();
    let hint = format!("hint: `docker logout {HOST}` removes it\n");
    assert!(
        podman.contains(&hint) && !podman.contains("podman logout"),
        "{said}"
    );

    fs::write(&config, "{").unwrap();
    let said = sandbox.run(&["doctor", HOST], "").fails();
    assert_eq!(said.matches("config.json").count(), 1, "{said}");
}

/// Each client is checked by itself; docker only if it is installed or has a file.
#[cfg(target_os = "linux")]
#[test]
fn only_podman_asks_the_helper() {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CONFIG", "");
    store(&sandbox, &[]);
    only_installed(&mut sandbox, &["podman"]);
    complains(
        &sandbox,
        &[],
        "failed   podman: podman asks this helper for no registry\n         \
         hint: docker-credential-swr configure --podman --region REGION",
        1,
    );
    complains(&sandbox, &[HOST], "failed   podman: it asks no helper", 1);
    let configure = ["configure", "--podman", "--region", "cn-north-4"];
    sandbox.run(&configure, "").ok();
    let said = sandbox.run(&["doctor"], "");
    let expected = format!("ok       podman: it asks docker-credential-swr for `{HOST}`\n");
    assert!(said.ok().contains(&expected), "{said:#?}");
    assert!(!said.stdout.contains(" docker: "), "{said:#?}");

    // With docker installed as well, docker could not pull, but podman still can.
    only_installed(&mut sandbox, &["podman", "docker"]);
    let said = sandbox.run(&["doctor"], "").fails();
    assert!(said.contains(&expected), "{said}");
    let expected = format!("failed   docker: it asks no helper for `{HOST}`\n");
    assert!(said.contains(&expected), "{said}");
    // A credsStore does not help podman, which never asks it.
    sandbox.run(&["configure", "--podman", "--remove"], "").ok();
    let config = sandbox.path("home/.docker/config.json");
    make_private_folders(config.parent().unwrap());
    fs::write(config, r#"{"credsStore": "swr"}"#).unwrap();
    complains(&sandbox, &[HOST], "warning  podman: it asks no helper", 0);
}

/// nerdctl looks for a login under `HOST:443`, and would store its own there.
#[cfg(unix)]
#[test]
fn nerdctl_needs_an_entry_with_the_port() {
    let mut sandbox = healthy();
    only_installed(&mut sandbox, &["docker", "nerdctl"]);
    let expected = format!(
        "warning  nerdctl: it would store its login in config.json in plain text, under `{HOST}:443`\n         \
         hint: docker-credential-swr configure --nerdctl --registry {HOST}"
    );
    complains(&sandbox, &[], &expected, 0);
    sandbox
        .run(&["configure", "--nerdctl", "--registry", HOST], "")
        .ok();
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
    // A login that it stored there is a plain-text login like any other.
    let config = sandbox.path("home/.docker/config.json");
    let text = fs::read_to_string(&config).unwrap();
    let auths = format!("{{\"auths\": {{\"{HOST}:443\": {{\"auth\": \"dTpw\"}}}},");
    fs::write(&config, text.replacen('{', &auths, 1)).unwrap();
    complains(&sandbox, &[], "config.json has a plain-text login", 0);
}

#[test]
fn a_login_stands_in_dockers_variable() {
    let mut sandbox = healthy();
    sandbox.set(
        "DOCKER_AUTH_CONFIG",
        r#"{"auths": {"quay.io": {"auth": "dTpw"}}}"#,
    );
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
    let login = format!("{{\"auths\": {{\"https://{HOST}/v2/\": {{\"auth\": \"dTpw\"}}}}}}");
    sandbox.set("DOCKER_AUTH_CONFIG", login);
    let expected = format!(
        "warning  docker: DOCKER_AUTH_CONFIG has a login for `{HOST}`, which docker 28.5 and others prefer to this \
         helper's\n         hint: unset DOCKER_AUTH_CONFIG"
    );
    complains(&sandbox, &[], &expected, 0);
    sandbox.set("DOCKER_AUTH_CONFIG", "{");
    complains(
        &sandbox,
        &[],
        "the variable DOCKER_AUTH_CONFIG would be refused by docker: ",
        0,
    );
}

#[test]
fn a_registry_assigned_to_an_account_by_the_settings_is_ok() {
    let sandbox = Sandbox::new();
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

#[cfg(unix)]
#[test]
fn the_file_store_is_readable_by_others() {
    let sandbox = healthy();
    let path = sandbox.path("config/docker-credential-swr/credentials");
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    complains(&sandbox, &[], "others than its owner can read", 1);
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

#[test]
fn the_helper_on_path_is_none_or_another() {
    let mut sandbox = healthy();
    let other = sandbox
        .path("other")
        .join(sandbox.program().file_name().unwrap());
    make_private_folders(other.parent().unwrap());
    fs::copy(support::helper_binary(), &other).unwrap();
    let folders = |names: &[&str]| {
        let folders = names.iter().map(|name| sandbox.path(name));
        std::env::join_paths(folders).unwrap()
    };
    let (other_first, other_last, nowhere) = (
        folders(&["other", "bin"]),
        folders(&["bin", "other"]),
        folders(&["nowhere"]),
    );
    sandbox.set(PATH, other_first);
    let expected = format!(
        "warning  helper: docker runs {}, and this is ",
        other.display()
    );
    complains(&sandbox, &[], &expected, 0);
    sandbox.set(PATH, other_last);
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
    sandbox.set(PATH, nowhere);
    complains(&sandbox, &[], "is not on PATH", 1);
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

#[cfg(unix)]
#[test]
fn files_that_others_can_write_or_read_are_reported() {
    let mut sandbox = healthy();
    only_installed(&mut sandbox, &["docker"]);
    sandbox.set("REGISTRY_AUTH_FILE", sandbox.path("auth.json"));
    let profile = sandbox.path("home/.huaweicloud/credentials");
    make_private_folders(profile.parent().unwrap());
    let helpers = format!(r#"{{"credHelpers": {{"{HOST}": "swr"}}}}"#);
    let login = format!(
        r#"{{"auths": {{"{HOST}": {{"auth": "dTpw"}}}},{}"#,
        &helpers[1..]
    );
    for (path, text, mode, expected) in [
        (
            "config/docker-credential-swr/config.toml",
            "backend = \"file\"\n",
            0o602,
            "write",
        ),
        (
            "config/docker-credential-swr/config.toml",
            "backend = \"file\"\n",
            0o644,
            "",
        ),
        ("home/.docker/config.json", &helpers, 0o602, "write"),
        ("home/.docker/config.json", &helpers, 0o644, ""),
        ("home/.docker/config.json", &login, 0o604, "read"),
        ("auth.json", &helpers, 0o622, "write"),
        ("auth.json", &helpers, 0o644, ""),
        ("auth.json", &login, 0o604, "read"),
        ("home/.huaweicloud/credentials", "[basic]\n", 0o644, "read"),
    ] {
        let path = sandbox.path(path);
        let before = fs::read(&path).ok();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let (complaints, code) = complaints(&sandbox, &[]);
        let said = complaints.join("\n");
        let shown = path.display();
        match expected {
            "" => assert!(
                !said.contains("can read") && !said.contains("can write"),
                "{said}"
            ),
            _ => assert!(
                said.contains(&format!(
                    "warning  files: others than its owner can {expected} {shown}"
                )) && said.contains(&format!(
                    "hint: chmod go-{} {shown}",
                    if expected == "read" { "rwx" } else { "w" }
                )),
                "{said}"
            ),
        }
        // Then the settings are not read.
        let is_settings =
            path.ends_with("docker-credential-swr/config.toml") && expected == "write";
        assert_eq!(code, i32::from(is_settings), "{said}");
        match before {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        if path.exists() {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
}

/// Whoever can write to a folder can replace any file in it.
#[cfg(unix)]
#[test]
fn folders_where_others_can_replace_files_are_reported() {
    let sandbox = healthy();
    let lasting = sandbox.path("config/containers");
    make_private_folders(&lasting);
    for folder in ["home/.docker", "home", "config", "config/containers"] {
        let path = sandbox.path(folder);
        let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        mode(0o707);
        let shown = path.display();
        let expected =
            format!("warning  files: others than its owner can write the folder {shown}, ");
        complains(&sandbox, &[], &expected, 0);
        complains(&sandbox, &[], &format!("hint: chmod go-w {shown}"), 0);
        mode(0o1777);
        assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0), "{folder}");
        mode(0o700);
    }
}

/// Whoever can change the helper, or answer in the place of the bus, gets every login.
#[cfg(unix)]
#[test]
fn others_own_or_can_write_the_helper_and_what_leads_to_it() {
    let mut sandbox = healthy();
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let program = sandbox.program();
    mode(&program, 0o777);
    let expected = format!(
        "files: others than its owner can write {}",
        program.display()
    );
    complains(&sandbox, &[], &expected, 0);
    nobody_else_can_change_it(&sandbox, false);
    mode(&program, 0o755);
    nobody_else_can_change_it(&sandbox, true);

    // In a folder before the helper's a program of the same name would run in its place.
    let before = sandbox.path("before");
    make_private_folders(&before);
    let folders = [before.clone(), sandbox.path("bin"), "/usr/bin".into()];
    sandbox.set("PATH", std::env::join_paths(folders).unwrap());
    nobody_else_can_change_it(&sandbox, true);
    mode(&before, 0o777);
    let expected = format!(
        "files: others than its owner can write the folder {}",
        before.display()
    );
    complains(&sandbox, &[], &expected, 0);
    nobody_else_can_change_it(&sandbox, false);
    mode(&before, 0o700);

    // A link is as good as where it leads.
    let elsewhere = sandbox.path("elsewhere");
    make_private_folders(&elsewhere);
    fs::rename(&program, elsewhere.join("helper")).unwrap();
    std::os::unix::fs::symlink(elsewhere.join("helper"), &program).unwrap();
    nobody_else_can_change_it(&sandbox, true);
    mode(&elsewhere, 0o777);
    nobody_else_can_change_it(&sandbox, false);
    mode(&elsewhere, 0o700);

    if !rustix::process::geteuid().is_root() {
        return skip("only root can give a file away");
    }
    let socket = sandbox.path("run/bus");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let named = sandbox.path("bus-that-is-named");
    let _other = std::os::unix::net::UnixListener::bind(&named).unwrap();
    for (path, address, what) in [
        (elsewhere.join("helper"), "", "who can change it"),
        (elsewhere, "", "who can change it"),
        (sandbox.path("bin"), "", "who can change it"),
        (sandbox.path("config"), "", "who can change it"),
        (
            sandbox.path("home/.docker/config.json"),
            "",
            "who can change it",
        ),
        (socket, "", "who answers there"),
        (
            named.clone(),
            &*format!("unix:guid=00,path={}", named.display()),
            "who answers there",
        ),
    ] {
        sandbox.set("DBUS_SESSION_BUS_ADDRESS", address);
        nobody_else_can_change_it(&sandbox, true);
        std::os::unix::fs::chown(&path, Some(64321), None).unwrap();
        let shown = path.display();
        let (complaints, _) = complaints(&sandbox, &[]);
        let said = complaints.join("\n");
        let expected = format!("warning  files: {shown} belongs to another user, {what}");
        assert!(said.contains(&expected), "{said}");
        nobody_else_can_change_it(&sandbox, false);
        std::os::unix::fs::chown(&path, Some(0), None).unwrap();
    }
}

#[cfg(unix)]
#[track_caller]
fn nobody_else_can_change_it(sandbox: &Sandbox, expected: bool) {
    let said = sandbox.run(&["doctor"], "").stdout;
    let line = "ok       files: nobody else can change the files that decide about logins";
    assert_eq!(said.contains(line), expected, "{said}");
}

/// Puts a copy of the helper in the place of the link to it: the folder of the build may be anybody's.
#[cfg(unix)]
fn has_its_own_program(sandbox: &Sandbox) {
    fs::remove_file(sandbox.program()).unwrap();
    // By a program of its own: a test beside this one that starts another would hold the file open for writing.
    let mut copy = sandbox.command("cp");
    copy.arg(support::helper_binary()).arg(sandbox.program());
    support::run(&mut copy, "", support::SHORT).ok();
}

#[cfg(unix)]
#[test]
fn only_the_users_private_group_may_write() {
    let sandbox = healthy();
    let path = sandbox.path("home/.docker/config.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).unwrap();
    let groups = fs::read_to_string("/etc/group").unwrap();
    if !rustix::process::geteuid().is_root() || !groups.lines().any(|line| line == "root:x:0:") {
        return skip("only root, in a group of its own, can give a file to another group");
    }
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
    std::os::unix::fs::chown(&path, None, Some(65534)).unwrap();
    let expected = format!("others than its owner can write {}", path.display());
    complains(&sandbox, &[], &expected, 0);
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

#[cfg(feature = "cloud")]
mod cache {
    use docker_credential_swr::state::notes::{Kind, Notes};

    use super::*;

    #[test]
    fn the_cache_is_off_and_its_folder_missing() {
        let mut sandbox = healthy();
        sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "off");
        assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
        sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "maybe");
        complains(
            &sandbox,
            &[],
            "warning  cache: the variable DOCKER_CREDENTIAL_SWR_CACHE",
            0,
        );
        sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "");
        sandbox.set("XDG_STATE_HOME", sandbox.program().join("no-folder-here"));
        complains(
            &sandbox,
            &[],
            "warning  cache: there is no private folder",
            0,
        );
    }

    #[test]
    fn a_refusal_is_remembered() {
        let sandbox = healthy();
        let folders = [
            ("XDG_STATE_HOME", sandbox.path("state")),
            ("HOME", sandbox.path("home")),
        ];
        let environment = Environment::from_variables(folders);
        let notes = Notes::open(&environment).unwrap();
        let hash = notes.hash(["somebody"]);
        notes.remember(Kind::Refused, &hash, "no such key");
        complains(&sandbox, &[], "warning  cache: an identity was refused ", 0);
        complains(&sandbox, &[], " s: no such key", 0);
    }
}

#[cfg(all(feature = "cloud", target_os = "linux"))]
mod kernel {
    use super::*;
    use crate::support::{SHORT, have, run};

    #[test]
    fn the_kernels_keyring_is_full() {
        /// The user whose quota is filled; no real user has this ID.
        const USER: u32 = 64_321;
        /// Fills the quota in a session keyring that ends with the process, then runs its arguments.
        const FILL: &str = r#"
import ctypes, os, platform, sys
call = ctypes.CDLL(None, use_errno=True).syscall
add_key, keyctl = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
assert call(keyctl, 1, None) > 0
for size in (4000, 400, 40):
    number = 0
    while call(add_key, b"user", b"%d:%d" % (size, number), b"-" * size, size, -3) > 0:
        number += 1
os.execv(sys.argv[1], sys.argv[1:])
"#;
        if !can_change_user() || !have(&["python3"]) {
            return;
        }
        let mut sandbox = Sandbox::new();
        sandbox.give_to(USER);
        let before = sandbox.run(&["doctor", HOST], "").stdout;
        if !before.contains("ok       cache: it works; entries: 0") {
            return skip(&format!("this kernel keeps nothing: {before}"));
        }
        let mut command = sandbox.command("python3");
        command.args(["-c", FILL]).arg(sandbox.program());
        let full = run(command.args(["doctor", HOST]), "", SHORT).stdout;
        let expected = "warning  cache: this user's share of the kernel's keyring is full";
        assert!(full.contains(expected), "{full}");
    }
}

#[cfg(feature = "cloud")]
mod online {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A registry with two answers: the challenge, and one to the login.
    fn registry(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for answer in [
                "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0",
                answer,
            ] {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).unwrap();
                let answer = format!("HTTP/1.1 {answer}\r\nConnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        address
    }

    #[test]
    fn online_says_what_the_registry_answers() {
        for (answer, expected, code) in [
            ("200 OK\r\nContent-Length: 0", "accepts the login", 0),
            (
                "401 Unauthorized\r\nContent-Length: 0",
                "refuses the login (HTTP 401): project, access key or login key",
                1,
            ),
        ] {
            let address = registry(answer);
            let sandbox = Sandbox::new();
            store(
                &sandbox,
                &["--registry", &address, "--project", "cn-north-4"],
            );
            sandbox.run(&["configure", "--registry", &address], "").ok();
            let outcome = sandbox.run(&["doctor", "--online"], "");
            assert!(outcome.stdout.contains(expected), "{outcome:#?}");
            assert_eq!(outcome.code, Some(code), "{outcome:#?}");
        }
    }
}

#[cfg(all(feature = "cloud", target_os = "linux"))]
mod standin {
    use super::*;
    use crate::support::Outcome;
    use crate::support::cloud::{
        self, NEW_AK, NEW_SK, calls_after, is_tight, use_temporary_key, with_registries,
    };
    use crate::support::standin::Standin;

    const SOUTH: &str = "swr.cn-south-1.myhuaweicloud.com";
    const OTC: &str = "swr.eu-de.otc.t-systems.com";

    /// A sandbox in which docker asks the helper for three registries.
    fn sandbox() -> Option<(Standin, Sandbox)> {
        let standin = Standin::start()?;
        let mut sandbox = cloud::sandbox(&standin);
        sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
        with_registries(&mut sandbox, &standin);
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
        let left = format!(
            "warning  online: not tried again: `{HOST}` refuses the login key of QTWA..KYUC"
        );
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
        let expected = "metadata service, which only `--online` asks\n";
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
        let expected =
            "failed   login: a temporary login needs the SK, and the file store holds none";
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
        sandbox.set("SSL_CERT_FILE", other.path("ca.pem"));
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
                    let expected = format!(
                        "warning  clock: this machine's clock is wrong by {minutes} minutes, "
                    );
                    assert!(said.contains(&expected), "{said}");
                }
            }
        }
    }
}

//! docker, podman and nerdctl: whether each asks the helper, and what it would find before.

use super::*;

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

/// Debian 13's podman then reads that folder's file alone.
#[cfg(target_os = "linux")]
#[test]
fn podman_reads_no_other_file_where_docker_config_is_set() {
    let mut sandbox = Sandbox::new();
    store(&sandbox, &[]);
    only_installed(&mut sandbox, &["podman"]);
    complains(
        &sandbox,
        &[],
        "failed   podman: podman asks this helper for no registry\n         \
         hint: docker-credential-swr configure --region REGION",
        1,
    );
    sandbox
        .run(&["configure", "--podman", "--registry", HOST], "")
        .ok();
    let alone = format!(
        "read {} alone\n         hint: docker-credential-swr configure --registry {HOST}",
        sandbox.path("home/.docker/config.json").display()
    );
    complains(&sandbox, &[], &alone, 1);
    sandbox.run(&["configure", "--registry", HOST], "").ok();
    let said = sandbox.run(&["doctor"], "");
    let expected = format!("ok       podman: it asks docker-credential-swr for `{HOST}`\n");
    assert!(said.ok().contains(&expected), "{said:#?}");
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

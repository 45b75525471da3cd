//! Variables that would redirect a stored secret: a project's `.env` may set any variable.

use std::io::ErrorKind;
use std::net::TcpListener;

use super::support::cloud::{SECURITY_TOKEN, TEMPORARY_AK, TEMPORARY_SK};
use super::support::sample::HOST;
use super::users::{Machine, USER, outcome};

#[test]
fn an_endpoint_variable_does_not_redirect_a_key_from_a_file() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let is_reached = || match listener.accept() {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::WouldBlock => false,
        Err(error) => panic!("{error}"),
    };
    let evil = format!("http://{}", listener.local_addr().unwrap());
    let get = |variables: &[(&str, &str)]| {
        let mut get = machine.helper(USER, &["get"]);
        for name in [
            "HUAWEICLOUD_SDK_REGION_SWR_CN_NORTH_4",
            "HUAWEICLOUD_SDK_IAM_ENDPOINT",
        ] {
            get.env(name, &evil);
        }
        get.env("DOCKER_CREDENTIAL_SWR_TIMEOUT", "2")
            .envs(variables.iter().copied());
        outcome(&mut get, HOST).fails()
    };
    machine.folder(USER, &format!("{USER}/.huaweicloud"), 0o700);
    let profile = format!(
        "[basic]\nak = {TEMPORARY_AK}\nsk = {TEMPORARY_SK}\nsecurity_token = {SECURITY_TOKEN}\n"
    );
    machine.file(
        USER,
        &format!("{USER}/.huaweicloud/credentials"),
        0o600,
        &profile,
    );
    let said = get(&[("DOCKER_CREDENTIAL_SWR_PROVIDERS", "profile")]);
    assert!(!is_reached(), "{said}");
    assert!(
        said.contains("swr-api.cn-north-4.myhuaweicloud.com"),
        "{said}"
    );
    // systemd's credentials are files, too.
    machine.folder(USER, &format!("{USER}/systemd"), 0o700);
    for (name, text) in [("ak", TEMPORARY_AK), ("sk", TEMPORARY_SK)] {
        machine.file(USER, &format!("{USER}/systemd/{name}"), 0o600, text);
    }
    let folder = machine.home(USER).join("systemd");
    let settings = machine.file(
        USER,
        &format!("{USER}/temporary.toml"),
        0o600,
        "login = \"temporary\"\n",
    );
    let said = get(&[
        ("DOCKER_CREDENTIAL_SWR_PROVIDERS", "environment"),
        ("CREDENTIALS_DIRECTORY", folder.to_str().unwrap()),
        ("DOCKER_CREDENTIAL_SWR_CONFIG", settings.to_str().unwrap()),
    ]);
    assert!(!is_reached(), "{said}");
    // If the variables also set the identity, whoever set them knows the secret.
    get(&[
        ("HUAWEICLOUD_SDK_AK", TEMPORARY_AK),
        ("HUAWEICLOUD_SDK_SK", TEMPORARY_SK),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", SECURITY_TOKEN),
    ]);
    assert!(is_reached());
}

#[cfg(feature = "keyring")]
#[test]
fn an_endpoint_variable_does_not_redirect_a_stored_key() {
    use super::support::bus::Bus;
    use super::support::sample::{AK, SK};
    use super::support::{Sandbox, have};

    if !have(&["dbus-run-session", "gnome-keyring-daemon"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let _bus = Bus::unlocked(&mut sandbox);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let evil = format!("http://{}", listener.local_addr().unwrap());
    sandbox
        .run(&["store", "--ak", AK, "--sk-stdin", "--offline"], SK)
        .ok();
    sandbox.set("HUAWEICLOUD_SDK_REGION_SWR_CN_NORTH_4", &evil);
    sandbox.set("HUAWEICLOUD_SDK_IAM_ENDPOINT", &evil);
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "5");
    let settings = sandbox.path("config/docker-credential-swr");
    std::fs::create_dir_all(&settings).unwrap();
    let asked = "login = \"temporary\"\nagency = \"pull\"\nagency_domain = \"acme\"\n";
    std::fs::write(settings.join("config.toml"), asked).unwrap();
    let said = sandbox.run(&["get"], HOST).fails();
    assert!(said.contains("iam.cn-north-4.myhuaweicloud.com"), "{said}");
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

/// With a certificate of their own and a proxy, whoever sets variables would read the password of a
/// stored user.
#[cfg(feature = "keyring")]
#[test]
fn variables_name_no_certificate_that_a_stored_identity_trusts() {
    use serde_json::Value;

    use super::support::bus::Bus;
    use super::support::platform::write_private;
    use super::support::sample::STORE_USER;
    use super::support::standin::Standin;
    use super::support::{Sandbox, cloud, have, make_private_folders};

    const PASSWORD: &str = "correct horse";

    let (true, Some(evil)) = (
        have(&["dbus-run-session", "gnome-keyring-daemon"]),
        Standin::start(),
    ) else {
        return;
    };
    let mut sandbox = Sandbox::new();
    let _bus = Bus::unlocked(&mut sandbox);
    sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "off");
    sandbox.run(&STORE_USER, PASSWORD).ok();
    sandbox.set("HTTPS_PROXY", evil.url("proxy"));
    for variable in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let certificates = match variable {
            "SSL_CERT_FILE" => evil.path("ca.pem"),
            _ => evil.path(""),
        };
        sandbox.set(variable, &certificates);
        let said = sandbox.run(&["get"], HOST).fails();
        assert!(
            said.contains("cannot trust `iam.cn-north-4.myhuaweicloud.com`")
                && said.contains("name the file as `ca_file` in the settings"),
            "{said}"
        );
        assert_eq!(evil.requests(), [Value::Null; 0]);
        sandbox.set(variable, "");
    }
    // The settings do, and an identity from variables trusts whom they name.
    let settings = sandbox.path("config/docker-credential-swr/config.toml");
    make_private_folders(settings.parent().unwrap());
    write_private(&settings, &cloud::settings(&evil, ""));
    sandbox.run(&["get"], HOST).ok();
    std::fs::remove_file(&settings).unwrap();
    sandbox.set("SSL_CERT_FILE", evil.path("ca.pem"));
    sandbox.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "environment");
    cloud::use_temporary_key(&mut sandbox);
    sandbox.run(&["get"], HOST).ok();
}

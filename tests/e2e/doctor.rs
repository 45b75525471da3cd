//! `doctor --online` at a real registry, with each fault made on purpose; a real client must agree
//! with its verdict.

use super::support::sample::{OTHER_AK, OTHER_SK};
use crate::registry::Registry;
use crate::support::{Outcome, SHORT, Sandbox, bus::Bus, find, have, run};
use crate::{AK, PROJECT, SK, USERNAME};
use std::fs;

#[test]
fn a_login_that_works() {
    let Some(scene) = Scene::with("file") else {
        return;
    };
    let said = scene.works();
    let expected = format!("ok       online: `{}` accepts the login\n", scene.host());
    assert!(said.contains(&expected), "{said}");
    assert!(!said.contains("failed "), "{said}");
    // Without a host it checks those that docker asks the helper for; this is the only one.
    let all = scene.sandbox.run(&["doctor", "--online"], "");
    assert_eq!(all.ok(), said);
}

#[test]
fn a_login_that_the_registry_does_not_know() {
    let Some(scene) = Scene::with("file") else {
        return;
    };
    scene.store(OTHER_AK, OTHER_SK);
    scene.fails(&format!(
        "failed   online: `{}` refuses the login (HTTP 401): project, access key or login key are wrong",
        scene.host()
    ));
    scene.store(AK, SK);
    scene.works();
}

#[test]
fn a_password_that_a_client_stored_is_wrong() {
    let Some(scene) = Scene::with("keyring") else {
        return;
    };
    let host = scene.host();
    let login = serde_json::json!({"ServerURL": host, "Username": USERNAME, "Secret": "wrong"});
    scene.sandbox.run(&["store"], &login.to_string()).ok();
    let said = scene.fails("refuses the login (HTTP 401)");
    assert!(said.contains("hides the access key of"), "{said}");
    // Following the hint fixes it.
    scene.sandbox.run(&["erase"], host).ok();
    scene.works();
}

#[test]
fn a_registry_that_is_down() {
    let Some(mut scene) = Scene::with("file") else {
        return;
    };
    let host = scene.host().to_owned();
    drop(scene.registry.take());
    let outcome = scene.sandbox.run(&["doctor", &host, "--online"], "");
    let said = outcome.fails();
    assert!(said.contains("\nfailed   online: "), "{said}");
    assert!(said.contains("hint: check the network"), "{said}");
    // Without `--online`, no problem is found.
    scene.sandbox.run(&["doctor", &host], "").ok();
}

#[test]
fn docker_does_not_ask_the_helper() {
    let Some(scene) = Scene::with("file") else {
        return;
    };
    let host = scene.host();
    scene.sandbox.run(&["configure", "--remove"], "").ok();
    let nobody = format!("failed   docker: it asks no helper for `{host}`");
    scene.fails(&nobody);
    scene.configures();
    // A credsStore that is not installed.
    scene.write_config(r#"{"credsStore": "desktop"}"#);
    scene.fails(&format!(
        "failed   docker: it asks docker-credential-desktop for `{host}`"
    ));
    scene.configures();
    // Another helper for this registry.
    scene.write_config(&format!(r#"{{"credHelpers": {{"{host}": "desktop"}}}}"#));
    scene.fails(&format!(
        "failed   docker: it asks docker-credential-desktop for `{host}`"
    ));
    scene.configures();
}

#[test]
fn the_helper_is_not_on_path() {
    let Some(mut scene) = Scene::with("file") else {
        return;
    };
    scene.sandbox.set("PATH", "/nonexistent");
    scene.fails("failed   helper: docker-credential-swr is not on PATH");
}

#[test]
fn an_old_login_stands_in_the_file() {
    let Some(scene) = Scene::with("file") else {
        return;
    };
    let host = scene.host();
    scene.write_config(&format!(
        r#"{{"auths": {{"{host}": {{"auth": "dXNlcjpvbGQ="}}}}, "credHelpers": {{"{host}": "swr"}}}}"#
    ));
    let outcome = scene.doctor();
    let expected = format!("warning  docker: config.json has a plain-text login for `{host}`");
    assert!(outcome.ok().contains(&expected), "{outcome:#?}");
    assert!(outcome.stdout.contains("accepts the login"), "{outcome:#?}");
}

/// A registry, its key in a store, and docker's configuration.
///
/// Fields are dropped in order.
struct Scene {
    registry: Option<Registry>,
    _bus: Option<Bus>,
    sandbox: Sandbox,
    backend: &'static str,
}

impl Scene {
    fn with(backend: &'static str) -> Option<Self> {
        if !have(&["docker-registry", "htpasswd", "openssl", "skopeo"]) {
            return None;
        }
        let mut sandbox = Sandbox::new();
        let mut bus = None;
        if backend == "keyring" {
            if !have(&["dbus-run-session", "gnome-keyring-daemon"]) {
                return None;
            }
            bus = Some(Bus::unlocked(&mut sandbox));
        }
        let scene = Scene {
            registry: Some(Registry::start(&sandbox, USERNAME, AK, SK)),
            _bus: bus,
            sandbox,
            backend,
        };
        scene.store(AK, SK);
        let configure = ["configure", "--registry", scene.host()];
        scene.sandbox.run(&configure, "").ok();
        Some(scene)
    }

    fn host(&self) -> &str {
        &self.registry.as_ref().unwrap().host
    }

    fn store(&self, ak: &str, sk: &str) {
        let quietly = ["store", "--replace", "--no-configure", "--offline"];
        let what = ["--backend", self.backend, "--ak", ak, "--sk-stdin"];
        let whom = ["--registry", self.host(), "--project", PROJECT];
        let arguments = [&quietly[..], &what, &whom].concat();
        self.sandbox.run(&arguments, sk).ok();
    }

    /// Follows the hint of a wrong entry; fails unless that fixes it.
    #[track_caller]
    fn configures(&self) {
        let configure = ["configure", "--registry", self.host()];
        self.sandbox.run(&configure, "").ok();
        self.works();
    }

    fn write_config(&self, text: &str) {
        fs::write(self.sandbox.path("home/.docker/config.json"), text).unwrap();
    }

    fn doctor(&self) -> Outcome {
        self.sandbox.run(&["doctor", self.host(), "--online"], "")
    }

    #[track_caller]
    fn works(&self) -> String {
        let outcome = self.doctor();
        outcome.ok();
        self.client().ok();
        outcome.stdout
    }

    #[track_caller]
    fn fails(&self, expected: &str) -> String {
        let outcome = self.doctor();
        let said = outcome.fails();
        assert!(said.contains(expected), "{expected:?} in {outcome:#?}");
        assert_eq!(outcome.code, Some(1));
        for secret in [SK, OTHER_SK] {
            assert!(!said.contains(secret), "{said}");
        }
        self.client().fails();
        said
    }

    /// Asks skopeo as a second opinion: without a login from the helper, it fails.
    fn client(&self) -> Outcome {
        let config = self.sandbox.path("home/.docker/config.json");
        let mut skopeo = self.sandbox.command(find("skopeo").unwrap());
        skopeo
            .args(["login", "--tls-verify=false", "--authfile"])
            .arg(config)
            .arg(self.host());
        run(&mut skopeo, "", SHORT)
    }
}

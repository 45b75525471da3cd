//! docker with a temporary key in the environment, as in a CI job: no keyring, no file, no person.

use std::fs;

use docker_credential_swr::state::cache::Cache;
use docker_credential_swr::system::environment::Environment;
use serde_json::json;

use crate::Registry;
use crate::docker::{Scene, can_run};
use crate::registry::documented_login_key;
use crate::support::standin::Standin;
use crate::support::{Outcome, SHORT, cloud, found, make_private_folders, skip};

/// The password that the stand-in issues; the registry accepts no other.
const AK: &str = "TEMPORARYLOGIN000001";
const SECRET: &str = "of-nobody-but-the-service";

const NAMESPACE: &str = "DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE";

#[test]
fn docker_pulls_with_a_temporary_key_in_the_environment() {
    if !can_run() {
        return;
    }
    let Some(standin) = Standin::start() else {
        return;
    };
    let Some(docker) = found("docker").into_iter().next() else {
        return skip("no docker is installed");
    };
    let mut sandbox = cloud::sandbox(&standin);
    let namespace = sandbox.path("");
    let namespace = namespace.file_name().unwrap().to_str().unwrap().to_owned();
    sandbox.set(NAMESPACE, &namespace);
    let _cleared = Cleared(namespace);
    let registry = Registry::start(&sandbox, cloud::LOGIN, AK, SECRET);
    let password = documented_login_key(&sandbox, AK, SECRET);
    standin.behave(&json!({"hosts": [&registry.host], "login": [cloud::LOGIN, password]}));
    let mut scene = Scene::with(docker, registry, None, sandbox);
    let host = scene.registry.host.clone();
    let image = format!("{host}/team/app:1");
    let image = image.as_str();
    set_up(&scene, &standin, &host);
    scene.import(image);

    // Without a key in the environment, the registry refuses the login.
    fails(&scene, scene.docker(["push", image]));
    assert_eq!(cloud::calls_after(&standin, 0), [""; 0]);
    cloud::use_temporary_key(&mut scene.sandbox);
    works(&scene, scene.docker(["push", image]));
    works(&scene, scene.docker(["rmi", image]));
    works(&scene, scene.docker(["pull", image]));

    // Neither what docker stores nor a logout changes anything.
    let login = scene.docker(["login", &host]);
    assert!(login.ok().contains("Login Succeeded"), "{login:#?}");
    works(&scene, login);
    assert_eq!(scene.sandbox.run(&["list"], "").ok().trim(), "{}");
    works(&scene, scene.docker(["logout", &host]));
    works(&scene, scene.docker(["rmi", image]));
    works(&scene, scene.docker(["pull", image]));
    let calls = cloud::calls_after(&standin, 0);
    assert!(!calls.is_empty());
    for call in calls {
        let by = format!(" by {}: 200", cloud::TEMPORARY_AK);
        assert!(call.ends_with(&by), "{call}");
    }
    assert!(!scene.docker_config().contains("\"auth\""));

    // A key that the service refuses does not log in, whatever docker tries.
    let before = standin.requests().len();
    scene
        .sandbox
        .set("HUAWEICLOUD_SDK_SECURITY_TOKEN", "another");
    works(&scene, scene.docker(["rmi", image]));
    for _ in 0..3 {
        fails(&scene, scene.docker(["pull", image]));
    }
    let refused = cloud::calls_after(&standin, before);
    assert_eq!(refused.len(), 1, "{refused:?}");
}

/// A registry that is not SWR's by its name needs its project and its endpoints in the settings.
fn set_up(scene: &Scene, standin: &Standin, host: &str) {
    let folder = scene.sandbox.path("config/docker-credential-swr");
    make_private_folders(&folder);
    let url = standin.url("http");
    let settings = format!(
        "backend = \"file\"\n\
         [registry.\"{host}\"]\nproject = \"cn-north-4\"\napi = \"{url}\"\niam = \"{url}\"\n"
    );
    fs::write(
        folder.join("config.toml"),
        cloud::settings(standin, &settings),
    )
    .unwrap();
    let configure = ["configure", "--registry", host];
    works(scene, scene.sandbox.run(&configure, ""));
}

#[track_caller]
fn works(scene: &Scene, outcome: Outcome) {
    outcome.ok();
    cloud::is_tight(&scene.sandbox, &outcome);
}

#[track_caller]
fn fails(scene: &Scene, outcome: Outcome) {
    let said = outcome.fails();
    assert!(said.contains("no basic auth credentials"), "{said}");
    cloud::is_tight(&scene.sandbox, &outcome);
}

/// A namespace of the cache that is emptied on drop.
struct Cleared(String);

impl Drop for Cleared {
    fn drop(&mut self) {
        let environment = Environment::from_variables([(NAMESPACE, &self.0)]);
        let deadline = environment.deadline(SHORT).unwrap();
        let cache = Cache::open(&environment, deadline).unwrap();
        cache.forget(&[String::new()], 0);
    }
}

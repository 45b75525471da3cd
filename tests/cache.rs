//! What one `get` keeps for the next: temporary logins, refusals, and the logins that it answered.
#![cfg(all(target_os = "linux", feature = "keyring", feature = "cloud"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

use docker_credential_swr::model::secret::Secret;
use docker_credential_swr::state::cache::Cache;
use docker_credential_swr::system::environment::Environment;
use serde_json::{Value, json};
use support::bus::Bus;
use support::cloud::{self, LOGIN, PASSWORD, TEMPORARY_AK};
use support::sample::{AK, HOST, SK, STORE_USER};
use support::standin::Standin;
use support::{Outcome, SHORT, Sandbox, have, now, skip};

const NAMESPACE: &str = "DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE";
const SECRET: &str = "POST /v2/manage/utils/secret?projectname=cn-north-4";
const TOKENS: &str = "POST /v3/auth/tokens?nocatalog=true: 201";

// -- logins ---------------------------------------------------------------------------------------

#[test]
fn a_second_get_is_answered_from_the_cache() {
    let Some(scene) = Scene::with_cache() else {
        return;
    };
    for _ in 0..3 {
        scene.answers();
    }
    assert_eq!(scene.calls(), [format!("{SECRET} by {TEMPORARY_AK}: 200")]);
}

#[test]
fn each_identity_project_and_namespace_has_a_login_of_its_own() {
    let Some(mut scene) = Scene::with_cache() else {
        return;
    };
    scene.answers();
    scene.set("HW_PROJECT_NAME", "cn-north-4_team");
    scene.answers();
    scene.set("HW_PROJECT_NAME", "");
    scene.settings("login = \"temporary\"\n");
    scene.use_permanent_key();
    scene.answers();
    let other = format!("{}-other", scene.namespace);
    scene.set(NAMESPACE, &other);
    scene.answers();
    forget(&other);
    let signers: Vec<_> = scene
        .calls()
        .iter()
        .map(|call| call.rsplit(' ').nth(1).unwrap().to_owned())
        .collect();
    let of = |ak| format!("{ak}:");
    let (temporary, permanent) = (of(TEMPORARY_AK), of(AK));
    assert_eq!(
        signers,
        [&temporary, &temporary, &temporary, &permanent, &permanent].map(String::as_str)
    );
}

/// The enhanced login of the new IAM comes from another call and has its own entry in the cache.
#[test]
fn the_settings_choose_the_enhanced_login() {
    let Some(mut scene) = Scene::with_cache() else {
        return;
    };
    scene.use_permanent_key();
    scene.settings("login = \"temporary\"\n");
    scene.answers();
    scene.settings("login = \"enhanced\"\n");
    for _ in 0..2 {
        let answer = scene.sandbox.run(&["get"], HOST);
        let username = format!("\"Username\":\"bearertoken@{AK}\"");
        assert!(answer.ok().contains(&username), "{answer:#?}");
    }
    assert_eq!(
        scene.calls(),
        [
            format!("POST /v2/manage/utils/secret?projectname=cn-north-4 by {AK}: 200"),
            format!("POST /v2/manage/utils/authorizationtoken by {AK}: 200"),
        ]
    );
}

#[test]
fn a_login_is_used_until_five_minutes_before_it_expires() {
    let Some(scene) = Scene::with_cache() else {
        return;
    };
    scene.is_asked_again_after(Some(3600), 3600 - 300);
}

#[test]
fn a_login_without_an_expiry_is_not_cached() {
    let Some(scene) = Scene::with_cache() else {
        return;
    };
    scene.behave(&json!({"lifetime": null}));
    scene.answers();
    scene.answers();
    assert_eq!(scene.calls().len(), 2);
}

#[test]
fn an_expiry_is_read_in_every_form() {
    for form in [
        "%Y-%m-%dT%H:%M:%SZ",
        "%Y-%m-%dT%H:%M:%S.811Z",
        "%Y-%m-%dT%H:%M:%S+00:00",
    ] {
        let Some(scene) = Scene::with_cache() else {
            return;
        };
        scene.behave(&json!({"time": form}));
        scene.answers();
        scene.answers();
        assert_eq!(scene.calls().len(), 1, "{form}");
    }
}

#[test]
fn a_login_of_less_than_five_minutes_is_not_cached() {
    let Some(scene) = Scene::with_cache() else {
        return;
    };
    scene.behave(&json!({"lifetime": 299}));
    scene.answers();
    scene.answers();
    assert_eq!(scene.calls().len(), 2);
}

#[test]
fn without_a_cache_every_get_calls_the_api() {
    let Some(mut scene) = Scene::new() else {
        return;
    };
    scene.set("DOCKER_CREDENTIAL_SWR_CACHE", "off");
    scene.answers();
    scene.answers();
    assert_eq!(scene.calls().len(), 2);
    scene.set("DOCKER_CREDENTIAL_SWR_CACHE", "no");
    assert!(scene.get().fails().contains("is neither `on` nor `off`"));
    assert_eq!(scene.calls().len(), 2);
}

#[test]
fn tokens_and_keys_are_cached_too() {
    let Some(mut scene) = Scene::with_cache() else {
        return;
    };
    // The agency's key, asked for a second project, is still there.
    scene.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "agency");
    scene.answers();
    scene.set("HW_PROJECT_NAME", "cn-north-4_team");
    scene.answers();
    let paths: Vec<_> = scene
        .standin
        .requests()
        .iter()
        .map(|request| request["path"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        paths,
        [
            "/meta-data/latest/api/token",
            "/openstack/latest/securitykey",
            "/v2/manage/utils/secret",
            "/v3/projects",
            "/v2/manage/utils/secret"
        ]
    );
}

#[test]
fn twenty_parallel_gets_make_one_call() {
    let Some(scene) = Scene::with_cache() else {
        return;
    };
    scene.behave(&json!({"delay": 1}));
    for outcome in scene.twenty() {
        scene.is_the_login(&outcome);
    }
    assert_eq!(scene.calls().len(), 1);
}

// -- refusals -------------------------------------------------------------------------------------

#[test]
fn a_refusal_is_remembered_for_its_identity() {
    for fault in ["401", "403"] {
        let Some(mut scene) = Scene::new() else {
            return;
        };
        // Refusals are remembered without the cache, too.
        scene.set("DOCKER_CREDENTIAL_SWR_CACHE", "off");
        scene.behave(&json!({"fault": fault}));
        let said: Vec<_> = scene.twenty().iter().map(Outcome::fails).collect();
        let again = said.iter().filter(|text| {
            text.starts_with(&format!(
                "`{TEMPORARY_AK}` was refused in the last 5 minutes and is not tried again yet: "
            )) && text.contains(&format!("status {fault}"))
        });
        assert_eq!(again.count(), 19, "{said:#?}");
        assert_eq!(scene.calls(), [format!("{SECRET}: fault {fault}")]);

        // It concerns this identity only and lasts five minutes, of which the twenty runs took
        // some.
        scene.behave(&json!({"skew": 240}));
        assert_eq!(scene.get_later(240).code, Some(1));
        assert_eq!(scene.calls().len(), 1);
        scene.behave(&json!({"skew": 302}));
        assert_eq!(scene.get_later(302).code, Some(0));
        scene.behave(&json!({}));
        scene.settings("login = \"temporary\"\n");
        scene.use_permanent_key();
        scene.answers();
        assert_eq!(scene.calls().len(), 3);
    }
}

#[test]
fn a_changed_secret_is_another_identity() {
    let Some(mut scene) = Scene::new() else {
        return;
    };
    scene.set("HUAWEICLOUD_SDK_SECURITY_TOKEN", "wrong");
    scene.get().fails();
    scene.get().fails();
    assert_eq!(scene.calls().len(), 1);
    cloud::use_temporary_key(&mut scene.sandbox);
    scene.answers();
}

#[test]
fn a_busy_service_is_retried_once_and_not_remembered() {
    for fault in ["429", "502", "503"] {
        let Some(scene) = Scene::new() else {
            return;
        };
        scene.behave(&json!({"fault": fault}));
        assert!(scene.get().fails().contains(fault));
        assert_eq!(scene.calls().len(), 2);
        scene.behave(&json!({"fault": fault, "times": 1}));
        scene.answers();
        assert_eq!(scene.calls().len(), 4);
    }
}

#[test]
fn permanent_failures_are_not_retried() {
    for fault in ["404", "500", "garbage", "redirect"] {
        let Some(scene) = Scene::new() else {
            return;
        };
        scene.behave(&json!({"fault": fault}));
        scene.get().fails();
        assert_eq!(scene.calls().len(), 1, "{fault}");
        scene.behave(&json!({}));
        scene.answers();
    }
}

#[test]
fn parallel_gets_share_the_answer_of_a_busy_service() {
    for (fault, pause, said) in [("429", 5, "429"), ("503", 5, "503"), ("cut", 3, "broke")] {
        let Some(mut scene) = Scene::new() else {
            return;
        };
        // The run that calls the API still waits for its second answer when the last of the twenty
        // starts.
        scene.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "60");
        scene.behave(&json!({"fault": fault, "retry_after": pause}));
        let outcomes = scene.twenty();
        assert!(
            outcomes
                .iter()
                .all(|outcome| outcome.fails().contains(said))
        );
        assert_eq!(scene.calls().len(), 2);
        // A later run does not wait, and calls the API itself.
        scene.behave(&json!({}));
        scene.answers();
        assert_eq!(scene.calls().len(), 3);
    }
}

#[test]
fn a_refusal_noted_with_the_clock_ahead_ends_when_the_clock_is_corrected() {
    const DAY: u64 = 24 * 60 * 60;
    let Some(scene) = Scene::new() else {
        return;
    };
    scene.behave(&json!({"fault": "401"}));
    assert_eq!(scene.get_later(DAY).code, Some(1));
    assert_eq!(scene.get_later(DAY).code, Some(1));
    assert_eq!(scene.calls().len(), 1);
    scene.behave(&json!({}));
    scene.answers();
}

// -- what is forgotten ----------------------------------------------------------------------------

#[test]
fn erase_drops_cached_logins_and_noted_refusals() {
    let Some(scene) = Scene::with_cache() else {
        return;
    };
    scene.answers();
    scene.run(&["doctor", "--forget"], "");
    scene.behave(&json!({"fault": "403"}));
    scene.get().fails();
    scene.get().fails();
    assert_eq!(scene.calls().len(), 2);
    scene.behave(&json!({}));
    scene.run(&["doctor", "--forget"], "");
    scene.answers();
    assert_eq!(scene.calls().len(), 3);
    // Without a keyring, `store` and `erase` fail, and drop it all the same.
    for verb in [
        &["erase", "--registry", HOST][..],
        &["erase", "--all"],
        &["erase"],
        &[
            "store",
            "--registry",
            HOST,
            "--ak",
            AK,
            "--sk-stdin",
            "--offline",
        ],
    ] {
        let before = scene.calls().len();
        scene.answers();
        assert_eq!(scene.calls().len(), before, "{verb:?}");
        scene.run(verb, if verb.len() == 1 { HOST } else { SK });
        scene.answers();
        assert_eq!(scene.calls().len(), before + 1, "{verb:?}");
    }
}

// -- what makes it stale --------------------------------------------------------------------------

/// With a login in the cache, and then a plain one in the file store.
fn after_a_plain_login() -> Option<Scene> {
    let scene = Scene::with_cache()?;
    scene.settings("backend = \"file\"\n");
    scene.answers();
    let plain = store_request("cn-north-4@somebody", "a login of the console");
    scene.run(&["store"], &plain).ok();
    Some(scene)
}

/// The plain login hides what is cached; without it that would come back.
#[test]
fn a_login_that_docker_stores_drops_what_was_cached() {
    let Some(scene) = after_a_plain_login() else {
        return;
    };
    let file = scene
        .sandbox
        .path("config/docker-credential-swr/credentials");
    std::fs::remove_file(file).unwrap();
    scene.answers();
    assert_eq!(scene.calls().len(), 2);
}

#[test]
fn store_and_erase_drop_stale_cache_entries() {
    let Some(scene) = after_a_plain_login() else {
        return;
    };
    assert!(scene.get().ok().contains("a login of the console"));
    scene.run(&["erase"], HOST).ok();
    scene.answers();
    assert_eq!(scene.calls().len(), 2);
    // An account may serve any registry.
    scene.run(&["store", "--ak", AK, "--sk-stdin"], SK).ok();
    scene.answers();
    assert_eq!(scene.calls().len(), 3);
    scene.run(&["erase", "--account", "default"], "").ok();
    scene.answers();
    assert_eq!(scene.calls().len(), 4);
}

#[test]
fn erasing_a_user_drops_the_cached_token() {
    if !have(&["dbus-run-session", "gnome-keyring-daemon"]) {
        return;
    }
    let Some(mut scene) = Scene::with_cache() else {
        return;
    };
    let _bus = Bus::unlocked(&mut scene.sandbox);
    scene.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "registry");
    for _ in 0..2 {
        scene.run(&STORE_USER, "correct horse").ok();
        scene.answers();
        scene.answers();
        scene.run(&["erase", "--registry", HOST], "").ok();
    }
    let secret = format!("{SECRET} by token: 200");
    assert_eq!(scene.calls(), [TOKENS, &secret, TOKENS, &secret]);
}

// -- the echo of `docker login` -------------------------------------------------------------------

#[test]
fn storing_the_temporary_login_back_changes_nothing() {
    for cache in ["on", "off"] {
        let Some(mut scene) = Scene::new() else {
            return;
        };
        scene.settings("backend = \"file\"\n");
        scene.set("DOCKER_CREDENTIAL_SWR_CACHE", cache);
        scene.answers();
        scene.run(&["store"], &store_request(LOGIN, PASSWORD)).ok();
        assert_eq!(scene.calls().len(), 1);
        assert_eq!(scene.run(&["list"], "").ok().trim(), "{}");
        // It is recognised even when the API cannot be called any more.
        scene.behave(&json!({"fault": "401"}));
        scene.run(&["store"], &store_request(LOGIN, PASSWORD)).ok();
        assert_eq!(scene.calls().len(), 1);
        assert_eq!(scene.run(&["list"], "").ok().trim(), "{}");

        scene
            .run(&["store"], &store_request(LOGIN, "another password"))
            .ok();
        assert!(scene.run(&["list"], "").ok().contains(LOGIN));
    }
}

#[test]
fn a_login_for_another_registry_is_not_taken_for_an_echo() {
    let Some(scene) = Scene::new() else {
        return;
    };
    scene.settings("backend = \"file\"\n");
    scene.answers();
    let other = "swr.cn-north-1.myhuaweicloud.com";
    let request = store_request(LOGIN, PASSWORD).replace(HOST, other);
    scene.run(&["store"], &request).ok();
    assert!(scene.run(&["list"], "").ok().contains(other));
}

// -- machines that keep nothing -------------------------------------------------------------------

#[test]
fn get_works_where_the_kernel_caches_nothing() {
    let Some(mut scene) = Scene::new() else {
        return;
    };
    // The kernel takes no name of more than 4095 bytes.
    scene.set(NAMESPACE, &"n".repeat(5000));
    scene.answers();
    scene.answers();
    assert_eq!(scene.calls().len(), 2);
}

#[test]
fn get_works_without_a_runtime_folder() {
    let Some(mut scene) = Scene::new() else {
        return;
    };
    scene.set("XDG_STATE_HOME", "/proc/no-folder-here");
    scene.set("HW_PROJECT_NAME", "cn-north-4_team");
    scene.settings("login = \"temporary\"\nbackend = \"file\"\n");
    scene.answers();
    // Without hashes, identities cannot be told apart, so nothing is cached.
    scene.use_permanent_key();
    scene.answers();
    assert_eq!(scene.calls().len(), 4);
    scene.behave(&json!({"fault": "401"}));
    scene.get().fails();
    scene
        .run(&["store"], &store_request("user", "a password"))
        .ok();
}

// -- helpers --------------------------------------------------------------------------------------

/// A sandbox with a temporary key in its environment and a cache namespace of its own.
struct Scene {
    standin: Standin,
    sandbox: Sandbox,
    namespace: String,
}

impl Scene {
    fn new() -> Option<Self> {
        let standin = Standin::start()?;
        let mut sandbox = cloud::sandbox(&standin);
        cloud::use_temporary_key(&mut sandbox);
        // The folder's name is random and unique.
        let root = sandbox.path("");
        let namespace = root.file_name().unwrap().to_str().unwrap().to_owned();
        sandbox.set(NAMESPACE, &namespace);
        Some(Self {
            standin,
            sandbox,
            namespace,
        })
    }

    /// Does the same if the kernel can cache; otherwise skips the test aloud.
    fn with_cache() -> Option<Self> {
        let scene = Self::new()?;
        let environment = Environment::from_variables([(NAMESPACE, &scene.namespace)]);
        let cache = cache(&environment);
        cache.put("probe", &Secret::from("kept"), 0, 60);
        if cache.get("probe", 1).is_none() {
            skip("the kernel's keyring keeps nothing here");
            return None;
        }
        cache.forget(&["pro".to_owned(), "other".to_owned()], 0);
        assert!(cache.get("probe", 1).is_none());
        Some(scene)
    }

    fn set(&mut self, name: &str, value: &str) {
        cloud::set(&mut self.sandbox, name, value);
    }

    fn use_permanent_key(&mut self) {
        for (name, value) in [
            ("HUAWEICLOUD_SDK_AK", AK),
            ("HUAWEICLOUD_SDK_SK", SK),
            ("HUAWEICLOUD_SDK_SECURITY_TOKEN", ""),
        ] {
            self.set(name, value);
        }
    }

    fn settings(&self, text: &str) {
        let folder = self.sandbox.path("config/docker-credential-swr");
        support::make_private_folders(&folder);
        let text = cloud::settings(&self.standin, text);
        std::fs::write(folder.join("config.toml"), text).unwrap();
    }

    fn behave(&self, control: &Value) {
        self.standin.behave(control);
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], stdin: &str) -> Outcome {
        let outcome = self.sandbox.run(arguments, stdin);
        cloud::is_tight(&self.sandbox, &outcome);
        outcome
    }

    #[track_caller]
    fn get(&self) -> Outcome {
        let outcome = self.run(&["get"], HOST);
        assert_eq!(outcome.stderr, "", "{outcome:#?}");
        outcome
    }

    /// Fails unless `get` answers with the stand-in's login.
    #[track_caller]
    fn answers(&self) {
        self.is_the_login(&self.get());
    }

    #[track_caller]
    fn is_the_login(&self, outcome: &Outcome) {
        let login: Value = serde_json::from_str(outcome.ok()).unwrap();
        let expected = json!({"ServerURL": HOST, "Username": LOGIN, "Secret": PASSWORD});
        assert_eq!(login, expected, "{outcome:#?}");
    }

    fn twenty(&self) -> Vec<Outcome> {
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..20).map(|_| scope.spawn(|| self.get())).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        })
    }

    /// Runs `get` this many seconds in the future.
    fn get_later(&self, seconds: u64) -> Outcome {
        let outcome = self.sandbox.run_at(now() + seconds, &["get"], HOST);
        assert_eq!(outcome.stderr, "");
        outcome
    }

    /// Fails unless a login with this lifetime is used for that many seconds, and no longer.
    #[track_caller]
    fn is_asked_again_after(&self, lifetime: Option<u64>, seconds: u64) {
        const TOLERANCE: u64 = 60;
        self.behave(&json!({"lifetime": lifetime}));
        self.answers();
        assert_eq!(self.get_later(seconds - TOLERANCE).code, Some(0));
        assert_eq!(self.calls().len(), 1);
        // The request is signed with the future time, so the service's clock must move along.
        self.behave(&json!({"lifetime": lifetime, "skew": seconds + TOLERANCE}));
        assert_eq!(self.get_later(seconds + TOLERANCE).code, Some(0));
        assert_eq!(self.calls().len(), 2);
    }

    #[track_caller]
    fn calls(&self) -> Vec<String> {
        cloud::calls_after(&self.standin, 0)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        forget(&self.namespace);
    }
}

fn cache(environment: &Environment) -> Cache<'_> {
    Cache::open(environment, environment.deadline(SHORT).unwrap()).unwrap()
}

/// Drops every entry of a namespace.
fn forget(namespace: &str) {
    let environment = Environment::from_variables([(NAMESPACE, namespace)]);
    cache(&environment).forget(&[String::new()], 0);
}

fn store_request(username: &str, secret: &str) -> String {
    json!({"ServerURL": HOST, "Username": username, "Secret": secret}).to_string()
}

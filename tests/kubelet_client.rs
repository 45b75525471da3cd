//! The kubelet's own code asks the program for logins, with the configuration that `configure
//! --kubelet` writes.
//!
//! tests/long.sh builds that code from Debian's source package, which takes minutes, and names it
//! in `SWR_TEST_KUBELET`. For every change tests/kubelet.rs asks the same, and looks at the answers
//! by a schema. What is out of reach here is a pull by containerd through the CRI, and service
//! account tokens, which are newer than that code.
#![cfg(all(target_os = "linux", feature = "cloud"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

#[path = "kubelet/odd_files.rs"]
mod odd_files;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use docker_credential_swr::config::kubelet_config::{KubeletConfig, Provider};
use serde_json::{Value, json};
use support::cloud::{self, LOGIN, PASSWORD, SECURITY_TOKEN, TEMPORARY_AK, TEMPORARY_SK};
use support::sample::{AK, HOST, LOGIN_KEY, SK};
use support::standin::Standin;
use support::{Outcome, Sandbox, run, skip, told};

const LIMIT: Duration = Duration::from_secs(120);
const SECRET: &str = "POST /v2/manage/utils/secret?projectname=cn-north-4";
const VERSIONS: [&str; 3] = ["v1", "v1beta1", "v1alpha1"];

#[test]
fn every_version_gets_the_login_of_a_permanent_key() {
    let Some(node) = Node::start(&permanent()) else {
        return;
    };
    // A pattern without a port does not match an image with one.
    let with_port = "matchImages:\n      - \"swr.*.myhuaweicloud.com:443\"";
    node.change("matchImages:", with_port);
    for version in VERSIONS {
        node.speak(version);
        let images = [format!("{HOST}/org/app:1"), format!("{HOST}:443/org/app")];
        for logins in node.pull(1, &images).logins() {
            assert_eq!(
                logins,
                json!([[format!("cn-north-4@{AK}"), LOGIN_KEY]]),
                "{version}"
            );
        }
    }
}

#[test]
fn a_foreign_image_gets_no_login_and_no_log_line() {
    let Some(node) = Node::start(&permanent()) else {
        return;
    };
    // So that the kubelet asks for every image.
    node.change("matchImages:", "matchImages:\n      - \"*.example\"\n      - \"*.*.*.*:5000\"\n      - \"*.*.*.*.*\"\n      - \"*.io\"");
    for version in VERSIONS {
        node.speak(version);
        let images = [
            "docker.io/library/nginx",
            "registry.example/org/app",
            "swr.cn-north-4.myhuaweicloud.com:5000/org/app",
            "swr.cn-north-4.myhuaweicloud.example/org/app",
            "xswr.cn-north-4.myhuaweicloud.com/org/app",
            "swr.cn-north-4.myhuaweicloud.com.example/org/app",
        ];
        let pulled = node.pull(1, &images.map(str::to_owned));
        for logins in pulled.logins() {
            assert_eq!(logins, json!([]), "{version}");
        }
        assert!(
            !pulled.outcome.stderr.contains("error"),
            "{:#?}",
            pulled.outcome
        );
    }
}

#[test]
fn an_enterprise_instance_that_the_settings_know_gets_its_login() {
    let settings = "[registry.\"team-1a2b.swr-pro.cn-north-4.myhuaweicloud.com\"]\n\
                    project_id = \"0605767b5e00d5762fb4c00a0a2b0d39\"\n\
                    instance_id = \"5a6e8d6e-7a3d-4a2b-9c1f-0123456789ab\"\n";
    let Some(node) = Node::with_settings(&permanent(), settings) else {
        return;
    };
    let image = "team-1a2b.swr-pro.cn-north-4.myhuaweicloud.com/org/app".to_owned();
    assert_eq!(
        node.pull(1, &[image]).logins(),
        [json!([[LOGIN, PASSWORD]])]
    );
}

#[test]
fn a_failing_provider_gives_no_login_and_one_log_line() {
    let Some(node) = Node::start(&temporary()) else {
        return;
    };
    node.standin.behave(&json!({"fault": "echo"}));
    let pulled = node.pull(1, &[format!("{HOST}/org/app")]);
    assert_eq!(pulled.logins(), [json!([])]);
    let log = &pulled.outcome.stderr;
    assert!(log.contains("exit status 1"), "{log}");
    for secret in [TEMPORARY_SK, SECURITY_TOKEN, PASSWORD] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn a_slow_service_ends_long_before_the_kubelets_limit() {
    let Some(node) = Node::start(&temporary()) else {
        return;
    };
    node.standin.behave(&json!({"fault": "slow"}));
    let start = Instant::now();
    let pulled = node.pull(1, &[format!("{HOST}/org/app")]);
    assert_eq!(pulled.logins(), [json!([])]);
    assert!(
        start.elapsed() < Duration::from_secs(55),
        "{:?}",
        start.elapsed()
    );
    assert!(
        pulled.outcome.stderr.contains("exit status 1"),
        "{:#?}",
        pulled.outcome
    );
}

#[test]
fn repeated_pulls_request_one_login() {
    let Some(node) = Node::start(&temporary()) else {
        return;
    };
    let images: Vec<String> = (0..50)
        .map(|number| format!("{HOST}/org/app-{number}"))
        .collect();
    for logins in node.pull(3, &images).logins() {
        assert_eq!(logins, json!([[LOGIN, PASSWORD]]));
    }
    let calls = cloud::calls_after(&node.standin, 0);
    assert_eq!(calls, [format!("{SECRET} by {TEMPORARY_AK}: 200")]);
}

#[test]
fn an_answer_of_another_version_is_refused_by_the_kubelet() {
    let Some(node) = Node::start(&permanent()) else {
        return;
    };
    // A program that always answers as v1, which ours must not do.
    let program = node.folder().join("docker-credential-swr");
    fs::remove_file(&program).unwrap();
    let script = format!(
        "#!/bin/sh\n{} kubelet | sed 's/v1beta1/v1/'\n",
        support::helper_binary().display()
    );
    fs::write(&program, script).unwrap();
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    node.speak("v1beta1");
    assert_eq!(
        node.pull(1, &[format!("{HOST}/org/app")]).logins(),
        [json!([])]
    );
    node.speak("v1");
    assert_eq!(node.pull(1, &[format!("{HOST}/org/app")]).logins().len(), 1);
}

#[test]
fn without_arguments_any_other_name_means_kubelet() {
    let Some(node) = Node::start(&permanent()) else {
        return;
    };
    node.change(
        "name: docker-credential-swr",
        "name: swr-credential-provider",
    );
    node.change("    args:\n      - kubelet\n", "");
    std::os::unix::fs::symlink(
        support::helper_binary(),
        node.folder().join("swr-credential-provider"),
    )
    .unwrap();
    node.speak("v1alpha1");
    let logins = node.pull(1, &[format!("{HOST}/org/app")]).logins();
    assert_eq!(logins, [json!([[format!("cn-north-4@{AK}"), LOGIN_KEY]])]);
}

/// What `tests/kubelet_config.rs` expects of this program is held against what the kubelet does.
#[test]
fn odd_files_are_taken_and_refused_as_they_are_listed() {
    let Some(client) = client() else {
        return;
    };
    let sandbox = Sandbox::new();
    let (file, folder) = (sandbox.path("odd.yaml"), sandbox.path("programs"));
    fs::create_dir(&folder).unwrap();
    let is_taken = |text: &str| {
        fs::write(&file, text).unwrap();
        let mut command = sandbox.command(&client);
        command.arg("pull").arg(&file).arg(&folder).args(["0", "a"]);
        let outcome = run(&mut command, "", LIMIT);
        let missing = outcome.stderr.contains("did not exist");
        assert!(!missing, "{outcome:#?}");
        outcome.code == Some(0)
    };
    let ours = || Provider {
        name: "docker-credential-swr".into(),
        api_version: "credentialprovider.kubelet.k8s.io/v1".into(),
        match_images: vec![HOST.into()],
        default_cache_duration: "1m".into(),
        args: vec!["kubelet".into()],
        env: vec![("A".into(), "b: c # \"d\"".into())],
        token: None,
    };
    fs::write(folder.join("docker-credential-swr"), "").unwrap();
    let (mut taken, mut changed) = (0, 0);
    for odd in odd_files::all() {
        let config = KubeletConfig::parse(Some(odd.text.clone()));
        let named = config.as_ref().map_or(&[][..], |config| config.providers());
        for name in named.iter().map(|provider| &*provider.name).chain(NAMES) {
            fs::write(folder.join(name), "").unwrap();
        }
        let is_listed = odd.kubelet == "taken";
        assert_eq!(
            is_taken(&odd.text),
            is_listed,
            "{}:\n{}",
            odd.name,
            odd.text
        );
        taken += usize::from(is_listed);
        let Some(mut config) = config.ok() else {
            continue;
        };
        // With this program added it is taken as well, unless it is left as it was.
        if config.add(&ours()).is_ok() {
            let text = config.text().unwrap();
            assert!(is_taken(text), "{}:\n{text}", odd.name);
            changed += 1;
        }
    }
    assert!(taken > 100 && changed > 100, "{taken} {changed}");
}

/// Programs of the odd files that this program does not read as they are meant.
const NAMES: [&str; 2] = ["other", "5"];

#[test]
fn kubernetes_decodes_the_documented_examples() {
    let Some(client) = client() else {
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kubernetes");
    let files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(files.len() >= 2, "{files:?}");
    // A field that no type has is found.
    let wrong = tempfile::NamedTempFile::new().unwrap();
    let text = fs::read_to_string(&files[0])
        .unwrap()
        .replacen("metadata:", "metadatum:", 1);
    fs::write(wrong.path(), text).unwrap();
    let decode = |files: &[PathBuf]| {
        let mut command = Command::new(&client);
        run(command.arg("decode").args(files), "", LIMIT)
    };
    decode(&[wrong.path().to_owned()]).fails();
    let shown = decode(&files);
    for kind in [
        "apps/v1 DaemonSet",
        "rbac.authorization.k8s.io/v1 ClusterRole",
        "v1 ConfigMap",
    ] {
        assert!(shown.ok().contains(kind), "{shown:#?}");
    }
}

// -- helpers --------------------------------------------------------------------------------------

fn permanent() -> Vec<(&'static str, String)> {
    vec![
        ("HUAWEICLOUD_SDK_AK", AK.into()),
        ("HUAWEICLOUD_SDK_SK", SK.into()),
    ]
}

fn temporary() -> Vec<(&'static str, String)> {
    vec![
        ("HUAWEICLOUD_SDK_AK", TEMPORARY_AK.into()),
        ("HUAWEICLOUD_SDK_SK", TEMPORARY_SK.into()),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", SECURITY_TOKEN.into()),
    ]
}

/// A node with the program in its plugin folder and the configuration that the program wrote.
struct Node {
    client: PathBuf,
    sandbox: Sandbox,
    standin: Standin,
    config: PathBuf,
}

impl Node {
    /// The variables are those of the kubelet, which passes them on to the program.
    fn start(variables: &[(&str, String)]) -> Option<Self> {
        Self::with_settings(variables, "")
    }

    fn with_settings(variables: &[(&str, String)], settings: &str) -> Option<Self> {
        let client = client()?;
        let standin = Standin::start()?;
        let mut sandbox = cloud::sandbox(&standin);
        let folder = sandbox.path("config/docker-credential-swr");
        support::make_private_folders(&folder);
        let text = cloud::settings(&standin, settings);
        fs::write(folder.join("config.toml"), text).unwrap();
        let namespace = sandbox.path("").display().to_string();
        sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE", &namespace);
        let config = sandbox.path("node.yaml");
        let path = config.display().to_string();
        let mut arguments = vec!["configure", "--kubelet", &path];
        if !settings.is_empty() {
            arguments.extend([
                "--registry",
                "team-1a2b.swr-pro.cn-north-4.myhuaweicloud.com",
            ]);
        }
        sandbox.run(&arguments, "").ok();
        for (name, value) in variables {
            sandbox.set(name, value);
        }
        let node = Self {
            client,
            sandbox,
            standin,
            config,
        };
        // These do not use the metadata service.
        node.change("environment,agency", "environment");
        // That kubelet reads only this version of the file; the fields are the same.
        node.change(
            "kubelet.config.k8s.io/v1\n",
            "kubelet.config.k8s.io/v1alpha1\n",
        );
        Some(node)
    }

    fn folder(&self) -> PathBuf {
        self.sandbox.path("bin")
    }

    #[track_caller]
    fn change(&self, from: &str, to: &str) {
        let text = fs::read_to_string(&self.config).unwrap();
        assert!(text.contains(from), "{from}: {text}");
        fs::write(&self.config, text.replacen(from, to, 1)).unwrap();
    }

    /// Lets the kubelet ask in another version.
    fn speak(&self, version: &str) {
        let text = fs::read_to_string(&self.config).unwrap();
        let lines =
            text.lines().map(
                |line| match line.split_once("credentialprovider.kubelet.k8s.io/") {
                    Some((before, _)) => {
                        format!("{before}credentialprovider.kubelet.k8s.io/{version}\n")
                    }
                    None => format!("{line}\n"),
                },
            );
        fs::write(&self.config, lines.collect::<String>()).unwrap();
    }

    /// Pulls all images in parallel, this many times in a row.
    #[track_caller]
    fn pull(&self, times: u32, images: &[String]) -> Pulled {
        let mut command = self.sandbox.command(&self.client);
        command.arg("pull").arg(&self.config).arg(self.folder());
        command.arg(times.to_string()).args(images);
        let outcome = run(&mut command, "", LIMIT);
        outcome.ok();
        Pulled { outcome }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        use docker_credential_swr::state::cache::Cache;
        use docker_credential_swr::system::environment::Environment;
        let namespace = self.sandbox.path("").display().to_string();
        let variables = [("DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE", namespace)];
        let environment = Environment::from_variables(variables);
        let deadline = environment.deadline(LIMIT).unwrap();
        let cache = Cache::open(&environment, deadline).unwrap();
        cache.forget(&[String::new()], 0);
    }
}

struct Pulled {
    outcome: Outcome,
}

impl Pulled {
    /// Returns the logins that the kubelet would try for each image.
    fn logins(&self) -> Vec<Value> {
        let lines = self.outcome.stdout.lines();
        let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap()["logins"].clone();
        lines.map(parse).collect()
    }
}

/// Returns the kubelet's code as a program, or skips the test aloud.
fn client() -> Option<PathBuf> {
    let client = told("SWR_TEST_KUBELET").map(PathBuf::from);
    if client.is_none() {
        skip("tests/long.sh alone builds the kubelet's code");
    }
    client
}

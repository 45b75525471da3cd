//! docker and skopeo with a private registry, from the first login to the last logout.

use crate::engine::Engine;
use crate::registry::documented_login_key;
use crate::support::{
    Outcome, SHORT, Sandbox, bus::Bus, found, have, helper_binary, make_private_folders, run, say,
    skip,
};
use crate::{AK, Registry, SK, USERNAME, key_is_in_place, store_key};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEBIANS: &str = "/usr/bin/docker";

const NEEDS: &[&str] = &[
    "dbus-run-session",
    "gnome-keyring-daemon",
    "secret-tool",
    "docker-registry",
    "htpasswd",
    "openssl",
    "docker",
    "dockerd",
    "containerd",
    "unshare",
    "skopeo",
    "tar",
    "docker-compose",
];

#[test]
fn debians_docker_and_skopeo_push_and_pull() {
    if !can_run() {
        return;
    }
    if !Path::new(DEBIANS).exists() {
        return skip("Debian's docker is not installed");
    }
    from_login_to_logout(DEBIANS.into());
}

#[test]
fn another_docker_and_skopeo_push_and_pull() {
    if !can_run() {
        return;
    }
    match found("docker")
        .into_iter()
        .find(|docker| docker != Path::new(DEBIANS))
    {
        Some(docker) => from_login_to_logout(docker),
        None => skip("no docker but Debian's is installed"),
    }
}

pub(crate) fn can_run() -> bool {
    if !have(NEEDS) {
        return false;
    }
    let is_root = rustix::process::getuid().is_root();
    if !is_root {
        skip("an engine needs root");
    }
    is_root
}

fn from_login_to_logout(docker: PathBuf) {
    let scene = Scene::set(docker);
    let host = scene.registry.host.as_str();
    let image = format!("{host}/team/app:1");
    let image = image.as_str();
    scene.docker(["version"]).ok();
    scene.import(image);

    // Before the set-up, the registry refuses everybody.
    scene.docker(["push", image]).fails();
    scene.a_login_in_plain_text_moves(image);
    scene.docker(["push", image]).fails();
    store_key(&scene.sandbox, host);

    assert!(
        scene
            .docker(["login", host])
            .ok()
            .contains("Login Succeeded")
    );
    key_is_in_place(&scene.sandbox, host);
    scene.docker(["push", image]).ok();
    scene.docker(["rmi", image]).ok();
    scene.docker(["pull", image]).ok();
    scene.docker(["image", "inspect", image]).ok();
    scene.a_pull_without_the_helper_fails(image);
    scene.skopeo(image);
    scene.ten_services(image);

    scene.docker(["logout", host]).ok();
    key_is_in_place(&scene.sandbox, host);
    scene.docker(["rmi", image]).ok();
    scene.docker(["pull", image]).ok();
    assert!(
        !scene.docker_config().contains("\"auth\""),
        "{}",
        scene.docker_config()
    );
}

/// A user's machine before the helper is set up.
///
/// Fields are dropped in order, so each comes before what it needs.
pub(crate) struct Scene {
    docker: PathBuf,
    pub(crate) registry: Registry,
    _engine: Engine,
    _bus: Option<Bus>,
    pub(crate) sandbox: Sandbox,
}

impl Scene {
    fn set(docker: PathBuf) -> Self {
        let mut sandbox = Sandbox::new();
        let bus = Bus::unlocked(&mut sandbox);
        let registry = Registry::start(&sandbox, USERNAME, AK, SK);
        Scene::with(docker, registry, Some(bus), sandbox)
    }

    /// Adds an engine.
    pub(crate) fn with(
        docker: PathBuf,
        registry: Registry,
        bus: Option<Bus>,
        mut sandbox: Sandbox,
    ) -> Self {
        let engine = Engine::start(&mut sandbox, &docker);
        let scene = Scene {
            docker,
            registry,
            _engine: engine,
            _bus: bus,
            sandbox,
        };
        let format = "client {{.Client.Version}}, engine {{.Server.Version}}";
        let version = scene.docker(["version", "--format", format]);
        say(&format!(
            "{}: {}",
            scene.docker.display(),
            version.ok().trim()
        ));
        scene
    }

    #[track_caller]
    pub(crate) fn docker<const N: usize>(&self, args: [&str; N]) -> Outcome {
        self.run(self.docker.as_os_str(), &args)
    }

    #[track_caller]
    fn run(&self, program: impl AsRef<OsStr>, args: &[&str]) -> Outcome {
        run(
            self.sandbox.command(program).args(args),
            "",
            Duration::from_secs(60),
        )
    }

    /// Builds an image with one small file.
    pub(crate) fn import(&self, image: &str) {
        let (file, tar) = (self.sandbox.path("hello"), self.sandbox.path("hello.tar"));
        fs::write(file, "hello\n").unwrap();
        let tar = tar.to_str().unwrap();
        self.run("tar", &["-cf", tar, "hello"]).ok();
        self.docker(["import", tar, image]).ok();
    }

    fn a_pull_without_the_helper_fails(&self, image: &str) {
        self.docker(["rmi", image]).ok();
        let empty = self.sandbox.path("empty");
        fs::create_dir(&empty).unwrap();
        let without = self.docker(["--config", empty.to_str().unwrap(), "pull", image]);
        assert!(
            without.fails().contains("no basic auth credentials"),
            "{without:#?}"
        );
        self.docker(["pull", image]).ok();
    }

    /// The login is the same wherever it is stored.
    fn a_login_in_plain_text_moves(&self, image: &str) {
        let host = self.registry.host.as_str();
        let config = self.sandbox.path("home/.docker/config.json");
        // With any entry in `auths`, docker does not choose a native store by itself.
        make_private_folders(config.parent().unwrap());
        fs::write(&config, r#"{"auths": {"quay.io": {}}}"#).unwrap();
        let key = documented_login_key(&self.sandbox, AK, SK);
        self.docker(["login", "-u", USERNAME, "-p", &key, host])
            .ok();
        assert!(self.docker_config().contains("\"auth\""));
        let configure = ["configure", "--import-auths", "--registry", host];
        let said = self.sandbox.run(&configure, "");
        assert!(said.ok().contains("is now in the keyring"), "{said:#?}");
        assert!(!self.docker_config().contains("\"auth\""));
        self.docker(["push", image]).ok();

        self.docker(["logout", host]).ok();
        self.sandbox.run(&["configure", "--remove"], "").ok();
    }

    fn skopeo(&self, image: &str) {
        let host = self.registry.host.as_str();
        let config = self.sandbox.path("home/.docker/config.json");
        let authfile = format!("--authfile={}", config.display());
        let reference = format!("docker://{image}");

        say(self.run("skopeo", &["--version"]).ok().trim());
        let inspect = self.run("skopeo", &["inspect", "--tls-verify=false", &reference]);
        assert!(inspect.ok().contains("sha256:"), "{inspect:#?}");
        self.run("skopeo", &["login", "--tls-verify=false", &authfile, host])
            .ok();
        key_is_in_place(&self.sandbox, host);
        self.run("skopeo", &["logout", &authfile, host]).ok();
        key_is_in_place(&self.sandbox, host);
        self.skopeo_with_a_file_of_its_own(&reference);
    }

    /// Compose runs a helper for each service, in parallel.
    fn ten_services(&self, image: &str) {
        let images: Vec<String> = (1..=10).map(|number| format!("{image}-{number}")).collect();
        let mut file = String::from("services:\n");
        for (number, copy) in images.iter().enumerate() {
            file += &format!("  s{number}: {{image: '{copy}'}}\n");
            self.docker(["tag", image, copy]).ok();
            self.docker(["push", copy]).ok();
            self.docker(["rmi", copy]).ok();
        }
        fs::write(self.sandbox.path("compose.yaml"), file).unwrap();
        let compose = |args: &[&str]| self.run("docker-compose", args);

        say(compose(&["version", "--short"]).ok().trim());
        compose(&["--file", "compose.yaml", "pull"]).ok();
        for copy in &images {
            self.docker(["image", "inspect", copy]).ok();
        }
    }

    fn skopeo_with_a_file_of_its_own(&self, reference: &str) {
        let host = self.registry.host.as_str();
        let authfile = self.sandbox.path("auth.json");
        let inspect = || {
            let mut command = self.sandbox.command("skopeo");
            command.args(["inspect", "--tls-verify=false", reference]);
            command.env("REGISTRY_AUTH_FILE", &authfile);
            // The next file that it would read.
            command.env("DOCKER_CONFIG", self.sandbox.path("nowhere"));
            run(&mut command, "", Duration::from_secs(60))
        };
        inspect().fails();
        let mut command = self.sandbox.command(helper_binary());
        command.args(["configure", "--podman", "--registry", host]);
        command.env("REGISTRY_AUTH_FILE", &authfile);
        run(&mut command, "", SHORT).ok();
        assert!(inspect().ok().contains("sha256:"));
    }

    pub(crate) fn docker_config(&self) -> String {
        fs::read_to_string(self.sandbox.path("home/.docker/config.json")).unwrap()
    }
}

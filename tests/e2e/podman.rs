//! podman of an ordinary user: it runs the helper in a user namespace, in which the user is root.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::platform::can_change_user;
use crate::support::{Outcome, SHORT, Sandbox, bus::Bus, have, run, say};
use crate::{AK, Registry, SK, USERNAME, key_is_in_place, store_key};

const NEEDS: &[&str] = &[
    "dbus-run-session",
    "gnome-keyring-daemon",
    "secret-tool",
    "docker-registry",
    "htpasswd",
    "openssl",
    "podman",
    "tar",
];

/// `games`, whom every Debian knows and nobody is: podman looks up the name of who runs it.
const USER: u32 = 5;

#[test]
fn podman_of_an_ordinary_user_from_login_to_logout() {
    if !have(NEEDS) || !can_change_user() {
        return;
    }
    let mut sandbox = Sandbox::new();
    sandbox.give_to(USER);
    let scene = Scene::set(sandbox);
    let (host, sandbox) = (scene.registry.host.as_str(), &scene.sandbox);
    let image = format!("{host}/team/app:1");
    let image = image.as_str();
    say(scene.podman(&["--version"]).ok().trim());
    scene.import(image);

    // Before the set-up, the registry refuses everybody.
    scene.podman(&["push", TLS, image]).fails();
    store_key(sandbox, host);
    sandbox
        .run(&["configure", "--podman", "--registry", host], "")
        .ok();
    let file = format!(
        "--authfile={}",
        sandbox.path("config/containers/auth.json").display()
    );
    scene.podman(&["login", TLS, &file, host]).ok();
    scene.podman(&["push", TLS, image]).ok();
    scene.podman(&["rmi", image]).ok();
    scene.podman(&["pull", TLS, image]).ok();
    fs::write(
        sandbox.path("Dockerfile"),
        format!("FROM {image}\nLABEL a=b\n"),
    )
    .unwrap();
    scene.podman(&["build", "--pull=always", TLS, "."]).ok();
    scene.podman(&["logout", &file, host]).ok();
    key_is_in_place(sandbox, host);
    scene.podman(&["pull", TLS, image]).ok();
    every_verb_in_the_namespace(&scene);
}

fn every_verb_in_the_namespace(scene: &Scene) {
    const SERVER: &str = "registry.example.com";
    let login =
        format!(r#"{{"ServerURL":"{SERVER}","Username":"somebody","Secret":"a password"}}"#);
    scene.unshared("store", &login).ok();
    let got = scene.unshared("get", SERVER);
    assert!(got.ok().contains("a password"));
    let listed = scene.unshared("list", "");
    assert!(listed.ok().contains(SERVER));
    scene.unshared("erase", SERVER).ok();
    scene.unshared("get", SERVER).fails();
}

/// The registry speaks HTTP.
const TLS: &str = "--tls-verify=false";

/// An ordinary user with a keyring, and a registry.
///
/// Fields are dropped in order, so each comes before what it needs.
struct Scene {
    _pause: Pause,
    registry: Registry,
    _bus: Bus,
    sandbox: Sandbox,
}

impl Scene {
    fn set(mut sandbox: Sandbox) -> Self {
        let bus = Bus::unlocked(&mut sandbox);
        let registry = Registry::start(&sandbox, USERNAME, AK, SK);
        // If it is set, podman reads that folder instead of the runtime folder.
        sandbox.set("DOCKER_CONFIG", "");
        let home = sandbox.path("").display().to_string();
        for (variable, name, text) in [
            (
                "CONTAINERS_STORAGE_CONF",
                "storage.conf",
                format!(
                    "[storage]\ndriver = \"vfs\"\ngraphroot = \"{home}images\"\nrunroot = \"{home}run/images\"\n"
                ),
            ),
            (
                "CONTAINERS_CONF",
                "containers.conf",
                "[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n".to_owned(),
            ),
        ] {
            fs::write(sandbox.path(name), text).unwrap();
            sandbox.set(variable, sandbox.path(name));
        }
        Scene {
            _pause: Pause(sandbox.path("run/libpod/tmp/pause.pid")),
            registry,
            _bus: bus,
            sandbox,
        }
    }

    #[track_caller]
    fn podman(&self, args: &[&str]) -> Outcome {
        let mut command = self.sandbox.command("podman");
        run(command.args(args), "", Duration::from_secs(60))
    }

    /// Runs a verb of the helper in podman's user namespace.
    fn unshared(&self, verb: &str, stdin: &str) -> Outcome {
        let mut command = self.sandbox.command("podman");
        command.arg("unshare").arg(self.sandbox.program()).arg(verb);
        run(&mut command, stdin, SHORT)
    }

    /// Builds an image with one small file.
    fn import(&self, image: &str) {
        let (file, tar) = (self.sandbox.path("hello"), self.sandbox.path("hello.tar"));
        fs::write(file, "hello\n").unwrap();
        let tar = tar.to_str().unwrap();
        let mut command = self.sandbox.command("tar");
        run(command.args(["-cf", tar, "hello"]), "", SHORT).ok();
        self.podman(&["import", tar, image]).ok();
    }
}

/// The process that podman leaves running to hold its namespaces, found by its PID file; ended with
/// the test.
struct Pause(PathBuf);

impl Drop for Pause {
    fn drop(&mut self) {
        let number = fs::read_to_string(&self.0).ok();
        let id = number.and_then(|number| Pid::from_raw(number.trim().parse().ok()?));
        if let Some(id) = id {
            let _ = kill_process(id, Signal::KILL);
        }
    }
}

//! A Docker engine of the test's own, beside any other that the machine may run.

use crate::support::daemon::Daemon;
use crate::support::{SHORT, Sandbox, run};
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// The engine runs in a mount namespace of its own: what it mounts goes with it, and it cannot
/// leave the key behind that it writes below `/etc/docker` at its first start.
const PRIVATE: &str = r#"mount -t tmpfs tmpfs /etc/docker && exec "$@""#;

/// `dockerd` and its `containerd`, ended when this is dropped.
///
/// Fields are dropped in order: the engine ends before what it needs.
pub(crate) struct Engine {
    _dockerd: Daemon,
    _containerd: Daemon,
}

impl Engine {
    /// Starts an engine that this client can talk to; the sandbox's children find it in their
    /// environment.
    pub(crate) fn start(sandbox: &mut Sandbox, docker: &Path) -> Self {
        let containerd = start_containerd(sandbox);
        let dockerd = start_dockerd(sandbox, docker);
        sandbox.set(
            "DOCKER_HOST",
            format!("unix://{}", sandbox.path("docker.sock").display()),
        );
        Engine {
            _dockerd: dockerd,
            _containerd: containerd,
        }
    }
}

fn start_containerd(sandbox: &Sandbox) -> Daemon {
    let configuration = sandbox.path("containerd.toml");
    fs::write(
        &configuration,
        "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n",
    )
    .unwrap();
    let socket = sandbox.path("containerd.sock");
    let mut command = sandbox.command("containerd");
    command.arg("--config").arg(&configuration);
    for (option, path) in [
        ("--address", "containerd.sock"),
        ("--root", "containerd"),
        ("--state", "containerd-state"),
    ] {
        command.arg(option).arg(sandbox.path(path));
    }
    let daemon = Daemon::start(&command, sandbox.path("containerd.log"));
    daemon.wait_until("containerd", || UnixStream::connect(&socket).is_ok());
    daemon
}

fn start_dockerd(sandbox: &Sandbox, docker: &Path) -> Daemon {
    let configuration = sandbox.path("daemon.json");
    fs::write(&configuration, "{}\n").unwrap();
    let socket = sandbox.path("docker.sock");
    let mut command = sandbox.command("unshare");
    command
        .args(["--mount", "/bin/sh", "-c", PRIVATE, "private", "dockerd"])
        .arg(format!("--host=unix://{}", socket.display()));
    for (option, path) in [
        ("--config-file", "daemon.json"),
        ("--containerd", "containerd.sock"),
        ("--data-root", "docker"),
        ("--exec-root", "docker-state"),
        ("--pidfile", "docker.pid"),
    ] {
        command.arg(option).arg(sandbox.path(path));
    }
    command.args([
        "--storage-driver=vfs",
        // No container runs, so the machine's network is not changed.
        "--bridge=none",
        "--iptables=false",
        "--ip-forward=false",
        "--ip-masq=false",
    ]);
    let daemon = Daemon::start(&command, sandbox.path("dockerd.log"));
    daemon.wait_until("an engine", || {
        UnixStream::connect(&socket).is_ok() && answers(sandbox, docker, &socket)
    });
    daemon
}

/// The socket exists before the engine answers.
fn answers(sandbox: &Sandbox, docker: &Path, socket: &Path) -> bool {
    let mut command = sandbox.command(docker);
    command
        .arg(format!("--host=unix://{}", socket.display()))
        .args(["version", "--format", "{{.Server.Version}}"]);
    run(&mut command, "", SHORT).code == Some(0)
}

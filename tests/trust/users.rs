//! Two ordinary users of one machine.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::platform::{can_change_user, copy_helper};
use super::support::{Outcome, SHORT, Sandbox, run};

/// The user of the helper.
pub(super) const USER: u32 = 64321;

/// The attacker.
pub(super) const OTHER: u32 = 64322;

/// A machine with two users, each with a home directory.
pub(super) struct Machine {
    sandbox: Sandbox,
}

impl Machine {
    /// Makes the home directories; skips the test aloud if it cannot change the user.
    pub(super) fn new() -> Option<Self> {
        if !can_change_user() {
            return None;
        }
        let machine = Self {
            sandbox: Sandbox::new(),
        };
        open_to_all(machine.sandbox.root());
        // The folder that it is built in may be closed to them.
        copy_helper(&machine.path("helper"));
        for user in [USER, OTHER] {
            machine.folder(user, &format!("{user}"), 0o700);
        }
        // Like /tmp.
        machine.folder(0, "tmp", 0o1777);
        Some(machine)
    }

    /// Returns the path of `name` on the machine.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.sandbox.path(name)
    }

    /// Returns the home of a user.
    pub(super) fn home(&self, user: u32) -> PathBuf {
        self.path(&user.to_string())
    }

    /// Makes a folder for a user; its parents must exist.
    pub(super) fn folder(&self, user: u32, name: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::create_dir(&path).unwrap();
        chown(&path, Some(user), Some(user)).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Writes a file for a user.
    pub(super) fn file(&self, user: u32, name: &str, mode: u32, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        chown(&path, Some(user), Some(user)).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Makes a named pipe without a reader or writer.
    pub(super) fn pipe(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        self.sandbox.make_pipe(&path);
        chown(&path, Some(USER), Some(USER)).unwrap();
        path
    }

    /// Returns a command that runs `program` as this user, with a minimal environment.
    pub(super) fn as_user(&self, user: u32, program: &Path) -> Command {
        let mut command = self.sandbox.command("setpriv");
        command
            .args([format!("--reuid={user}"), format!("--regid={user}")])
            .args(["--clear-groups", "--"])
            .arg(program)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.home(user))
            .env("TMPDIR", self.path("tmp"))
            .current_dir(self.path("tmp"));
        for variable in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
            command.env(variable, "http://127.0.0.1:1");
        }
        command
    }

    /// Returns the helper as this user runs it.
    pub(super) fn helper(&self, user: u32, arguments: &[&str]) -> Command {
        let mut command = self.as_user(user, &self.path("helper"));
        command.args(arguments);
        command
    }
}

/// Runs the helper to its end.
#[track_caller]
pub(super) fn outcome(command: &mut Command, stdin: &str) -> Outcome {
    run(command, stdin, SHORT)
}

fn open_to_all(folder: &Path) {
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
}

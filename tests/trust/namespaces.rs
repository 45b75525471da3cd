//! The user namespace that rootless podman runs the helper in: there the user is root, and all
//! other users share one ID.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use super::support::have;
use super::support::sample::{AK, HOST, SK};
use super::users::{Machine, USER, outcome};

const SETTINGS: &str =
    "[registry.\"swr.cn-north-4.myhuaweicloud.com\"]\nproject = \"cn-north-4_team\"\n";
const CONFIG: &str = "DOCKER_CREDENTIAL_SWR_CONFIG";

/// A user and a group. Every Debian knows `games`, and nobody else is in that group; no group is
/// named like the other.
const GAMES: (u32, u32) = (5, 60);
const PLAIN: (u32, u32) = (USER, USER);

/// What runs the helper as it is, and in a namespace where the user is root.
const OUTSIDE: &[&str] = &["env"];
const INSIDE: &[&str] = &["unshare", "--user", "--map-root-user"];

#[test]
fn a_shared_group_is_somebody_else_in_a_namespace_too() {
    let Some(machine) = machine() else {
        return;
    };
    machine.folder(USER, "own", 0o755);
    let shared = machine.file(USER, "own/shared.toml", 0o664, SETTINGS);
    for by in [OUTSIDE, INSIDE] {
        let said = outcome(get(&machine, PLAIN, by).env(CONFIG, &shared), HOST).fails();
        let why = "others can write it";
        assert!(said.contains(why), "{by:?}: {said}");
    }
    machine.folder(GAMES.0, "games", 0o755);
    let own = machine.file(GAMES.0, "games/own.toml", 0o664, SETTINGS);
    chown(&own, Some(GAMES.0), Some(GAMES.1)).unwrap();
    for by in [OUTSIDE, INSIDE] {
        let said = outcome(get(&machine, GAMES, by).env(CONFIG, &own), HOST);
        assert!(said.ok().contains("cn-north-4_team@"), "{by:?}");
    }
}

#[test]
fn what_is_nobodys_in_a_namespace_is_not_read() {
    let Some(machine) = machine() else {
        return;
    };
    let settings = machine.file(USER, "tmp/settings.toml", 0o644, SETTINGS);
    // Without a map the user has the same ID as everybody else.
    let mut get = get(&machine, PLAIN, &["unshare", "--user"]);
    let said = outcome(get.env(CONFIG, settings), HOST).fails();
    assert!(said.contains("it belongs to another user"), "{said}");
}

#[test]
fn doctor_foresees_what_a_namespace_refuses() {
    let Some(machine) = machine() else {
        return;
    };
    machine.folder(USER, "programs", 0o755);
    machine.file(USER, "programs/podman", 0o755, "");
    machine.folder(USER, "own", 0o755);
    let settings = machine.file(0, "own/config.toml", 0o644, SETTINGS);
    let doctor = || {
        let mut doctor = machine.as_user(USER, Path::new("env"));
        doctor
            .arg(format!("PATH={}", machine.path("programs").display()))
            .arg(machine.path("helper"))
            .arg("doctor")
            .env(CONFIG, &settings);
        outcome(&mut doctor, "").stdout
    };
    let inside = || {
        let mut get = get(&machine, PLAIN, INSIDE);
        outcome(get.env(CONFIG, &settings), HOST)
    };
    let foreseen = format!("warning  podman: {} belongs to root", settings.display());
    assert!(doctor().contains(&foreseen), "{}", doctor());
    assert!(inside().fails().contains("it belongs to another user"));

    chown(&settings, Some(USER), Some(USER)).unwrap();
    let foreseen = "ok       podman: no login depends on a file that";
    assert!(doctor().contains(foreseen), "{}", doctor());
    assert!(inside().ok().contains("cn-north-4_team@"));

    // Without podman there is nothing to foresee.
    fs::remove_file(machine.path("programs/podman")).unwrap();
    assert!(!doctor().contains("user namespace"), "{}", doctor());
}

fn machine() -> Option<Machine> {
    have(&["unshare"]).then(Machine::new).flatten()
}

/// Returns a `get` that a key in the environment answers, run by a user with a group.
fn get(machine: &Machine, (user, group): (u32, u32), by: &[&str]) -> Command {
    let mut command = machine.as_user(0, Path::new("setpriv"));
    command
        .args([format!("--reuid={user}"), format!("--regid={group}")])
        .args(["--clear-groups", "--"])
        .args(by)
        .arg(machine.path("helper"))
        .arg("get")
        .env("HUAWEICLOUD_SDK_AK", AK)
        .env("HUAWEICLOUD_SDK_SK", SK);
    command
}

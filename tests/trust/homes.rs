//! Root with the home directory of another user, as with sudo.

use std::os::unix::fs::symlink;
use std::process::Command;

use super::support::sample::{AK, HOST, SK, STORE_IN_FILE};
use super::users::{Machine, USER, outcome};

#[test]
fn root_writes_nothing_into_the_home_of_another_user() {
    let Some(machine) = Machine::new() else {
        return;
    };
    // A file that the user wants root to overwrite.
    let roots = machine.file(0, "roots", 0o600, "{}");
    machine.folder(USER, &format!("{USER}/.docker"), 0o700);
    symlink(&roots, machine.home(USER).join(".docker/config.json")).unwrap();
    let root = |arguments: &[&str]| -> Command {
        let mut command = machine.helper(0, arguments);
        command
            .env("HOME", machine.home(USER))
            .env("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
        command
    };
    let request = serde_json::json!({"ServerURL": HOST, "Username": AK, "Secret": SK}).to_string();
    for (arguments, stdin) in [
        (&["configure", "--region", "cn-north-4"][..], ""),
        (&STORE_IN_FILE, SK),
        (&["store"], &request),
        (&["erase"], HOST),
    ] {
        let said = outcome(&mut root(arguments), stdin).fails();
        let owner = format!("belongs to user {USER}");
        assert!(
            said.contains(&owner) && said.contains(&format!("sudo -u '#{USER}'")),
            "{arguments:?}: {said}"
        );
    }
    assert_eq!(std::fs::read_to_string(&roots).unwrap(), "{}");
    let left: Vec<_> = std::fs::read_dir(machine.home(USER))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, [".docker"]);

    // Nor does it take away what the user has stored.
    outcome(&mut machine.helper(USER, &STORE_IN_FILE), SK).ok();
    let file = machine
        .home(USER)
        .join(".config/docker-credential-swr/credentials");
    let stored = std::fs::read(&file).unwrap();
    for arguments in [
        &["erase", "--account", "default"][..],
        &["erase", "--registry", HOST],
        &["erase", "--all", "--yes"],
        &[
            "rotate",
            "--ak",
            "P0HEQUQ4XBWXY5WD69X0",
            "--sk-stdin",
            "--offline",
        ],
    ] {
        let said = outcome(&mut root(arguments), SK).fails();
        let owner = format!("belongs to user {USER}");
        assert!(said.contains(&owner), "{arguments:?}: {said}");
        assert_eq!(std::fs::read(&file).unwrap(), stored);
    }
}

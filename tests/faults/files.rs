//! Files and folders that are full, read-only, missing or truncated.

use std::fs;

use crate::support::{Outcome, SHORT, Sandbox, run, skip};
use crate::{HOST, helper, login, says, store, stored, with_file_store};

#[test]
fn a_full_disk_loses_nothing_stored() {
    let script = "mount -t tmpfs -o size=64k,mode=700 none config
        printf %s \"$OLD\" | HELPER store
        cat /dev/zero >config/docker-credential-swr/filler 2>/dev/null
        printf %s \"$NEW\" | HELPER store
        printf %s \"$HOST\" | HELPER get";
    let Some(outcome) = in_namespace(script) else {
        return;
    };
    let lines: Vec<_> = outcome.ok().lines().collect();
    assert!(
        lines[0].contains("cannot write") && lines[0].contains("No space left"),
        "{lines:?}"
    );
    assert!(lines[1].contains(r#""Secret":"old""#), "{lines:?}");
    assert_eq!((lines.len(), outcome.stderr.as_str()), (2, ""));
}

#[test]
fn a_read_only_home_is_reported() {
    let script = "printf %s \"$OLD\" | HELPER store
        mount --bind . . && mount -o remount,bind,ro . && cd \"$PWD\"
        printf %s \"$NEW\" | HELPER store
        printf %s \"$HOST\" | HELPER erase
        printf %s \"$HOST\" | HELPER get";
    let Some(outcome) = in_namespace(script) else {
        return;
    };
    let lines: Vec<_> = outcome.ok().lines().collect();
    for line in &lines[..2] {
        assert!(
            line.contains("cannot lock") && line.contains("Read-only file system"),
            "{lines:?}"
        );
    }
    assert!(lines[2].contains(r#""Secret":"old""#), "{lines:?}");
    assert_eq!((lines.len(), outcome.stderr.as_str()), (3, ""));
}

#[test]
fn a_missing_home_is_reported() {
    let sandbox = with_file_store();
    for (verb, stdin, backend, words) in [
        ("get", HOST, "file", "set HOME"),
        ("store", &*login("new"), "file", "set HOME"),
        ("erase", HOST, "file", "set HOME"),
        ("get", HOST, "keyring", "no OS keyring"),
    ] {
        let mut command = sandbox.command(crate::support::helper_binary());
        command
            .arg(verb)
            .env_remove("HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env("DOCKER_CREDENTIAL_SWR_BACKEND", backend);
        says(&run(&mut command, stdin, SHORT), words);
    }
    assert_eq!(stored(&sandbox), "old");
}

#[test]
fn a_truncated_file_store_is_reported_and_kept() {
    let sandbox = with_file_store();
    let path = sandbox.path("config/docker-credential-swr/credentials");
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        says(&sandbox.run(&["get"], HOST), "is damaged");
        if length % 8 == 0 {
            says(&sandbox.run(&["store"], &login("new")), "is damaged");
            says(&sandbox.run(&["erase"], HOST), "is damaged");
            says(&sandbox.run(&["list"], ""), "is damaged");
        }
        assert_eq!(fs::read(&path).unwrap(), &whole[..length]);
    }
    fs::write(&path, &whole).unwrap();
    store(&sandbox, "new");
    assert_eq!(stored(&sandbox), "new");
}

/// Runs a shell script in a sandbox with its own mount namespace; skips the test aloud if that is
/// impossible.
fn in_namespace(script: &str) -> Option<Outcome> {
    let mut sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("config")).unwrap();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    for (name, value) in [("OLD", login("old")), ("NEW", login("new"))] {
        sandbox.set(name, value);
    }
    sandbox.set("HOST", HOST);
    let flags = match rustix::process::geteuid().is_root() {
        true => "-m",
        false => "-rm",
    };
    let in_own = |script: &str| {
        let mut command = sandbox.command("unshare");
        run(command.args([flags, "sh", "-c", script]), "", SHORT)
    };
    if in_own("mount -t tmpfs none config").code != Some(0) {
        skip("no mounts of its own can be had here");
        return None;
    }
    Some(in_own(&script.replace("HELPER", &helper())))
}

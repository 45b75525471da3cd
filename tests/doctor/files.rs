//! Files and folders that others can read, write or replace.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

#[test]
fn the_file_store_is_readable_by_others() {
    let sandbox = healthy();
    let path = sandbox.path("config/docker-credential-swr/credentials");
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    complains(&sandbox, &[], "others can read", 1);
}

#[test]
fn files_that_others_can_write_or_read_are_reported() {
    let mut sandbox = healthy();
    only_installed(&mut sandbox, &["docker"]);
    sandbox.set("REGISTRY_AUTH_FILE", sandbox.path("auth.json"));
    let profile = sandbox.path("home/.huaweicloud/credentials");
    make_private_folders(profile.parent().unwrap());
    let helpers = format!(r#"{{"credHelpers": {{"{HOST}": "swr"}}}}"#);
    let login = format!(
        r#"{{"auths": {{"{HOST}": {{"auth": "dTpw"}}}},{}"#,
        &helpers[1..]
    );
    for (path, text, mode, expected) in [
        (
            "config/docker-credential-swr/config.toml",
            "backend = \"file\"\n",
            0o602,
            "write",
        ),
        (
            "config/docker-credential-swr/config.toml",
            "backend = \"file\"\n",
            0o644,
            "",
        ),
        ("home/.docker/config.json", &helpers, 0o602, "write"),
        ("home/.docker/config.json", &helpers, 0o644, ""),
        ("home/.docker/config.json", &login, 0o604, "read"),
        ("auth.json", &helpers, 0o622, "write"),
        ("auth.json", &helpers, 0o644, ""),
        ("auth.json", &login, 0o604, "read"),
        ("home/.huaweicloud/credentials", "[basic]\n", 0o644, "read"),
    ] {
        let path = sandbox.path(path);
        let before = fs::read(&path).ok();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let (complaints, code) = complaints(&sandbox, &[]);
        let said = complaints.join("\n");
        let shown = path.display();
        match expected {
            "" => assert!(
                !said.contains("can read") && !said.contains("can write"),
                "{said}"
            ),
            _ => assert!(
                said.contains(&format!("warning  files: others can {expected} {shown}"))
                    && said.contains(&format!(
                        "hint: chmod go-{} {shown}",
                        if expected == "read" { "rwx" } else { "w" }
                    )),
                "{said}"
            ),
        }
        // Then the settings are not read.
        let is_settings =
            path.ends_with("docker-credential-swr/config.toml") && expected == "write";
        assert_eq!(code, i32::from(is_settings), "{said}");
        match before {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        if path.exists() {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
}

/// Whoever can write to a folder can replace any file in it.
#[test]
fn folders_where_others_can_replace_files_are_reported() {
    let sandbox = healthy();
    let lasting = sandbox.path("config/containers");
    make_private_folders(&lasting);
    for folder in ["home/.docker", "home", "config", "config/containers"] {
        let path = sandbox.path(folder);
        let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        mode(0o707);
        let shown = path.display();
        let expected = format!("warning  files: others can write the folder {shown}, ");
        complains(&sandbox, &[], &expected, 0);
        complains(&sandbox, &[], &format!("hint: chmod go-w {shown}"), 0);
        mode(0o1777);
        assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0), "{folder}");
        mode(0o700);
    }
}

/// Whoever can change the helper, or answer in the place of the bus, gets every login.
#[test]
fn others_own_or_can_write_the_helper_and_what_leads_to_it() {
    let mut sandbox = healthy();
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let program = sandbox.program();
    mode(&program, 0o777);
    let expected = format!("files: others can write {}", program.display());
    complains(&sandbox, &[], &expected, 0);
    nobody_else_can_change_it(&sandbox, false);
    mode(&program, 0o755);
    nobody_else_can_change_it(&sandbox, true);

    // In a folder before the helper's a program of the same name would run in its place.
    let before = sandbox.path("before");
    make_private_folders(&before);
    let folders = [before.clone(), sandbox.path("bin"), "/usr/bin".into()];
    sandbox.set("PATH", std::env::join_paths(folders).unwrap());
    nobody_else_can_change_it(&sandbox, true);
    mode(&before, 0o777);
    let expected = format!("files: others can write the folder {}", before.display());
    complains(&sandbox, &[], &expected, 0);
    nobody_else_can_change_it(&sandbox, false);
    mode(&before, 0o700);

    // A link is as good as where it leads.
    let elsewhere = sandbox.path("elsewhere");
    make_private_folders(&elsewhere);
    fs::rename(&program, elsewhere.join("helper")).unwrap();
    std::os::unix::fs::symlink(elsewhere.join("helper"), &program).unwrap();
    nobody_else_can_change_it(&sandbox, true);
    mode(&elsewhere, 0o777);
    nobody_else_can_change_it(&sandbox, false);
    mode(&elsewhere, 0o700);

    if !rustix::process::geteuid().is_root() {
        return skip("only root can give a file away");
    }
    let socket = sandbox.path("run/bus");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let named = sandbox.path("bus-that-is-named");
    let _other = std::os::unix::net::UnixListener::bind(&named).unwrap();
    for (path, address, what) in [
        (elsewhere.join("helper"), "", "who can change it"),
        (elsewhere, "", "who can change it"),
        (sandbox.path("bin"), "", "who can change it"),
        (sandbox.path("config"), "", "who can change it"),
        (
            sandbox.path("home/.docker/config.json"),
            "",
            "who can change it",
        ),
        (socket, "", "who answers there"),
        (
            named.clone(),
            &*format!("unix:guid=00,path={}", named.display()),
            "who answers there",
        ),
    ] {
        sandbox.set("DBUS_SESSION_BUS_ADDRESS", address);
        nobody_else_can_change_it(&sandbox, true);
        std::os::unix::fs::chown(&path, Some(64321), None).unwrap();
        let shown = path.display();
        let (complaints, _) = complaints(&sandbox, &[]);
        let said = complaints.join("\n");
        let expected = format!("warning  files: {shown} belongs to another user, {what}");
        assert!(said.contains(&expected), "{said}");
        nobody_else_can_change_it(&sandbox, false);
        std::os::unix::fs::chown(&path, Some(0), None).unwrap();
    }
}

#[test]
fn only_the_users_private_group_may_write() {
    let sandbox = healthy();
    let path = sandbox.path("home/.docker/config.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).unwrap();
    let groups = fs::read_to_string("/etc/group").unwrap();
    if !rustix::process::geteuid().is_root() || !groups.lines().any(|line| line == "root:x:0:") {
        return skip("only root, in a group of its own, can give a file to another group");
    }
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
    std::os::unix::fs::chown(&path, None, Some(65534)).unwrap();
    let expected = format!("others can write {}", path.display());
    complains(&sandbox, &[], &expected, 0);
}

#[track_caller]
fn nobody_else_can_change_it(sandbox: &Sandbox, expected: bool) {
    let said = sandbox.run(&["doctor"], "").stdout;
    let line = "ok       files: nobody else can change the files that decide about logins";
    assert_eq!(said.contains(line), expected, "{said}");
}

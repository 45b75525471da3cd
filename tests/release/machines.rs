//! `install.sh` on unusual machines and with unusual places.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use super::Machine;
use super::made::{Release, VERSION, write_script};
use super::support::platform::can_change_user;
use super::support::sample::{AK, HOST, LOGIN_KEY, SK, STORE_IN_FILE};
use super::support::{Outcome, SHORT, find, have, run};

/// The first is nobody's, the second has no name.
#[test]
fn a_user_without_a_group_of_that_name_installs_for_itself() {
    if !can_change_user() {
        return;
    }
    for user in [65534, 54321] {
        let mut machine = Machine::new();
        let release = Release::new(&machine.sandbox).sealed();
        machine.sandbox.give_to(user);
        let from = release.folder.to_str().unwrap();
        let outcome = machine.install(&release, &["--from", from, "--region", "cn-north-4"]);
        assert!(outcome.ok().contains(HOST), "{outcome:#?}");
        assert!(machine.helper().exists());
        let bin = machine.sandbox.path("on path/bin");
        for mode in [0o775, 0o777] {
            fs::set_permissions(&bin, Permissions::from_mode(mode)).unwrap();
            let outcome = machine.install(&release, &["--from", from]);
            let said = format!("others can write to `{}`", bin.display());
            assert!(
                outcome.fails().contains("others can write"),
                "{said}: {outcome:#?}"
            );
        }
    }
}

#[test]
fn a_folder_of_another_user_is_refused() {
    if !can_change_user() {
        return;
    }
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    let prefix = machine.sandbox.path("on path");
    fs::create_dir_all(prefix.join("bin")).unwrap();
    chown(&prefix, Some(65534), None).unwrap();
    let outcome = machine.install(&release, &["--from", release.folder.to_str().unwrap()]);
    let said = "belongs to another user, who could change what is in it\nhint: ";
    assert!(outcome.fails().contains(said), "{outcome:#?}");
    assert_eq!(fs::read_dir(prefix.join("bin")).unwrap().count(), 0);
}

/// A link is as good as the folder that it lies in.
#[test]
fn a_link_that_others_can_replace_is_refused() {
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    let [real, hop] = ["real", "hop"].map(|name| machine.sandbox.path(name));
    for folder in [&real, &hop] {
        fs::create_dir(folder).unwrap();
    }
    symlink(&real, hop.join("link")).unwrap();
    symlink("hop/link", machine.sandbox.path("on path")).unwrap();
    let from = ["--from", release.folder.to_str().unwrap()];
    machine.install(&release, &from).ok();
    fs::set_permissions(&hop, Permissions::from_mode(0o777)).unwrap();
    let outcome = machine.install(&release, &from);
    assert!(
        outcome.fails().contains("others can write to `"),
        "{outcome:#?}"
    );
    assert!(outcome.stderr.contains("/hop`"), "{outcome:#?}");
}

#[test]
fn uninstall_runs_nobody_elses_program() {
    if !can_change_user() {
        return;
    }
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    fs::create_dir_all(machine.helper().parent().unwrap()).unwrap();
    let ran = machine.sandbox.path("ran");
    write_script(
        &machine.helper(),
        &format!("#!/bin/sh\n: >'{}'\n", ran.display()),
    );
    chown(machine.helper(), Some(65534), None).unwrap();
    let outcome = machine.install(&release, &["--uninstall"]);
    assert!(
        outcome.fails().contains("belongs to another user"),
        "{outcome:#?}"
    );
    assert!(!ran.exists() && machine.helper().exists());
}

#[test]
fn path_may_be_written_in_any_way() {
    let mut machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    let tools = machine.sandbox.path("tools").display().to_string();
    let from = [
        "--from",
        release.folder.to_str().unwrap(),
        "--region",
        "cn-north-4",
    ];
    symlink(".", machine.sandbox.path("here")).unwrap();
    for written in ["on path/bin/", "here/on path/bin"] {
        let folder = machine.sandbox.path("").join(written);
        machine
            .sandbox
            .set("PATH", format!("{tools}:{}", folder.display()));
        assert!(machine.install(&release, &from).ok().contains(HOST));
    }
    machine.sandbox.set("PATH", &tools);
    let outcome = machine.install(&release, &[&from[..2], &["--no-set-up"]].concat());
    outcome.ok();
    assert!(
        outcome.stderr.contains("is not on PATH: `export PATH="),
        "{outcome:#?}"
    );
}

#[test]
fn a_folder_in_the_place_of_the_program_is_refused() {
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    fs::create_dir_all(machine.helper()).unwrap();
    let outcome = machine.install(&release, &["--from", release.folder.to_str().unwrap()]);
    assert!(
        outcome.fails().contains("` is a folder\nhint: "),
        "{outcome:#?}"
    );
    assert_eq!(fs::read_dir(machine.helper()).unwrap().count(), 0);
}

/// As on machines that run nothing from there.
#[test]
fn nothing_has_to_run_from_the_temporary_folder() {
    if !can_change_user() || !have(&["unshare", "mount"]) {
        return;
    }
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    let inside = |closed: &Path| -> Outcome {
        let script = "mount -t tmpfs -o noexec,mode=0700 none \"$1\" && shift && exec \"$@\"";
        let mut command = machine.sandbox.command(find("unshare").unwrap());
        command.args(["--mount", "--", "/bin/sh", "-c", script, "sh"]);
        command.arg(closed).arg(release.folder.join("install.sh"));
        command
            .args(["--prefix", "on path", "--from"])
            .arg(&release.folder);
        command.args(["--region", "cn-north-4"]);
        command.env(
            "PATH",
            format!(
                "{}:/usr/bin:/bin",
                machine.sandbox.path("on path/bin").display()
            ),
        );
        run(&mut command, "", SHORT)
    };
    let outcome = inside(&machine.sandbox.path("tmp"));
    assert!(outcome.ok().contains(HOST), "{outcome:#?}");

    // Docker could not run it either.
    let bin = machine.sandbox.path("on path/bin");
    let outcome = inside(&bin);
    assert!(
        outcome.fails().contains("the program does not run from"),
        "{outcome:#?}"
    );
}

/// Debian 12's crashes where it is given a time limit.
#[test]
fn busyboxs_wget_fetches_a_release() {
    if !have(&["busybox"]) {
        return;
    }
    let machine = Machine::new();
    let mut release = Release::new(&machine.sandbox);
    let _server = release.serve(&machine.sandbox);
    let release = release.sealed();
    symlink(find("busybox").unwrap(), machine.sandbox.path("tools/wget")).unwrap();
    machine.install(&release, &[]).ok();
    assert!(machine.helper().exists());
}

#[test]
fn a_released_script_takes_no_older_release_for_its_own() {
    if !have(&["curl"]) {
        return;
    }
    let machine = Machine::new();
    machine.add_tool("curl");
    let [mut older, mut newer] =
        ["1.0.0", "2.0.0"].map(|version| Release::of_version(&machine.sandbox, version));
    older.say_version();
    newer.say_version();
    let older = older.sealed();
    let _server = newer.serve(&machine.sandbox);
    let newer = newer.sealed();
    machine.install(&newer, &[]).ok();

    let script = fs::read(newer.folder.join("install.sh")).unwrap();
    fs::remove_dir_all(&newer.folder).unwrap();
    symlink(&older.folder, &newer.folder).unwrap();
    let place = machine.sandbox.path("install.sh");
    fs::write(&place, script).unwrap();
    let mut shell = machine.sandbox.command("sh");
    shell.arg(place).args(["--prefix", "on path"]);
    let said = run(&mut shell, "", SHORT).fails();
    assert!(
        said.contains("has no docker-credential-swr 2.0.0"),
        "{said}"
    );
}

#[test]
fn each_way_to_write_a_place_is_understood() {
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    let folder = release.folder.to_str().unwrap();
    for place in [
        format!("file://{folder}"),
        format!("file://localhost{folder}"),
    ] {
        machine.install(&release, &["--from", &place]).ok();
    }

    let newest = machine.sandbox.path("releases/latest/download");
    let arguments = ["--from", newest.to_str().unwrap(), "--version", "0.0.9"];
    let outcome = machine.install(&release, &arguments);
    let place = machine.sandbox.path("releases/download/v0.0.9");
    let said = format!("of the release in `{}`", place.display());
    assert!(outcome.fails().contains(&said), "{outcome:#?}");

    if have(&["curl"]) {
        machine.add_tool("curl");
        let outcome = machine.install(&release, &["--from", "HTTP://127.0.0.1:1/v1"]);
        assert!(outcome.fails().contains("curl: (7)"), "{outcome:#?}");
    }
}

#[test]
fn a_folder_with_two_versions_is_refused() {
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox);
    let program = release.program();
    let name = program.file_name().unwrap().to_str().unwrap();
    let other = program.with_file_name(name.replace(VERSION, "9.9.9"));
    fs::copy(&program, other).unwrap();
    let release = release.sealed();
    let outcome = machine.install(&release, &["--from", release.folder.to_str().unwrap()]);
    let said = "holds more than one version of docker-credential-swr\nhint: ";
    assert!(outcome.fails().contains(said), "{outcome:#?}");
}

#[test]
fn who_has_stored_a_key_is_not_asked_for_it_again() {
    let machine = Machine::new();
    machine.add_tool("awk");
    let release = Release::new(&machine.sandbox).sealed();
    let from = [
        "--from",
        release.folder.to_str().unwrap(),
        "--region",
        "cn-north-4",
    ];
    machine.install(&release, &from).ok();
    let mut store = machine.sandbox.command(machine.helper());
    run(store.args(STORE_IN_FILE), SK, SHORT).ok();
    for backend in [&[][..], &["--backend", "file"]] {
        let outcome = machine.install(&release, &[&from[..], backend].concat());
        let said = "the account `default` has a key already, and keeps it";
        assert!(outcome.ok().contains(HOST), "{outcome:#?}");
        assert!(outcome.stderr.contains(said), "{outcome:#?}");
    }
    // It is in the file, and not in the keyring.
    let outcome = machine.install(&release, &[&from[..], &["--backend", "keyring"]].concat());
    assert!(
        outcome
            .stderr
            .contains("store --backend keyring --region cn-north-4`\n"),
        "{outcome:#?}"
    );
}

#[test]
fn to_erase_nothing_needs_no_keyring() {
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    machine
        .install(&release, &["--from", release.folder.to_str().unwrap()])
        .ok();
    let outcome = machine.install(&release, &["--uninstall", "--erase-secrets"]);
    outcome.ok();
    assert!(!machine.helper().exists(), "{outcome:#?}");
}

/// The folders of a job belong to the user outside its container.
#[test]
fn the_action_works_in_a_container_of_another_user() {
    if !can_change_user() {
        return;
    }
    let machine = Machine::new();
    for tool in ["head", "ls"] {
        machine.add_tool(tool);
    }
    let release = Release::new(&machine.sandbox).sealed();
    let runner = machine.sandbox.path("runner");
    fs::create_dir(&runner).unwrap();
    for folder in [&runner, &machine.sandbox.path("home")] {
        chown(folder, Some(1001), Some(1001)).unwrap();
    }
    let [path, variables] = ["github path", "github env"].map(|name| machine.sandbox.path(name));
    let mut script = machine.sandbox.command("sh");
    script.arg(release.source.join("packaging/action.sh"));
    for (name, value) in [
        ("RUNNER_TEMP", runner.as_path()),
        ("GITHUB_PATH", &path),
        ("GITHUB_ENV", &variables),
        ("GITHUB_SERVER_URL", Path::new("http://127.0.0.1:1")),
        ("GITHUB_REPOSITORY", Path::new("who/uses-it")),
        ("INPUT_FROM", &release.folder),
        ("INPUT_REGION", Path::new("cn-north-4")),
        ("INPUT_REGISTRY", Path::new("")),
    ] {
        script.env(name, value);
    }
    // A folder is meant as the job sees it.
    script.env("INPUT_FROM", "releases/v".to_owned() + VERSION);
    script.env_remove("DOCKER_CONFIG");
    run(&mut script, "", SHORT).ok();
    assert_eq!(fs::read_dir(&runner).unwrap().count(), 0);

    // What GitHub makes of these files for the steps after this one.
    let bin = fs::read_to_string(&path).unwrap();
    let variable = fs::read_to_string(&variables).unwrap();
    let docker = variable.trim_end().strip_prefix("DOCKER_CONFIG=").unwrap();
    let config = fs::read_to_string(Path::new(docker).join("config.json")).unwrap();
    assert!(config.contains(&format!("\"{HOST}\": \"swr\"")), "{config}");
    let mut get = machine.sandbox.command("docker-credential-swr");
    get.arg("get").env("DOCKER_CONFIG", docker);
    get.env("PATH", bin.trim_end());
    get.env("HUAWEICLOUD_SDK_AK", AK)
        .env("HUAWEICLOUD_SDK_SK", SK);
    assert!(run(&mut get, HOST, SHORT).ok().contains(LOGIN_KEY));
}

/// GitHub's workflow does this on macOS, which cannot be had here.
#[test]
fn the_check_of_an_installed_release_holds_and_can_fail() {
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    let check = || {
        let mut script = Command::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/release/install.sh"
        ));
        script.arg(&release.folder).env_clear();
        script.env("PATH", "/usr/local/bin:/usr/bin:/bin");
        run(&mut script, "", SHORT)
    };
    let outcome = check();
    assert_eq!(outcome.ok().matches("ok: ").count(), 8, "{outcome:#?}");

    // Nobody looks at the signature any more.
    let script = release.folder.join("install.sh");
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, text.replace("    check_signature\n", "")).unwrap();
    let outcome = check();
    let said = "it does not hold that a changed list is refused\n";
    assert!(outcome.fails().contains(said), "{outcome:#?}");
}

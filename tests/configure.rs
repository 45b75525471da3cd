//! `configure` as a person runs it: the bytes and mode of the file, the output and the exit code.
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use docker_credential_swr::system::platform::Platform;
#[cfg(unix)]
use support::platform::can_change_user;
use support::platform::{self, is_private, link, make_private_folders, write_private};
use support::sample::{HOST as NORTH, OTHER_HOST as EAST};
use support::{SHORT, Sandbox, helper_binary, run, with_slashes};

const TO_NORTH: [&str; 3] = ["configure", "--registry", NORTH];
const LOGOUT: &str = "{\n\t\"auths\": {},\n\t\"credsStore\": \"pass\"\n}";
const NOTE: &str = "note: from now on docker no longer uses the system's credential store by default for other registries";

#[test]
fn creates_a_file_and_removes_it_again() {
    let person = Person::new();
    let said = person.run(&TO_NORTH);
    assert_eq!(
        said.stdout,
        format!(
            "created ~/.docker/config.json\n  {NORTH}: docker asks docker-credential-swr\n{NOTE}\n"
        )
    );
    assert_eq!((said.stderr.as_str(), said.code), ("", 0));
    assert_eq!(
        person.config(),
        format!("{{\n\t\"credHelpers\": {{\n\t\t\"{NORTH}\": \"swr\"\n\t}}\n}}\n")
    );
    assert!(is_private(&person.path(".docker")));
    assert!(is_private(&person.path(".docker/config.json")));

    let said = person.run(&["configure", "--remove"]);
    assert_eq!(
        said.stdout,
        format!(
            "removed ~/.docker/config.json\n  {NORTH}: docker no longer asks docker-credential-swr\n"
        )
    );
    assert_eq!((said.stderr.as_str(), said.code), ("", 0));
    assert_eq!(fs::read_dir(person.path(".docker")).unwrap().count(), 0);
}

/// nerdctl looks for `HOST:443` first, and without a helper for it stores the login there in plain
/// text.
#[test]
fn adds_the_name_that_nerdctl_looks_for() {
    let person = Person::with_config(LOGOUT);
    let both = format!("\"{NORTH}\": \"swr\",\n\t\t\"{NORTH}:443\": \"swr\"\n");
    let said = person.run(&[&TO_NORTH[..], &["--nerdctl"]].concat());
    assert_eq!(
        said.stdout,
        format!(
            "changed ~/.docker/config.json\n  {NORTH}: docker asks docker-credential-swr\n  \
             {NORTH}:443: nerdctl asks docker-credential-swr\n"
        )
    );
    assert!(person.config().contains(&both), "{}", person.config());
    let said = person.run(&["configure", "--remove", "--registry", NORTH]);
    assert_eq!(
        said.stdout,
        format!(
            "changed ~/.docker/config.json\n  {NORTH}: docker no longer asks docker-credential-swr\n  \
             {NORTH}:443: docker no longer asks docker-credential-swr\n"
        )
    );
    assert_eq!(person.config(), LOGOUT);

    // If it is installed, no option is needed. A registry with a port has only one name.
    person.install("nerdctl");
    person.run(&[
        "configure",
        "--registry",
        NORTH,
        "--registry",
        "localhost:5000",
    ]);
    let config = person.config();
    assert!(
        config.contains(&format!("\"{NORTH}:443\": \"swr\"")),
        "{config}"
    );
    assert!(
        config.contains("\"localhost:5000\": \"swr\"") && !config.contains("5000:443"),
        "{config}"
    );
    // nerdctl does not read podman's file.
    person.run(&["configure", "--podman", "--registry", NORTH]);
    let podmans = fs::read_to_string(person.path(".config/containers/auth.json")).unwrap();
    assert!(!podmans.contains("443"), "{podmans}");
}

#[test]
fn changes_nothing_the_second_time() {
    let person = Person::with_config(LOGOUT);
    let first = person.run(&TO_NORTH);
    assert_eq!(
        first.stdout,
        format!("changed ~/.docker/config.json\n  {NORTH}: docker asks docker-credential-swr\n")
    );
    let changed = person.config();
    assert_eq!(
        changed,
        format!(
            "{{\n\t\"auths\": {{}},\n\t\"credsStore\": \"pass\",\n\
             \t\"credHelpers\": {{\n\t\t\"{NORTH}\": \"swr\"\n\t}}\n}}"
        )
    );
    // An old time of modification shows whether the file is written again.
    let config = || {
        fs::File::options()
            .write(true)
            .open(person.path(".docker/config.json"))
    };
    let long_ago = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    config().unwrap().set_modified(long_ago).unwrap();
    let second = person.run(&TO_NORTH);
    assert_eq!(
        second.stdout,
        format!(
            "nothing to change in ~/.docker/config.json\n  {NORTH}: docker asks docker-credential-swr already\n"
        )
    );
    assert_eq!(person.config(), changed);
    let written = config().unwrap().metadata().unwrap().modified();
    assert_eq!(written.unwrap(), long_ago);

    person.run(&["configure", "--remove", "--registry", NORTH]);
    assert_eq!(person.config(), LOGOUT);
    let again = person.run(&["configure", "--remove", "--registry", NORTH]);
    assert_eq!(
        again.stdout,
        format!(
            "nothing to change in ~/.docker/config.json\n  {NORTH}: docker did not ask docker-credential-swr\n"
        )
    );
    assert_eq!((again.stderr.as_str(), again.code), ("", 0));
}

#[test]
fn takes_several_registries_in_any_form() {
    let person = Person::with_config("{\"auths\":{}}");
    let url = format!("https://{}:443/v2/", EAST.to_uppercase());
    let said = person.run(&[
        "configure",
        "--registry",
        &url,
        "--registry",
        "localhost:5000",
        "--region",
        "cn-north-4",
        "--region",
        "eu-west-101",
        "--registry",
        EAST,
    ]);
    assert_eq!((said.stderr.as_str(), said.code), ("", 0));
    assert_eq!(
        person.config(),
        format!(
            "{{\"auths\":{{}},\"credHelpers\":{{\"{EAST}\":\"swr\",\"localhost:5000\":\"swr\",\
             \"{NORTH}\":\"swr\",\"swr.eu-west-101.myhuaweicloud.eu\":\"swr\"}}}}"
        )
    );
    let said = person.run(&[
        "configure",
        "--remove",
        "--region",
        "cn-north-4",
        "--registry",
        "localhost:5000",
    ]);
    assert_eq!(
        said.stdout,
        format!(
            "changed ~/.docker/config.json\n  localhost:5000: docker no longer asks docker-credential-swr\n  \
             {NORTH}: docker no longer asks docker-credential-swr\n"
        )
    );
    person.run(&["configure", "--remove"]);
    assert_eq!(person.config(), "{\"auths\":{}}");
}

#[test]
fn a_dry_run_writes_nothing_and_shows_no_secret() {
    let person = Person::new();
    let dry = ["configure", "--dry-run", "--registry", NORTH];
    let expected = format!(
        "would create ~/.docker/config.json\n  {NORTH}: docker asks docker-credential-swr\n{NOTE}\n"
    );
    assert_eq!(person.run(&dry).stdout, expected);
    assert!(!person.path(".docker").exists());

    let config = "{\"auths\": {\"ghcr.io\": {\"auth\": \"b2N0b2NhdDpub3QtYS1yZWFsLXBhc3N3b3Jk\"}}}";
    let person = Person::with_config(config);
    let said = person.run(&dry);
    assert_eq!(
        said.stdout,
        format!(
            "would change ~/.docker/config.json\n  {NORTH}: docker asks docker-credential-swr\n"
        )
    );
    assert_eq!((said.stderr.as_str(), said.code), ("", 0));
    assert_eq!(person.config(), config);
}

#[test]
fn finds_the_folder_as_docker_does() {
    let person = Person::new();
    let in_variable = person.path("by-variable");
    let variable = [("DOCKER_CONFIG", in_variable.as_path())];
    assert_eq!(person.run_with(&TO_NORTH, &variable).code, 0);
    assert!(in_variable.join("config.json").is_file());

    let in_option = person.path("by/option");
    let option = ["--docker-config", in_option.to_str().unwrap()];
    assert_eq!(
        person
            .run_with(&[&TO_NORTH[..], &option].concat(), &variable)
            .code,
        0
    );
    assert!(in_option.join("config.json").is_file());
    assert!(is_private(&person.path("by")));

    assert_eq!(
        person
            .run_with(&TO_NORTH, &[("DOCKER_CONFIG", Path::new(""))])
            .code,
        0
    );
    assert!(person.path(".docker/config.json").is_file());

    let home = Platform::HERE.home_variable();
    let said = person.run_with(&TO_NORTH, &[(home, Path::new(""))]);
    assert_eq!(
        said.stderr,
        format!("error: cannot find your home directory\nhint: set {home}\n")
    );
    assert_eq!((said.stdout.as_str(), said.code), ("", 1));
}

#[cfg(unix)]
#[test]
fn follows_links_and_leaves_them() {
    let person = Person::new();
    fs::create_dir(person.path("dotfiles")).unwrap();
    fs::create_dir(person.path(".docker")).unwrap();
    symlink("../dotfiles/link.json", person.path(".docker/config.json")).unwrap();
    symlink("docker.json", person.path("dotfiles/link.json")).unwrap();

    let said = person.run(&TO_NORTH);
    assert!(
        said.stdout
            .starts_with("created ~/.docker/../dotfiles/docker.json\n"),
        "{}",
        said.stdout
    );
    person.run(&["configure", "--remove"]);
    assert!(!person.path("dotfiles/docker.json").exists());

    fs::write(person.path("dotfiles/docker.json"), LOGOUT).unwrap();
    person.run(&TO_NORTH);
    assert!(person.config().contains(NORTH));
    person.run(&["configure", "--remove"]);
    assert_eq!(
        fs::read_to_string(person.path("dotfiles/docker.json")).unwrap(),
        LOGOUT
    );
    assert!(
        person.path(".docker/config.json").is_symlink()
            && person.path("dotfiles/link.json").is_symlink()
    );
}

#[cfg(unix)]
#[test]
fn keeps_the_mode() {
    for expected in [0o600, 0o644, 0o640] {
        let person = Person::with_config(LOGOUT);
        let path = person.path(".docker/config.json");
        fs::set_permissions(&path, fs::Permissions::from_mode(expected)).unwrap();
        for arguments in [&TO_NORTH[..], &["configure", "--remove"]] {
            assert_eq!(person.run(arguments).code, 0);
            assert_eq!(mode(&path), expected);
        }
    }
}

#[test]
fn an_empty_file_is_an_empty_configuration() {
    let person = Person::with_config("");
    let said = person.run(&TO_NORTH);
    assert_eq!(
        said.stdout,
        format!(
            "changed ~/.docker/config.json\n  {NORTH}: docker asks docker-credential-swr\n{NOTE}\n"
        )
    );
    assert!(serde_json::from_str::<serde_json::Value>(&person.config()).is_ok());
    person.run(&["configure", "--remove"]);
    assert_eq!(person.config(), "");
}

#[test]
fn refuses_a_config_that_docker_would_refuse() {
    for (config, why) in [
        (
            "{\n  \"auths\": {},\n}\n",
            "line 3 is not JSON: a key in double quotes is missing",
        ),
        (
            "{\n  \"credHelpers\": []\n}\n",
            "line 2: in `credHelpers`, docker only accepts an object here",
        ),
        ("\u{feff}{}", "it begins with a byte order mark"),
        ("[\"secret\"]", "line 1 is not an object"),
    ] {
        let person = Person::with_config(config);
        for arguments in [
            &TO_NORTH[..],
            &["configure", "--remove"],
            &["configure", "--dry-run", "--registry", NORTH],
        ] {
            let said = person.run(arguments);
            assert_eq!(
                said.stderr,
                format!(
                    "error: docker would refuse ~/.docker/config.json: {why}\n\
                     hint: correct that by hand; the file is unchanged\n"
                )
            );
            assert_eq!((said.stdout.as_str(), said.code), ("", 1));
            assert_eq!(person.config(), config);
        }
    }
}

#[test]
fn replaces_another_helper_and_says_so() {
    let person = Person::with_config(&format!(
        "{{\"credHelpers\": {{\"{NORTH}\": \"pa\\u001bss\"}}}}"
    ));
    let said = person.run(&TO_NORTH);
    assert_eq!(
        said.stdout,
        format!(
            "changed ~/.docker/config.json\n  {NORTH}: docker asks docker-credential-swr, \
             and no longer docker-credential-pa?ss\n"
        )
    );
    assert_eq!(
        person.config(),
        format!("{{\"credHelpers\": {{\"{NORTH}\": \"swr\"}}}}")
    );
}

#[test]
fn names_the_store_that_docker_had_picked() {
    let store = match std::env::consts::OS {
        "macos" => "osxkeychain",
        "windows" => "wincred",
        _ => "secretservice",
    };
    let person = Person::new();
    person.install(&format!("docker-credential-{store}"));
    let said = person.run(&TO_NORTH);
    assert!(
        said.stdout.ends_with(&format!(
            "\n{NOTE}; `\"credsStore\": \"{store}\"` in the file keeps it\n"
        )),
        "{}",
        said.stdout
    );
    assert!(
        !person
            .run(&["configure", "--registry", EAST])
            .stdout
            .contains("note:")
    );
}

#[test]
fn reports_a_plain_text_login() {
    let login = |address: &str, entry: &str| format!("{{\"auths\": {{\"{address}\": {entry}}}}}");
    let auth = r#"{"auth": "dTpub3QtYS1yZWFsLXBhc3N3b3Jk"}"#;
    let whole = "the file has a plain-text login; `--import-auths` moves it to this helper";
    for (config, expected) in [
        (login(NORTH, auth), Some(whole)),
        (login(&format!("https://{NORTH}/v2/"), auth), Some(whole)),
        (
            login(&format!("{NORTH}/team"), auth),
            Some("the file has a plain-text login for a part of it"),
        ),
        // What docker writes if a helper has the login.
        (login(NORTH, "{}"), None),
        (login(EAST, auth), None),
    ] {
        let person = Person::with_config(&config);
        let said = person.run(&TO_NORTH);
        let note = expected.map(|expected| format!("note: {NORTH}: {expected}\n"));
        assert_eq!(
            said.stdout,
            format!(
                "changed ~/.docker/config.json\n  {NORTH}: docker asks docker-credential-swr\n{}",
                note.unwrap_or_default()
            )
        );
        assert_eq!((said.stderr.as_str(), said.code), ("", 0));
    }
}

#[test]
fn podman_has_a_file_of_its_own() {
    let person = Person::new();
    let podman = ["configure", "--podman", "--registry", NORTH];
    let expected = |what: &str| {
        format!(
            "{what} ~/.config/containers/auth.json\n  {NORTH}: podman asks docker-credential-swr"
        )
    };
    let dry = person.run(&[&podman[..], &["--dry-run"]].concat());
    assert_eq!(dry.stdout, expected("would create") + "\n");
    assert!(!person.path(".config").exists());

    // The note about the credential store concerns only docker.
    assert_eq!(person.run(&podman).stdout, expected("created") + "\n");
    let path = person.path(".config/containers/auth.json");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("{{\n\t\"credHelpers\": {{\n\t\t\"{NORTH}\": \"swr\"\n\t}}\n}}\n")
    );
    assert!(is_private(&path));
    assert!(is_private(&person.path(".config/containers")));
    assert!(!person.path(".docker").exists());
    let again = person.run(&podman);
    assert_eq!(
        again.stdout,
        expected("nothing to change in") + " already\n"
    );

    let said = person.run(&["configure", "--podman", "--remove"]);
    assert_eq!(
        said.stdout,
        format!(
            "removed ~/.config/containers/auth.json\n  {NORTH}: podman no longer asks docker-credential-swr\n"
        )
    );
    assert_eq!((said.stderr.as_str(), said.code), ("", 0));
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
}

#[test]
fn finds_podmans_file_as_podman_does() {
    let person = Person::new();
    let podman = ["configure", "--podman", "--region", "cn-north-4"];
    let at = |below_home: &str| person.path(below_home);
    let config = at("config");
    let variables = [("XDG_CONFIG_HOME", config.as_path())];
    assert_eq!(person.run_with(&podman, &variables).code, 0);
    // Only on Linux does the variable also move podman's file.
    let usual = if cfg!(any(windows, target_os = "macos")) {
        ".config"
    } else {
        "config"
    };
    assert!(at(usual).join("containers/auth.json").is_file());

    let named = at("auth.json");
    let variables = [variables[0], ("REGISTRY_AUTH_FILE", named.as_path())];
    assert_eq!(person.run_with(&podman, &variables).code, 0);
    assert!(named.is_file());
    let said = person.run_with(&["configure", "--podman", "--remove"], &variables);
    assert!(
        said.stdout.starts_with("removed ~/auth.json\n"),
        "{}",
        said.stdout
    );

    fs::write(&named, "{\"auths\": []}").unwrap();
    let said = person.run_with(&podman, &variables);
    assert_eq!(
        said.stderr.lines().next(),
        Some(
            "error: podman would refuse ~/auth.json: line 1: in `auths`, docker only accepts an object here"
        )
    );

    let said = person.run(&[&podman[..], &["--docker-config", "x"]].concat());
    assert_eq!((said.stdout.as_str(), said.code), ("", 1));
    assert!(
        said.stderr
            .contains("'--podman' cannot be used with '--docker-config"),
        "{}",
        said.stderr
    );
}

/// What `podman login` wrote lasts as long as the session, and is read first.
#[cfg(target_os = "linux")]
#[test]
fn names_the_file_that_podman_reads_first() {
    let person = Person::new();
    let runtime = person.path("run");
    fs::create_dir_all(runtime.join("containers")).unwrap();
    let variables = [("XDG_RUNTIME_DIR", runtime.as_path())];
    let podman = ["configure", "--podman", "--registry", NORTH];
    let note =
        |then: &str| format!("note: podman reads ~/run/containers/auth.json first, {then}\n");
    for (first, expected) in [
        (
            format!("{{\"auths\": {{\"{NORTH}\": {{\"auth\": \"YTpi\"}}}}}}"),
            note(&format!(
                "which has a login for {NORTH}; `podman logout {NORTH}` removes it"
            )),
        ),
        (
            format!("{{\"credHelpers\": {{\"{NORTH}\": \"pass\"}}}}"),
            note(&format!("which sets docker-credential-pass for {NORTH}")),
        ),
        (
            format!("{{\"credHelpers\": {{\"{NORTH}\": \"swr\"}}}}"),
            String::new(),
        ),
        (
            format!("{{\"auths\": {{\"{EAST}\": {{\"auth\": \"YTpi\"}}}}}}"),
            String::new(),
        ),
        // podman never asks a credsStore.
        ("{\"credsStore\": \"pass\"}".to_owned(), String::new()),
        ("{".to_owned(), String::new()),
    ] {
        fs::write(runtime.join("containers/auth.json"), &first).unwrap();
        let said = person.run_with(&podman, &variables);
        assert!(
            said.stdout.ends_with(&format!("already\n{expected}"))
                || said.stdout.starts_with("created ")
        );
        assert_eq!(
            said.stdout.contains("note: "),
            !expected.is_empty(),
            "{first}"
        );
        assert_eq!((said.stderr.as_str(), said.code), ("", 0));
        assert_eq!(
            fs::read_to_string(runtime.join("containers/auth.json")).unwrap(),
            first
        );
    }
    // If a variable names the file, podman reads only that one.
    let named = person.path("auth.json");
    fs::write(
        runtime.join("containers/auth.json"),
        format!("{{\"auths\": {{\"{NORTH}\": {{\"auth\": \"YTpi\"}}}}}}"),
    )
    .unwrap();
    let variables = [variables[0], ("REGISTRY_AUTH_FILE", named.as_path())];
    assert!(
        !person
            .run_with(&podman, &variables)
            .stdout
            .contains("note: ")
    );
}

#[test]
fn removes_what_a_killed_run_left() {
    let person = Person::with_config(LOGOUT);
    let left = person.path(".docker/.docker-credential-swr-AbCdEf");
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    fs::File::create(&left)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    person.run(&TO_NORTH);
    assert_eq!(fs::read_dir(person.path(".docker")).unwrap().count(), 1);
}

#[test]
fn the_helper_must_be_on_path() {
    let person = Person::with_config(LOGOUT);
    let helper = person.sandbox.program();
    fs::remove_file(&helper).unwrap();
    let folder = Platform::HERE.programs_folder();
    let expected = format!(
        "error: `docker-credential-swr` is not on PATH, so clients could not run it\n\
         hint: put it into a folder that is on PATH, such as {}\n",
        with_slashes(folder)
    );
    let is_refused = || {
        let said = person.run(&TO_NORTH);
        assert_eq!(
            (said.stdout.as_str(), said.stderr.as_str(), said.code),
            ("", &*expected, 1)
        );
        assert_eq!(person.config(), LOGOUT);
    };
    is_refused();
    // On Windows the name alone makes it a program.
    if cfg!(unix) {
        fs::write(&helper, "").unwrap();
        is_refused();
        fs::remove_file(&helper).unwrap();
    }
    fs::create_dir(&helper).unwrap();
    is_refused();
    assert_eq!(person.run(&["configure", "--remove"]).code, 0);
}

#[test]
fn wrong_options_are_explained() {
    let person = Person::new();
    for (options, expected) in [
        (&[][..], "no registry is named"),
        (&["--dry-run"], "no registry is named"),
        (
            &["--region", "Beijing"],
            "`Beijing` is not the ID of a region",
        ),
        (
            &["--region", "cn-north-4.evil"],
            "`cn-north-4.evil` is not the ID of a region",
        ),
        (
            &["--registry", "http://localhost"],
            "the server URL is refused: it is plain HTTP, which would expose the login",
        ),
        (
            &["--registry", ""],
            "the server URL is refused: it has no host",
        ),
    ] {
        let said = person.run(&[&["configure"], options].concat());
        let first = said.stderr.lines().next();
        assert_eq!(first, Some(format!("error: {expected}").as_str()));
        assert_eq!((said.stdout.as_str(), said.code), ("", 1));
    }
    assert!(!person.path(".docker").exists());
}

#[test]
fn an_error_of_the_system_names_the_file() {
    let person = Person::with_config(LOGOUT);
    let fails = |folder: &Path, expected: &str| {
        let said = person.run(
            &[
                &TO_NORTH[..],
                &["--docker-config", folder.to_str().unwrap()],
            ]
            .concat(),
        );
        assert!(
            said.stderr
                .starts_with(&format!("error: cannot {expected}")),
            "{}",
            said.stderr
        );
        assert_eq!((said.stdout.as_str(), said.code), ("", 1));
    };
    // Windows reports a missing file there until one is to be written.
    let action = if cfg!(windows) { "write" } else { "read" };
    fails(
        &person.path(".docker/config.json"),
        &format!("{action} ~/.docker/config.json/config.json: "),
    );

    fs::create_dir_all(person.path("folder/config.json")).unwrap();
    fails(
        &person.path("folder"),
        "read ~/folder/config.json: it is not a regular file\n",
    );

    #[cfg(unix)]
    {
        fs::create_dir(person.path("loop")).unwrap();
        symlink("config.json", person.path("loop/config.json")).unwrap();
        fails(&person.path("loop"), "read ~/loop/config.json: ");

        fs::create_dir(person.path("dangling")).unwrap();
        symlink("nowhere/config.json", person.path("dangling/config.json")).unwrap();
        fails(
            &person.path("dangling"),
            "write ~/dangling/nowhere/config.json: ",
        );
        assert!(!person.path("dangling/nowhere").exists());
    }
}

/// The link is kept, as in docker's folder.
#[cfg(unix)]
#[test]
fn follows_a_link_to_podmans_file() {
    let person = Person::new();
    fs::create_dir(person.path("dotfiles")).unwrap();
    symlink("dotfiles/auth.json", person.path("auth.json")).unwrap();
    let named = person.path("auth.json");
    let variables = [("REGISTRY_AUTH_FILE", named.as_path())];
    let podman = ["configure", "--podman", "--registry", NORTH];
    assert_eq!(person.run_with(&podman, &variables).code, 0);
    assert!(named.is_symlink() && person.path("dotfiles/auth.json").is_file());
    let said = person.run_with(&["configure", "--podman", "--remove"], &variables);
    assert!(
        said.stdout.starts_with("removed ~/dotfiles/auth.json\n"),
        "{}",
        said.stdout
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_left_as_it_is() {
    let mut person = Person::with_config(LOGOUT);
    if !can_change_user() {
        return;
    }
    // Root could write to it.
    person.sandbox.give_to(64321);
    let folder = person.path(".docker");
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&person.path(".docker/config.json"), 0o644);
    mode(&folder, 0o555);
    let mut command = person.sandbox.command(person.sandbox.program());
    let said = person.said(command.args(TO_NORTH));
    assert!(
        said.stderr
            .starts_with("error: cannot write ~/.docker/config.json: Permission denied"),
        "{}",
        said.stderr
    );
    assert_eq!((said.stdout.as_str(), said.code), ("", 1));
    assert_eq!(person.config(), LOGOUT);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    mode(&folder, 0o700);
}

/// A user in whose environment only the home directory and PATH lead to files.
struct Person {
    sandbox: Sandbox,
}

/// The output and the exit code, with `~` for the home folder.
struct Said {
    stdout: String,
    stderr: String,
    code: i32,
}

impl Person {
    fn new() -> Self {
        let mut sandbox = Sandbox::new();
        for variable in [
            "DOCKER_CONFIG",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_RUNTIME_DIR",
        ] {
            sandbox.set(variable, "");
        }
        sandbox.set(platform::PATH, sandbox.path("bin"));
        Self { sandbox }
    }

    fn with_config(config: &str) -> Self {
        let person = Self::new();
        make_private_folders(&person.path(".docker"));
        write_private(&person.path(".docker/config.json"), config);
        person
    }

    fn install(&self, program: &str) {
        let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
        link(&helper_binary(), &self.sandbox.path("bin").join(name));
    }

    fn path(&self, below_home: &str) -> PathBuf {
        self.sandbox.path("home").join(below_home)
    }

    fn config(&self) -> String {
        fs::read_to_string(self.path(".docker/config.json")).expect("the configuration")
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], variables: &[(&str, &Path)]) -> Said {
        let mut command = self.sandbox.command(helper_binary());
        self.said(command.args(arguments).envs(variables.iter().copied()))
    }

    fn said(&self, command: &mut Command) -> Said {
        let outcome = run(command, "", SHORT);
        let home = with_slashes(self.path("").to_str().unwrap());
        let text = |text: &str| with_slashes(text).replace(home.trim_end_matches('/'), "~");
        Said {
            stdout: text(&outcome.stdout),
            stderr: text(&outcome.stderr),
            code: outcome.code.expect("no signal"),
        }
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o7777
}

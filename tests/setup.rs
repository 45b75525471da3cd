//! `store` with options sets everything up: stores the key, configures docker, tries the login.
#![cfg(all(target_os = "linux", feature = "cloud"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};

use support::cloud::{NEW_AK, NEW_SK, calls_after, is_tight, with_file_store};
use support::platform::can_change_user;
use support::sample::{AK, HOST, SK};
use support::{Outcome, SHORT, Sandbox, run};

const OTC: &str = "swr.eu-de.otc.t-systems.com";

fn store(sandbox: &Sandbox, options: &[&str]) -> Outcome {
    let arguments = [&["store", "--ak", AK, "--sk-stdin"], options].concat();
    let outcome = sandbox.run(&arguments, SK);
    is_tight(sandbox, &outcome);
    outcome
}

#[track_caller]
fn says(outcome: &Outcome, lines: &[&str]) {
    let said: Vec<_> = outcome.ok().lines().collect();
    assert_eq!(said.len(), lines.len(), "{outcome:#?}");
    for (said, expected) in said.iter().zip(lines) {
        assert!(said.contains(expected), "{said}\n{expected}");
    }
}

#[test]
fn a_region_is_enough_to_set_up() {
    let Some((standin, sandbox)) = with_file_store() else {
        return;
    };
    says(
        &store(&sandbox, &["--region", "cn-north-4"]),
        &[
            "stored in the file as the account `default`",
            "created ",
            "  swr.cn-north-4.myhuaweicloud.com: docker asks docker-credential-swr",
            "note: from now on docker no longer uses",
            "verified: `swr.cn-north-4.myhuaweicloud.com` accepts the login",
            "next: docker pull swr.cn-north-4.myhuaweicloud.com/ORGANISATION/IMAGE:TAG",
        ],
    );
    assert_eq!(
        calls_after(&standin, 0),
        [
            "GET /v2/: 401".to_owned(),
            format!("GET /swr/auth/v2/registry/auth/?service=dockyard by {AK}: 200"),
        ]
    );
    sandbox.run(&["doctor", "--online"], "").ok();
    // A second run changes nothing.
    says(
        &store(&sandbox, &["--region", "cn-north-4", "--offline"]),
        &[
            "stored in the file",
            "nothing to change in ",
            "docker asks docker-credential-swr already",
            "next: docker pull",
        ],
    );
    assert_eq!(calls_after(&standin, 2).len(), 2, "only the doctor's");
}

#[test]
fn a_key_that_is_refused_is_not_kept() {
    let Some((standin, sandbox)) = with_file_store() else {
        return;
    };
    let arguments = ["store", "--ak", AK, "--sk-stdin", "--region", "cn-north-4"];
    let outcome = sandbox.run(&arguments, "XFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc");
    assert_eq!(outcome.code, Some(1));
    assert_eq!(outcome.stdout, "");
    assert!(
        outcome.stderr.starts_with(
            "error: `swr.cn-north-4.myhuaweicloud.com` refuses the login (HTTP 401): the SK is mistyped"
        ),
        "{outcome:#?}"
    );
    assert!(
        outcome.stderr.contains("; nothing was changed\nhint: "),
        "{outcome:#?}"
    );
    assert_eq!(calls_after(&standin, 0).len(), 2, "one attempt");
    for path in ["config/docker-credential-swr/credentials", "home/.docker"] {
        assert!(!sandbox.path(path).exists(), "{path}");
    }

    // The right key is then accepted.
    store(&sandbox, &["--region", "cn-north-4"]).ok();
    // With `--offline`, any key is stored.
    let wrong = "XFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
    sandbox
        .run(
            &[&arguments[..], &["--offline", "--replace"]].concat(),
            wrong,
        )
        .ok();
}

/// As the first run did, or another program.
#[test]
fn a_key_is_tried_where_docker_asks_already() {
    let Some((standin, sandbox)) = with_file_store() else {
        return;
    };
    let said = store(&sandbox, &[]);
    says(
        &said,
        &[
            "stored in the file",
            "not tried: docker asks this helper for no registry that the key serves",
            "next: docker-credential-swr configure --region REGION",
        ],
    );
    assert_eq!(calls_after(&standin, 0), [""; 0]);
    for routed in [HOST, OTC] {
        sandbox.run(&["configure", "--registry", routed], "").ok();
    }
    let table = format!("Access Key Id,Secret Access Key\n{AK},{SK}\n");
    fs::write(sandbox.path("key.csv"), table).unwrap();
    says(
        &sandbox.run(&["store", "--csv", "key.csv"], ""),
        &[
            "stored in the file",
            "note: key.csv still holds the SK",
            "verified: `swr.cn-north-4.myhuaweicloud.com` accepts the login",
            "next: docker pull swr.cn-north-4.myhuaweicloud.com/ORGANISATION/IMAGE:TAG",
        ],
    );
    // The account does not serve the other cloud, so its registry gets nothing.
    assert_eq!(calls_after(&standin, 0).len(), 2);
    let wrong = format!(
        "Access Key Id,Secret Access Key\n{AK},{}\n",
        SK.replace('M', "X")
    );
    fs::write(sandbox.path("key.csv"), wrong).unwrap();
    let outcome = sandbox.run(&["store", "--csv", "key.csv", "--replace"], "");
    assert!(
        outcome.fails().contains("nothing was changed"),
        "{outcome:#?}"
    );
}

/// As `sudo docker login` leaves it.
#[test]
fn a_folder_of_roots_stops_before_the_key_is_stored() {
    if !can_change_user() {
        return;
    }
    let user = 65533;
    for (folder, hint) in [
        (
            "home/.docker",
            "if `sudo docker` made the folder, `sudo chown",
        ),
        ("config/docker-credential-swr", "shows who may write there"),
    ] {
        let mut sandbox = Sandbox::new();
        sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
        sandbox.give_to(user);
        let folder = sandbox.path(folder);
        fs::create_dir_all(&folder).unwrap();
        let config = sandbox.path("home/.docker/config.json");
        if config.parent() == Some(&*folder) {
            let login = format!(r#"{{"auths": {{"{HOST}": {{"auth": "dTpw"}}}}}}"#);
            fs::write(&config, login).unwrap();
        } else {
            // Only the last one is root's.
            chown(folder.parent().unwrap(), Some(user), Some(user)).unwrap();
        }
        let store = ["--region", "cn-north-4", "--offline"];
        let said = self::store(&sandbox, &store).fails();
        assert!(said.contains(hint), "{said}");
        assert!(said.contains("ermission denied"), "{said}");
        let kept = sandbox.path("config/docker-credential-swr/credentials");
        assert!(!kept.exists());

        if config.exists() {
            // The dry run promises nothing that the real one refuses.
            for options in [
                &["--region", "cn-north-4"][..],
                &["--import-auths", "--region", "cn-north-4"],
            ] {
                let real = [&["configure"], options].concat();
                let dry = [&real[..], &["--dry-run"]].concat();
                let said = sandbox.run(&dry, "").fails();
                let (start, _) = said.split_once("\nhint: ").unwrap();
                assert!(sandbox.run(&real, "").fails().starts_with(start), "{said}");
                assert!(said.contains("ermission denied"), "{said}");
            }
            let (_, command) = said.split_once("`sudo chown").unwrap();
            let command = command.split('`').next().unwrap();
            let command = command.replace("$(id -u)", &user.to_string());
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", &format!("chown {command}")]);
            run(&mut shell, "", SHORT).ok();
            // The group is root's still, whose permission goes to no other group.
            fs::set_permissions(&config, Permissions::from_mode(0o660)).unwrap();
            self::store(&sandbox, &store).ok();
            assert!(kept.exists());
            assert_eq!(
                config.metadata().unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
}

/// The settings would say which registry the account serves.
#[test]
fn settings_that_cannot_be_written_stop_before_the_key_is_stored() {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let blocked = sandbox.path("file/config.toml");
    fs::write(sandbox.path("file"), "").unwrap();
    sandbox.set("DOCKER_CREDENTIAL_SWR_CONFIG", sandbox.path("none.toml"));
    let options = ["--account", "two", "--region", "cn-north-4", "--offline"];
    let settings = format!("[registry.\"{HOST}\"]\naccount = \"two\"\n");
    store(&sandbox, &options).ok();
    assert_eq!(
        fs::read_to_string(sandbox.path("none.toml")).unwrap(),
        settings
    );
    // Nothing is left to write.
    store(&sandbox, &options).ok();
    let kept = sandbox.path("config/docker-credential-swr/credentials");
    fs::remove_file(&kept).unwrap();
    sandbox.set("DOCKER_CREDENTIAL_SWR_CONFIG", &blocked);
    assert!(store(&sandbox, &options).fails().contains("config.toml"));
    assert!(!kept.exists());
}

/// For the account's key may serve any region, but no project without one.
#[test]
fn a_project_of_no_region_is_refused() {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let said = store(&sandbox, &["--project", "bogus", "--offline"]).fails();
    assert!(said.contains("starts with its region"), "{said}");
    store(&sandbox, &["--project", "cn-north-4_team", "--offline"]).ok();
}

#[test]
fn an_unreachable_registry_does_not_stop_the_setup() {
    let Some((_standin, mut sandbox)) = with_file_store() else {
        return;
    };
    sandbox.set("HTTPS_PROXY", "http://127.0.0.1:1");
    let outcome = store(&sandbox, &["--region", "cn-north-4"]);
    assert!(
        outcome
            .ok()
            .contains("\nnot verified: cannot connect to `swr.cn-north-4"),
        "{outcome:#?}"
    );
}

#[test]
fn docker_is_left_alone_on_request() {
    let Some((_standin, sandbox)) = with_file_store() else {
        return;
    };
    says(
        &store(&sandbox, &["--region", "cn-north-4", "--no-configure"]),
        &[
            "stored in the file",
            "verified:",
            "next: docker-credential-swr configure --registry swr.cn-north-4.myhuaweicloud.com",
        ],
    );
    assert!(!sandbox.path("home/.docker").exists());
}

/// A config.json that docker refuses, or no helper on PATH, is found before the key is stored.
#[test]
fn a_docker_that_could_not_work_stops_before_the_key_is_stored() {
    let Some((_standin, mut sandbox)) = with_file_store() else {
        return;
    };
    fs::create_dir(sandbox.path("home/.docker")).unwrap();
    fs::write(sandbox.path("home/.docker/config.json"), "{").unwrap();
    let said = store(&sandbox, &["--region", "cn-north-4"]).fails();
    assert!(said.contains("docker would refuse"), "{said}");
    fs::remove_file(sandbox.path("home/.docker/config.json")).unwrap();
    sandbox.set("PATH", "/nonexistent");
    let said = store(&sandbox, &["--region", "cn-north-4"]).fails();
    assert!(
        said.contains("is not on PATH, so clients could not run it"),
        "{said}"
    );
    assert!(
        !sandbox
            .path("config/docker-credential-swr/credentials")
            .exists()
    );
}

/// The region decides the cloud, and the settings name an account other than `default` for its
/// registries.
#[test]
fn an_account_is_named_for_its_registries() {
    let Some((_standin, sandbox)) = with_file_store() else {
        return;
    };
    says(
        &store(&sandbox, &["--region", "eu-de", "--account", "telekom"]),
        &[
            "to each `swr.<region>.otc.t-systems.com` that is assigned to it",
            "created ",
            OTC,
            "note: ",
            "verified: `swr.eu-de.otc.t-systems.com` accepts the login",
            "next: docker pull swr.eu-de.otc.t-systems.com/",
        ],
    );
    let settings =
        fs::read_to_string(sandbox.path("config/docker-credential-swr/config.toml")).unwrap();
    let table = format!("\n[registry.\"{OTC}\"]\naccount = \"telekom\"\n");
    assert!(settings.ends_with(&table), "{settings}");
    let login = sandbox.run(&["get"], OTC);
    assert!(login.ok().contains(&format!("eu-de@{AK}")));
    // `default` takes it back; for another cloud only with `--account default`.
    store(
        &sandbox,
        &[
            "--account",
            "default",
            "--region",
            "cn-north-4",
            "--offline",
        ],
    )
    .ok();
    let said = store(&sandbox, &["--region", "eu-de", "--offline"]).fails();
    assert!(
        said.contains(
            "the account `default` serves `myhuaweicloud.com`, and would serve `otc.t-systems.com`"
        ),
        "{said}"
    );
    assert!(sandbox.run(&["get"], HOST).ok().contains(AK));
    store(&sandbox, &["--region", "eu-de", "--offline", "--replace"]).ok();
    let settings =
        fs::read_to_string(sandbox.path("config/docker-credential-swr/config.toml")).unwrap();
    let table = format!("\n[registry.\"{OTC}\"]\naccount = \"default\"\n");
    assert!(settings.ends_with(&table), "{settings}");
    let said = store(&sandbox, &["--region", "eu-de", "--region", "cn-north-4"]).fails();
    assert!(
        said.contains("of two clouds, `otc.t-systems.com` and `myhuaweicloud.com`"),
        "{said}"
    );
}

/// A key stored for one registry comes before the account's key, and the summary says so.
#[test]
fn a_registry_served_by_another_key_is_reported() {
    let Some((_standin, sandbox)) = with_file_store() else {
        return;
    };
    let other = ["store", "--ak", NEW_AK, "--sk-stdin", "--registry", HOST];
    sandbox.run(&other, NEW_SK).ok();
    let outcome = store(&sandbox, &["--region", "cn-north-4"]);
    assert!(
        outcome.ok().contains(&format!(
            "note: docker logs in to `{HOST}` as `cn-north-4@{NEW_AK}`; \
             `docker-credential-swr doctor {HOST}` explains why\n"
        )),
        "{outcome:#?}"
    );
}

/// Each named registry is tried; of many only the first, which is said.
#[test]
fn the_registries_that_were_tried_are_named() {
    let Some((standin, sandbox)) = with_file_store() else {
        return;
    };
    let outcome = store(
        &sandbox,
        &["--region", "Beijing4,CN-EAST-3", "--no-configure"],
    );
    let line = format!("\nverified: `{HOST}` accepts the login\n");
    assert!(outcome.ok().contains(&line), "{outcome:#?}");
    // The stand-in has no certificate for that one.
    let line = "\nnot verified: cannot trust `swr.cn-east-3.myhuaweicloud.com`";
    assert!(outcome.ok().contains(line), "{outcome:#?}");
    let before = calls_after(&standin, 0).len();
    let outcome = store(&sandbox, &["--all-regions"]);
    assert!(
        outcome
            .ok()
            .contains("\nnot tried: the other 33, which get a login of the same key\n"),
        "{outcome:#?}"
    );
    assert_eq!(calls_after(&standin, before).len(), 2, "one attempt");
    let config = fs::read_to_string(sandbox.path("home/.docker/config.json")).unwrap();
    assert_eq!(config.matches("\": \"swr\"").count(), 34, "{config}");
    // All regions of Huawei's own cloud.
    let more = sandbox.run(&["configure", "--all-regions", "--dry-run"], "");
    assert!(more.ok().starts_with("nothing to change"), "{more:#?}");
}

#[test]
fn wrong_options_are_explained() {
    let Some((_standin, sandbox)) = with_file_store() else {
        return;
    };
    for (options, expected) in [
        (
            &["--region", "Beijing"][..],
            "`Beijing` is not the ID of a region\nhint: did you mean `cn-north-4`?",
        ),
        (
            &["--region", "eu-ch2"],
            "the region `eu-ch2` is not in the list, so its cloud is unknown",
        ),
        (
            &["--region", "cn-north-4", "--registry", HOST],
            "cannot be used with",
        ),
        (
            &["--region", "cn-north-4", "--cloud", "Otc"],
            "a cloud is a domain in lower case",
        ),
        (
            &["--region", "cn-north-4", "--project", "cn-south-1"],
            "the project is not in the region",
        ),
    ] {
        let said = store(&sandbox, options).fails();
        assert!(said.contains(expected), "{said}");
    }
    assert!(
        !sandbox
            .path("config/docker-credential-swr/credentials")
            .exists()
    );
}

/// Storing the same key again for another region must not drop its project.
#[test]
fn the_same_key_keeps_its_project() {
    let Some((_standin, sandbox)) = with_file_store() else {
        return;
    };
    let team = ["--region", "cn-north-4", "--project", "cn-north-4_team"];
    store(&sandbox, &[&team[..], &["--offline"]].concat()).ok();
    store(&sandbox, &["--region", "cn-east-3", "--offline"]).ok();
    let login = sandbox.run(&["get"], HOST);
    assert!(login.ok().contains("cn-north-4_team@"), "{login:#?}");
}

/// A host that is not SWR's may be misspelt, so the login goes there only on explicit request.
#[test]
fn no_login_is_tried_at_a_foreign_host() {
    let Some((standin, sandbox)) = with_file_store() else {
        return;
    };
    let host = "swr.cn-north-4.myhuaweicloud.co";
    let outcome = store(&sandbox, &["--registry", host, "--project", "cn-north-4"]);
    let expected = format!("\nnot verified: `{host}` is not an SWR address; ");
    assert!(outcome.ok().contains(&expected), "{outcome:#?}");
    assert!(standin.proxied().is_empty());
}

/// The set-up is complete even if nobody reads the output.
#[test]
fn a_closed_stdout_does_not_stop_a_setup_midway() {
    let Some((_standin, sandbox)) = with_file_store() else {
        return;
    };
    let line = format!(
        "printf %s {SK} | docker-credential-swr store --ak {AK} --sk-stdin --region cn-north-4 --offline >/dev/full"
    );
    let mut shell = sandbox.command("sh");
    support::run(shell.args(["-c", &line]), "", support::SHORT).fails();
    assert!(sandbox.run(&["get"], HOST).ok().contains(AK));
    assert!(sandbox.path("home/.docker/config.json").exists());
}

/// A missing keyring is reported before anything is asked or read.
#[test]
fn a_missing_keyring_is_reported_before_any_question() {
    let Some((_standin, mut sandbox)) = with_file_store() else {
        return;
    };
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "keyring");
    let said = sandbox
        .run(&["store", "--region", "cn-north-4"], "")
        .fails();
    assert!(said.contains("there is no OS keyring here"), "{said}");
    let said = sandbox
        .run(
            &["store", "--csv", "\u{1b}[31m.csv", "--backend", "file"],
            "",
        )
        .fails();
    assert!(said.contains("cannot read ?[31m.csv"), "{said}");
}

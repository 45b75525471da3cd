//! `configure --import-auths`: a login is removed from config.json only if the store gives it back.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde_json::json;
use support::sample::{AK, HOST as NORTH, LOGIN_KEY, OTHER_AK, OTHER_HOST as EAST, OTHER_SK, SK};
use support::{Outcome, SHORT, Sandbox, have, helper_binary, make_private_folders, poll, run};

const OTHER_KEY: &str = "64d157869c2a2403ae2da15594a3b941616d08cd6bbddc747f6405cd18cf974a";
const IMPORT: [&str; 4] = ["configure", "--import-auths", "--registry", NORTH];

/// `cn-north-4@AK` with the login key of that AK, as `docker login` writes it.
const LOGIN: &str = "Y24tbm9ydGgtNEBRVFdBT1lUVElORFVUMlFWS1lVQzo4OWFjYTExOThhOTcwZTQzNjAyMDNkNzFjZGFhODBjZmMxM2VjZDU1ZWU4NDQwOTcxOWU4ODE2MmQxMzllZjM0";
/// `cn-north-4@P0HEQUQ4XBWXY5WD69X0` with its login key.
const OTHER_LOGIN: &str = "Y24tbm9ydGgtNEBQMEhFUVVRNFhCV1hZNVdENjlYMDo2NGQxNTc4NjljMmEyNDAzYWUyZGExNTU5NGEzYjk0MTYxNmQwOGNkNmJiZGRjNzQ3ZjY0MDVjZDE4Y2Y5NzRh";
/// `cn-north-4@AK` with the SK itself.
const LOGIN_WITH_SK: &str = "Y24tbm9ydGgtNEBRVFdBT1lUVElORFVUMlFWS1lVQzpNRnlmdks0MWJhMmdpcU03VWlvNlB6bnBkVUtHcG93blJabG1WbUhj";
const FOREIGN_LOGIN: &str = "c29tZWJvZHk6bm90LWEtcmVhbC1wYXNzd29yZA==";

const PLACES: [&str; 2] = ["keyring", "file store"];

#[test]
fn a_login_moves_and_nothing_else_changes() {
    for_each_place(|person, place| {
        person.write_config(&format!(
            "{{\n\t\"auths\": {{\n\t\t\"ghcr.io\": {{\n\t\t\t\"auth\": \"{FOREIGN_LOGIN}\"\n\t\t}},\n\
             \t\t\"{NORTH}\": {{\n\t\t\t\"auth\": \"{LOGIN}\"\n\t\t}}\n\t}},\n\t\"psFormat\": \"x\"\n}}"
        ));
        let before = person.config();
        let foretold = person.run(&[&IMPORT[..], &["--dry-run"]].concat());
        assert_eq!(
            foretold.ok(),
            format!(
                "would change {}\n  {NORTH}: docker asks docker-credential-swr\n  \
                 {NORTH}: its plain-text login would move to the {place}\n",
                person.path().display()
            )
        );
        assert_eq!(person.config(), before);
        assert_eq!(person.stored(), "{}\n");

        let said = person.run(&IMPORT);
        assert_eq!(
            said.ok(),
            format!(
                "changed {}\n  {NORTH}: docker asks docker-credential-swr\n  \
                 {NORTH}: its plain-text login is now in the {place}\n",
                person.path().display()
            )
        );
        assert_eq!(said.stderr, "");
        assert_eq!(
            person.config(),
            format!(
                "{{\n\t\"auths\": {{\n\t\t\"ghcr.io\": {{\n\t\t\t\"auth\": \"{FOREIGN_LOGIN}\"\n\t\t}}\n\t}},\n\
                 \t\"psFormat\": \"x\",\n\t\"credHelpers\": {{\n\t\t\"{NORTH}\": \"swr\"\n\t}}\n}}"
            )
        );
        assert_eq!(
            person.answer(NORTH),
            [&format!("cn-north-4@{AK}"), LOGIN_KEY]
        );

        // There is nothing left to do, which is no error.
        assert_eq!(
            person.run(&IMPORT).ok(),
            format!(
                "nothing to change in {}\n  {NORTH}: docker asks docker-credential-swr already\n  \
                 {NORTH}: there is no plain-text login\n",
                person.path().display()
            )
        );
        person.forget();
    });
}

#[test]
fn a_login_that_the_key_gives_anyway_is_just_removed() {
    for_each_place(|person, _| {
        person.store_key(NORTH);
        person.write_auths(&[(NORTH, LOGIN), (&format!("https://{NORTH}/v2/"), LOGIN)]);
        let said = person.run(&IMPORT);
        let line = format!(
            "  {NORTH}: its plain-text login was what docker-credential-swr answers anyway, and is removed\n"
        );
        assert!(said.ok().ends_with(&line), "{said:#?}");
        assert_eq!(person.auths(), json!({}));
        // The login key was not stored in front of the key, so a logout changes nothing.
        person.sandbox.run(&["erase"], NORTH).ok();
        assert_eq!(person.answer(NORTH)[1], LOGIN_KEY);
        person.forget();
    });
}

#[test]
fn stored_logins_are_neither_replaced_nor_hidden() {
    for_each_place(|person, _| {
        person.store_key(NORTH);
        person.write_auths(&[(NORTH, OTHER_LOGIN)]);
        person.refuses(
            &IMPORT,
            "it would hide what docker-credential-swr answers for it",
            Some(&format!("`docker logout {NORTH}` removes it")),
        );
        assert_eq!(person.answer(NORTH)[1], LOGIN_KEY);
        person.forget();

        let login =
            json!({"ServerURL": NORTH, "Username": "somebody", "Secret": "some-thing else"});
        person.sandbox.run(&["store"], &login.to_string()).ok();
        person.refuses(
            &IMPORT,
            "docker-credential-swr has a different one, and only you know which is right",
            Some(&format!(
                "`docker-credential-swr erase --registry {NORTH}` removes the other one"
            )),
        );
        assert_eq!(person.answer(NORTH), ["somebody", "some-thing else"]);
        person.forget();

        // After the other one is erased, it moves.
        person.run(&IMPORT).ok();
        assert_eq!(person.answer(NORTH)[1], OTHER_KEY);
        person.forget();
    });
}

/// The provider order may skip the registry's own entry; that entry is kept all the same.
#[test]
fn an_entry_that_the_providers_skip_is_not_replaced() {
    for_each_place(|person, place| {
        let login =
            json!({"ServerURL": NORTH, "Username": "good", "Secret": "the right-one"}).to_string();
        let key = json!({"ServerURL": NORTH, "Username": OTHER_AK, "Secret": OTHER_SK}).to_string();
        let has_another =
            "docker-credential-swr has a different one, and only you know which is right";
        let would_hide = "it would hide what docker-credential-swr answers for it";
        for (stored, in_file, why) in [
            (&login, LOGIN, has_another),
            (&login, LOGIN_WITH_SK, has_another),
            (&key, LOGIN, would_hide),
            // Not even by its own login key.
            (&key, OTHER_LOGIN, would_hide),
            (&key, LOGIN_WITH_SK, would_hide),
        ] {
            person.sandbox.run(&["store"], stored).ok();
            let before = person.answer(NORTH);
            person.write_auths(&[(NORTH, in_file)]);
            let mut command = person.sandbox.command(helper_binary());
            command.env("DOCKER_CREDENTIAL_SWR_PROVIDERS", "environment");
            let said = run(command.args(IMPORT), "", SHORT);
            let error = format!("error: cannot move the plain-text login of `{NORTH}`: {why}\n");
            assert!(said.stderr.starts_with(&error), "{place}: {said:#?}");
            assert_eq!((said.stdout.as_str(), said.code), ("", Some(1)));
            assert_eq!(person.answer(NORTH), before, "{place}");
            assert_eq!(person.auths()[NORTH]["auth"], in_file);
            // The key is still stored, and no login hides it.
            if stored == &key {
                person.sandbox.run(&["erase"], NORTH).ok();
                assert_eq!(person.stored(), "{}\n");
            }
            person.forget();
        }
    });
}

/// If `get` would never return the login, it does not move to the store.
#[test]
fn no_login_moves_to_a_store_that_get_does_not_read() {
    for_each_place(|person, place| {
        for in_file in [LOGIN, LOGIN_WITH_SK] {
            if (place, in_file) == ("file store", LOGIN_WITH_SK) {
                continue;
            }
            let settings = person
                .sandbox
                .path("config/docker-credential-swr/config.toml");
            make_private_folders(settings.parent().unwrap());
            fs::write(&settings, "providers = [\"environment\"]\n").unwrap();
            person.write_auths(&[(NORTH, in_file)]);
            person.refuses(
                &IMPORT,
                "docker-credential-swr would not answer with it: its providers do not include `registry`",
                Some("add `registry` to DOCKER_CREDENTIAL_SWR_PROVIDERS, or to `providers` in the settings"),
            );
            fs::remove_file(settings).unwrap();
            assert_eq!(person.stored(), "{}\n");
            person.run(&IMPORT).ok();
            assert_eq!(person.answer(NORTH)[1], LOGIN_KEY);
            person.forget();
        }
    });
}

/// A `docker login` comes in between: it holds the lock, and what it stores is newer.
#[test]
fn a_login_stored_meanwhile_is_not_replaced() {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let person = Person { sandbox };
    person.write_auths(&[(NORTH, LOGIN)]);
    let login = json!({"ServerURL": NORTH, "Username": "good", "Secret": "the right-one"});
    person.sandbox.run(&["store"], &login.to_string()).ok();
    let theirs = person
        .sandbox
        .path("config/docker-credential-swr/credentials");
    let aside = person.sandbox.path("aside");
    fs::rename(&theirs, &aside).unwrap();

    let lock = StoreLock::take(&person.sandbox);
    let mut command = person.sandbox.command(helper_binary());
    command.args(IMPORT).stdout(std::process::Stdio::null());
    let child = command.stderr(std::process::Stdio::piped()).spawn();
    let child = child.unwrap();
    assert!(poll(SHORT, || lock.is_wanted_by(child.id())));
    fs::rename(&aside, &theirs).unwrap();
    drop(lock);

    let said = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(said.stderr).unwrap();
    assert!(stderr.contains("has a different one"), "{stderr}");
    assert_eq!(said.status.code(), Some(1));
    assert_eq!(person.answer(NORTH), ["good", "the right-one"]);
    assert_eq!(person.auths()[NORTH]["auth"], LOGIN);
}

#[test]
fn two_logins_for_one_registry_stay() {
    for_each_place(|person, _| {
        person.write_auths(&[(NORTH, LOGIN), (&format!("https://{NORTH}"), OTHER_LOGIN)]);
        person.refuses(
            &IMPORT,
            "the file has two different ones",
            Some("remove the wrong one by hand"),
        );
        assert_eq!(person.stored(), "{}\n");
    });
}

#[test]
fn a_login_that_docker_could_not_read_stays() {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let person = Person { sandbox };
    for (entry, why, hint) in [
        (
            r#"{"auth": "eDo=", "identitytoken": "secret-token"}"#,
            "the username `<token>` stands for an identity token, which this helper does not store",
            Some("log in with a username and a password or an access key"),
        ),
        (
            r#"{"auth": "YTo=", "registrytoken": "secret-token"}"#,
            "the secret is empty",
            None,
        ),
        (r#"{"password": "secret"}"#, "no credentials username", None),
        (
            r#"{"auth": "YQpiOnNlY3JldA=="}"#,
            "its username holds a control byte",
            None,
        ),
        (r#"{"auth": "/zpzZWNyZXQ="}"#, "it is not Unicode", None),
    ] {
        person.write_config(&format!("{{\"auths\": {{\"{NORTH}\": {entry}}}}}"));
        person.refuses(&IMPORT, why, hint);
        person.refuses(&[&IMPORT[..], &["--dry-run"]].concat(), why, hint);
    }
    // A server URL that no login may be stored for.
    person.write_auths(&[(&format!("http://{NORTH}"), LOGIN)]);
    person.refuses(
        &IMPORT,
        "the server URL is refused: it is plain HTTP, which would expose the login",
        Some("name only the host, without `http://`"),
    );
    // A value that docker refuses stops everything.
    person.write_auths(&[(NORTH, "no-base64")]);
    let before = person.config();
    let said = person.run(&IMPORT);
    assert!(
        said.stderr
            .contains("in `auths`, docker only accepts the base64"),
        "{said:#?}"
    );
    assert_eq!((said.code, person.config()), (Some(1), before));
}

/// Afterwards the store must hold the SK, because no other place does.
#[test]
fn an_sk_moves_only_to_a_store_that_keeps_it() {
    for_each_place(|person, place| {
        person.write_auths(&[(NORTH, LOGIN_WITH_SK)]);
        if place == "file store" {
            person.refuses(
                &IMPORT,
                "the file store only keeps login keys, and no temporary keys, tokens or passwords",
                Some("use the keyring, or give it in the environment"),
            );
            assert_eq!(person.stored(), "{}\n");
        } else {
            person.run(&IMPORT).ok();
            assert_eq!(person.auths(), json!({}));
            assert_eq!(person.answer(NORTH)[1], LOGIN_KEY);
            let mut lookup = person.sandbox.command("secret-tool");
            lookup.args([
                "lookup",
                "service",
                "docker-credential-swr",
                "username",
                NORTH,
            ]);
            assert!(run(&mut lookup, "", SHORT).ok().contains(SK));
        }
        person.forget();
    });
}

#[test]
fn the_file_store_takes_no_foreign_password() {
    for_each_place(|person, place| {
        person.write_auths(&[("ghcr.io", FOREIGN_LOGIN)]);
        let import = ["configure", "--import-auths", "--registry", "ghcr.io"];
        if place == "file store" {
            let said = person.run(&import);
            let why = "the file store only keeps logins for SWR, and `ghcr.io` is another registry";
            assert!(said.stderr.contains(why), "{said:#?}");
            assert_eq!(person.auths()["ghcr.io"]["auth"], FOREIGN_LOGIN);
            assert_eq!(person.routes(), json!(null));
        } else {
            person.run(&import).ok();
            assert_eq!(
                person.answer("ghcr.io"),
                ["somebody", "not-a-real-password"]
            );
        }
        person.forget();
    });
}

/// Without a named registry, it imports for those that docker asks the helper for.
#[test]
fn without_a_registry_every_served_one_is_imported() {
    for_each_place(|person, place| {
        let import = ["configure", "--import-auths"];
        person.write_auths(&[
            (NORTH, LOGIN),
            (EAST, OTHER_LOGIN),
            ("ghcr.io", FOREIGN_LOGIN),
        ]);
        let none = format!(
            "nothing to change in {}\n  there is no plain-text login of a registry that docker asks docker-credential-swr for\n",
            person.path().display()
        );
        assert_eq!(person.run(&import).ok(), none);
        let add = ["configure", "--registry", NORTH, "--registry", EAST];
        assert!(person.run(&add).ok().contains(&format!(
            "note: {EAST}: the file has a plain-text login; `--import-auths` moves it to this helper\n"
        )));
        let said = person.run(&import);
        for host in [NORTH, EAST] {
            let line = format!("\n  {host}: its plain-text login is now in the {place}\n");
            assert!(said.ok().contains(&line), "{said:#?}");
        }
        assert_eq!(person.auths(), json!({"ghcr.io": {"auth": FOREIGN_LOGIN}}));
        assert_eq!(person.answer(EAST)[1], OTHER_KEY);
        assert_eq!(person.run(&import).ok(), none);
        person.forget();

        person.write_config(&format!(
            "{{\"auths\": {{\"{NORTH}\": {{\"auth\": \"{LOGIN}\"}}, \"{EAST}\": {{\"auth\": \"{LOGIN}\"}}}}, \
             \"credHelpers\": {{\"{EAST}\": \"pass\"}}, \"credsStore\": \"swr\"}}"
        ));
        person.run(&import).ok();
        assert_eq!(person.auths(), json!({EAST: {"auth": LOGIN}}));
        person.forget();
    });
}

/// Each login is checked before the first one moves.
#[test]
fn one_login_that_cannot_move_stops_all() {
    for_each_place(|person, _| {
        let import = [&IMPORT[..], &["--registry", EAST]].concat();
        person.store_key(EAST);
        person.write_auths(&[(NORTH, LOGIN), (EAST, OTHER_LOGIN)]);
        let before = person.config();
        let said = person.run(&import);
        assert_eq!(
            said.stderr,
            format!(
                "error: cannot move the plain-text login of `{EAST}`: it would hide what docker-credential-swr \
                 answers for it\nhint: `docker logout {EAST}` removes it\n"
            )
        );
        assert_eq!((said.stdout.as_str(), said.code), ("", Some(1)));
        assert_eq!(person.config(), before);
        // The dry run says the same, and stores nothing.
        let foretold = person.run(&[&import[..], &["--dry-run"]].concat());
        assert_eq!((foretold.stderr, foretold.code), (said.stderr, said.code));
        assert_eq!(person.sandbox.run(&["get"], NORTH).code, Some(1));
        person.write_auths(&[(NORTH, LOGIN)]);
        person.run(&import).ok();
        assert_eq!(person.auths(), json!({}));
        person.forget();
    });
}

/// docker writes the file while we wait for the store, and its change must not be lost.
#[test]
fn changes_by_another_program_are_kept() {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let person = Person { sandbox };
    person.write_auths(&[(NORTH, LOGIN)]);
    let lock = StoreLock::take(&person.sandbox);
    let mut command = person.sandbox.command(helper_binary());
    command.args(IMPORT).stdout(std::process::Stdio::null());
    let mut child = command
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It waits for the lock, so it has already read the file.
    assert!(poll(SHORT, || lock.is_wanted_by(child.id())));
    person.write_auths(&[(NORTH, LOGIN), ("ghcr.io", FOREIGN_LOGIN)]);
    let theirs = person.config();
    drop(lock);

    let status = support::wait(&mut child, SHORT).unwrap();
    let mut stderr = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut stderr).unwrap();
    let path = person.path().display().to_string();
    assert_eq!(
        stderr,
        format!(
            "error: cannot write {path}: another program just changed it, so it was not written; run this again\n"
        )
    );
    assert_eq!(status.code(), Some(1));
    assert_eq!(person.config(), theirs);
    person.leaves_no_copy();

    // The new entry is removed again.
    assert_eq!(person.stored(), "{}\n");

    // Run it again, as the message says.
    person.run(&IMPORT).ok();
    assert_eq!(person.auths(), json!({"ghcr.io": {"auth": FOREIGN_LOGIN}}));
    assert_eq!(person.answer(NORTH)[1], LOGIN_KEY);
}

#[cfg(feature = "keyring")]
#[test]
fn a_keyring_that_is_not_ready_stops_the_import() {
    use support::bus::Bus;
    if !have(&["dbus-run-session", "gnome-keyring-daemon"]) {
        return;
    }
    type Start = fn(&mut Sandbox) -> Bus;
    let states: [(Start, &str); 3] = [
        (
            Bus::never_unlocked,
            "the keyring has no collection yet, so nothing can be stored in it",
        ),
        (
            Bus::gone,
            "cannot reach the keyring: nothing listens at the address of the D-Bus session bus",
        ),
        (Bus::silent, "the keyring did not answer within 1 s"),
    ];
    for (start, why) in states {
        let mut sandbox = Sandbox::new();
        sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1");
        let _bus = start(&mut sandbox);
        let person = Person { sandbox };
        person.write_auths(&[(NORTH, LOGIN)]);
        person.refuses_with(&IMPORT, why);
        // The dry run decides the same.
        person.refuses_with(&[&IMPORT[..], &["--dry-run"]].concat(), why);
    }
    // It is locked, and nobody answers its prompt.
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "2");
    let bus = Bus::locked(&mut sandbox);
    let _prompter = bus.with_mute_prompter();
    let person = Person { sandbox };
    person.write_auths(&[(NORTH, LOGIN)]);
    let before = person.config();
    let said = person.run(&IMPORT);
    assert_eq!((&*said.stdout, said.code), ("", Some(1)), "{said:#?}");
    let expected = "the keyring is locked; waiting up to 2 s for an answer to its prompt\n\
                    error: the keyring did not answer within 2 s\n";
    assert!(said.stderr.starts_with(expected), "{said:#?}");
    assert_eq!(person.config(), before);
}

#[test]
fn podmans_logins_are_imported_too() {
    if !have(&["skopeo"]) {
        return;
    }
    for_each_place(|person, _| {
        let path = person.sandbox.path("config/containers/auth.json");
        make_private_folders(path.parent().unwrap());
        let part = format!("{NORTH}/team");
        fs::write(&path, auths(&[(NORTH, LOGIN), (&part, OTHER_LOGIN)])).unwrap();
        let said = person.run(&[
            "configure",
            "--podman",
            "--import-auths",
            "--registry",
            NORTH,
        ]);
        let note = format!("\nnote: {NORTH}: the file has a plain-text login for a part of it\n");
        assert!(said.ok().contains(&note), "{said:#?}");
        let after: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(after["auths"], json!({part: {"auth": OTHER_LOGIN}}));
        let mut skopeo = person.sandbox.command("skopeo");
        // If it is set, Debian 13's skopeo reads no other file.
        skopeo.env("DOCKER_CONFIG", "");
        let skopeo = run(skopeo.args(["login", "--get-login", NORTH]), "", SHORT);
        assert_eq!(skopeo.ok(), format!("cn-north-4@{AK}\n"));
        person.forget();

        // The hint works.
        person.store_key(NORTH);
        fs::write(&path, auths(&[(NORTH, OTHER_LOGIN)])).unwrap();
        let said = person.run(&[
            "configure",
            "--podman",
            "--import-auths",
            "--registry",
            NORTH,
        ]);
        let hint = format!(
            "\nhint: `podman logout --authfile {} {NORTH}` removes it\n",
            path.display()
        );
        assert!(said.stderr.ends_with(&hint), "{said:#?}");
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            auths(&[(NORTH, OTHER_LOGIN)])
        );
        let mut logout = person.sandbox.command("skopeo");
        logout.args(["logout", "--authfile"]).arg(&path).arg(NORTH);
        run(&mut logout, "", SHORT).ok();
        assert!(!fs::read_to_string(&path).unwrap().contains(OTHER_LOGIN));
        assert_eq!(person.answer(NORTH)[1], LOGIN_KEY);
        fs::remove_file(&path).unwrap();
        person.forget();
    });
}

/// The three actions of `configure`, on every file of the collection.
#[test]
fn adding_importing_and_removing_restores_the_collection() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/docker-config");
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let person = Person { sandbox };
    let mut imported = 0;
    for entry in fs::read_dir(data.join("accepted")).unwrap() {
        let path = entry.unwrap().path();
        let of = |folder: &str| fs::read(data.join(folder).join(path.file_name().unwrap()));
        let before = of("accepted").unwrap();
        make_private_folders(person.path().parent().unwrap());
        fs::write(person.path(), &before).unwrap();
        let now = || fs::read(person.path()).unwrap();

        person.run(&["configure", "--registry", NORTH]).ok();
        assert_eq!(now(), of("added").unwrap(), "{}", path.display());
        person.run(&["configure", "--remove"]).ok();
        let is_ours_elsewhere = path.ends_with("ours-already-there-for-another.json");
        assert!(now() == before || is_ours_elsewhere, "{}", path.display());

        fs::write(person.path(), &before).unwrap();
        let said = person.run(&IMPORT);
        said.ok();
        match of("imported") {
            Ok(expected) => {
                imported += 1;
                assert_eq!(now(), expected, "{}", path.display());
                assert_eq!(
                    person.answer(NORTH),
                    [&format!("cn-north-4@{AK}"), "not-a-real-login-key"]
                );
            }
            Err(_) => assert_eq!(now(), of("added").unwrap(), "{}", path.display()),
        }
        assert!(!said.stdout.contains("not-a-real"), "{said:#?}");
        person.leaves_no_copy();
        person.forget();
    }
    assert!(imported > 5, "{imported}");
}

#[test]
fn import_and_remove_exclude_each_other() {
    let person = Person {
        sandbox: Sandbox::new(),
    };
    let said = person.run(&[&IMPORT[..], &["--remove"]].concat());
    assert_eq!((said.stdout.as_str(), said.code), ("", Some(1)));
    assert!(said.stderr.contains("cannot be used with"), "{said:#?}");
}

/// The lock under which helpers change the file store.
struct StoreLock {
    held: fs::File,
}

impl StoreLock {
    fn take(sandbox: &Sandbox) -> Self {
        let folder = sandbox.path("config/docker-credential-swr");
        make_private_folders(&folder);
        let path = folder.join("credentials.lock");
        let mut options = fs::File::options();
        let held = options.write(true).create(true).mode(0o600).open(path);
        let held = held.unwrap();
        held.lock().unwrap();
        Self { held }
    }

    /// Whether the process waits for it. `/proc/locks` tells that of everybody's processes; which
    /// files a process has open is hidden, from its own user too, where it cannot be attached to.
    fn is_wanted_by(&self, process: u32) -> bool {
        let inode = format!(":{}", self.held.metadata().unwrap().ino());
        let locks = fs::read_to_string("/proc/locks").unwrap();
        locks.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.any(|word| word == "->")
                && words.any(|word| word == process.to_string())
                && words.next().is_some_and(|file| file.ends_with(&inode))
        })
    }
}

/// A user with a home directory.
struct Person {
    sandbox: Sandbox,
}

/// Runs a test with the file store, and with the real keyring if it is installed.
fn for_each_place(test: impl Fn(&Person, &str)) {
    let [keyring, file] = PLACES;
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    test(&Person { sandbox }, file);
    #[cfg(feature = "keyring")]
    if have(&["dbus-run-session", "gnome-keyring-daemon", "secret-tool"]) {
        let mut sandbox = Sandbox::new();
        let _bus = support::bus::Bus::unlocked(&mut sandbox);
        test(&Person { sandbox }, keyring);
    }
    #[cfg(not(feature = "keyring"))]
    let _ = keyring;
}

fn auths(logins: &[(&str, &str)]) -> String {
    let entries = logins
        .iter()
        .map(|(address, auth)| format!("\"{address}\": {{\"auth\": \"{auth}\"}}"));
    format!(
        "{{\"auths\": {{{}}}}}",
        entries.collect::<Vec<_>>().join(", ")
    )
}

impl Person {
    fn path(&self) -> PathBuf {
        self.sandbox.path("home/.docker/config.json")
    }

    fn write_config(&self, text: &str) {
        make_private_folders(self.path().parent().unwrap());
        fs::write(self.path(), text).unwrap();
    }

    fn write_auths(&self, logins: &[(&str, &str)]) {
        self.write_config(&auths(logins));
    }

    fn config(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    fn auths(&self) -> serde_json::Value {
        let config: serde_json::Value = serde_json::from_str(&self.config()).unwrap();
        config["auths"].clone()
    }

    fn routes(&self) -> serde_json::Value {
        let config: serde_json::Value = serde_json::from_str(&self.config()).unwrap();
        config["credHelpers"].clone()
    }

    fn store_key(&self, host: &str) {
        let store = ["store", "--registry", host, "--ak", AK, "--sk-stdin"];
        let alone = ["--no-configure", "--offline"];
        self.sandbox.run(&[&store[..], &alone].concat(), SK).ok();
    }

    /// Runs the helper; fails if it shows a secret.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Outcome {
        let said = self.sandbox.run(arguments, "");
        for secret in [
            LOGIN_KEY,
            OTHER_KEY,
            SK,
            LOGIN,
            OTHER_LOGIN,
            LOGIN_WITH_SK,
            FOREIGN_LOGIN,
            "not-a-real",
            "secret-token",
        ] {
            let shown = said.stdout.contains(secret) || said.stderr.contains(secret);
            assert!(!shown, "{said:#?}");
        }
        said
    }

    #[track_caller]
    fn refuses(&self, arguments: &[&str], why: &str, hint: Option<&str>) {
        let said = self.refuses_with(arguments, why);
        let hint = hint
            .map(|hint| format!("hint: {hint}\n"))
            .unwrap_or_default();
        assert_eq!(
            said.stderr,
            format!("error: cannot move the plain-text login of `{NORTH}`: {why}\n{hint}")
        );
    }

    /// Fails unless the helper reports this error and changes nothing.
    #[track_caller]
    fn refuses_with(&self, arguments: &[&str], why: &str) -> Outcome {
        let before = self.config();
        let said = self.run(arguments);
        assert_eq!(
            (said.stdout.as_str(), said.code),
            ("", Some(1)),
            "{said:#?}"
        );
        let error = format!("error: cannot move the plain-text login of `{NORTH}`: {why}");
        assert!(said.stderr.contains(&error), "{said:#?}");
        assert_eq!(self.config(), before);
        self.leaves_no_copy();
        said
    }

    fn leaves_no_copy(&self) {
        let folder = fs::read_dir(self.path().parent().unwrap()).unwrap();
        let names: Vec<_> = folder.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["config.json"]);
    }

    /// Returns the username and password that docker gets.
    #[track_caller]
    fn answer(&self, host: &str) -> [String; 2] {
        let answer = self.sandbox.run(&["get"], host);
        let answer: serde_json::Value = serde_json::from_str(answer.ok()).unwrap();
        ["Username", "Secret"].map(|field| answer[field].as_str().unwrap().to_owned())
    }

    fn stored(&self) -> String {
        self.sandbox.run(&["list"], "").ok().to_owned()
    }

    fn forget(&self) {
        self.sandbox.run(&["erase", "--all", "--yes"], "").ok();
    }
}

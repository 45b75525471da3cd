//! The keyrings of desktops: KWallet, KeePassXC, oo7, and special cases of gnome-keyring.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use crate::support::bus::Bus;
use crate::support::desktop::{self, KEEPASSXC};
use crate::support::locked_service::{Answer, LockedService};
use crate::support::{self, Sandbox, have, run};
use crate::{FOREIGN, LOGIN, NOT_FOUND, is_fine, says, store_for_people, with};

const LOCKED: &str = "the keyring is locked";
const UNCONFIRMED: &str = "the keyring wants to confirm each access";

/// Long enough for an immediate answer on a machine that is busy with other tests.
const AT_ONCE: Duration = Duration::from_secs(4);

#[test]
fn kwallet_is_locked_until_the_desktop_opens_it() {
    if !desktop::have_kwallet() {
        return;
    }
    let mut sandbox = Sandbox::new();
    let bus = desktop::kwallet(&mut sandbox);
    everything_is_locked(&sandbox, "the wallet's password");
    desktop::open_wallet(&bus);
    // The first access: no prompt is shown, though KWallet offers one.
    says(&sandbox, "get", FOREIGN, NOT_FOUND);
    takes_and_gives(&sandbox);
}

#[test]
fn kwallet_keeps_entries_across_sessions() {
    if !desktop::have_kwallet() {
        return;
    }
    let mut sandbox = Sandbox::new();
    for session in 0..2 {
        let bus = desktop::kwallet(&mut sandbox);
        desktop::open_wallet(&bus);
        match session {
            0 => {
                let wallet = sandbox.path("data/kwalletd/kdewallet.kwl");
                let empty = std::fs::read(&wallet).unwrap();
                is_fine(&sandbox, "store", LOGIN);
                // It writes its file some seconds later.
                let is_written = || std::fs::read(&wallet).unwrap() != empty;
                assert!(support::poll(Duration::from_secs(20), is_written));
            }
            _ => gives(&sandbox, "a password"),
        }
    }
}

#[test]
fn keepassxc_without_confirmation_stores_and_answers() {
    if !have(KEEPASSXC) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let _bus = desktop::keepassxc(&mut sandbox, "ConfirmAccessItem=false", true);
    takes_and_gives(&sandbox);
    assert!(doctor(&sandbox).contains("the keyring is ready"));
}

#[test]
fn keepassxc_with_confirmation_is_reported() {
    let mut sandbox = Sandbox::new();
    if !desktop::have_confirmation(&sandbox) {
        return;
    }
    let _bus = desktop::keepassxc(&mut sandbox, "", true);
    says(&sandbox, "get", FOREIGN, NOT_FOUND);
    is_fine(&sandbox, "store", LOGIN);
    for (verb, stdin) in [
        ("get", FOREIGN),
        ("store", LOGIN),
        ("erase", FOREIGN),
        ("list", ""),
    ] {
        says(&sandbox, verb, stdin, UNCONFIRMED);
        says(
            &sandbox,
            verb,
            stdin,
            "Confirm when passwords are retrieved by clients",
        );
    }
    let doctor = doctor(&sandbox);
    assert!(
        doctor.contains(UNCONFIRMED) && !doctor.contains("is ready"),
        "{doctor}"
    );
}

#[test]
fn a_keyring_that_hides_locked_items_is_not_taken_for_empty() {
    if !have(KEEPASSXC) {
        return;
    }
    for search in ["UnlockBeforeSearch=true", "UnlockBeforeSearch=false"] {
        let mut sandbox = Sandbox::new();
        let settings = format!("ConfirmAccessItem=false\n{search}");
        let bus = desktop::keepassxc(&mut sandbox, &settings, true);
        store_for_people(&sandbox).ok();
        is_fine(&sandbox, "store", LOGIN);
        drop(bus);
        let bus = desktop::keepassxc(&mut sandbox, &settings, false);
        let start = Instant::now();
        everything_is_locked(&sandbox, "open the database in KeePassXC");
        assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
        drop(bus);
        let _bus = desktop::keepassxc(&mut sandbox, &settings, true);
        gives(&sandbox, "a password");
    }
}

#[test]
fn oo7_stores_answers_and_can_be_locked() {
    let mut sandbox = Sandbox::new();
    let Some(bus) = desktop::oo7(&mut sandbox) else {
        return;
    };
    takes_and_gives(&sandbox);
    is_fine(&sandbox, "store", LOGIN);
    lock(&bus, "/org/freedesktop/secrets/collection/login");
    everything_is_locked(&sandbox, "`docker-credential-swr unlock`");
}

#[test]
fn the_last_changed_of_two_matching_items_wins() {
    let Some((sandbox, bus)) = with(Bus::unlocked) else {
        return;
    };
    is_fine(&sandbox, "store", LOGIN);
    let older = item_of(&bus, FOREIGN);
    // gnome-keyring records times in whole seconds.
    wait_for_the_next_second(&bus, &older);
    let twin = LOGIN_RECORD.replace("a password", "the newer one");
    create(&bus, "session", FOREIGN, &twin);
    for _ in 0..20 {
        gives(&sandbox, "the newer one");
    }
    let doctor = doctor(&sandbox);
    assert!(
        doctor.contains("`registry.example.com` 2 times"),
        "{doctor}"
    );
    assert_eq!(
        sandbox.run(&["list"], "").ok().trim(),
        r#"{"registry.example.com":"somebody"}"#
    );
    // Erasing removes both.
    is_fine(&sandbox, "erase", FOREIGN);
    says(&sandbox, "get", FOREIGN, NOT_FOUND);
}

#[test]
fn a_locked_collection_does_not_hide_items_of_another() {
    let Some((sandbox, bus)) = with(Bus::unlocked) else {
        return;
    };
    create(&bus, "session", FOREIGN, LOGIN_RECORD);
    bus.lock();
    gives(&sandbox, "a password");
}

#[test]
fn an_unreadable_item_is_listed_and_can_be_erased() {
    let Some((sandbox, bus)) = with(Bus::unlocked) else {
        return;
    };
    is_fine(&sandbox, "store", LOGIN);
    create(
        &bus,
        "login",
        "newer.example.com",
        r#"{"slot":"newer.example.com","version":99}"#,
    );
    create(&bus, "login", "account/work", "nothing of ours");
    let accounts = sandbox.run(&["accounts"], "");
    for words in [
        "registry `newer.example.com`: cannot be read: the record of `newer.example.com` in the keyring is damaged",
        "account `work`: cannot be read",
        "registry `registry.example.com`: login of `somebody`",
    ] {
        assert!(
            accounts.ok().contains(words),
            "no {words:?} in {accounts:#?}"
        );
    }
    assert_eq!(
        sandbox.run(&["list"], "").ok().trim(),
        r#"{"registry.example.com":"somebody"}"#
    );
    let erased = sandbox.run(&["erase", "--all", "--yes"], "");
    assert_eq!(erased.ok().lines().count(), 3, "{erased:#?}");
    assert_eq!(sandbox.run(&["accounts"], "").ok(), "nothing is stored\n");
    assert_eq!(items(&bus), [] as [OwnedObjectPath; 0]);
}

#[test]
fn gnome_keyring_locked_from_the_start_reports_missing_items_as_locked() {
    let Some((mut sandbox, bus)) = with(Bus::unlocked) else {
        return;
    };
    is_fine(&sandbox, "store", LOGIN);
    drop(bus);
    let _bus = Bus::closed(&mut sandbox);
    says(&sandbox, "get", FOREIGN, LOCKED);
    says(&sandbox, "get", "other.example.com", NOT_FOUND);
    says(&sandbox, "list", "", LOCKED);
    says(&sandbox, "erase", FOREIGN, LOCKED);
    let all = sandbox.run(&["erase", "--all", "--yes"], "");
    assert!(all.fails().contains(LOCKED), "{all:#?}");
}

#[test]
fn the_hint_of_a_locked_gnome_keyring_opens_it() {
    let Some((mut sandbox, bus)) = with(Bus::unlocked) else {
        return;
    };
    is_fine(&sandbox, "store", LOGIN);
    drop(bus);
    // The bus starts it, and it gets no password.
    let mut bus = Bus::never_unlocked(&mut sandbox);
    says(
        &sandbox,
        "get",
        FOREIGN,
        "without a desktop, type it after `",
    );
    let unlock = sandbox.run(&["unlock"], "");
    let said = unlock.fails();
    assert!(
        said.contains("the keyring is still locked"),
        "nothing here asks for a password: {unlock:#?}"
    );
    let (_, hint) = said.split_once("hint: ").unwrap();
    assert!(!hint.contains("docker-credential-swr unlock"), "{hint}");
    bus.follow(hint, &sandbox);
    gives(&sandbox, "a password");
    assert_eq!(
        sandbox.run(&["unlock"], "").ok(),
        "the keyring is not locked\n"
    );
}

#[test]
fn the_hint_of_a_gnome_keyring_without_a_collection_makes_one() {
    let Some((sandbox, mut bus)) = with(Bus::never_unlocked) else {
        return;
    };
    let said = sandbox.run(&["store"], LOGIN).stdout;
    bus.follow(&said, &sandbox);
    is_fine(&sandbox, "store", LOGIN);
    gives(&sandbox, "a password");
}

#[test]
fn a_person_can_unlock_it_at_its_prompt() {
    if !have(&["dbus-run-session"]) {
        return;
    }
    for (answer, code, words) in [
        (Answer::Yes, 0, "the keyring is unlocked"),
        (Answer::No, 1, "the keyring is locked"),
        (Answer::Never, 1, "the keyring did not answer within 1 s"),
    ] {
        let mut sandbox = Sandbox::new();
        let bus = Bus::without_service(&mut sandbox);
        let asked = LockedService::on(&bus, answer);
        // A protocol verb does not prompt.
        says(&sandbox, "get", FOREIGN, LOCKED);
        says(&sandbox, "store", LOGIN, LOCKED);
        assert_eq!(asked.times(), 0);
        sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1");
        let outcome = sandbox.run(&["unlock"], "");
        assert_eq!(outcome.code, Some(code), "{outcome:#?}");
        let told = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(told.contains(words), "no {words:?} in {outcome:#?}");
        assert!(outcome.stderr.contains("waiting up to 1 s"), "{outcome:#?}");
        assert_eq!(asked.times(), 1);
    }
}

#[test]
fn items_are_those_of_the_keyring_crate() {
    let Some((sandbox, bus)) = with(Bus::unlocked) else {
        return;
    };
    crate_does(&sandbox, "set", FOREIGN, LOGIN_RECORD);
    gives(&sandbox, "a password");
    let login = LOGIN.replace("a password", "another");
    is_fine(&sandbox, "store", &login);
    assert_eq!(items(&bus).len(), 1, "written into the crate's own item");
    let text = crate_does(&sandbox, "get", FOREIGN, "");
    assert!(text.contains("\"secret\":\"another\""), "{text}");
    is_fine(&sandbox, "erase", FOREIGN);
    is_fine(&sandbox, "store", LOGIN);
    crate_does(&sandbox, "set", FOREIGN, LOGIN_RECORD);
    assert_eq!(items(&bus).len(), 1, "the crate wrote into ours");
    crate_does(&sandbox, "delete", FOREIGN, "");
    says(&sandbox, "get", FOREIGN, NOT_FOUND);
}

/// Runs the keyring crate in a separate process, because it reads the bus from the environment.
#[track_caller]
fn crate_does(sandbox: &Sandbox, what: &str, username: &str, secret: &str) -> String {
    let mut command = sandbox.command(support::this_test());
    command
        .args([
            "--exact",
            "daemons::the_keyring_crate",
            "--ignored",
            "--nocapture",
        ])
        .env("WHAT", what)
        .env("USERNAME", username);
    run(&mut command, secret, support::SHORT).ok().to_owned()
}

#[test]
#[ignore = "another test runs it in a process of its own"]
#[allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it is a program of its own"
)]
fn the_keyring_crate() {
    let entry =
        keyring::Entry::new("docker-credential-swr", &std::env::var("USERNAME").unwrap()).unwrap();
    match std::env::var("WHAT").unwrap().as_str() {
        "set" => {
            let secret = std::io::read_to_string(std::io::stdin()).unwrap();
            entry.set_secret(secret.as_bytes()).unwrap();
        }
        "get" => println!(
            "{}",
            String::from_utf8(entry.get_secret().unwrap()).unwrap()
        ),
        _ => entry.delete_credential().unwrap(),
    }
}

/// The record that the helper stores for [`LOGIN`].
const LOGIN_RECORD: &str = r#"{"slot":"registry.example.com","version":1,"logins":[{"server":"registry.example.com","username":"somebody","secret":"a password","stored":1}]}"#;

#[track_caller]
fn takes_and_gives(sandbox: &Sandbox) {
    is_fine(sandbox, "store", LOGIN);
    gives(sandbox, "a password");
    is_fine(sandbox, "store", &LOGIN.replace("a password", "another"));
    gives(sandbox, "another");
    store_for_people(sandbox).ok();
    assert_eq!(
        sandbox.run(&["list"], "").ok().trim(),
        r#"{"registry.example.com":"somebody"}"#
    );
    assert!(
        sandbox
            .run(&["accounts"], "")
            .ok()
            .contains("account `default`")
    );
    is_fine(sandbox, "erase", FOREIGN);
    says(sandbox, "get", FOREIGN, NOT_FOUND);
    let erased = sandbox.run(&["erase", "--all", "--yes"], "");
    assert_eq!(erased.ok(), "removed the account `default`\n");
    assert_eq!(sandbox.run(&["accounts"], "").ok(), "nothing is stored\n");
}

#[track_caller]
fn gives(sandbox: &Sandbox, password: &str) {
    let outcome = sandbox.run(&["get"], FOREIGN);
    assert!(
        outcome.ok().contains(&format!("\"Secret\":\"{password}\"")),
        "{outcome:#?}"
    );
}

#[track_caller]
fn everything_is_locked(sandbox: &Sandbox, hint: &str) {
    for (verb, stdin) in [
        ("get", FOREIGN),
        ("get", "other.example.com"),
        ("store", LOGIN),
        ("erase", FOREIGN),
        ("list", ""),
    ] {
        says(sandbox, verb, stdin, LOCKED);
        says(sandbox, verb, stdin, hint);
    }
    assert!(doctor(sandbox).contains(LOCKED));
}

fn doctor(sandbox: &Sandbox) -> String {
    let outcome = sandbox.run(&["doctor"], "");
    outcome.stdout + &outcome.stderr
}

/// Returns the items of this program in the collection `login`.
fn items(bus: &Bus) -> Vec<OwnedObjectPath> {
    let attributes = HashMap::from([("service", "docker-credential-swr")]);
    search(bus, &attributes)
}

#[track_caller]
fn item_of(bus: &Bus, username: &str) -> OwnedObjectPath {
    let attributes = HashMap::from([("service", "docker-credential-swr"), ("username", username)]);
    search(bus, &attributes).remove(0)
}

fn search(bus: &Bus, attributes: &HashMap<&str, &str>) -> Vec<OwnedObjectPath> {
    let login = "/org/freedesktop/secrets/collection/login";
    let answer = bus.call(
        login,
        "org.freedesktop.Secret.Collection",
        "SearchItems",
        attributes,
    );
    answer.body().deserialize().unwrap()
}

fn lock(bus: &Bus, collection: &str) {
    let paths = vec![ObjectPath::try_from(collection).unwrap()];
    let (service, interface) = ("/org/freedesktop/secrets", "org.freedesktop.Secret.Service");
    bus.call(service, interface, "Lock", &(paths,));
}

/// Makes an item as another program could.
fn create(bus: &Bus, collection: &str, username: &str, secret: &str) {
    let connection = bus.connect().unwrap();
    let service = "org.freedesktop.secrets";
    let (path, interface) = ("/org/freedesktop/secrets", "org.freedesktop.Secret.Service");
    let plain = ("plain", Value::from(""));
    let answer =
        connection.call_method(Some(service), path, Some(interface), "OpenSession", &plain);
    let session: (OwnedValue, OwnedObjectPath) = answer.unwrap().body().deserialize().unwrap();
    let attributes = HashMap::from([("service", "docker-credential-swr"), ("username", username)]);
    let properties = HashMap::from([
        (
            "org.freedesktop.Secret.Item.Label",
            Value::from("another's"),
        ),
        (
            "org.freedesktop.Secret.Item.Attributes",
            Value::from(attributes),
        ),
    ]);
    let secret = (
        session.1,
        Vec::<u8>::new(),
        secret.as_bytes().to_vec(),
        "text/plain",
    );
    connection
        .call_method(
            Some(service),
            format!("/org/freedesktop/secrets/collection/{collection}").as_str(),
            Some("org.freedesktop.Secret.Collection"),
            "CreateItem",
            &(properties, secret, false),
        )
        .unwrap();
}

fn wait_for_the_next_second(bus: &Bus, item: &OwnedObjectPath) {
    let body = ("org.freedesktop.Secret.Item", "Modified");
    let answer = bus.call(
        item.as_str(),
        "org.freedesktop.DBus.Properties",
        "Get",
        &body,
    );
    let modified = u64::try_from(answer.body().deserialize::<OwnedValue>().unwrap()).unwrap();
    assert!(support::poll(Duration::from_secs(5), || support::now() > modified));
}

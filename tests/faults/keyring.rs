//! The keyring ends or stops while the helper talks to it.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};

use super::support::sample::{AK, SK};
use crate::support::bus::Bus;
use crate::support::{Outcome, Sandbox, have, poll};
use crate::{HOST, login, says, store, stored};

const NEEDS: &[&str] = &["dbus-run-session", "gnome-keyring-daemon"];

#[test]
fn a_keyring_killed_midway_is_an_error_in_time() {
    if !have(NEEDS) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let first = Bus::unlocked(&mut sandbox);
    store(&sandbox, "old");
    drop(first);
    for (verb, stdin) in [
        ("get", HOST),
        ("store", &*login("new")),
        ("erase", HOST),
        ("list", ""),
    ] {
        let bus = Bus::unlocked(&mut sandbox);
        let daemon = bus.keyring();
        // It receives the call, and is killed before it answers.
        kill_process(daemon, Signal::STOP).unwrap();
        let start = Instant::now();
        let outcome = thread::scope(|scope| {
            let helper = scope.spawn(|| sandbox.run(&[verb], stdin));
            thread::sleep(Duration::from_millis(300));
            kill_process(daemon, Signal::KILL).unwrap();
            helper.join().unwrap()
        });
        assert!(start.elapsed() < Duration::from_secs(6), "{outcome:#?}");
        ends_well_without_keyring(verb, &outcome);
        drop(bus);
        let _bus = Bus::unlocked(&mut sandbox);
        let now = stored(&sandbox);
        assert!(now == "old" || now == "new", "{now} behind a killed {verb}");
        store(&sandbox, "old");
    }
}

#[test]
fn a_stopped_keyring_is_an_error_in_time() {
    if !have(NEEDS) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let bus = Bus::unlocked(&mut sandbox);
    store(&sandbox, "old");
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1");
    kill_process(bus.keyring(), Signal::STOP).unwrap();
    for (verb, stdin) in [("get", HOST), ("store", &*login("new")), ("list", "")] {
        says(&sandbox.run(&[verb], stdin), "did not answer within 1 s");
    }
    kill_process(bus.keyring(), Signal::CONT).unwrap();
    let now = stored(&sandbox);
    assert!(now == "old" || now == "new", "{now}");
}

#[test]
fn a_silent_keyring_is_remembered_until_it_answers() {
    if !have(NEEDS) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let bus = Bus::unlocked(&mut sandbox);
    store(&sandbox, "old");
    // As long as it is remembered, which counts from the end of that time.
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "10");
    kill_process(bus.keyring(), Signal::STOP).unwrap();
    let start = Instant::now();
    // BuildKit does this when a `get` fails.
    for _ in 0..8 {
        says(&sandbox.run(&["get"], HOST), "did not answer within 10 s");
    }
    let took = start.elapsed();
    let one_deadline = Duration::from_secs(10)..Duration::from_secs(18);
    assert!(one_deadline.contains(&took), "{took:?} for eight");
    kill_process(bus.keyring(), Signal::CONT).unwrap();
    let answers = || sandbox.run(&["get"], HOST).code == Some(0);
    assert!(poll(Duration::from_secs(5), answers));
    assert_eq!(stored(&sandbox), "old");
    // The note is gone, so the keyring has its full time again.
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "3");
    kill_process(bus.keyring(), Signal::STOP).unwrap();
    let start = Instant::now();
    says(&sandbox.run(&["get"], HOST), "did not answer within 3 s");
    assert!(
        start.elapsed() >= Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
    kill_process(bus.keyring(), Signal::CONT).unwrap();
}

#[test]
fn an_unanswered_prompt_ends_at_the_deadline() {
    if !have(NEEDS) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let bus = Bus::unlocked(&mut sandbox);
    store(&sandbox, "old");
    bus.lock();
    let _prompter = bus.with_mute_prompter();
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "2");
    let start = Instant::now();
    says(&sandbox.run(&["get"], HOST), "the keyring is locked");
    says(
        &sandbox.run(&["store"], &login("new")),
        "the keyring is locked",
    );
    says(&sandbox.run(&["list"], ""), "the keyring is locked");
    says(&sandbox.run(&["erase"], HOST), "the keyring is locked");
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "a verb of docker's waited"
    );
    let key = ["store", "--ak", AK, "--sk-stdin"];
    let person = sandbox.run(&key, SK);
    assert_eq!(
        (person.code, person.stdout.as_str()),
        (Some(1), ""),
        "{person:#?}"
    );
    for words in ["waiting up to 2 s", "did not answer within 2 s"] {
        assert!(person.stderr.contains(words), "no {words:?} in {person:#?}");
    }
}

/// One line that reports the missing keyring, or nothing if none is needed.
#[track_caller]
fn ends_well_without_keyring(verb: &str, outcome: &Outcome) {
    match (verb, outcome.code) {
        // Without a keyring, nothing is kept.
        ("erase" | "list", Some(0)) => assert_eq!(outcome.stderr, "", "{outcome:#?}"),
        _ => says(outcome, "keyring"),
    }
}

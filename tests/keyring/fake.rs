//! A bus that misbehaves: what it says is understood by D-Bus's own rules, and whatever it does,
//! nobody else answers in its place.

use std::time::{Duration, Instant};

use super::support::sample::AK;
use crate::support::fake_bus::{Manner, STEPS, listen};
use crate::support::{SHORT, Sandbox, have, run};
use crate::{FOREIGN, HOST, SK, says};

const RECORD: &str = r#"{"slot":"registry.example.com","version":1,"logins":[{"server":"registry.example.com","username":"somebody","secret":"a password","stored":1}]}"#;

/// Far less than the deadline, but enough on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(4);

#[test]
fn unrelated_messages_of_a_bus_are_ignored() {
    let mut sandbox = Sandbox::new();
    for manner in [
        Manner::Plain,
        Manner::BigEndian,
        Manner::ByteByByte,
        Manner::Chatty,
    ] {
        listen(&mut sandbox, manner, RECORD);
        let outcome = sandbox.run(&["get"], FOREIGN);
        assert_eq!(outcome.code, Some(0), "{manner:?}: {outcome:#?}");
        assert!(
            outcome.stdout.contains("a password"),
            "{manner:?}: {outcome:#?}"
        );
    }
}

#[test]
fn unrequested_answers_are_dropped() {
    if !have(&["prlimit"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    listen(&mut sandbox, Manner::Flooding(60), RECORD);
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "60");
    let mut command = sandbox.command("prlimit");
    command
        .arg("--as=45000000")
        .arg(sandbox.program())
        .arg("get");
    assert!(
        run(&mut command, FOREIGN, SHORT)
            .ok()
            .contains("a password")
    );
}

#[test]
fn a_bus_that_hangs_up_is_not_a_missing_keyring() {
    let mut sandbox = Sandbox::new();
    sandbox.set("HUAWEICLOUD_SDK_AK", AK);
    sandbox.set("HUAWEICLOUD_SDK_SK", SK);
    for step in 1..=STEPS {
        listen(&mut sandbox, Manner::HangsUp(step), RECORD);
        for (verb, stdin) in [("get", HOST), ("erase", FOREIGN)] {
            says(&sandbox, verb, stdin, "hung up");
        }
    }
}

#[test]
fn an_invalid_message_is_an_error_at_once() {
    let mut sandbox = Sandbox::new();
    for (manner, words) in [
        (Manner::WithoutSessions, "org.example.Error no"),
        (Manner::Boasting, "a message is too long"),
    ] {
        listen(&mut sandbox, manner, RECORD);
        let start = Instant::now();
        says(&sandbox, "get", FOREIGN, words);
        assert!(
            start.elapsed() < AT_ONCE,
            "{manner:?}: {:?}",
            start.elapsed()
        );
    }
}

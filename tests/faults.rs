//! Faults around the helper: it must end in time, print the right line, and lose nothing.
#![cfg(all(target_os = "linux", feature = "keyring"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

#[path = "faults/files.rs"]
mod files;
#[path = "faults/keyring.rs"]
mod keyring;
#[path = "faults/kill.rs"]
mod kill;
#[path = "faults/streams.rs"]
mod streams;

use serde_json::{Value, json};
use support::sample::HOST;
use support::{Outcome, Sandbox, helper_binary};

/// A sandbox with one login in the file store.
fn with_file_store() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    store(&sandbox, "old");
    sandbox
}

#[track_caller]
fn store(sandbox: &Sandbox, password: &str) {
    assert_eq!(sandbox.run(&["store"], &login(password)).ok(), "");
}

/// Returns docker's `store` request for a login with this password.
fn login(password: &str) -> String {
    json!({"ServerURL": HOST, "Username": "some-body", "Secret": password}).to_string()
}

/// Returns the password that is stored.
#[track_caller]
fn stored(sandbox: &Sandbox) -> String {
    password_in(&sandbox.run(&["get"], HOST))
}

#[track_caller]
fn password_in(outcome: &Outcome) -> String {
    let reply: Value = serde_json::from_str(outcome.ok()).unwrap();
    reply["Secret"].as_str().unwrap().to_owned()
}

/// Fails unless the helper ended with exit code 1, nothing on stderr, and one line with `words` on
/// stdout.
#[track_caller]
fn says(outcome: &Outcome, words: &str) {
    let line = outcome.stdout.strip_suffix('\n').unwrap_or_default();
    let is_right = line.contains(words) && !line.contains('\n') && outcome.stderr.is_empty();
    assert!(
        outcome.code == Some(1) && is_right,
        "no {words:?} in {outcome:#?}"
    );
}

/// Returns the helper's path, quoted for a shell.
fn helper() -> String {
    let path = helper_binary();
    format!("'{}'", path.to_str().unwrap())
}

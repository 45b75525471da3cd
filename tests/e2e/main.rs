//! The helper with the real programs that people use it with.
//!
//! gnome-keyring holds the key, Debian's registry checks the login, and docker, skopeo and Python's
//! client ask for it.
#![cfg(all(target_os = "linux", feature = "keyring"))]
#![allow(clippy::unwrap_used, reason = "this is test code")]

#[path = "../support/mod.rs"]
mod support;

mod docker;
#[cfg(feature = "cloud")]
mod doctor;
mod engine;
mod podman;
mod python;
mod registry;
#[cfg(feature = "cloud")]
mod temporary;

use registry::Registry;
use support::sample::{AK, SK, USERNAME};
use support::{Sandbox, run};

const PROJECT: &str = "cn-north-4";

/// Stores the access key for a registry as a person would.
fn store_key(sandbox: &Sandbox, host: &str) {
    let args = [
        "store",
        "--registry",
        host,
        "--project",
        PROJECT,
        "--ak",
        AK,
        "--sk-stdin",
    ];
    sandbox.run(&args, SK).ok();
}

/// Fails unless the helper still answers with the documented login, and the keyring still holds the
/// SK.
#[track_caller]
fn key_is_in_place(sandbox: &Sandbox, host: &str) {
    let answer = sandbox.run(&["get"], host);
    let login: serde_json::Value = serde_json::from_str(answer.ok()).unwrap();
    let key = registry::documented_login_key(sandbox, AK, SK);
    let documented = serde_json::json!({"ServerURL": host, "Username": USERNAME, "Secret": key});
    assert_eq!(login, documented);

    let mut lookup = sandbox.command("secret-tool");
    lookup.args([
        "lookup",
        "service",
        "docker-credential-swr",
        "username",
        host,
    ]);
    let record = run(&mut lookup, "", support::SHORT);
    assert!(
        record.ok().contains(SK),
        "the keyring's record holds no SK any more"
    );
}

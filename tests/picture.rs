//! The picture of a set-up session is what the helper shows today.
#![cfg(all(target_os = "linux", feature = "keyring", feature = "cloud"))]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;
use std::path::Path;

use support::{SHORT, have, helper_binary, python, run};

#[test]
fn the_picture_matches_the_output() {
    if !have(&["dbus-run-session", "gnome-keyring-daemon", "dbus-send"]) {
        return;
    }
    let Some(mut draw) = python::script("bench/picture.py") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let drawn = folder.path().join("set-up.svg");
    run(draw.arg(helper_binary()).arg(&drawn), "", SHORT).ok();
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/set-up.svg");
    assert_eq!(
        fs::read_to_string(drawn).unwrap(),
        fs::read_to_string(expected).unwrap(),
        "`tests/picture.sh` draws it again"
    );
}

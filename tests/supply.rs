//! Whose code is in the program: how much of it, under which licences, from where, and which never.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use support::{run, skip};

/// The most crates that are built for a system, ours among them. More is a decision, to be taken here.
const BUDGET: [(&str, usize); 3] = [
    ("x86_64-unknown-linux-gnu", 154),
    ("x86_64-pc-windows-gnu", 93),
    ("aarch64-apple-darwin", 92),
];

/// Licences that ask for no more than their own text.
const LICENCES: [&str; 8] = [
    "MIT",
    "Apache-2.0",
    "ISC",
    "BSD-3-Clause",
    "CC0-1.0",
    "Unicode-3.0",
    "Unlicense",
    "Apache-2.0 WITH LLVM-exception",
];

/// C libraries and runtimes that the design does without.
const BANNED: [&str; 7] = [
    "openssl-sys",
    "native-tls",
    "aws-lc-sys",
    "libdbus-sys",
    "tokio",
    "async-std",
    "reqwest",
];

/// Crates that are there in two versions, because others of them want it so.
const TWICE: [&str; 4] = ["getrandom", "hashbrown", "syn", "windows-sys"];

#[test]
fn no_crate_is_added_unseen() {
    for (system, budget) in BUDGET {
        let Some(tree) = cargo(&[
            "tree",
            "--locked",
            "--prefix=none",
            "--format={p}",
            "--edges=normal,build",
            "--target",
            system,
        ]) else {
            return;
        };
        let crates: BTreeSet<_> = tree
            .lines()
            .map(|line| line.trim_end_matches(" (*)"))
            .filter(|line| !line.is_empty())
            .collect();
        let count = crates.len();
        assert!(count <= budget, "{system}: {count} in {crates:#?}");
    }
}

#[test]
fn licences_sources_and_names_are_as_agreed() {
    let Some(metadata) = cargo(&["metadata", "--locked", "--format-version=1"]) else {
        return;
    };
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let mut sources = BTreeSet::new();
    let mut names = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(is_agreed(licence), "{name} is under {licence}");
        assert!(!BANNED.contains(&name), "{name}");
        assert!(
            names.insert(name) || TWICE.contains(&name),
            "{name} is there twice"
        );
        match package["source"].as_str() {
            Some(source) => drop(sources.insert(source)),
            None => assert_eq!(name, env!("CARGO_PKG_NAME"), "not from a registry"),
        }
    }
    // The one registry, and no repository that somebody may push to.
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert!(sources.iter().all(|source| source.starts_with("registry+")));
}

/// Whether one of the licences that may be chosen is agreed to, in each part that must be kept.
fn is_agreed(licence: &str) -> bool {
    licence.split(" AND ").all(|part| {
        part.trim_matches(['(', ')'])
            .split(" OR ")
            .flat_map(|choice| choice.split('/'))
            .any(|choice| LICENCES.contains(&choice))
    })
}

#[test]
fn a_licence_is_read_as_it_is_meant() {
    assert!(is_agreed("Apache-2.0 AND ISC"));
    assert!(is_agreed("MIT OR GPL-3.0-only"));
    assert!(is_agreed("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!is_agreed("MIT AND GPL-3.0-only"));
    assert!(!is_agreed("none"));
}

/// Returns what cargo says; skips the test aloud where it cannot, without the crates of other systems for one.
fn cargo(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let outcome = run(&mut command, "", Duration::from_secs(120));
    if outcome.code == Some(0) {
        return Some(outcome.stdout);
    }
    let last = outcome.stderr.lines().last().unwrap_or_default();
    // A lock file that does not fit is no reason to look away.
    assert!(
        !outcome.stderr.contains("--locked was passed"),
        "{outcome:#?}"
    );
    skip(&format!("cargo {}: {last}", arguments[0]));
    None
}

//! The crates in the program: how many, under which licences, from where.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use support::{Outcome, python, run, skip, told};
use toml_edit::{DocumentMut, Table};

/// The largest number of crates built for a system, with ours. Raising it is a decision.
const BUDGET: [(&str, usize); 3] = [
    ("x86_64-unknown-linux-gnu", 95),
    ("x86_64-pc-windows-gnu", 97),
    ("aarch64-apple-darwin", 93),
];

#[test]
fn every_crate_is_reviewed() {
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
    let agreed = include_str!("deny.toml");
    let Some(outcome) = deny(agreed, &["licenses", "bans", "sources"]) else {
        return;
    };
    outcome.ok();
    // Otherwise nothing was checked.
    for (rule, other, said) in [
        (r#""ISC","#, "", "licenses FAILED"),
        (r#""tokio""#, r#""zbus""#, "bans FAILED"),
        ("getrandom@0.2", "getrandom@0.1", "bans FAILED"),
    ] {
        let stricter = agreed.replacen(rule, other, 1);
        let outcome = deny(&stricter, &["licenses", "bans"]).unwrap();
        assert!(outcome.fails().contains(said), "{rule}: {outcome:#?}");
    }
}

#[test]
fn no_crate_has_a_known_vulnerability() {
    let Some(databases) = told("SWR_TEST_ADVISORIES") else {
        skip("SWR_TEST_ADVISORIES names no folder with an advisory database");
        return;
    };
    let configuration = format!("[advisories]\ndb-path = {databases:?}\n");
    if let Some(outcome) = deny(&configuration, &["advisories"]) {
        outcome.ok();
    }
}

/// A build from the registry needs nothing else.
#[test]
fn the_package_holds_the_source_alone() {
    let Some(list) = cargo(&["package", "--list", "--allow-dirty", "--locked"]) else {
        return;
    };
    let more: Vec<_> = list
        .lines()
        .filter(|file| !file.starts_with("src/"))
        .collect();
    assert_eq!(
        more,
        [
            ".cargo_vcs_info.json",
            "CHANGELOG.md",
            "Cargo.lock",
            "Cargo.toml",
            "Cargo.toml.orig",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "README.md",
            "build.rs",
        ]
    );
}

/// The fuzzers test what is shipped: their lock file has the same crates, plus those of the
/// fuzzers.
#[test]
fn the_fuzzers_use_the_same_crate_versions() {
    let packages = |lock: &str| {
        let lock: DocumentMut = lock.parse().unwrap();
        let packages = lock["package"].as_array_of_tables().unwrap().iter();
        let text = |package: &Table, key: &str| package[key].as_str().unwrap().to_owned();
        packages
            .map(|package| ["name", "version"].map(|key| text(package, key)))
            .collect::<BTreeSet<_>>()
    };
    let ours = packages(include_str!("../Cargo.lock"));
    let fuzzers = packages(include_str!("fuzz/Cargo.lock"));
    let more: Vec<_> = fuzzers.difference(&ours).map(|[name, _]| name).collect();
    assert_eq!(
        more,
        [
            "arbitrary",
            "docker-credential-swr-fuzz",
            "jobserver",
            "libfuzzer-sys"
        ]
    );
}
/// Runs cargo-deny with this configuration; skips the test aloud where it is not installed.
fn deny(configuration: &str, checks: &[&str]) -> Option<Outcome> {
    let Some(program) = python::neighbour("cargo-deny") else {
        skip("not installed: cargo-deny");
        return None;
    };
    // It checks the crates of all systems, which must be downloaded.
    cargo(&["metadata", "--locked", "--format-version=1"])?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deny.toml");
    fs::write(&file, configuration).unwrap();
    let mut command = Command::new(program);
    command
        .args(["--locked", "--offline", "--config"])
        .arg(file)
        .args(["check", "--deny", "warnings"])
        .args(checks)
        .env("CARGO", env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    Some(run(&mut command, "", Duration::from_secs(120)))
}

/// Returns cargo's output; skips the test aloud if cargo cannot work, for example without the
/// crates of other systems.
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
    // An outdated lock file is a failure, no reason to skip.
    assert!(
        !outcome.stderr.contains("--locked was passed"),
        "{outcome:#?}"
    );
    skip(&format!("cargo {}: {last}", arguments[0]));
    None
}

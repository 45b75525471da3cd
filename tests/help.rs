//! Compares the help of the program and of each verb with `tests/data/help`.
//!
//! After changing an option, write the files again with this command, and review them before you
//! commit:
//!
//! ```sh
//! SWR_TEST_WRITE=1 cargo test --test help
//! ```
#![cfg(all(feature = "keyring", feature = "cloud", feature = "completion"))]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use support::sample::HOST;
use support::{Outcome, Sandbox, told};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/help");

/// The verbs of docker's protocol take no arguments, so they have no help.
const PROTOCOL: [&str; 3] = ["get", "list", "version"];

#[test]
fn every_help_text_matches_the_snapshot() {
    let sandbox = Sandbox::new();
    let usage = help(&sandbox.run(&["--help"], ""));
    let mut snapshots = vec![("usage".to_owned(), usage.clone())];
    for verb in verbs(&usage) {
        let shown = help(&sandbox.run(&[&verb, "--help"], ""));
        snapshots.push((verb, shown));
    }
    if told("SWR_TEST_WRITE").is_some() {
        write(&snapshots);
    }
    let names: BTreeSet<_> = snapshots
        .iter()
        .map(|(name, _)| format!("{name}.txt"))
        .collect();
    let files: BTreeSet<_> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, names, "{HOW}");
    for (name, shown) in &snapshots {
        let expected = fs::read_to_string(Path::new(FOLDER).join(name).with_extension("txt"));
        assert_eq!(*shown, expected.unwrap(), "the help of {name}: {HOW}");
    }
}

const HOW: &str =
    "if it is meant so: `SWR_TEST_WRITE=1 cargo test --test help` writes tests/data/help anew";

fn write(snapshots: &[(String, String)]) {
    fs::remove_dir_all(FOLDER).unwrap();
    fs::create_dir(FOLDER).unwrap();
    for (name, shown) in snapshots {
        fs::write(Path::new(FOLDER).join(name).with_extension("txt"), shown).unwrap();
    }
}

#[test]
fn a_wrong_call_shows_the_usage() {
    let sandbox = Sandbox::new();
    let usage = help(&sandbox.run(&["--help"], ""));
    assert_eq!(help(&sandbox.run(&["help"], "")), usage);
    for others in [["help", "help"], ["help", "--help"]] {
        assert_eq!(help(&sandbox.run(&others, "")), usage);
    }
    let outcome = sandbox.run(&[], "");
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert_eq!((&outcome.stdout, &*outcome.stderr), (&usage, ""));
    // The short form lists the same verbs.
    let summary = help(&sandbox.run(&["-h"], ""));
    assert_eq!(verbs(&summary), verbs(&usage));
    assert!(summary.len() < usage.len(), "{summary}");
    for verb in verbs(&usage).iter().map(String::as_str).chain(PROTOCOL) {
        let shown = help(&sandbox.run(&["help", verb], ""));
        for others in [[verb, "--help"], ["--help", verb]] {
            assert_eq!(shown, help(&sandbox.run(&others, "")), "{others:?}");
        }
        assert_eq!(
            shown,
            help(&sandbox.run(&["help", verb, "x"], "")),
            "{verb}"
        );
        assert!(shown.contains("Usage: docker-credential-swr"), "{shown}");
    }
}

#[test]
fn an_error_names_the_wrong_argument() {
    let sandbox = Sandbox::new();
    for (arguments, said) in [
        (
            &["get", HOST][..],
            "error: `get` reads the registry from stdin\nhint: echo HOST | docker-credential-swr get\n",
        ),
        (
            &["list", "extra"],
            "error: something is given that belongs to no option\nhint: docker-credential-swr list --help\n",
        ),
        (
            &["store", "--regoin", "cn-north-4"],
            "error: there is no option `--regoin`; did you mean `--region`?\nhint: docker-credential-swr store --help\n",
        ),
        (
            &["rotate", "--backend", "file"],
            "error: there is no option `--backend`\nhint: docker-credential-swr rotate --help\n",
        ),
        (
            &["print", "cn-north-4,cn-east-3"],
            "error: this takes one registry\n",
        ),
        (
            &["configure", "--region", "Bejing4"],
            "error: `Bejing4` is not the ID of a region\nhint: did you mean `cn-north-4`?\n",
        ),
        (
            &["doctor", "cn-nroth-4"],
            "error: the region `cn-nroth-4` is not in the list, so its cloud is unknown\n\
             hint: did you mean `cn-north-4`? if not, name the registry's host, such as swr.cn-nroth-4.myhuaweicloud.com\n",
        ),
    ] {
        let outcome = sandbox.run(arguments, "");
        assert_eq!(
            (&*outcome.stderr, outcome.code),
            (said, Some(1)),
            "{outcome:#?}"
        );
    }
    let outcome = sandbox.run(&["docter", "x"], "");
    assert_eq!(
        outcome.stdout,
        "docker-credential-swr: unknown action: docter\n"
    );
    assert_eq!(outcome.stderr, "hint: docker-credential-swr doctor\n");
}

/// Returns the verbs for people from the usage, so that a new one is not forgotten here.
fn verbs(usage: &str) -> Vec<String> {
    let (_, commands) = usage.split_once("Commands:\n").unwrap();
    commands
        .lines()
        .map_while(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .filter(|verb| !PROTOCOL.contains(verb) && *verb != "help")
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn help(outcome: &Outcome) -> String {
    assert_eq!(outcome.stderr, "", "{outcome:#?}");
    outcome.ok().to_owned()
}

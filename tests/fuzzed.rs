//! Every input that the fuzzers found worth keeping, asked again: what must hold for any input
//! holds for it, and for each beginning of it.
#![cfg(feature = "cloud")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "this is test code"
)]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[allow(
    unreachable_pub,
    missing_docs,
    reason = "to the fuzzers it is a library"
)]
#[path = "fuzz/src/lib.rs"]
mod properties;

const CORPORA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/fuzz");

#[test]
fn what_must_hold_for_any_input_holds_for_those_that_were_found() {
    let mut failed = Vec::new();
    for (target, holds) in properties::ALL {
        let inputs = names(&Path::new(CORPORA).join(target));
        assert!(!inputs.is_empty(), "{target}");
        for name in inputs {
            let path = Path::new(CORPORA).join(target).join(&name);
            let input = fs::read(path).unwrap();
            let holds_for_each_beginning =
                || (0..=input.len()).for_each(|end| holds(&input[..end]));
            // The message of its panic is printed when it happens; here all that failed are
            // counted.
            if catch_unwind(holds_for_each_beginning).is_err() {
                failed.push(format!("{target}/{name}"));
            }
        }
    }
    assert_eq!(failed, [] as [&str; 0], "see above");
}

#[test]
fn every_corpus_has_its_property_and_its_fuzzer() {
    let targets: Vec<_> = properties::ALL.map(|(target, _)| target).to_vec();
    assert_eq!(names(Path::new(CORPORA)), targets);
    let manifest = include_str!("fuzz/Cargo.toml");
    let fuzzers = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("name = "));
    let mut fuzzers: Vec<_> = fuzzers.map(|name| name.trim_matches('"')).collect();
    // The package and its library have names too.
    fuzzers.drain(..2);
    fuzzers.sort_unstable();
    assert_eq!(fuzzers, targets);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

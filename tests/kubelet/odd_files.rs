//! Odd configurations, with what the kubelet's own code and this program make of them:
//! `tests/data/kubelet/odd-files.jsonl`.
//!
//! A line is a case. It is the usual file with `to` in place of `from`, or `text` is all of it.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use serde_json::Value;

const CASES: &str = include_str!("../data/kubelet/odd-files.jsonl");

/// The usual file.
pub(crate) const USUAL: &str = "apiVersion: kubelet.config.k8s.io/v1alpha1
kind: CredentialProviderConfig
providers:
  - name: other
    apiVersion: credentialprovider.kubelet.k8s.io/v1
    matchImages: [a.example]
    defaultCacheDuration: 1m
";

/// An odd file.
pub(crate) struct OddFile {
    pub(crate) name: String,
    pub(crate) text: String,
    /// What a kubelet does: `taken` or `refused`.
    pub(crate) kubelet: String,
    /// What this program says of it: the same, or `not followed`.
    pub(crate) here: String,
}

/// Returns them all.
pub(crate) fn all() -> Vec<OddFile> {
    CASES.lines().map(odd_file).collect()
}

fn odd_file(line: &str) -> OddFile {
    let case: Value = serde_json::from_str(line).expect("a case is JSON");
    let field = |name: &str| case[name].as_str().map(str::to_owned);
    let text = field("text").unwrap_or_else(|| {
        let from = field("from").expect("a text or a change");
        assert!(USUAL.contains(&from), "{line}");
        USUAL.replacen(&from, &field("to").expect("a change"), 1)
    });
    OddFile {
        name: field("case").expect("a name"),
        text,
        kubelet: field("kubelet").expect("a verdict"),
        here: field("here").expect("a verdict"),
    }
}

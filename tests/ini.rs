//! The profile file of Huawei's SDK is read as Python's configparser reads it.
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::collections::BTreeMap;

use docker_credential_swr::config::ini::Ini;
use serde_json::Value;
use support::python;

const COUNT: &str = "20000";

#[test]
fn random_files_are_read_as_python_reads_them() {
    let Some(mut oracle) = python::script("standin/ini.py") else {
        return;
    };
    let seed = std::process::id().to_string();
    let output = oracle.args([&seed, COUNT]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let (mut read, mut refused) = (0, 0);
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = case["text"].as_str().unwrap();
        let found = match Ini::parse(text).and_then(|ini| ini.section("basic")) {
            Err(_) => Value::Bool(false),
            Ok(None) => Value::Null,
            Ok(Some(values)) => {
                let shown: BTreeMap<_, _> = values
                    .iter()
                    .map(|(name, value)| (name, value.expose()))
                    .collect();
                serde_json::to_value(shown).unwrap()
            }
        };
        assert_eq!(found, case["expected"], "seed {seed}: {text:?}");
        match found {
            Value::Bool(_) => refused += 1,
            Value::Object(values) if !values.is_empty() => read += 1,
            _ => {}
        }
    }
    assert!(
        read > 500 && refused > 500,
        "{read} read, {refused} refused"
    );
}

//! docker's config.json: what docker takes is taken, an entry changes one place of the text, and
//! goes without a trace.

use std::collections::BTreeSet;

use docker_credential_swr::config::docker_config::{Added, DockerConfig, DockerConfigError};
use serde::de::IgnoredAny;
use serde_json::Value;

const HOSTS: [&str; 2] = ["h", "swr.eu-de.otc.t-systems.com"];

/// Holds for any bytes in the file.
pub fn holds(text: &[u8]) {
    let config = match DockerConfig::parse(Some(text.to_vec())) {
        Ok(config) => config,
        Err(error) => {
            super::is_one_line(&error.to_string());
            let is_syntax = matches!(error, DockerConfigError::Syntax { .. });
            assert!(!is_syntax || !starts_with_an_object(text), "{error}");
            return;
        }
    };
    assert_eq!(config.text(), Some(text));
    for host in HOSTS {
        adds_and_removes(text, host);
    }
    adds_and_removes_both(text);
    removes_only_ours(text);
}

fn adds_and_removes(before: &[u8], host: &str) {
    let mut config = parse(before);
    let helper = config.helper_of(host);
    let Ok(added) = config.add(host) else {
        panic!("docker would refuse what was made of it");
    };
    let after = config.text().expect("a file").to_vec();
    let (gone, new) = difference(before, &after);
    match &added {
        Added::Already => assert!(gone.is_empty() && new.is_empty()),
        Added::New => assert!(gone.is_empty() || gone == b"null"),
        // The helper's name, or what of it was not there.
        Added::Instead(_) => assert!(new.len() <= b"\"swr\"".len()),
    }
    assert_eq!(config.helper_of(host).as_deref(), Some("swr"));
    assert!(config.hosts_of("swr").iter().any(|named| named == host));
    assert!(config.names_a_store());
    assert_eq!(config.add(host), Ok(Added::Already));
    others_are_the_same(before, &after, host);

    if added == Added::New {
        assert_eq!(
            config.remove(|named| named == host),
            Ok(vec![host.to_owned()])
        );
        assert_eq!(config.text(), Some(before), "an entry left a trace");
        assert_eq!(config.helper_of(host), helper);
    }
}

/// In whatever order two entries go, nothing of them stays.
fn adds_and_removes_both(before: &[u8]) {
    for order in [HOSTS, [HOSTS[1], HOSTS[0]]] {
        let mut config = parse(before);
        if HOSTS.map(|host| config.add(host)) != [Ok(Added::New), Ok(Added::New)] {
            return;
        }
        for host in order {
            assert_eq!(
                config.remove(|named| named == host),
                Ok(vec![host.to_owned()])
            );
        }
        assert_eq!(config.text(), Some(before), "two entries left a trace");
    }
}

fn removes_only_ours(before: &[u8]) {
    let (then, mut config) = (parse(before), parse(before));
    let removed = config.remove(|_| true).expect("docker takes what is left");
    assert_eq!(config.hosts_of("swr"), Vec::<String>::new());
    let after = config.text().unwrap_or(b"{}").to_vec();
    if removed.is_empty() {
        assert_eq!(after, before);
    }
    let (Some(before), Some(after)) = (value(before), value(&after)) else {
        return;
    };
    assert_eq!(
        without_helpers(before.clone()),
        without_helpers(after.clone())
    );
    for other in hosts(&before).difference(&removed.into_iter().collect()) {
        assert_eq!(then.helper_of(other), config.helper_of(other), "{other}");
    }
}

/// Whatever stands beside the entry is the same to another parser, and so is every other registry's
/// helper.
fn others_are_the_same(before: &[u8], after: &[u8], host: &str) {
    let (then, now) = (parse(before), parse(after));
    for other in HOSTS.into_iter().filter(|other| *other != host) {
        assert_eq!(then.helper_of(other), now.helper_of(other));
        assert_eq!(then.has_plain_login(other), now.has_plain_login(other));
    }
    assert_eq!(then.has_plain_login(host), now.has_plain_login(host));
    let (Some(before), Some(after)) = (value(before), value(after)) else {
        return;
    };
    for other in hosts(&before).iter().filter(|other| *other != host) {
        assert_eq!(then.helper_of(other), now.helper_of(other), "{other}");
    }
    assert_eq!(without_helpers(before), without_helpers(after));
}

/// Returns what of `before` is not in `after`, and the other way round, between what both begin and
/// end with.
fn difference<'a>(before: &'a [u8], after: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[same..], &after[same..]);
    let pairs = before.iter().rev().zip(after.iter().rev());
    let same = pairs.take_while(|(a, b)| a == b).count();
    (&before[..before.len() - same], &after[..after.len() - same])
}

/// Whether another parser, which does not look at what is inside strings either, finds an object
/// first.
fn starts_with_an_object(text: &[u8]) -> bool {
    let first = text.iter().find(|byte| !b" \t\r\n".contains(byte));
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    first == Some(&b'{') && matches!(values.next(), Some(Ok(_)))
}

/// Returns the first value as another parser reads it, where it does.
fn value(text: &[u8]) -> Option<Value> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter();
    values.next()?.ok()
}

fn without_helpers(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|key, _| !names_helpers(key));
        return value;
    }
    // A file that says nothing has become an object with an entry, or the other way round.
    Value::Object(serde_json::Map::new())
}

/// Returns the registries that have an entry of their own, of whatever value.
fn hosts(value: &Value) -> BTreeSet<String> {
    let fields = value.as_object().into_iter().flatten();
    let helpers = fields.filter(|(key, _)| names_helpers(key));
    let maps = helpers.filter_map(|(_, map)| map.as_object());
    maps.flat_map(|map| map.keys().cloned()).collect()
}

/// As Go folds letters: two of them are no ASCII.
fn names_helpers(key: &str) -> bool {
    key.replace('\u{17f}', "s")
        .eq_ignore_ascii_case("credHelpers")
}

fn parse(text: &[u8]) -> DockerConfig {
    DockerConfig::parse(Some(text.to_vec())).expect("taken before")
}

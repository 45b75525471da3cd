//! A secret goes only to a host that is, byte for byte, an SWR host of the account's cloud or a
//! stored one.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

#[path = "hosts/cases.rs"]
mod cases;
#[path = "hosts/rule.rs"]
mod rule;
#[cfg(feature = "cloud")]
#[path = "hosts/sources.rs"]
mod sources;
#[path = "hosts/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};

use cases::Generator;
use docker_credential_swr::command::error::{NO_SERVER_URL, NOT_FOUND};
use rule::permitted;
#[cfg(feature = "cloud")]
use rule::permitted_outside;
#[cfg(feature = "cloud")]
use sources::Source;
use support::{is_long, say, told};
use world::World;

const LOOK_ALIKES: &str = include_str!("data/look-alikes.txt");

#[test]
fn a_secret_goes_only_to_its_own_host() {
    let cases = if is_long() { 1_000_000 } else { 20_000 };
    let seed = seed();
    say(&format!("hosts: {cases} cases, SWR_TEST_SEED={seed}"));
    let worlds = [
        World::with_account("myhuaweicloud.com"),
        World::with_account("otc.t-systems.com"),
        World::with_named_account("myhuaweicloud.eu"),
    ];
    let mut generator = Generator::new(seed);
    let (mut answered, mut refused) = (0, 0);
    for number in 0..cases {
        let world = &worlds[number % worlds.len()];
        let case = generator.case();
        let text = String::from_utf8_lossy(&case.text);
        let answer = world.get_in_memory(&case.text);
        if number % 100 < worlds.len() {
            // The real verb, with its files.
            assert_eq!(world.get(&case.text).secret, answer.secret, "{text:?}");
        }
        let place = permitted(&case.text, world.cloud);
        match &answer.secret {
            Some(secret) => {
                answered += 1;
                assert_eq!(
                    Some(secret.as_str()),
                    place.map(|place| world.secret_of(&place)),
                    "case {number} of seed {seed}: {text:?}"
                );
            }
            None => {
                refused += 1;
                // Otherwise a helper that never answers would pass.
                assert!(
                    place.is_none() || !case.is_plain,
                    "case {number} of seed {seed}: nothing for {text:?}: {}",
                    answer.line
                );
                assert!(
                    !world.shows_secret(&answer.line),
                    "case {number} of seed {seed}: {text:?}"
                );
            }
        }
    }
    say(&format!("hosts: {answered} answered, {refused} not"));
    assert!(answered > cases / 20 && refused > cases / 20);
}

#[test]
fn no_look_alike_of_a_host_gets_a_login() {
    let world = World::with_account("myhuaweicloud.com");
    let mut seen = BTreeSet::new();
    let mut wrong = String::new();
    for line in LOOK_ALIKES.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (expected, escaped) = line.split_once(' ').expect("a word and a text");
        assert!(seen.insert(escaped), "twice: {escaped}");
        let answer = world.get(&unescaped(escaped));
        let said = match answer.line.as_str() {
            _ if answer.secret.is_some() || world.shows_secret(&answer.line) => "ANSWERED",
            NOT_FOUND => "missing",
            NO_SERVER_URL => "refused",
            line if line.starts_with("the server URL is refused: ") => "refused",
            line if line.starts_with("stdin ") => "refused",
            line if line.contains("is SWR Enterprise edition") => "refused",
            _ => "?",
        };
        if said != expected {
            writeln!(wrong, "{said} {escaped}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "not as the table says:\n{wrong}");
    assert!(seen.len() >= 200, "only {}", seen.len());
}

#[cfg(feature = "cloud")]
#[test]
fn no_source_of_identities_serves_another_host() {
    let cases = if is_long() { 50_000 } else { 1_500 };
    let seed = seed();
    say(&format!(
        "hosts: {cases} cases a source, SWR_TEST_SEED={seed}"
    ));
    for source in Source::all() {
        let mut generator = Generator::new(seed);
        let (mut handed_out, mut kept) = (0, 0);
        for number in 0..cases {
            let case = generator.case();
            let may = permitted_outside(&case.text, source.clouds);
            let text = String::from_utf8_lossy(&case.text);
            let at = || format!("{}: case {number} of seed {seed}: {text:?}", source.name);
            match source.hands_out(&case.text) {
                true => {
                    handed_out += 1;
                    assert!(may, "{}", at());
                }
                false => {
                    kept += 1;
                    assert!(!may || !case.is_plain, "{}", at());
                }
            }
        }
        assert!(handed_out > 10 && kept > cases / 2, "{}", source.name);
    }
}

#[cfg(feature = "cloud")]
#[test]
fn no_source_of_identities_serves_a_look_alike() {
    for source in Source::all() {
        assert!(source.hands_out(format!("swr.cn-north-4.{}", source.clouds[0]).as_bytes()));
        for line in LOOK_ALIKES.lines() {
            let Some((_, escaped)) = line.split_once(' ').filter(|_| !line.starts_with('#')) else {
                continue;
            };
            let text = unescaped(escaped);
            // A look-alike of one cloud may be a true host of another's.
            let may = permitted_outside(&text, source.clouds);
            assert!(
                may || !source.hands_out(&text),
                "{}: {escaped}",
                source.name
            );
        }
    }
}

fn seed() -> u64 {
    match told("SWR_TEST_SEED") {
        Some(seed) => seed.to_str().unwrap().parse().unwrap(),
        None => RandomState::new().hash_one(()),
    }
}

/// Returns the bytes that a line of the table describes.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at + 1..];
        let (kind, behind) = escape.split_at(1);
        rest = behind;
        match kind {
            "n" => bytes.push(b'\n'),
            "r" => bytes.push(b'\r'),
            "t" => bytes.push(b'\t'),
            "\\" => bytes.push(b'\\'),
            "x" => {
                let (digits, behind) = rest.split_at(2);
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = behind;
            }
            "u" => {
                let (digits, behind) = rest.strip_prefix('{').unwrap().split_once('}').unwrap();
                let number = u32::from_str_radix(digits, 16).unwrap();
                bytes.extend_from_slice(char::from_u32(number).unwrap().to_string().as_bytes());
                rest = behind;
            }
            _ => panic!("an unknown escape in {text}"),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

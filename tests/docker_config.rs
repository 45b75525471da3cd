//! docker's config.json: what is accepted and refused, how entries are added and removed.
//!
//! `accepted` holds files that docker reads without a warning, `added` the same with an entry more,
//! `imported` those of them without their logins that have one for the same registry; `refused`
//! holds files that docker warns of, with the line that we say.

#[path = "support/sample.rs"]
mod sample;

use docker_credential_swr::config::docker_config::{Added, DockerConfig, FileLogin};
use std::path::{Path, PathBuf};

use sample::HOST;

const OTHERS: [&str; 3] = [
    "swr.ap-southeast-3.myhuaweicloud.com",
    "swr.eu-west-101.myhuaweicloud.eu",
    "localhost:5000",
];

#[test]
fn added_entries_match_the_collection() {
    for (name, before) in files("accepted") {
        let expected = std::fs::read(data("added").join(&name)).expect(&name);
        let mut config = parse(&before);
        assert_eq!(config.add(HOST), Ok(Added::New), "{name}");
        assert_same(config.text(), &expected, &name);

        assert_eq!(config.add(HOST), Ok(Added::Already), "{name}");
        assert_same(config.text(), &expected, &name);
    }
}

#[test]
fn removing_the_entry_restores_each_file() {
    for (name, before) in files("accepted") {
        let mut config = parse(&before);
        let mut steps = vec![before];
        for host in [HOST].iter().chain(&OTHERS) {
            config.add(host).expect(&name);
            steps.push(config.text().expect(&name).to_vec());
        }
        for host in OTHERS.iter().rev().chain([&HOST]) {
            steps.pop();
            let removed = config.remove(|entry| entry == *host);
            assert_eq!(removed, Ok(vec![host.to_string()]), "{name}");
            assert_same(config.text(), &steps[steps.len() - 1], &name);
        }
    }
}

#[test]
fn removed_logins_match_the_collection() {
    for (name, before) in files("accepted") {
        let folder = match data("imported").join(&name).exists() {
            true => "imported",
            false => "added",
        };
        let expected = std::fs::read(data(folder).join(&name)).expect(&name);
        let mut config = parse(&before);
        assert_eq!(
            config.plain_logins(HOST).is_empty(),
            folder == "added",
            "{name}"
        );
        config.add(HOST).expect(&name);
        config.remove_logins(HOST).expect(&name);
        assert_same(config.text(), &expected, &name);
        assert!(config.plain_logins(HOST).is_empty(), "{name}");

        // In any order of removal, the rest is unchanged.
        let mut without = parse(&before);
        without.remove_logins(HOST).expect(&name);
        config.remove(|host| host == HOST).expect(&name);
        assert_same(config.text(), without.text().expect(&name), &name);
    }
    let shown = files("imported").len();
    assert!(shown > 5, "{shown}");
}

#[test]
fn refuses_what_docker_refuses() {
    for (name, text) in files("refused")
        .into_iter()
        .filter(|(name, _)| name.ends_with(".json"))
    {
        let expected = std::fs::read_to_string(data("refused").join(&name).with_extension("error"))
            .expect(&name);
        let error = DockerConfig::parse(Some(text))
            .err()
            .unwrap_or_else(|| panic!("{name} was taken"));
        assert_eq!(error.to_string(), expected.trim_end(), "{name}");
    }
}

#[test]
fn a_file_we_created_is_deleted_with_its_last_entry() {
    let mut config = DockerConfig::parse(None).unwrap();
    assert_eq!(config.text(), None);
    config.add(HOST).unwrap();
    config.add(OTHERS[0]).unwrap();
    assert_same(
        config.text(),
        b"{\n\t\"credHelpers\": {\n\t\t\"swr.cn-north-4.myhuaweicloud.com\": \"swr\",\n\
          \t\t\"swr.ap-southeast-3.myhuaweicloud.com\": \"swr\"\n\t}\n}\n",
        "a file of our own",
    );
    assert_eq!(config.remove(|host| host == HOST).unwrap(), [HOST]);
    assert_eq!(config.remove(|_| true).unwrap(), [OTHERS[0]]);
    assert_eq!(config.text(), None);
}

#[test]
fn a_file_with_other_content_is_kept() {
    for (before, after) in [
        (
            "{\n\t\"credHelpers\": {\n\t\t\"localhost\": \"swr\"\n\t}\n}",
            "{}",
        ),
        (
            "{\n\t\"credHelpers\": {\n\t\t\n\t}\n}\n",
            "{\n\t\"credHelpers\": {\n\t\t\n\t}\n}\n",
        ),
        (r#"{"credHelpers": {"localhost": "swr"} } more"#, "{} more"),
        (
            r#"{"credHelpers": {"a": "swr", "b": "c"}}"#,
            r#"{"credHelpers": {"b": "c"}}"#,
        ),
        (
            r#"{"credHelpers": {"a": "swr", "b": "c", "d": "swr"}, "x": 1}"#,
            r#"{"credHelpers": {"b": "c"}, "x": 1}"#,
        ),
        (r#"{"credHelpers": {"a": "swr"}, "x": 1}"#, r#"{"x": 1}"#),
        (
            r#"{"credHelpers": {"a": "swr"}, "x": 1, "CREDHELPERS": {"b": "swr"}}"#,
            r#"{"x": 1}"#,
        ),
    ] {
        let mut config = parse(before.as_bytes());
        config.remove(|_| true).unwrap();
        assert_same(config.text(), after.as_bytes(), before);
    }
}

#[test]
fn only_our_own_entries_are_removed() {
    let text = r#"{"credHelpers": {"ghcr.io": "ghcr-login", "gcr.io": "SWR", "a": "swr2", "b": null}, "auths": {"c": {}}}"#;
    let mut config = parse(text.as_bytes());
    assert_eq!(config.remove(|_| true), Ok(Vec::new()));
    assert_same(config.text(), text.as_bytes(), "only ours");
}

#[test]
fn replaces_another_helper() {
    for (before, after, former) in [
        (
            r#"{"credHelpers":{"HOST":"desktop" ,"a":"b"}}"#,
            r#"{"credHelpers":{"HOST":"swr" ,"a":"b"}}"#,
            "desktop",
        ),
        (
            r#"{"credHelpers":{"HOST":"swr","HOST":"x"}}"#,
            r#"{"credHelpers":{"HOST":"swr","HOST":"swr"}}"#,
            "x",
        ),
        (
            r#"{"credHelpers":{"HOST":null}}"#,
            r#"{"credHelpers":{"HOST":"swr"}}"#,
            "",
        ),
        (
            r#"{"credHelpers":{"HOST":"x"},"credhelpers":{"a":"b"}}"#,
            r#"{"credHelpers":{"HOST":"swr"},"credhelpers":{"a":"b"}}"#,
            "x",
        ),
    ] {
        let [before, after] = [before, after].map(|text| text.replace("HOST", HOST));
        let mut config = parse(before.as_bytes());
        assert_eq!(
            config.add(HOST),
            Ok(Added::Instead(former.to_string())),
            "{before}"
        );
        assert_same(config.text(), after.as_bytes(), &before);
    }
}

#[test]
fn knows_whether_docker_would_keep_logins_elsewhere() {
    for (text, expected) in [
        ("", false),
        ("{}", false),
        ("null", false),
        (
            r#"{"auths": {}, "credsStore": "", "credHelpers": {}, "psFormat": "x"}"#,
            false,
        ),
        (r#"{"auths": {"a": {}}, "auths": null}"#, false),
        (r#"{"credsStore": null}"#, false),
        (r#"{"credsStore": "pass", "credsStore": null}"#, true),
        (r#"{"AUTHS": {"a": null}}"#, true),
        (r#"{"credHelpers": {"a": "b"}}"#, true),
    ] {
        assert_eq!(parse(text.as_bytes()).names_a_store(), expected, "{text}");
    }
    assert!(!DockerConfig::parse(None).unwrap().names_a_store());
}

#[test]
fn finds_a_login_that_stands_in_the_file() {
    for (auths, expected) in [
        (r#"{"localhost:5000": {"auth": "YTpi"}}"#, true),
        (r#"{"https://LOCALHOST:5000/v2/": {"Password": "x"}}"#, true),
        (r#"{"http://localhost:5000": {"identitytoken": "x"}}"#, true),
        (r#"{"localhost:5000": {}}"#, false),
        (r#"{"localhost:5000": null}"#, false),
        (
            r#"{"localhost:5000": {"auth": "", "username": "a"}}"#,
            false,
        ),
        (
            r#"{"localhost": {"auth": "YTpi"}, "xlocalhost:5000": {"auth": "YTpi"}}"#,
            false,
        ),
    ] {
        let config = parse(format!(r#"{{"auths": {auths}}}"#).as_bytes());
        assert_eq!(
            config.has_plain_login("localhost:5000"),
            expected,
            "{auths}"
        );
    }
}

#[test]
fn a_login_is_what_docker_hands_to_a_helper() {
    for (entry, username, password) in [
        (r#"{"auth": "YTpiOmM="}"#, "a", "b:c"),
        (r#"{"auth": "YTpi\/w=="}"#, "", ""),
        (r#"{"auth": "YT\u0070iOmM="}"#, "a", "b:c"),
        (r#"{"auth": "YTp\niOmM="}"#, "a", "b:c"),
        (r#"{"auth": "YTpiAAA="}"#, "a", "b"),
        (
            r#"{"username": "a", "password": "p\"\u00e9"}"#,
            "a",
            "p\"\u{e9}",
        ),
        (
            r#"{"username": "x", "password": "y", "AUTH": "YTpi"}"#,
            "a",
            "b",
        ),
        (
            r#"{"username": "x", "username": "a", "Password": "b", "password": null}"#,
            "a",
            "b",
        ),
        (r#"{"auth": "YTo=", "identitytoken": "t"}"#, "<token>", "t"),
        (r#"{"username": "a", "registrytoken": "t"}"#, "a", ""),
        (r#"{"password": "b"}"#, "", "b"),
    ] {
        let config = parse(format!(r#"{{"auths": {{"{HOST}": {entry}}}}}"#).as_bytes());
        let login = FileLogin {
            address: HOST.to_string(),
            username: username.to_string(),
            password: password.into(),
        };
        let expected = [Some(login)];
        let expected = if username.is_empty() && password.is_empty() {
            // Bytes that are not UTF-8.
            &[None][..]
        } else {
            &expected
        };
        assert_eq!(config.plain_logins(HOST), expected, "{entry}");
        assert!(!format!("{:?}", config.plain_logins(HOST)).contains("b:c"));
    }
}

#[test]
fn only_the_login_of_a_whole_registry_counts() {
    let auths = |address: &str| format!(r#"{{"auths": {{"{address}": {{"auth": "YTpi"}}}}}}"#);
    for (address, is_of_host, is_of_whole) in [
        ("localhost:5000", true, true),
        ("https://LocalHost:5000/v2/", true, true),
        ("http://localhost:5000/v1", true, true),
        ("localhost:5000/", true, true),
        ("localhost:5000/team", true, false),
        ("localhost:5000/v2/team", true, false),
        ("https://localhost:5000/v1/access-token", true, false),
        ("localhost:443", false, false),
        ("localhost:50000", false, false),
        ("localhost:5000.example.com", false, false),
        ("", false, false),
    ] {
        let mut config = parse(auths(address).as_bytes());
        assert_eq!(
            config.has_plain_login("localhost:5000"),
            is_of_host,
            "{address}"
        );
        assert_eq!(
            config.plain_logins("localhost:5000").len(),
            usize::from(is_of_whole),
            "{address}"
        );
        config.remove_logins("localhost:5000").unwrap();
        let expected = if is_of_whole {
            r#"{"auths": {}}"#
        } else {
            &auths(address)
        };
        assert_same(config.text(), expected.as_bytes(), address);
    }
    let config = parse(auths("localhost:443").as_bytes());
    assert_eq!(config.plain_logins("localhost").len(), 1);
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    for text in ["[".repeat(5_000_000), r#"{"a":"#.repeat(1_000_000)] {
        assert!(DockerConfig::parse(Some(text.into_bytes())).is_err());
    }
}

/// Removing the entries in any order restores every random layout.
#[test]
fn removing_the_entry_restores_any_layout() {
    for seed in 0..2_000 {
        let dice = &mut Dice::new(seed);
        let before = dice.config();
        let shown = String::from_utf8_lossy(&before).into_owned();
        let mut config = parse(&before);
        let mut hosts: Vec<&str> = [HOST]
            .into_iter()
            .chain(OTHERS)
            .filter(|_| dice.roll(3) > 0)
            .collect();
        for host in &hosts {
            assert_eq!(config.add(host), Ok(Added::New), "{shown}");
            assert_eq!(config.add(host), Ok(Added::Already), "{shown}");
        }
        assert_adds_only(&hosts, &before, config.text().unwrap());
        while !hosts.is_empty() {
            let host = hosts.remove(dice.roll(hosts.len()));
            assert_eq!(
                config.remove(|entry| entry == host),
                Ok(vec![host.to_string()]),
                "{shown}"
            );
            let mut straight = parse(&before);
            hosts.iter().for_each(|host| drop(straight.add(host)));
            assert_same(config.text(), straight.text().unwrap(), &shown);
        }
        assert_same(config.text(), &before, &shown);
    }
}

/// A login is removed from any place, and every other byte is kept.
#[test]
fn a_login_is_removed_from_any_layout() {
    for seed in 0..2_000 {
        let dice = &mut Dice::new(seed);
        let layout = Layout::new(dice);
        let addresses = [
            HOST,
            "https://ghcr.io",
            OTHERS[2],
            "https://index.docker.io/v1/",
        ];
        let mut entries = Vec::new();
        for address in addresses {
            if dice.roll(4) == 0 {
                continue;
            }
            let login = [("auth".to_string(), r#""YTpi""#.to_string())];
            entries.push((address.to_string(), layout.object(dice, 2, &login)));
        }
        let auths = layout.object(dice, 1, &entries);
        let around = dice.config();
        // As an extra member, before the others.
        let Some(brace) = around.iter().position(|byte| *byte == b'{') else {
            continue;
        };
        let has_members = parse(&around).text().is_some() && !is_empty_object(&around);
        let comma = if has_members { "," } else { "" };
        let (head, tail) = around.split_at(brace + 1);
        let [head, tail] = [head, tail].map(|part| String::from_utf8_lossy(part).into_owned());
        let text = |auths: &str| format!("{head}\"auths\": {auths}{comma}{tail}");
        let before = text(&auths);

        let mut config = parse(before.as_bytes());
        config.remove_logins(HOST).unwrap();
        let after = config.text().unwrap();
        let after = std::str::from_utf8(after).unwrap();
        let within = after
            .strip_prefix(&format!("{head}\"auths\": "))
            .and_then(|rest| rest.strip_suffix(&format!("{comma}{tail}")))
            .unwrap_or_else(|| panic!("{before}\n{after}"));
        let mut expected: serde_json::Value = serde_json::from_str(&auths).unwrap();
        let had = expected.as_object_mut().unwrap().remove(HOST).is_some();
        let found: serde_json::Value = serde_json::from_str(within).unwrap();
        assert_eq!(found, expected, "{before}");
        match (had, entries.len()) {
            (false, _) => assert_eq!(after, before),
            (true, 1) => assert_eq!(within, "{}", "{before}"),
            (true, _) => {
                for (address, entry) in entries.iter().filter(|(address, _)| address != HOST) {
                    assert!(within.contains(&format!("{address:?}")) && within.contains(entry));
                }
            }
        }
    }
}

fn is_empty_object(text: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<serde_json::Value>();
    matches!(values.next(), Some(Ok(serde_json::Value::Object(object))) if object.is_empty())
}

/// A text with a few wrong bytes is refused, or its bytes are restored.
#[test]
fn survives_any_bytes() {
    for seed in 0..2_000 {
        let dice = &mut Dice::new(seed);
        let mut text = dice.config();
        for _ in 0..=dice.roll(3) {
            let at = dice.roll(text.len() + 1);
            let until = (at + dice.roll(3)).min(text.len());
            let new = dice.pick(&[
                "", "{", "}", "[", "\"", ",", ":", "\\", "\n", " ", "1", "null", "\0", "\u{feff}",
            ]);
            text.splice(at..until, new.bytes());
        }
        let Ok(mut config) = DockerConfig::parse(Some(text.clone())) else {
            continue;
        };
        if config.add(HOST) == Ok(Added::New) {
            config.remove(|host| host == HOST).unwrap();
            assert_same(config.text(), &text, "after wrong bytes");
        }
    }
}

/// Compares the values that another parser reads: the old ones are all kept, and the entries are
/// added.
fn assert_adds_only(hosts: &[&str], before: &[u8], after: &[u8]) {
    let one_name = |text: &[u8]| {
        String::from_utf8_lossy(text)
            .replace("CredHelpers", "credHelpers")
            .replace("credHelper\u{17f}", "credHelpers")
    };
    let value = |text: &[u8]| serde_json::from_str::<serde_json::Value>(&one_name(text));
    let Ok(after) = value(after) else { return };
    let mut expected = value(before).unwrap_or_default();
    for host in hosts {
        expected["credHelpers"][host] = "swr".into();
    }
    assert_eq!(after, expected, "{}", String::from_utf8_lossy(before));
}

fn assert_same(found: Option<&[u8]>, expected: &[u8], name: &str) {
    let shown = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    assert!(
        found == Some(expected),
        "{name}:\n{:?}\n{:?}",
        found.map(shown),
        shown(expected)
    );
}

fn parse(text: &[u8]) -> DockerConfig {
    DockerConfig::parse(Some(text.to_vec()))
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(text)))
}

fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(data(folder)).expect("the folder is part of the package");
    let paths = entries.map(|entry| entry.expect("a folder that can be read").path());
    let file = |path: PathBuf| {
        let name = path
            .file_name()
            .expect("an entry has a name")
            .to_string_lossy()
            .into_owned();
        (name, std::fs::read(&path).expect("a file that can be read"))
    };
    paths.map(file).collect()
}

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/docker-config")
        .join(folder)
}

/// A small random number generator (xorshift), so that a failure is the same on every machine.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Returns a number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    fn config(&mut self) -> Vec<u8> {
        let layout = Layout::new(self);
        let root = match self.roll(12) {
            0 => String::new(),
            1 => "null".to_string(),
            _ => {
                let count = self.roll(4);
                let mut members: Vec<_> = (0..count)
                    .map(|at| (format!("x-{at}"), self.value(&layout, 1)))
                    .collect();
                for _ in 0..self.pick(&[0, 1, 1, 1, 2]) {
                    let name = self.pick(&[
                        "credHelpers",
                        "credHelpers",
                        "CredHelpers",
                        "credHelper\u{17f}",
                    ]);
                    let at = self.roll(members.len() + 1);
                    members.insert(at, (name.to_string(), self.helpers(&layout)));
                }
                layout.object(self, 0, &members)
            }
        };
        let [before, after] =
            [(); 2].map(|()| self.pick(&["", "", "", "\n", " ", "\r\n", "\t \n\n"]));
        format!("{before}{root}{after}").into_bytes()
    }

    fn helpers(&mut self, layout: &Layout) -> String {
        if self.roll(6) == 0 {
            return "null".to_string();
        }
        let count = self.roll(3);
        let member = |at| (format!("{at}.example.com"), r#""other""#.to_string());
        layout.object(self, 1, &(0..count).map(member).collect::<Vec<_>>())
    }

    fn value(&mut self, layout: &Layout, depth: usize) -> String {
        match self.roll(if depth < 3 { 8 } else { 6 }) {
            0 => "1.0".to_string(),
            1 => "-0e-7".to_string(),
            2 => "98765432109876543210".to_string(),
            3 => r#""\"}{][,:\\ \u00e9 \ud83d\ude00""#.to_string(),
            4 => "null".to_string(),
            5 => "[ ]".to_string(),
            6 => format!("[{},true]", self.value(layout, depth + 1)),
            _ => {
                let inner = (0..self.roll(3))
                    .map(|at| at.to_string())
                    .collect::<Vec<_>>();
                let members: Vec<_> = inner
                    .into_iter()
                    .map(|key| (key, self.value(layout, depth + 1)))
                    .collect();
                layout.object(self, depth, &members)
            }
        }
    }
}

/// A random layout of one text, which sometimes has an error.
struct Layout {
    line_end: &'static str,
    indent: &'static str,
    colon: &'static str,
    comma: &'static str,
}

impl Layout {
    fn new(dice: &mut Dice) -> Self {
        Self {
            line_end: dice.pick(&["\n", "\n", "\r\n", "", " "]),
            indent: dice.pick(&["\t", "  ", "    ", "", "   \t"]),
            colon: dice.pick(&[": ", ": ", ":", " : ", ":\n  "]),
            comma: dice.pick(&[",", ",", ", ", " ,"]),
        }
    }

    fn object(&self, dice: &mut Dice, depth: usize, members: &[(String, String)]) -> String {
        let odd = dice.pick(&[
            None,
            None,
            None,
            Some(""),
            Some(" "),
            Some("  "),
            Some("\n"),
            Some("\r\n\r\n\t"),
        ]);
        let line = |depth| {
            odd.map_or_else(
                || format!("{}{}", self.line_end, self.indent.repeat(depth)),
                str::to_string,
            )
        };
        if members.is_empty() {
            return format!("{{{}}}", dice.pick(&["", "", " ", "  ", &line(depth)]));
        }
        let member = |(key, value): &(String, String)| {
            format!("{}{key:?}{}{value}", line(depth + 1), self.colon)
        };
        let members = members
            .iter()
            .map(member)
            .collect::<Vec<_>>()
            .join(self.comma);
        format!("{{{members}{}}}", line(depth))
    }
}

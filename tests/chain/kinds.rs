//! The table of identities in docs/providers.md, row by row, with what each keeps in the kernel's
//! keyring.

use std::fs;
use std::path::Path;

use docker_credential_swr::state::cache::{Cache, State};
use docker_credential_swr::system::environment::Environment;
use linux_keyutils::{KeyRing, KeyRingIdentifier};
use serde_json::json;

use super::support::standin::Standin;
use super::support::{SHORT, cloud, skip};
use super::{CASES, Case, Stage};

/// Each row of the table in docs/providers.md names a case for each place, the API calls that it
/// makes and what it caches.
#[test]
fn each_row_of_the_table_of_identities_holds() {
    let Some(standin) = Standin::start() else {
        return;
    };
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/providers.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, kinds) = page.split_once("## The kinds").unwrap();
    let (kinds, _) = kinds.split_once("\n## ").unwrap();
    let rows = kinds.lines().filter(|line| line.starts_with("| ")).skip(1);
    let mut held = 0;
    for row in rows {
        Row::of(row).holds(&standin);
        held += 1;
    }
    assert_eq!(held, 18, "a line came or went");
}

/// A row of the table.
struct Row<'a> {
    kind: &'a str,
    places: Vec<&'a str>,
    calls: Vec<&'a str>,
    kept: Vec<&'a str>,
    cases: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn of(row: &'a str) -> Self {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, kind, places, calls, kept, cases, _] = cells[..] else {
            panic!("{row}");
        };
        let listed = |cell: &'a str| cell.split(", ").collect::<Vec<_>>();
        let quoted = |cell: &'a str| cell.split('`').skip(1).step_by(2).collect::<Vec<_>>();
        let kept = listed(kept).into_iter().filter(|kept| *kept != "nothing");
        Self {
            kind,
            places: listed(places)
                .into_iter()
                .filter(|place| !place.starts_with("which "))
                .collect(),
            calls: quoted(calls),
            kept: kept.collect(),
            cases: quoted(cases),
        }
    }

    fn holds(&self, standin: &Standin) {
        assert_eq!(self.places.len(), self.cases.len(), "{}", self.kind);
        for (place, name) in self.places.iter().zip(&self.cases) {
            let path = Path::new(CASES).join(name).with_extension("toml");
            let text = fs::read_to_string(path).expect(name);
            assert!(is_there(place, &text), "{name}: {place}");
            let case = Case::of(&text);
            let made: Vec<_> = case.calls().into_iter().map(shortened).collect();
            assert_eq!(self.calls, made, "{name}");
            if let Some(stage) = case.set_up(standin, true) {
                self.is_kept(&case, &stage);
            }
        }
    }

    /// Fails unless exactly what the row says is cached, and used until it is revoked.
    fn is_kept(&self, case: &Case, stage: &Stage<'_>) {
        let all = case.calls();
        let get = || {
            let first = stage.standin.requests().len();
            let outcome = stage.run(case);
            cloud::is_tight(&stage.sandbox, &outcome);
            (outcome, cloud::calls_after(stage.standin, first))
        };
        let answers = |calls: &[String]| {
            let (outcome, made) = get();
            assert_eq!(outcome.stdout, format!("{}\n", case.expected("stdout")));
            assert_eq!(made, calls, "{}", case.title);
        };
        answers(&all);
        if !stage.keeps() {
            return skip("the kernel's keyring keeps nothing here");
        }
        let mut kept = self.kept.clone();
        kept.sort_unstable();
        assert_eq!(stage.kept(), kept, "{}", case.title);
        answers(&[]);
        let Some(last) = all.last() else {
            return;
        };
        stage.forget_logins();
        answers(std::slice::from_ref(last));

        let is_minted = |kept: &&str| kept.contains(" key") || kept.contains(" token");
        if !self.kept.iter().any(is_minted) {
            return;
        }
        let (call, _) = last.rsplit_once(": ").unwrap();
        let (_, signer) = call.rsplit_once(" by ").unwrap();
        let refused = format!("{call}: 401");
        let mut control = case.control();
        control["revoked"] = json!([signer]);
        // A new key that is refused is not renewed.
        stage.sandbox.run(&["doctor", "--forget"], "");
        stage.standin.behave(&control);
        let (outcome, made) = get();
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        let fresh = [&all[..all.len() - 1], std::slice::from_ref(&refused)].concat();
        assert_eq!(made, fresh, "{}", case.title);
        // A cached key that is refused is renewed once.
        stage.sandbox.run(&["doctor", "--forget"], "");
        stage.standin.behave(&case.control());
        answers(&all);
        stage.forget_logins();
        control["revoked_before"] = json!(true);
        stage.standin.behave(&control);
        answers(&[std::slice::from_ref(&refused), &all].concat());
    }
}

/// Whether the case has its credential from that place.
fn is_there(place: &str, case: &str) -> bool {
    case.contains(match place.split('`').nth(1) {
        Some(name) => name.trim_end_matches('*'),
        None => match place {
            "stored" => "[[before]]",
            "environment" => "[environment]",
            "profile" => ".huaweicloud/credentials",
            "settings" => "settings = '''",
            "metadata service" => "/openstack/",
            _ => panic!("{place}"),
        },
    })
}

/// Returns a call without query, signer and status, and with names for its IDs.
fn shortened(call: String) -> String {
    let call = call.split([':', '?']).next().unwrap();
    let call = call.split(" by ").next().unwrap();
    call.replace("0605767b5e00d5762fb4c00a0a2b0d39", "{project_id}")
        .replace("5a6e8d6e-7a3d-4a2b-9c1f-0123456789ab", "{instance_id}")
}

impl Stage<'_> {
    /// Removes the cached logins, and nothing that they come from.
    fn forget_logins(&self) {
        self.forget("login:");
        self.forget("enhanced:");
    }

    /// Returns what is cached, in the table's words, each with its lifetime.
    fn kept(&self) -> Vec<String> {
        const MARGIN: u64 = 5 * 60;
        const TOLERANCE: u64 = 60;
        let now = Environment::default().now();
        let ring = KeyRing::get_persistent(KeyRingIdentifier::Process).unwrap();
        let start = format!("docker-credential-swr:{}:", self.namespace);
        let mut kept = Vec::new();
        for link in ring.get_links(4_000_000).unwrap().iter() {
            let Some(key) = link.as_key() else { continue };
            let Ok(metadata) = key.metadata() else {
                continue;
            };
            let Some(name) = metadata.get_description().strip_prefix(&start) else {
                continue;
            };
            let entry = String::from_utf8(key.read_to_vec().unwrap()).unwrap();
            let until: u64 = entry.split(' ').next().unwrap().parse().unwrap();
            let (what, margin) = match name.split(':').next().unwrap() {
                "login" | "enhanced" => ("the login", MARGIN),
                "token" => ("the token", MARGIN),
                "federated" => ("the user's key", MARGIN),
                "agency" | "oidc" | "server" | "pod-identity" => ("the agency's key", MARGIN),
                "project" => ("the project's ID", 0),
                "instance" => ("the instance's ID", 0),
                other => panic!("{other}"),
            };
            let lifetime = until + margin - now;
            let hours = (lifetime + TOLERANCE) / 3600;
            assert!(
                (lifetime + TOLERANCE) % 3600 <= 2 * TOLERANCE,
                "{name}: {lifetime}"
            );
            // The service sets the lifetime of a login, here the stand-in.
            kept.push(match (what, hours) {
                ("the login", 1 | 6) => what.to_owned(),
                _ => format!("{what} ({hours} h)"),
            });
        }
        kept.sort_unstable();
        kept
    }

    /// Whether the cache works on this machine.
    fn keeps(&self) -> bool {
        self.with_cache(|cache| matches!(cache.state(0), State::Ready { .. }))
    }

    /// Drops the cache entries whose names start like this.
    fn forget(&self, start: &str) {
        self.with_cache(|cache| cache.forget(&[start.to_owned()], 0));
    }

    fn with_cache<T>(&self, ask: impl FnOnce(&Cache<'_>) -> T) -> T {
        let variables = [("DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE", &*self.namespace)];
        let environment = Environment::from_variables(variables);
        let deadline = environment.deadline(SHORT).unwrap();
        ask(&Cache::open(&environment, deadline).unwrap())
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.forget("");
    }
}

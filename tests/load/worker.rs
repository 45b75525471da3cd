//! One of many users of the same store; it knows which of its logins must be stored.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Outcome, Sandbox};

const NOT_FOUND: &str = "credentials not found in native keychain\n";

/// A host that all write to.
const SHARED: &str = "swr.sh-ared-1.myhuaweicloud.com";

/// Returns the host that only the worker of this number uses.
pub(crate) fn host(number: usize) -> String {
    format!("swr.wk-load-{number}.myhuaweicloud.com")
}

pub(crate) struct Worker<'a> {
    sandbox: &'a Sandbox,
    number: usize,
    /// How often it stored something.
    round: usize,
    /// The password that must be there.
    password: Option<String>,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox, number: usize) -> Self {
        Self {
            sandbox,
            number,
            round: 0,
            password: None,
        }
    }

    /// Runs all verbs in turn until the time is up.
    pub(crate) fn work_until(&mut self, end: Instant) -> Figures {
        let mut figures = Figures::default();
        while Instant::now() < end {
            figures.time(Verb::Store, || self.store());
            figures.time(Verb::Get, || self.is_right());
            figures.time(Verb::List, || self.is_listed());
            figures.time(Verb::Store, || self.store_shared());
            figures.time(Verb::Get, || self.shared_is_whole());
            // Each erases its entry now and then, at different times.
            if (self.round + self.number).is_multiple_of(3) {
                figures.time(Verb::Erase, || self.erase());
                figures.time(Verb::Get, || self.is_right());
            }
        }
        figures
    }

    pub(crate) fn store(&mut self) {
        self.round += 1;
        let password = format!("pass-word-{}-{}", self.number, self.round);
        self.run_store(&host(self.number), &password);
        self.password = Some(password);
    }

    /// Fails unless `get` answers what was stored last.
    pub(crate) fn is_right(&self) {
        let outcome = self.run("get", &host(self.number));
        match &self.password {
            Some(password) => {
                let reply = parsed(&outcome);
                assert_eq!(reply["Secret"], **password, "{outcome:#?}");
                assert_eq!(reply["Username"], *self.username(), "{outcome:#?}");
            }
            None => assert_eq!(
                (outcome.code, outcome.stdout.as_str()),
                (Some(1), NOT_FOUND),
                "{outcome:#?}"
            ),
        }
    }

    /// Returns the output of `list`; fails if a server has another worker's username.
    pub(crate) fn list(&self) -> BTreeMap<String, String> {
        let outcome = self.run("list", "");
        let list: BTreeMap<String, String> = serde_json::from_value(parsed(&outcome)).unwrap();
        for (server, username) in &list {
            let number = username.strip_prefix("user-").unwrap().parse().unwrap();
            assert!(*server == host(number) || server == SHARED, "{outcome:#?}");
        }
        list
    }

    /// Returns what `list` must say of it.
    pub(crate) fn listed(&self) -> Option<(String, String)> {
        let there = self.password.is_some();
        there.then(|| (host(self.number), self.username()))
    }

    fn is_listed(&self) {
        let found = self.list().remove_entry(&host(self.number));
        assert_eq!(found, self.listed());
    }

    fn erase(&mut self) {
        assert_eq!(self.run("erase", &host(self.number)).ok(), "");
        self.password = None;
    }

    fn store_shared(&self) {
        self.run_store(SHARED, &format!("shared-{}", self.username()));
    }

    /// Whoever wrote last, username and password must be of the same worker.
    fn shared_is_whole(&self) {
        let reply = parsed(&self.run("get", SHARED));
        let username = reply["Username"].as_str().unwrap();
        assert_eq!(reply["Secret"], *format!("shared-{username}"));
    }

    fn run_store(&self, host: &str, password: &str) {
        let login = json!({"ServerURL": host, "Username": self.username(), "Secret": password});
        assert_eq!(self.run("store", &login.to_string()).ok(), "");
    }

    fn run(&self, verb: &str, stdin: &str) -> Outcome {
        let outcome = self.sandbox.run(&[verb], stdin);
        assert_eq!(outcome.stderr, "", "{outcome:#?}");
        outcome
    }

    fn username(&self) -> String {
        format!("user-{}", self.number)
    }
}

#[track_caller]
fn parsed(outcome: &Outcome) -> Value {
    serde_json::from_str(outcome.ok()).unwrap()
}

#[derive(Clone, Copy)]
enum Verb {
    Store,
    Get,
    List,
    Erase,
}

/// How often each verb ran, and how long the slowest took.
#[derive(Default)]
pub(crate) struct Figures([(usize, Duration); 4]);

impl Figures {
    fn time(&mut self, verb: Verb, run: impl FnOnce()) {
        let start = Instant::now();
        run();
        let (count, slowest) = &mut self.0[verb as usize];
        *count += 1;
        *slowest = start.elapsed().max(*slowest);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for ((count, slowest), (more, slower)) in self.0.iter_mut().zip(other.0) {
            *count += more;
            *slowest = slower.max(*slowest);
        }
    }

    pub(crate) fn is_of_every_verb(&self) -> bool {
        self.0.iter().all(|(count, _)| *count > 0)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ["stores", "gets", "lists", "erases"];
        for (place, (name, (count, slowest))) in names.iter().zip(self.0).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{count} {name} (slowest {slowest:.0?})")?;
        }
        Ok(())
    }
}

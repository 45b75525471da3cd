//! Many helpers in parallel, as docker compose and build servers run them. `tests/run.sh` uses the
//! release build.
#![cfg(all(target_os = "linux", feature = "keyring"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

#[path = "load/worker.rs"]
mod worker;

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use support::bus::Bus;
use support::{Sandbox, have, is_long, say, skip};
use worker::{Figures, Worker};

/// As many as a large compose file has services.
const GETS: usize = 200;

const WORKERS: usize = 64;

#[test]
fn parallel_verbs_lose_nothing_in_the_file_store() {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    under_load("file store", &mut sandbox);
}

#[test]
fn parallel_verbs_lose_nothing_in_the_keyring() {
    if !have(&["dbus-run-session", "gnome-keyring-daemon"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    // It ends before the sandbox, in whose folder it lives.
    let bus = Bus::unlocked(&mut sandbox);
    let daemon = bus.keyring();
    let load = panic::catch_unwind(AssertUnwindSafe(|| under_load("keyring", &mut sandbox)));
    let Err(failure) = load else {
        return;
    };
    // gnome-keyring 42 aborts when a session is opened before it has noted its client: once in some
    // thousand times, and what is asked of it then has no answer.
    if Path::new(&format!("/proc/{daemon}")).exists() {
        panic::resume_unwind(failure);
    }
    skip("gnome-keyring itself ended under the load");
}

fn under_load(store: &str, sandbox: &mut Sandbox) {
    // More than this machine needs to run them one after another: a run that takes longer is stuck.
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "60");
    gets_at_once(store, sandbox);
    mixed(store, sandbox);
}

fn gets_at_once(store: &str, sandbox: &Sandbox) {
    let mut worker = Worker::new(sandbox, 0);
    worker.store();
    let start = Instant::now();
    let mut slowest = Duration::ZERO;
    thread::scope(|scope| {
        let get = || {
            let start = Instant::now();
            worker.is_right();
            start.elapsed()
        };
        let gets: Vec<_> = (0..GETS).map(|_| scope.spawn(get)).collect();
        for get in gets {
            slowest = slowest.max(get.join().unwrap());
        }
    });
    say(&format!(
        "load, {store}: {GETS} gets at once in {:?}, the slowest {slowest:?}",
        start.elapsed()
    ));
}

fn mixed(store: &str, sandbox: &Sandbox) {
    let time = Duration::from_secs(if is_long() { 60 } else { 5 });
    let end = Instant::now() + time;
    let mut figures = Figures::default();
    let mut kept = BTreeMap::new();
    thread::scope(|scope| {
        let work = |number| {
            move || {
                let mut worker = Worker::new(sandbox, number);
                let figures = worker.work_until(end);
                (worker, figures)
            }
        };
        let workers: Vec<_> = (1..=WORKERS)
            .map(|number| scope.spawn(work(number)))
            .collect();
        for worker in workers {
            let (worker, own) = worker.join().unwrap();
            figures.add(&own);
            kept.extend(worker.listed());
        }
    });
    // Nothing is lost and no erased login is left, except in the entry that all of them wrote.
    let mut listed = Worker::new(sandbox, 0).list();
    listed.retain(|server, _| server.starts_with("swr.wk-load-") && server != &worker::host(0));
    assert_eq!(listed, kept, "{store}");
    say(&format!(
        "load, {store}: {WORKERS} workers, {time:?}: {figures}"
    ));
    assert!(figures.is_of_every_verb());
}

//! The chain of providers: runs the program on each case.
//!
//! A case is a file below `tests/data/chain`: its first line says what must hold, and the tables what
//! is set and what must come of it. Wherever a text stands, `${ROOT}` is the folder of the case's own
//! sandbox, `${STANDIN}` and `${AUTHORITY}` are the stand-in's, `${TOKEN}` is its IAM token, `${ID_TOKEN}` one of an
//! identity provider that it trusts, and `${OTHER_ID_TOKEN}` one of nobody that it knows.
//!
//! | key | meaning |
//! |---|---|
//! | `host` | what `get` is asked for, if it is not Beijing's registry |
//! | `run`, `stdin` | the verb, if it is not that `get` |
//! | `keyring` | `ready`, `locked`, `silent`, `dead`, `abandoned`; without it there is none |
//! | `settings` | the text of config.toml |
//! | `standin` | how the stand-in behaves, as JSON |
//! | `unopened` | files that must not be opened |
//! | `[[before]]` | verbs that ran before, each with `run` and `stdin` |
//! | `[environment]`, `[files]`, `[modes]` | variables; files by path; their modes where not 0600 |
//! | `[expected]` | `stdout`, `stderr`, `code`, and the `calls` that the stand-in saw; `begins` where stdout ends in what no one can foresee |
#![cfg(all(target_os = "linux", feature = "keyring", feature = "cloud"))]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::panic::catch_unwind;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use docker_credential_swr::state::cache::{Cache, State};
use docker_credential_swr::system::environment::Environment;
use linux_keyutils::{KeyRing, KeyRingIdentifier};
use rustix::fs::inotify;
use serde_json::{Value, json};
use support::bus::Bus;
use support::cloud;
use support::sample::HOST;
use support::service_account;
use support::standin::Standin;
use support::{Outcome, SHORT, Sandbox, have, skip};
use toml_edit::{DocumentMut, Item, TableLike};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/chain");

/// Each folder of cases has a test of its own, so that they run side by side.
macro_rules! folders {
    ($($folder:ident)*) => {
        $(#[test] fn $folder() { run_folder(stringify!($folder)); })*

        #[test]
        fn every_folder_of_cases_has_a_test() {
            let mut folders = names(Path::new(CASES));
            folders.sort();
            assert_eq!(folders, [$(stringify!($folder)),*]);
        }
    };
}

folders!(agency clouds enterprise environment errors files keyring oidc order pod profile projects providers settings temporary);

/// Each row of the table in docs/providers.md names a case for each place, the API calls that it makes and what it caches.
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
    assert_eq!(held, 17, "a line came or went");
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
        stage.forget("login:");
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
        stage.forget("login:");
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

#[test]
fn a_planted_leak_is_found() {
    let secret = cloud::SECURITY_TOKEN;
    let secrets = [secret];
    let hidden = |text: String| cloud::leak(&text, &secrets);
    for text in [
        format!("a {secret} b"),
        hex::encode(format!("a{secret}")).to_uppercase(),
        STANDARD.encode(format!("{secret}b")),
        STANDARD.encode(format!("a{secret}b")),
        STANDARD.encode(format!("ab{secret}")),
    ] {
        assert_eq!(hidden(text.clone()), Some(secret), "{text}");
    }
    assert_eq!(hidden("EXAMPLE".into()), None);
}

fn run_folder(folder: &str) {
    let Some(standin) = Standin::start() else {
        return;
    };
    let folder = Path::new(CASES).join(folder);
    let mut failed = Vec::new();
    for name in names(&folder) {
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        let run = || Case::of(&text).run(&standin);
        // The panic prints its own message; the failures are only counted here.
        if catch_unwind(std::panic::AssertUnwindSafe(run)).is_err() {
            failed.push(name);
        }
    }
    assert_eq!(failed, [] as [&str; 0], "see above");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

struct Case {
    title: String,
    document: DocumentMut,
}

impl Case {
    fn of(text: &str) -> Self {
        let title = text.lines().next().unwrap_or_default();
        let title = title.strip_prefix("# ").expect("what must hold").to_owned();
        let document: DocumentMut = text.parse().expect(&title);
        let known = [
            "host",
            "run",
            "stdin",
            "keyring",
            "settings",
            "standin",
            "unopened",
            "before",
            "environment",
            "files",
            "modes",
            "expected",
        ];
        for (key, _) in document.iter() {
            assert!(known.contains(&key), "{title}: {key}");
        }
        Self { title, document }
    }

    fn run(&self, standin: &Standin) {
        let Some(stage) = self.set_up(standin, false) else {
            return;
        };
        let unopened = strings(self.document.get("unopened"));
        let watches: Vec<_> = unopened
            .iter()
            .map(|path| Watch::on(&stage.fill.root.join(path)))
            .collect();
        let first = standin.requests().len();
        let outcome = stage.run(self);

        let expected = self.document["expected"]
            .as_table_like()
            .expect(&self.title);
        let text = |key: &str| stage.fill.text(self.expected(key));
        let mut stdout = outcome.stdout.trim_end().to_owned();
        let begins = text("begins");
        if stdout.starts_with(&begins) && !begins.is_empty() {
            stdout.clear();
        }
        let found = (
            stdout,
            outcome.stderr.trim_end().to_owned(),
            outcome.code.map(i64::from),
            cloud::calls_after(standin, first),
        );
        let wanted = (
            text("stdout"),
            text("stderr"),
            expected.get("code").and_then(Item::as_integer).or(Some(0)),
            self.calls(),
        );
        assert_eq!(found, wanted, "{}", self.title);
        cloud::is_tight(&stage.sandbox, &outcome);
        for (watch, path) in watches.into_iter().zip(unopened) {
            assert!(!watch.saw_it_opened(), "{}: {path}", self.title);
        }
    }

    /// Prepares what the case starts with; `None` if this machine cannot. Only the test of the table `keeps` a cache.
    fn set_up<'a>(&self, standin: &'a Standin, keeps: bool) -> Option<Stage<'a>> {
        let state = self.text("keyring").unwrap_or_default();
        if matches!(state, "ready" | "locked")
            && !have(&["dbus-run-session", "gnome-keyring-daemon"])
        {
            return None;
        }
        standin.behave(&self.control());
        let mut sandbox = cloud::sandbox(standin);
        // The folder has a random name, which no other test uses.
        let namespace = sandbox.root().file_name().unwrap().to_str().unwrap();
        let namespace = namespace.to_owned();
        sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE", &namespace);
        if !keeps {
            sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "off");
        }
        let root = sandbox.path("");
        let fill = Fill { root, standin };
        self.write_files(&fill);
        let bus = self.start_bus(&mut sandbox, state);
        self.prepare(&sandbox, &fill);
        if let Some(bus) = bus.as_ref().filter(|_| state == "locked") {
            bus.lock();
        }
        for (name, value) in self.pairs("environment") {
            cloud::set(&mut sandbox, name, &fill.text(value.as_str().unwrap()));
        }
        Some(Stage {
            _bus: bus,
            sandbox,
            standin,
            fill,
            namespace,
        })
    }

    fn write_files(&self, fill: &Fill<'_>) {
        let settings = self.text("settings");
        let settings = settings.map(|text| ("config/docker-credential-swr/config.toml", text));
        let files = self.pairs("files");
        let files = files
            .iter()
            .map(|(path, text)| (*path, text.as_str().unwrap()));
        for (path, text) in settings.into_iter().chain(files) {
            let path = fill.root.join(path);
            support::make_private_folders(path.parent().unwrap());
            fs::write(&path, fill.text(text)).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        }
        for (path, mode) in self.pairs("modes") {
            let mode = u32::try_from(mode.as_integer().unwrap()).unwrap();
            fs::set_permissions(fill.root.join(path), Permissions::from_mode(mode)).unwrap();
        }
    }

    fn start_bus(&self, sandbox: &mut Sandbox, state: &str) -> Option<Bus> {
        Some(match state {
            "" => return None,
            "ready" | "locked" => Bus::unlocked(sandbox),
            "silent" => Bus::silent(sandbox),
            "dead" => Bus::gone(sandbox),
            "abandoned" => Bus::abandoned(sandbox),
            _ => panic!("{}: {state}", self.title),
        })
    }

    fn prepare(&self, sandbox: &Sandbox, fill: &Fill<'_>) {
        let before = self.document.get("before").map(|steps| {
            let steps = steps.as_array_of_tables().expect(&self.title);
            steps.iter().collect::<Vec<_>>()
        });
        for step in before.unwrap_or_default() {
            let stdin = step.get("stdin").and_then(Item::as_str).unwrap_or_default();
            let outcome = sandbox.run(&strings(step.get("run")), &fill.text(stdin));
            outcome.ok();
            cloud::is_tight(sandbox, &outcome);
        }
    }

    /// Returns the calls that are expected.
    fn calls(&self) -> Vec<String> {
        let calls = strings(self.document["expected"].get("calls"));
        calls.into_iter().map(str::to_owned).collect()
    }

    fn expected(&self, key: &str) -> &str {
        let text = self.document["expected"].get(key).and_then(Item::as_str);
        text.unwrap_or_default()
    }

    /// Returns the control of the stand-in, which counts what it did under this text: each case has its own.
    fn control(&self) -> Value {
        let control = self.text("standin").unwrap_or("{}");
        let mut control: Value = serde_json::from_str(control).expect(&self.title);
        control["case"] = json!(self.title);
        control
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.document.get(key).and_then(Item::as_str)
    }

    fn pairs(&self, table: &str) -> Vec<(&str, &Item)> {
        let table = self.document.get(table).and_then(Item::as_table_like);
        table.into_iter().flat_map(TableLike::iter).collect()
    }
}

/// What a case starts with. The bus is dropped before the sandbox that it runs in.
struct Stage<'a> {
    _bus: Option<Bus>,
    sandbox: Sandbox,
    standin: &'a Standin,
    fill: Fill<'a>,
    namespace: String,
}

impl Stage<'_> {
    fn run(&self, case: &Case) -> Outcome {
        let run = strings(case.document.get("run"));
        let (arguments, stdin) = match run[..] {
            [] => (&["get"][..], case.text("host").unwrap_or(HOST)),
            _ => (&run[..], case.text("stdin").unwrap_or_default()),
        };
        self.sandbox.run(arguments, &self.fill.text(stdin))
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
                "login" => ("the login", MARGIN),
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
                ("the login", 6) => what.to_owned(),
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
        let environment = Environment::of(variables);
        let deadline = environment.deadline(SHORT).unwrap();
        ask(&Cache::of(&environment, deadline).unwrap())
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.forget("");
    }
}

fn strings(list: Option<&Item>) -> Vec<&str> {
    let list = list.and_then(Item::as_array);
    list.into_iter()
        .flatten()
        .map(|text| text.as_str().unwrap())
        .collect()
}

/// Fills in what is known only at run time.
struct Fill<'a> {
    root: std::path::PathBuf,
    standin: &'a Standin,
}

impl Fill<'_> {
    fn text(&self, text: &str) -> String {
        let url = self.standin.url("http");
        text.replace("${ROOT}", self.root.to_str().unwrap().trim_end_matches('/'))
            .replace("${STANDIN}", &url)
            .replace("${AUTHORITY}", url.trim_start_matches("http://"))
            .replace("${ID_TOKEN}", &id_token("team-a"))
            .replace("${OTHER_ID_TOKEN}", &id_token("nobody"))
            .replace("${TOKEN}", &format!("MIIF0123{}", "aB3-".repeat(2250)))
    }
}

/// Returns an ID token that the stand-in's identity providers accept.
fn id_token(namespace: &str) -> String {
    service_account::token(namespace, "pod", service_account::OIDC_AUDIENCE)
}

/// Notices when a file is opened.
struct Watch {
    events: rustix::fd::OwnedFd,
    path: std::path::PathBuf,
}

impl Watch {
    fn on(path: &Path) -> Self {
        let events = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
        inotify::add_watch(&events, path, inotify::WatchFlags::OPEN).unwrap();
        Self {
            events,
            path: path.to_owned(),
        }
    }

    fn saw_it_opened(self) -> bool {
        let saw = || rustix::io::read(&self.events, &mut [0; 4096][..]).is_ok();
        let answer = saw();
        drop(File::open(&self.path).unwrap());
        if !answer && !saw() {
            skip("this kernel does not tell who opens a file");
        }
        answer
    }
}

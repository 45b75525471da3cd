//! The chain of providers: runs the program on each case.
//!
//! A case is a file below `tests/data/chain`: its first line says what must hold, and the tables
//! what is set and what must come of it. Wherever a text stands, `${ROOT}` is the folder of the
//! case's own sandbox, `${STANDIN}` and `${AUTHORITY}` are the stand-in's, `${TOKEN}` is its IAM
//! token, `${ID_TOKEN}` one of an identity provider that it trusts, and `${OTHER_ID_TOKEN}` one of
//! nobody that it knows; `${MISSING}` and `${REFUSED}` are what the system says of a file that is
//! not there, and of a port that nobody listens at. Windows may write its paths either way.
//!
//! | key | meaning |
//! |---|---|
//! | `host` | what `get` is asked for, if it is not Beijing's registry |
//! | `run`, `stdin` | the verb, if it is not that `get` |
//! | `keyring` | `ready`, `locked`, `silent`, `dead`, `abandoned`; without it there is none |
//! | `settings` | the text of config.toml |
//! | `server` | the asset tag of the machine that it runs on |
//! | `standin` | how the stand-in behaves, as JSON |
//! | `unopened` | files that must not be opened, which is checked on Linux |
//! | `system` | `linux` or `unix`, if it is not for all |
//! | `[[before]]` | verbs that ran before, each with `run` and `stdin` |
//! | `[environment]`, `[files]`, `[modes]` | variables; files by path; their modes where not 0600 |
//! | `[expected]` | `stdout`, `stderr`, `code`, and the `calls` that the stand-in saw; `begins` where stdout ends in what no one can foresee |
#![cfg(all(feature = "keyring", feature = "cloud"))]
#![allow(clippy::unwrap_used, reason = "this is test code")]
#![cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "the table of identities is checked on Linux")
)]

#[cfg_attr(target_os = "linux", path = "chain/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "chain/elsewhere.rs")]
mod here;
#[cfg(target_os = "linux")]
#[path = "chain/kinds.rs"]
mod kinds;
mod support;

use std::fs;
use std::io;
use std::panic::catch_unwind;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use docker_credential_swr::system::environment::Environment;
use here::{Keyring, Watch};
use serde_json::{Value, json};
use support::cloud;
use support::platform::write_private;
use support::sample::HOST;
use support::service_account;
use support::standin::Standin;
use support::{Outcome, Sandbox, skip, with_slashes};
use toml_edit::{DocumentMut, Item, TableLike};

/// `ECONNREFUSED`.
const REFUSED: i32 = if cfg!(target_os = "macos") {
    61
} else if cfg!(windows) {
    10061
} else {
    111
};

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

#[cfg(target_os = "linux")]
#[test]
fn a_silent_metadata_service_is_waited_for_once() {
    let Some(standin) = Standin::start() else {
        return;
    };
    let case = "# A metadata service does not answer.\nstandin = '{\"fault\": \"slow\", \"path\": \"/meta-data\"}'\n";
    let case = Case::of(case);
    let stage = case.set_up(&standin, false).unwrap();
    for _ in 0..2 {
        let outcome = stage.run_on_server("HUAWEICLOUD", &["get"], HOST);
        assert!(outcome.fails().contains("no OS keyring"), "{outcome:#?}");
    }
    let asked = ["PUT /meta-data/latest/api/token: fault slow"];
    assert_eq!(cloud::calls_after(&standin, 0), asked);
    // It is asked again once that is forgotten.
    stage.sandbox.run(&["doctor", "--forget"], "");
    stage.run_on_server("HUAWEICLOUD", &["get"], HOST).fails();
    assert_eq!(cloud::calls_after(&standin, 0).len(), 2);
    // The doctor mentions it on a server only, and asks it with `--online` only.
    for (tag, mentions) in [("HUAWEICLOUD", true), ("QEMU", false)] {
        let outcome = stage.run_on_server(tag, &["doctor", HOST], "");
        assert_eq!(outcome.stdout.contains("agency"), mentions, "{outcome:#?}");
    }
    assert_eq!(cloud::calls_after(&standin, 0).len(), 2);
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
    let names = names(&folder);
    let (all, mut left_out) = (names.len(), 0);
    let mut failed = Vec::new();
    for name in names {
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        let run = || Case::of(&text).run(&standin);
        // The panic prints its own message; the failures are only counted here.
        match catch_unwind(std::panic::AssertUnwindSafe(run)) {
            Ok(true) => {}
            Ok(false) => left_out += 1,
            Err(_) => failed.push(name),
        }
    }
    assert_eq!(failed, [] as [&str; 0], "see above");
    if left_out > 0 {
        skip(&format!("{left_out} of {all} cases are for other systems"));
    }
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
            "server",
            "unopened",
            "system",
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

    /// Returns whether it could run here.
    fn run(&self, standin: &Standin) -> bool {
        let Some(stage) = self.set_up(standin, false) else {
            return false;
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
            with_slashes(&stdout),
            with_slashes(outcome.stderr.trim_end()),
            outcome.code.map(i64::from),
            cloud::calls_after(standin, first),
        );
        let wanted = (
            with_slashes(&text("stdout")),
            with_slashes(&text("stderr")),
            expected.get("code").and_then(Item::as_integer).or(Some(0)),
            self.calls(),
        );
        assert_eq!(found, wanted, "{}", self.title);
        cloud::is_tight(&stage.sandbox, &outcome);
        for (watch, path) in watches.into_iter().zip(unopened) {
            assert!(!watch.saw_it_opened(), "{}: {path}", self.title);
        }
        true
    }

    fn is_for_this_system(&self) -> bool {
        match self.text("system") {
            None => true,
            Some("unix") => cfg!(unix),
            Some("linux") => cfg!(target_os = "linux"),
            Some(system) => panic!("{}: {system}", self.title),
        }
    }

    /// Prepares what the case starts with; `None` if this machine cannot. Only the test of the
    /// table `keeps` a cache.
    fn set_up<'a>(&self, standin: &'a Standin, keeps: bool) -> Option<Stage<'a>> {
        if !self.is_for_this_system() {
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
        let state = self.text("keyring").unwrap_or_default();
        let keyring = Keyring::start(&mut sandbox, state)?;
        self.prepare(&sandbox, &fill);
        if state == "locked" {
            keyring.lock();
        }
        for (name, value) in self.pairs("environment") {
            cloud::set(&mut sandbox, name, &fill.text(value.as_str().unwrap()));
        }
        Some(Stage {
            _keyring: keyring,
            sandbox,
            standin,
            fill,
            namespace,
        })
    }

    fn write_files(&self, fill: &Fill<'_>) {
        let settings = self.text("settings");
        let settings = settings.map(|text| cloud::settings(fill.standin, text));
        let settings = settings
            .as_deref()
            .map(|text| ("config/docker-credential-swr/config.toml", text));
        let files = self.pairs("files");
        let files = files
            .iter()
            .map(|(path, text)| (*path, text.as_str().unwrap()));
        for (path, text) in settings.into_iter().chain(files) {
            let path = fill.root.join(path);
            support::make_private_folders(path.parent().unwrap());
            write_private(&path, &fill.text(text));
        }
        #[cfg(unix)]
        for (path, mode) in self.pairs("modes") {
            use std::os::unix::fs::PermissionsExt;

            let mode = u32::try_from(mode.as_integer().unwrap()).unwrap();
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(fill.root.join(path), mode).unwrap();
        }
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

    /// Returns the control of the stand-in, which counts what it did under this text: each case has
    /// its own.
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

/// What a case starts with. The keyring is dropped before the sandbox that it runs in.
struct Stage<'a> {
    _keyring: Keyring,
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
        let stdin = self.fill.text(stdin);
        match case.text("server") {
            None => self.sandbox.run(arguments, &stdin),
            Some(tag) => self.run_on_server(tag, arguments, &stdin),
        }
    }

    /// Does the same in this process: another one cannot be told that its machine is a server.
    fn run_on_server(&self, tag: &str, args: &[&str], stdin: &str) -> Outcome {
        let on_server = |environment: Environment| environment.on_server(tag);
        self.sandbox.run_inside(on_server, args, stdin)
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
        let root = with_slashes(self.root.to_str().unwrap());
        let said = |code| io::Error::from_raw_os_error(code).to_string();
        text.replace("${ROOT}", root.trim_end_matches('/'))
            .replace("${MISSING}", &said(2))
            .replace("${REFUSED}", &said(REFUSED))
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

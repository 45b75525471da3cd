//! What a user sees of each verb: runs the cases in `tests/data/cases` with the real binary.
//!
//! Each file has its own home and runs its steps in order. In the file:
//!
//! | line | meaning |
//! |---|---|
//! | `# TEXT` | a comment |
//! | `env NAME=VALUE` | a variable of the steps below; empty is unset |
//! | `file PATH`, then lines of `\| TEXT` | a file of the sandbox, written before the steps below |
//! | `$ WORD...` | a step: the helper's arguments; `''` is an empty one |
//! | `each TEXT` | the step runs once for each of these, as `{it}`, which is its stdin unless there is another |
//! | `< TEXT` | its stdin, with the escapes `\n \r \t \\ \xNN` and without a line end of its own |
//! | `> TEXT`, `! TEXT` | a line of its stdout, of its stderr; all of them stand here |
//! | `= CODE` | its exit code, where that is not 0 |
//! | `unchanged` | whatever is stored and set is afterwards as it was before |
//! | `has TEXT`, `lacks TEXT` | what must, or must not, be in all that is stored and set afterwards |
//!
//! `{ak}`, `{host}` and the other [names](NAMES) stand for their texts, `{root}` for the sandbox's
//! folder, `{missing}` for what the system says of a file that is not there. Windows may write its
//! paths either way. No step may show a secret, on stdout or stderr; only a `get` that succeeds.
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::platform::write_private;
use support::sample::{AK, HOST, LOGIN_KEY, OTHER_AK, OTHER_LOGIN_KEY, OTHER_SK, SK};
use support::{SHORT, Sandbox, helper_binary, make_private_folders, run, with_slashes};

/// The names that the cases use, and the text behind each.
const NAMES: [(&str, &str); 9] = [
    ("{host}", HOST),
    ("{ak}", AK),
    ("{ak2}", OTHER_AK),
    SECRETS[0],
    SECRETS[1],
    SECRETS[2],
    SECRETS[3],
    SECRETS[4],
    ("{version}", env!("CARGO_PKG_VERSION")),
];

const SECRETS: [(&str, &str); 5] = [
    ("{sk}", SK),
    ("{key}", LOGIN_KEY),
    ("{sk2}", OTHER_SK),
    ("{key2}", OTHER_LOGIN_KEY),
    ("{password}", "a pass-word of somebody's"),
];

#[test]
fn cases_with_the_file_store() {
    let run_one = |path: &PathBuf| {
        let mut sandbox = Sandbox::new();
        sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
        run_file(path, sandbox, None)
    };
    report(in_halves(&case_files("file"), |files| {
        files.iter().flat_map(run_one).collect()
    }));
}

/// Windows has one Credential Manager, so the files take turns.
#[cfg(all(windows, feature = "keyring"))]
#[test]
fn cases_with_the_keyring() {
    let mut failures = Vec::new();
    for path in case_files("keyring") {
        let Some(own) = support::credentials::own() else {
            return;
        };
        let mut sandbox = Sandbox::new();
        sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "");
        failures.extend(run_file(&path, sandbox, Some(&own)));
    }
    report(failures);
}

/// Each half of the files shares one keyring, and each file leaves it empty.
#[cfg(all(target_os = "linux", feature = "keyring"))]
#[test]
fn cases_with_the_keyring() {
    if !support::have(&["dbus-run-session", "gnome-keyring-daemon", "secret-tool"]) {
        return;
    }
    report(in_halves(&case_files("keyring"), run_with_keyring));
}

#[cfg(all(target_os = "linux", feature = "keyring"))]
fn run_with_keyring(files: &[PathBuf]) -> Vec<String> {
    let mut home = Sandbox::new();
    let bus = support::bus::Bus::unlocked(&mut home);
    let run_one = |path: &PathBuf| {
        let mut sandbox = Sandbox::new();
        sandbox.set("DBUS_SESSION_BUS_ADDRESS", bus.address());
        let failures = run_file(path, sandbox, Some(&home));
        let mut clear = home.command("secret-tool");
        clear.args(["clear", "service", "docker-credential-swr"]);
        run(&mut clear, "", SHORT);
        failures
    };
    files.iter().flat_map(run_one).collect()
}

/// Runs both halves in parallel; returns all failures.
fn in_halves(files: &[PathBuf], run: impl Fn(&[PathBuf]) -> Vec<String> + Sync) -> Vec<String> {
    let (one, other) = files.split_at(files.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| run(other));
        let mut failures = run(one);
        failures.extend(other.join().unwrap());
        failures
    })
}

fn case_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/cases")
        .join(folder);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn report(failures: Vec<String>) {
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Runs the steps of a file; returns the differences.
fn run_file(path: &Path, mut sandbox: Sandbox, keyring: Option<&Keyring>) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines().enumerate().peekable();
    let mut failures = Vec::new();
    while let Some((number, line)) = lines.next() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        // The lines of a file or a step follow it, up to an empty line.
        let block = std::iter::from_fn(|| lines.next_if(|(_, line)| !line.is_empty()))
            .map(|(_, line)| line);
        match word {
            "" | "#" => {}
            "env" => {
                let (name, value) = rest.split_once('=').unwrap();
                sandbox.set(name, named(value, &sandbox));
            }
            "file" => {
                let content: String = block
                    .map(|line| format!("{}\n", line.trim_start_matches("| ")))
                    .collect();
                let path = sandbox.path(rest);
                make_private_folders(path.parent().unwrap());
                write_private(&path, &named(&content, &sandbox));
            }
            "$" => {
                let step = Step::parse(rest, block);
                let differences = step.run(&sandbox, keyring);
                failures.extend(differences.iter().map(|difference| {
                    format!("{}:{}: {line}\n{difference}", path.display(), number + 1)
                }));
            }
            _ => panic!("{}:{}: what is `{word}`?", path.display(), number + 1),
        }
    }
    failures
}

/// The keyring that the records are looked up in.
#[cfg(all(windows, feature = "keyring"))]
type Keyring = support::credentials::Own;
#[cfg(not(all(windows, feature = "keyring")))]
type Keyring = Sandbox;

#[derive(Default)]
struct Step<'a> {
    args: Vec<&'a str>,
    each: Vec<&'a str>,
    stdin: Option<&'a str>,
    stdout: String,
    stderr: String,
    code: i32,
    unchanged: bool,
    has: Vec<&'a str>,
    lacks: Vec<&'a str>,
}

impl<'a> Step<'a> {
    fn parse(args: &'a str, lines: impl Iterator<Item = &'a str>) -> Self {
        let mut step = Self {
            args: args.split(' ').filter(|word| !word.is_empty()).collect(),
            ..Self::default()
        };
        for line in lines {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "each" => step.each.push(rest),
                "<" => step.stdin = Some(rest),
                ">" => step.stdout += &format!("{rest}\n"),
                "!" => step.stderr += &format!("{rest}\n"),
                "=" => step.code = rest.parse().unwrap(),
                "unchanged" => step.unchanged = true,
                "has" => step.has.push(rest),
                "lacks" => step.lacks.push(rest),
                "#" => {}
                _ => panic!("what is `{line}`?"),
            }
        }
        step
    }

    /// Returns the differences, one text for each run.
    fn run(&self, sandbox: &Sandbox, keyring: Option<&Keyring>) -> Vec<String> {
        let once = ["".to_owned()];
        let each: Vec<String> = self.each.iter().map(|it| named(it, sandbox)).collect();
        let each = if each.is_empty() { &once[..] } else { &each };
        each.iter()
            .filter_map(|it| self.run_with(it, sandbox, keyring))
            .collect()
    }

    fn run_with(&self, it: &str, sandbox: &Sandbox, keyring: Option<&Keyring>) -> Option<String> {
        let stdin = match self.stdin {
            Some(stdin) => named(stdin, sandbox).replace("{it}", it),
            None => it.to_owned(),
        };
        let shown = String::from_utf8_lossy(&unescaped(it)).trim().to_owned();
        let expected = |text: &str| named(text, sandbox).replace("{it}", &shown);

        let before = self.unchanged.then(|| stored(sandbox, keyring));
        let mut command = sandbox.command(helper_binary());
        for arg in &self.args {
            let arg = if *arg == "''" { "" } else { arg };
            let arg = named(arg, sandbox).replace("{it}", it);
            command.arg(String::from_utf8(unescaped(&arg)).unwrap());
        }
        let outcome = run(&mut command, unescaped(&stdin), SHORT);
        let is_asked = self.unchanged || !self.has.is_empty() || !self.lacks.is_empty();
        let after = if is_asked {
            stored(sandbox, keyring)
        } else {
            String::new()
        };

        let mut wrong = String::new();
        for (sign, is, should_be) in [
            ('>', &outcome.stdout, expected(&self.stdout)),
            ('!', &outcome.stderr, expected(&self.stderr)),
        ] {
            if with_slashes(is) != with_slashes(&should_be) {
                wrong += &format!("  should be\n{}", signed(sign, &should_be));
                wrong += &format!("  is\n{}", signed(sign, is));
            }
        }
        if outcome.code != Some(self.code) {
            wrong += &format!("  ends with {:?}, not {}\n", outcome.code, self.code);
        }
        if let Some(before) = before.filter(|before| *before != after) {
            wrong += &format!("  changed what was stored:\n{before}  to\n{after}");
        }
        for text in &self.has {
            if !after.contains(&expected(text)) {
                wrong += &format!("  lacks `{text}`:\n{after}");
            }
        }
        for text in &self.lacks {
            if after.contains(&expected(text)) {
                wrong += &format!("  has `{text}`:\n{after}");
            }
        }
        let may_answer = self.args == ["get"] && outcome.code == Some(0);
        for (name, secret) in SECRETS {
            let is_shown = |text: &str| text.to_lowercase().contains(&secret.to_lowercase());
            if is_shown(&outcome.stderr) || is_shown(&outcome.stdout) && !may_answer {
                wrong += &format!("  shows the secret {name}\n");
            }
        }
        let subject = if it.is_empty() {
            String::new()
        } else {
            format!("  with {it}\n")
        };
        (!wrong.is_empty()).then(|| subject + &wrong)
    }
}

/// Returns all that is stored and set: the files of the configuration folder, and the keyring's
/// records.
fn stored(sandbox: &Sandbox, keyring: Option<&Keyring>) -> String {
    let mut texts = Vec::new();
    if let Ok(folder) = fs::read_dir(sandbox.path("config/docker-credential-swr")) {
        for path in folder.map(|entry| entry.unwrap().path()) {
            let text = fs::read_to_string(&path).unwrap();
            texts.push(format!("{}\n{text}", path.display()));
        }
    }
    #[cfg(all(windows, feature = "keyring"))]
    texts.extend(keyring.iter().flat_map(|own| own.all()).map(|one| {
        let secret = String::from_utf8_lossy(&one.secret).into_owned();
        format!("{}\n{secret}\n", one.target)
    }));
    #[cfg(unix)]
    if let Some(keyring) = keyring {
        let mut search = keyring.command("secret-tool");
        let search = search.args(["search", "--all", "service", "docker-credential-swr"]);
        let items = run(search, "", SHORT).stdout;
        texts.extend(items.split("\n[").map(str::to_owned));
    }
    texts.sort();
    texts.concat()
}

/// Replaces the names by their texts.
fn named(text: &str, sandbox: &Sandbox) -> String {
    NAMES
        .iter()
        .fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
        .replace("{root}", &with_slashes(sandbox.root().to_str().unwrap()))
        .replace(
            "{missing}",
            &std::io::Error::from_raw_os_error(2).to_string(),
        )
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'\\' => match rest.next().unwrap() {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'\\' => b'\\',
                b'x' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => panic!("what is `\\{}`?", char::from(other)),
            },
            plain => plain,
        };
        bytes.push(byte);
    }
    bytes
}

fn signed(sign: char, text: &str) -> String {
    text.lines()
        .map(|line| format!("{sign} {line}\n"))
        .collect()
}

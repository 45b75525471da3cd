//! The verbs: each a function of its arguments, a reader, two writers and an environment.

mod accounts;
mod cli;
mod configure;
mod credential;
mod doctor;
mod downloads;
mod erase;
mod get;
mod input;
mod kubelet;
mod list;
mod print_login;
mod questions;
mod rotate;
#[cfg(feature = "completion")]
mod shell;
mod store;
mod verify;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::environment::{Deadline, Environment};
use crate::error::{Error, Result};
use crate::paint::{Colour, Paint};
use crate::provider::Request;
use crate::registry::Registry;
use crate::settings::{RegistrySettings, Settings};
use crate::store::{Backend, KeyringState, Patience, Slot, Store, StoreError, open};
use crate::terminal::{ControllingTerminal, Terminal};

pub use input::Input;
pub use kubelet::WireError;

/// The name that clients call the helper by.
pub const NAME: &str = "docker-credential-swr";

/// How long a protocol verb may take when it needs no network.
const PROTOCOL_LIMIT: Duration = Duration::from_secs(5);

/// How long a verb for people may take; the keyring may be waiting for its password.
const PERSON_LIMIT: Duration = Duration::from_secs(120);

/// The streams of a verb, and the person at the terminal.
pub struct Stdio<'a> {
    /// What the verb reads; taken by the verb that reads it.
    pub stdin: Option<Box<dyn Input>>,
    /// Where protocol verbs answer and complain, and where verbs for people report.
    pub stdout: &'a mut dyn Write,
    /// Whether stdout is a terminal, where a password would stay on the screen.
    pub stdout_is_terminal: bool,
    /// Where verbs for people complain.
    pub stderr: &'a mut dyn Write,
    /// Whether stderr is a terminal, where it shows colours.
    pub stderr_is_terminal: bool,
    /// The person, where stdin is a terminal.
    pub terminal: Option<&'a mut dyn Terminal>,
}

/// Runs the verb that `arguments` ask for, on the streams of this process; `program` is the path that
/// it was called by. Returns the exit code: 0, or 1 for every error.
pub fn run(program: &str, arguments: &[String], environment: &Environment) -> u8 {
    let mut terminal = ControllingTerminal;
    let is_terminal = std::io::stdin().is_terminal();
    let mut stdio = Stdio {
        stdin: Some(input::of_process()),
        stdout: &mut std::io::stdout().lock(),
        stdout_is_terminal: std::io::stdout().is_terminal(),
        stderr: &mut std::io::stderr(),
        stderr_is_terminal: std::io::stderr().is_terminal(),
        terminal: if is_terminal {
            Some(&mut terminal)
        } else {
            None
        },
    };
    // A person at a terminal who gives no verb is shown the usage, by whatever name.
    if kubelet::is_called(program, arguments) && stdio.terminal.is_none() {
        return for_kubelet(kubelet::run(&mut stdio, environment), &mut stdio);
    }
    run_with(arguments, &mut stdio, environment)
}

/// Runs a verb on the given streams.
pub fn run_with(arguments: &[String], stdio: &mut Stdio<'_>, environment: &Environment) -> u8 {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // Protocol verbs come first and build no argument parser: clients run dozens of them at once.
    match arguments[..] {
        ["get"] => for_docker(get::run(stdio, environment), stdio),
        ["store"] if stdio.terminal.is_none() => {
            for_docker(store::protocol::run(stdio, environment), stdio)
        }
        ["erase"] => for_docker(erase::run(stdio, environment), stdio),
        ["list"] => for_docker(list::run(stdio, environment), stdio),
        ["kubelet"] => for_kubelet(kubelet::run(stdio, environment), stdio),
        ["version" | "--version" | "-v"] => for_docker(version(stdio), stdio),
        ["--help" | "-h" | "help"] => for_docker(cli::print_usage(stdio), stdio),
        [
            "store" | "rotate" | "erase" | "configure" | "doctor" | "accounts" | "print"
            | "kubelet",
            ..,
        ] => cli::run(&arguments, stdio, environment),
        #[cfg(feature = "completion")]
        ["completion" | "man", ..] => cli::run(&arguments, stdio, environment),
        [unknown, ..] if arguments.len() == 1 || meant_by(unknown).is_some() => {
            // What stands behind it may be a password. A control byte in an argument must not reach a log as it is.
            let line = format!("{NAME}: unknown action: {}\n", unknown.escape_debug());
            let _ = print(stdio, line.as_bytes());
            if let Some(meant) = meant_by(unknown) {
                advise(&format!("{NAME} {meant}"), stdio, environment);
            }
            1
        }
        _ => {
            let _ = cli::print_usage(stdio);
            1
        }
    }
}

/// Returns the verb that a habit from docker stands for.
fn meant_by(typed: &str) -> Option<&'static str> {
    match typed {
        "login" => Some("store"),
        "logout" => Some("erase --registry HOST"),
        _ => None,
    }
}

/// Ends a protocol verb: an error is one line on stdout.
fn for_docker(result: Result<()>, stdio: &mut Stdio<'_>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(error) => {
            let _ = print(stdio, format!("{}\n", error.for_docker()).as_bytes());
            1
        }
    }
}

/// Ends the kubelet's verb: an error is one line on stderr, which the kubelet logs.
fn for_kubelet(result: Result<()>, stdio: &mut Stdio<'_>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(error) => {
            let _ = writeln!(stdio.stderr, "{NAME}: {}", error.for_docker());
            1
        }
    }
}

/// Ends a verb for people: an error is a line on stderr, and its hint another.
fn for_people(result: Result<()>, stdio: &mut Stdio<'_>, environment: &Environment) -> u8 {
    let Err(error) = result else {
        return 0;
    };
    complain(&error.to_string(), error.hint(), stdio, environment)
}

fn complain(
    error: &str,
    hint: Option<String>,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> u8 {
    let paint = Paint::of(environment, stdio.stderr_is_terminal);
    let _ = writeln!(
        stdio.stderr,
        "{} {}",
        paint.paint(Colour::Red, "error:"),
        shown(error)
    );
    if let Some(text) = hint {
        advise(&text, stdio, environment);
    }
    1
}

fn advise(hint: &str, stdio: &mut Stdio<'_>, environment: &Environment) {
    let paint = Paint::of(environment, stdio.stderr_is_terminal);
    let _ = writeln!(
        stdio.stderr,
        "{} {}",
        paint.paint(Colour::Cyan, "hint:"),
        shown(hint)
    );
}

/// Returns a line as a terminal may get it: the name of a file, or a user's, may hold anything.
fn shown(line: &str) -> String {
    line.replace(char::is_control, "?")
}

/// Prints lines for a person.
fn print_lines(stdio: &mut Stdio<'_>, lines: &str) -> Result<()> {
    let lines: String = lines.lines().map(|line| shown(line) + "\n").collect();
    print(stdio, lines.as_bytes())
}

fn version(stdio: &mut Stdio<'_>) -> Result<()> {
    let line = format!(
        "{NAME} ({}) {}\n",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION")
    );
    print(stdio, line.as_bytes())
}

fn print(stdio: &mut Stdio<'_>, bytes: &[u8]) -> Result<()> {
    let written = stdio
        .stdout
        .write_all(bytes)
        .and_then(|()| stdio.stdout.flush());
    written.map_err(|error| Error::Output(error.kind()))
}

/// Reads stdin until the deadline. A person at a terminal is told what is waited for, and may take
/// the time that typing takes.
fn read_stdin(
    stdio: &mut Stdio<'_>,
    deadline: Deadline,
    wanted: &str,
) -> Result<Zeroizing<Vec<u8>>> {
    let Some(stdin) = stdio.stdin.take() else {
        return Ok(Zeroizing::default());
    };
    if stdio.terminal.is_none() {
        return stdin.read_whole(Some(deadline));
    }
    let _ = writeln!(
        stdio.stderr,
        "waiting for {wanted} on stdin; end it with Ctrl-D"
    );
    stdin.read_whole(None)
}

/// What every verb that deals with logins works on.
struct Context<'a> {
    environment: &'a Environment,
    settings: Settings,
    store: Box<dyn Store>,
    deadline: Deadline,
}

impl<'a> Context<'a> {
    fn for_protocol(environment: &'a Environment, deadline: Deadline) -> Result<Self> {
        // With a wrong backend a logout would look into the keyring, and leave the file as it is.
        let settings = Settings::load(environment)?.usable()?;
        let backend = Backend::chosen(environment, &settings)?;
        let store = open(backend, environment, deadline, Patience::OfTheVerb)?;
        Ok(Self {
            environment,
            settings,
            store,
            deadline,
        })
    }

    /// `backend` is what an option says. A keyring that is locked may ask for its password, and the
    /// person is told that it does.
    fn for_person(
        environment: &'a Environment,
        backend: Option<Backend>,
        stdio: &mut Stdio<'_>,
    ) -> Result<Self> {
        let settings = Settings::load(environment)?.checked()?;
        let backend = match backend {
            Some(backend) => backend,
            None => Backend::chosen(environment, &settings)?,
        };
        let deadline = environment.deadline(PERSON_LIMIT)?;
        let store = open(backend, environment, deadline, Patience::OfEachCall)?;
        if let Err(error @ StoreError::Keyring(KeyringState::Locked(_))) = store.check_writable() {
            unlock(&*store, &error, stdio, deadline)?;
        }
        Ok(Self {
            environment,
            settings,
            store,
            deadline,
        })
    }

    fn request<'b>(
        &'b self,
        registry: &'b Registry,
        settings: &'b RegistrySettings,
    ) -> Request<'b> {
        Request {
            registry,
            settings,
            environment: self.environment,
            store: &*self.store,
            deadline: self.deadline,
        }
    }

    fn registry(&self, server_url: &str) -> Result<Registry> {
        Ok(Registry::parse(server_url, &self.settings.clouds)?)
    }
}

/// Lets the keyring ask a person for what opens it, and tells them so.
fn unlock(
    store: &dyn Store,
    state: &StoreError,
    stdio: &mut Stdio<'_>,
    deadline: Deadline,
) -> Result<(), StoreError> {
    let seconds = deadline.limit().as_secs();
    let _ = writeln!(
        stdio.stderr,
        "{state}; waiting up to {seconds} s for an answer to its prompt"
    );
    store.unlock()
}

/// Drops what is cached of a slot that has changed: an account's key may have served any registry.
fn drop_stale(environment: &Environment, slot: &Slot) {
    #[cfg(feature = "cloud")]
    crate::login::temporary::forget(
        environment,
        match slot {
            Slot::Registry(address) => Some(address),
            Slot::Account(_) => None,
        },
    );
    #[cfg(not(feature = "cloud"))]
    let _ = (environment, slot);
}

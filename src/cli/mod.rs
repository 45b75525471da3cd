//! The command line: which verb to run, and how its result is reported.

#[cfg(feature = "completion")]
mod completion;
mod definition;
mod examples;
#[cfg(feature = "completion")]
mod manual;

use std::time::Duration;

use clap::error::ErrorKind;

use crate::command::error::{Error, Result};
use crate::command::message::{for_docker, hint};
use crate::command::{self, NAME, kubelet};
use crate::console::stdio::Stdio;
use crate::system::environment::Environment;
use crate::system::watchdog::{self, Place};

/// Runs the verb in `arguments` on the streams of this process. `program` is the path that the
/// program was called with. Returns the exit code: 0, or 1 for every error.
pub fn run(program: &str, arguments: &[String], environment: &Environment) -> u8 {
    Stdio::of_process(|stdio| {
        // At a terminal without a verb, the usage is shown, whatever the program is called.
        let is_kubelets = kubelet::is_called(program, arguments) && stdio.terminal.is_none();
        if stdio.terminal.is_none() {
            watch(is_kubelets, arguments, environment);
        }
        if is_kubelets {
            return end_for_kubelet(kubelet::run(stdio, environment), stdio);
        }
        run_with(arguments, stdio, environment)
    })
}

/// Makes sure that a client's verb ends, whatever hangs. Verbs for people have no single time
/// limit, and a person can end them.
fn watch(is_kubelets: bool, arguments: &[String], environment: &Environment) {
    let verb = arguments.first().map_or("kubelet", String::as_str);
    let (limit, place) = match verb {
        "kubelet" => (kubelet::MOST, Place::Stderr),
        "get" | "store" | "erase" | "list" if arguments.len() == 1 => (CLIENT_LIMIT, Place::Stdout),
        _ if is_kubelets => (kubelet::MOST, Place::Stderr),
        _ => return,
    };
    // The verb itself will report a bad value of the variable.
    let limit = environment.deadline(limit).map(|deadline| deadline.limit());
    watchdog::start(limit.unwrap_or(CLIENT_LIMIT), place);
}

/// The default time limit of docker's verbs: that of a verb that uses the network.
const CLIENT_LIMIT: Duration = Duration::from_secs(10);

/// Runs a verb on the given streams.
pub fn run_with(arguments: &[String], stdio: &mut Stdio<'_>, environment: &Environment) -> u8 {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // Protocol verbs come first and build no argument parser, because clients run dozens of them at
    // once.
    match arguments[..] {
        ["get"] => end_for_docker(command::get::run(stdio, environment), stdio),
        ["store"] if stdio.terminal.is_none() => {
            end_for_docker(command::store::run_protocol(stdio, environment), stdio)
        }
        ["erase"] => end_for_docker(command::erase::run(stdio, environment), stdio),
        ["list"] => end_for_docker(command::list::run(stdio, environment), stdio),
        ["kubelet"] => end_for_kubelet(kubelet::run(stdio, environment), stdio),
        ["version" | "--version" | "-v"] => end_for_docker(print_version(stdio), stdio),
        ["--help" | "help"] | ["help" | "--help", "help" | "--help" | "-h"] => {
            end_for_docker(print_usage(stdio), stdio)
        }
        ["-h"] => end_for_docker(print_summary(stdio), stdio),
        ["help" | "--help", verb, ..] if definition::is_verb(verb) => {
            run_for_person(&[verb, "--help"], stdio, environment)
        }
        ["-h", verb, ..] if definition::is_verb(verb) => {
            run_for_person(&[verb, "-h"], stdio, environment)
        }
        [verb, ..] if definition::is_verb(verb) => run_for_person(&arguments, stdio, environment),
        ["help" | "--help" | "-h", unknown, ..] | [unknown, ..] => {
            // The rest of the arguments may be a password.
            let line = format!("{NAME}: unknown action: {}\n", unknown.escape_debug());
            let _ = stdio.print_lines(&line);
            if let Some(meant) = meant_by(unknown).or_else(|| definition::nearest(unknown)) {
                stdio.advise(&format!("{NAME} {meant}"), environment);
            }
            1
        }
        [] => {
            let _ = print_usage(stdio);
            1
        }
    }
}

/// Returns the verb for a word that docker uses.
fn meant_by(typed: &str) -> Option<String> {
    match typed {
        "login" => Some("store".to_owned()),
        "logout" => Some("erase --registry HOST".to_owned()),
        _ => None,
    }
}

/// Parses `arguments` and runs the verb for people.
fn run_for_person(arguments: &[&str], stdio: &mut Stdio<'_>, environment: &Environment) -> u8 {
    let verb = match definition::parse(arguments, stdio.stdout_screen) {
        Ok(verb) => verb,
        Err(help)
            if matches!(
                help.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            ) =>
        {
            let mut text = help.render().to_string();
            if arguments.contains(&"--help") {
                text += &definition::examples(arguments[0]);
            }
            let result = stdio.print(text.as_bytes());
            return end_for_person(result.map_err(Error::from), stdio, environment);
        }
        Err(error) => {
            let verb = arguments.first().unwrap_or(&"");
            let hint = match *verb {
                "get" => format!("echo HOST | {NAME} get"),
                verb => format!("{NAME} {verb} --help"),
            };
            let wrong = match *verb {
                "get" => "`get` reads the registry from stdin".to_owned(),
                _ => definition::described(&error),
            };
            stdio.complain(&wrong, Some(&hint), environment);
            return 1;
        }
    };
    let result = definition::run(&verb, stdio, environment);
    end_for_person(result, stdio, environment)
}

/// Ends a protocol verb: an error is one line on stdout.
fn end_for_docker(result: Result<()>, stdio: &mut Stdio<'_>) -> u8 {
    let Err(error) = result else {
        return 0;
    };
    let _ = stdio.print(format!("{}\n", for_docker(&error)).as_bytes());
    1
}

/// Ends the kubelet's verb: an error is one line on stderr, which the kubelet logs.
fn end_for_kubelet(result: Result<()>, stdio: &mut Stdio<'_>) -> u8 {
    let Err(error) = result else {
        return 0;
    };
    stdio.tell(&format!("{NAME}: {}", for_docker(&error)));
    1
}

/// Ends a verb for people: an error is a line on stderr, followed by its hint.
fn end_for_person(result: Result<()>, stdio: &mut Stdio<'_>, environment: &Environment) -> u8 {
    let Err(error) = result else {
        return 0;
    };
    stdio.complain(&error.to_string(), hint(&error).as_deref(), environment);
    1
}

fn print_version(stdio: &mut Stdio<'_>) -> Result<()> {
    let line = format!(
        "{NAME} ({}) {}\n",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION")
    );
    Ok(stdio.print(line.as_bytes())?)
}

/// Prints one line for each verb.
fn print_summary(stdio: &mut Stdio<'_>) -> Result<()> {
    let usage = definition::command_on(stdio.stdout_screen).render_help();
    Ok(stdio.print(usage.to_string().as_bytes())?)
}

/// Prints the usage.
fn print_usage(stdio: &mut Stdio<'_>) -> Result<()> {
    let usage = definition::command_on(stdio.stdout_screen).render_long_help();
    Ok(stdio.print(usage.to_string().as_bytes())?)
}

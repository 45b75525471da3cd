//! The definition of the command line. Protocol verbs are matched before it is built.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

#[cfg(feature = "completion")]
use super::completion::{self, Shell};
use super::examples;
use crate::command::error::{OptionError, Result};
use crate::command::{NAME, accounts, configure, doctor, erase, print, rotate, store, unlock};
use crate::console::screen::Screen;
use crate::console::stdio::Stdio;
use crate::system::environment::Environment;

/// Docker credential helper for Huawei Cloud's Software Repository for Container (SWR)
///
/// Docker runs it to get a login: the username `<project>@<AK>` and the login key, derived from an
/// access key that stays in the keyring of the operating system. Run `docker-credential-swr store`
/// to set everything up.
#[derive(Parser)]
#[command(name = NAME, version, disable_version_flag = true)]
struct CommandLine {
    /// Print the version
    #[arg(short = 'v', long, action = ArgAction::Version)]
    version: (),
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Store an access key and set up docker (interactive; reads Docker's JSON when stdin is not a
    /// terminal)
    Store(store::Options),
    /// Check everything between docker and the registry, and explain what is wrong
    Doctor(doctor::Options),
    /// List the stored accounts and logins, and which registries they serve
    Accounts(accounts::Options),
    /// Ask the keyring to unlock itself, and tell what state it is in
    Unlock,
    /// Replace an account's access key with a new one, everywhere it is stored
    Rotate(rotate::Options),
    /// Remove what the options name, or the login for the server URL on stdin (Docker's protocol)
    Erase(erase::Options),
    /// Add this helper to docker's config.json, or remove it
    Configure(configure::Options),
    /// Print the login for a client that has no credential helpers
    Print(print::Options),
    #[cfg(feature = "completion")]
    #[command(flatten)]
    Shell(Shell),
    /// Print the login for the server URL on stdin (Docker's protocol)
    Get,
    /// List the servers that have a login (Docker's protocol)
    List,
    /// Answer a kubelet with the login for the image on stdin (credentialprovider.kubelet.k8s.io)
    Kubelet,
    /// Print the version
    Version,
}

/// Whether `word` is a verb for people. A protocol verb with options counts too.
pub(super) fn is_verb(word: &str) -> bool {
    verbs().any(|verb| verb == word)
}

/// Returns the verb that differs from `word` by at most two letters.
pub(super) fn nearest(word: &str) -> Option<String> {
    const MOST: usize = 2;
    if !word.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return None;
    }
    let near = verbs().map(|verb| (strsim::osa_distance(word, &verb), verb));
    let near = near.filter(|(distance, _)| *distance <= MOST);
    near.min().map(|(_, verb)| verb)
}

fn verbs() -> impl Iterator<Item = String> {
    let verbs: Vec<_> = command()
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned())
        .collect();
    verbs.into_iter()
}

/// Parses `arguments`, without the program's name; help is for that screen.
pub(super) fn parse(arguments: &[&str], screen: Screen) -> Result<Verb, clap::Error> {
    let definition = command_on(screen);
    let matches = definition.try_get_matches_from([NAME].iter().chain(arguments))?;
    CommandLine::from_arg_matches(&matches).map(|line| line.verb)
}

/// Runs a verb for people.
pub(super) fn run(verb: &Verb, stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    match verb {
        Verb::Store(options) => store::run_for_person(options, stdio, environment),
        Verb::Rotate(options) => rotate::run(options, stdio, environment),
        Verb::Erase(options) => erase::run_for_person(options, stdio, environment),
        Verb::Print(options) => print::run(options, stdio, environment),
        Verb::Unlock => unlock::run(stdio, environment),
        Verb::Accounts(options) => accounts::run(options, stdio, environment),
        Verb::Doctor(options) => doctor::run(options, stdio, environment),
        Verb::Configure(options) => configure::run(options, stdio, environment),
        #[cfg(feature = "completion")]
        Verb::Shell(verb) => completion::run(verb, command(), stdio),
        // A protocol verb takes no options.
        Verb::Get | Verb::List | Verb::Kubelet | Verb::Version => {
            Err(OptionError::NoOptions.into())
        }
    }
}

/// Returns the examples of a verb, the end of its long help. They are not part of what clap prints:
/// clap would break the lines, and then nobody could paste them.
pub(super) fn examples(verb: &str) -> String {
    let examples = examples::for_verb(verb).iter();
    let lines = examples.map(|(wanted, typed)| format!("  {wanted}:\n    {NAME} {typed}\n"));
    lines.collect()
}

/// Returns the definition.
pub(super) fn command() -> clap::Command {
    CommandLine::command()
}

/// Returns the definition with help for that screen.
pub(super) fn command_on(screen: Screen) -> clap::Command {
    /// Longer lines are hard to read.
    const READABLE: usize = 100;
    let width = match screen.is_terminal() {
        true => screen.columns().min(READABLE),
        false => usize::MAX,
    };
    command().term_width(width).mut_subcommands(|verb| {
        match examples::for_verb(verb.get_name()).is_empty() {
            true => verb,
            false => verb.after_long_help("Examples:"),
        }
    })
}

/// Describes what is wrong with the arguments. No value is repeated, because it could be the SK.
pub(super) fn described(error: &clap::Error) -> String {
    let option = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => {
            argument.split(['=', ' ']).next().unwrap_or_default()
        }
        _ => "",
    };
    let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let is_missing = matches!(
        error.get(ContextKind::InvalidValue),
        Some(ContextValue::String(value)) if value.is_empty()
    );
    match error.kind() {
        ErrorKind::UnknownArgument if option.starts_with('-') && is_name(option) => {
            match error.get(ContextKind::SuggestedArg) {
                // clap's own measure takes `--backend` for `--ak`.
                Some(ContextValue::String(meant))
                    if meant.starts_with(option) || strsim::osa_distance(option, meant) <= 3 =>
                {
                    format!("there is no option `{option}`; did you mean `{meant}`?")
                }
                _ => format!("there is no option `{option}`"),
            }
        }
        ErrorKind::UnknownArgument => "something is given that belongs to no option".to_owned(),
        ErrorKind::TooManyValues => format!("`{option}` takes no value"),
        ErrorKind::InvalidValue if is_missing => format!("`{option}` needs a value"),
        ErrorKind::InvalidValue => match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(values)) => {
                format!("`{option}` takes {}", values.join(" or "))
            }
            _ => format!("`{option}` does not take such a value"),
        },
        // These hold only names of options. A list of them is on separate lines.
        ErrorKind::ArgumentConflict | ErrorKind::MissingRequiredArgument => {
            let text = error.to_string();
            let told = text.lines().take_while(|line| !line.is_empty());
            let told: Vec<_> = told.map(str::trim).collect();
            told.join(" ").trim_start_matches("error: ").to_owned()
        }
        _ => "the options are not as they should be".to_owned(),
    }
}

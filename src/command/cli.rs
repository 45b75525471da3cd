//! The one definition of the command line. Protocol verbs are matched before any of this is built.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

#[cfg(feature = "completion")]
use super::shell;
use super::{
    NAME, Stdio, accounts, complain, configure, doctor, erase, for_people, print, print_login,
    rotate, store,
};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::store::{Backend, DEFAULT_ACCOUNT};

/// Docker credential helper for Huawei Cloud's Software Repository for Container (SWR)
///
/// Docker calls it for a login: it answers with the username `<project>@<AK>` and the login key,
/// derived from an access key that stays in the keyring of the operating system.
/// `docker-credential-swr store` is the start, and the whole set-up.
#[derive(Parser)]
#[command(name = NAME, version, disable_help_subcommand = true, disable_version_flag = true)]
struct CommandLine {
    /// Print the version
    #[arg(short = 'v', long, action = ArgAction::Version)]
    version: (),
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Keep an access key and set up docker: asks for all it needs at a terminal, or reads Docker's JSON from stdin
    Store(Store),
    /// Tell why a pull works, or does not, a line a check
    Doctor(Doctor),
    /// List the accounts and keys that are stored, and what they serve
    Accounts,
    /// Put a new access key in the place of an account's present one, wherever that is stored
    Rotate(Rotate),
    /// Forget what the options name, or the login for the server URL on stdin (Docker's protocol)
    Erase(Erase),
    /// Name the helper in docker's config.json, or take it out again
    Configure(Configure),
    /// Print the login for a client without credential helpers
    Print(Print),
    #[cfg(feature = "completion")]
    #[command(flatten)]
    Shell(Shell),
    /// Answer with the login for the server URL on stdin (Docker's protocol)
    Get,
    /// List the servers that a login is stored for (Docker's protocol)
    List,
    /// Answer a kubelet with the login for the image on stdin (credentialprovider.kubelet.k8s.io)
    Kubelet,
    /// Print the version
    Version,
}

/// Where an access key comes from. The SK is never an option.
#[derive(Args)]
pub(super) struct KeySource {
    /// The access key ID
    #[arg(long)]
    pub(super) ak: Option<String>,
    /// Read AK and SK from the credentials.csv that Huawei Cloud's console gave
    #[arg(long, value_name = "FILE", conflicts_with = "sk_stdin")]
    pub(super) csv: Option<PathBuf>,
    /// Read the SK from stdin
    #[arg(long)]
    pub(super) sk_stdin: bool,
}

/// Options of `store` for people.
#[derive(Args)]
pub(super) struct Store {
    #[command(flatten)]
    pub(super) source: KeySource,
    /// Set up docker for the registry of this region; may be given more than once
    #[arg(long = "region", value_name = "ID", conflicts_with = "registries")]
    pub(super) regions: Vec<String>,
    /// Keep the key for this registry alone, and set up docker for it; may be given more than once
    #[arg(long = "registry", value_name = "HOST", conflicts_with_all = ["account", "cloud"])]
    pub(super) registries: Vec<String>,
    /// Keep the key under this name; `default` serves every registry of its cloud
    #[arg(long, value_name = "NAME")]
    pub(super) account: Option<String>,
    /// The cloud that the account serves [default: the region's own, else myhuaweicloud.com]
    #[arg(long, value_name = "DOMAIN")]
    pub(super) cloud: Option<String>,
    /// The project that logins name, where it is not the region's own
    #[arg(long)]
    pub(super) project: Option<String>,
    /// The key is a temporary one: read its security token from stdin, behind the SK if both are there
    #[arg(long)]
    pub(super) security_token_stdin: bool,
    /// When the temporary key ends, such as 2026-07-23T08:46:07Z
    #[arg(long, value_name = "TIME", requires = "security_token_stdin")]
    pub(super) expires: Option<String>,
    /// Keep an IAM user in place of an access key; the password is asked for
    #[arg(long, value_name = "NAME", requires = "domain", conflicts_with_all = ["ak", "csv", "sk_stdin", "security_token_stdin"])]
    pub(super) iam_user: Option<String>,
    /// The account that the IAM user belongs to
    #[arg(long, value_name = "NAME", requires = "iam_user")]
    pub(super) domain: Option<String>,
    /// Read the IAM user's password from stdin
    #[arg(long, requires = "iam_user")]
    pub(super) password_stdin: bool,
    /// Replace another access key that is already there
    #[arg(long)]
    pub(super) replace: bool,
    /// Where to keep it, now and from now on: the file holds the login key and no SK
    #[arg(long, value_enum)]
    pub(super) backend: Option<Backend>,
    /// Leave docker's config.json as it is
    #[arg(long)]
    pub(super) no_configure: bool,
    /// Do not try the login at the registry
    #[arg(long)]
    pub(super) offline: bool,
}

/// Options of `rotate`.
#[derive(Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    pub(super) source: KeySource,
    /// The account whose access key is replaced
    #[arg(long, value_name = "NAME", default_value = DEFAULT_ACCOUNT)]
    pub(super) account: String,
    /// The registry to try the new key at [default: one that docker asks this helper for]
    #[arg(long, value_name = "HOST")]
    pub(super) registry: Option<String>,
    /// Do not try the new key
    #[arg(long, conflicts_with = "registry")]
    pub(super) offline: bool,
}

/// Options of `erase` for people.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub(super) struct Erase {
    /// Forget everything about this registry; may be given more than once
    #[arg(long = "registry", value_name = "HOST")]
    pub(super) registries: Vec<String>,
    /// Forget the access key of this account
    #[arg(long, value_name = "NAME")]
    pub(super) account: Option<String>,
    /// Forget everything
    #[arg(long, conflicts_with_all = ["registries", "account"])]
    pub(super) all: bool,
}

/// Options of `configure`.
#[derive(Args)]
pub(super) struct Configure {
    /// A registry that docker is to ask the helper for; may be given more than once
    #[arg(long = "registry", value_name = "HOST")]
    pub(super) registries: Vec<String>,
    /// The same by its region: `cn-north-4` for swr.cn-north-4.myhuaweicloud.com
    #[arg(long = "region", value_name = "ID")]
    pub(super) regions: Vec<String>,
    /// Take these registries out again, or all if none is named
    #[arg(long)]
    pub(super) remove: bool,
    /// Move logins that stand there in plain text to this helper: of these registries, or of all that it serves
    #[arg(long, conflicts_with = "remove")]
    pub(super) import_auths: bool,
    /// Change podman's auth.json instead [default: $REGISTRY_AUTH_FILE or ~/.config/containers/auth.json]
    #[arg(long, conflicts_with = "docker_config")]
    pub(super) podman: bool,
    /// Say what would change, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// The folder of docker's config.json [default: $DOCKER_CONFIG or ~/.docker]
    #[arg(long, value_name = "DIR")]
    pub(super) docker_config: Option<PathBuf>,
}

/// Options of `print`.
#[derive(Args)]
pub(super) struct Print {
    /// The registry; for containerd with the image behind it
    #[arg(value_name = "HOST")]
    pub(super) host: String,
    /// Who is to read it
    #[arg(long, value_enum, default_value = "docker-login")]
    pub(super) format: print_login::Format,
    /// Print the password even to a terminal
    #[arg(long)]
    pub(super) reveal: bool,
}

/// Options of `doctor`.
#[derive(Args)]
pub(super) struct Doctor {
    /// The registry [default: all that docker asks this helper for]
    #[arg(value_name = "HOST")]
    pub(super) host: Option<String>,
    /// Try the login at the registry, once
    #[arg(long)]
    pub(super) online: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// What a person's shell and `man` know of this command line.
#[cfg(feature = "completion")]
#[derive(Subcommand)]
pub(super) enum Shell {
    /// Print the script by which a shell completes verbs and options
    Completion {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, one for the program and one for each verb
    Man {
        /// The folder to write them into; it is made where it is missing
        #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
        folder: PathBuf,
    },
}

impl ValueEnum for Backend {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Keyring, Self::File]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.name().into())
    }
}

/// Parses `arguments` and runs the verb for people that they name.
pub(super) fn run(arguments: &[&str], stdio: &mut Stdio<'_>, environment: &Environment) -> u8 {
    let line = match CommandLine::try_parse_from([NAME].iter().chain(arguments)) {
        Ok(line) => line,
        Err(help)
            if matches!(
                help.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            ) =>
        {
            return for_people(
                print(stdio, help.render().to_string().as_bytes()),
                stdio,
                environment,
            );
        }
        Err(error) => {
            let verb = arguments.first().unwrap_or(&"");
            let hint = format!("{NAME} {verb} --help");
            return complain(&described(&error), Some(hint), stdio, environment);
        }
    };
    let result = match &line.verb {
        Verb::Store(options) => store::person::run(options, stdio, environment),
        Verb::Rotate(options) => rotate::run(options, stdio, environment),
        Verb::Erase(options) => erase::run_for_person(options, stdio, environment),
        Verb::Print(options) => print_login::run(options, stdio, environment),
        Verb::Accounts => accounts::run(stdio, environment),
        Verb::Doctor(options) => doctor::run(options, stdio, environment),
        Verb::Configure(options) => configure::run(options, stdio, environment),
        #[cfg(feature = "completion")]
        Verb::Shell(verb) => shell::run(verb, stdio),
        // With anything behind it, a protocol verb is none.
        Verb::Get | Verb::List | Verb::Kubelet | Verb::Version => {
            Err(Error::Option("this verb takes no options".to_owned()))
        }
    };
    for_people(result, stdio, environment)
}

/// Returns the definition itself.
pub(super) fn definition() -> clap::Command {
    CommandLine::command()
}

/// Prints how the helper is called.
pub(super) fn print_usage(stdio: &mut Stdio<'_>) -> Result<()> {
    print(
        stdio,
        definition().render_long_help().to_string().as_bytes(),
    )
}

/// Says what is wrong with the arguments. No value is repeated, nor what may be one: it could be the SK.
fn described(error: &clap::Error) -> String {
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
            format!("there is no option `{option}`")
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
        // Only the names of options are in these; a list of them stands on lines of its own.
        ErrorKind::ArgumentConflict | ErrorKind::MissingRequiredArgument => {
            let text = error.to_string();
            let told = text.lines().take_while(|line| !line.is_empty());
            let told: Vec<_> = told.map(str::trim).collect();
            told.join(" ").trim_start_matches("error: ").to_owned()
        }
        _ => "the options are not as they should be".to_owned(),
    }
}

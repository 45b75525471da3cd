//! `completion` and `man`: shell completions and manual pages, generated from the definition of the
//! command line.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command, Subcommand, ValueHint};

use super::manual;
use crate::command::NAME;
use crate::command::error::{Error, Result};
use crate::console::stdio::Stdio;
use crate::model::regions::REGIONS;

/// What a shell and `man` know about this command line.
#[derive(Subcommand)]
pub(super) enum Shell {
    /// Print a completion script for a shell
    Completion {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, one for the program and one for each verb
    Man {
        /// The folder to write them into; it is created if it is missing
        #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
        folder: PathBuf,
    },
}

pub(super) fn run(verb: &Shell, definition: Command, stdio: &mut Stdio<'_>) -> Result<()> {
    match verb {
        Shell::Completion { shell } => Ok(stdio.print(script(*shell, definition).as_bytes())?),
        Shell::Man { folder } => write_manual(folder, definition).map_err(|error| Error::Manual {
            folder: folder.clone(),
            kind: error.kind(),
        }),
    }
}

fn script(shell: clap_complete::Shell, definition: Command) -> String {
    let mut script = Vec::new();
    let mut definition = completed(definition);
    clap_complete::generate(shell, &mut definition, NAME, &mut script);
    let script = String::from_utf8(script).expect("generated from UTF-8");
    // In bash, clap_complete 4.6 gives a verb two different names if the program's name has
    // hyphens, and then completes none of its options: https://github.com/clap-rs/clap/issues/6421.
    let two_ways = ["__subcmd__", "__"].map(|hyphen| NAME.replace('-', hyphen) + "__subcmd__");
    let script = script.replace(&two_ways[0], &two_ways[1]);
    // The names of accounts are only known when the completion runs. Each of these shells evaluates
    // its list of words.
    let names = format!("{NAME} accounts --names 2>/dev/null");
    match shell {
        clap_complete::Shell::Fish => {
            let script = script.replace(&format!("{ACCOUNTS}\\t''"), &format!("({names})"));
            script + &positionals_in_fish(&definition)
        }
        clap_complete::Shell::Bash => {
            // What is before the last comma stays.
            let regions: Vec<_> = REGIONS.iter().map(|region| region.id).collect();
            let list = format!("-W \"{}\" -- \"${{cur", regions.join(" "));
            let after_comma = format!("-P \"${{cur%\"${{cur##*,}}\"}}\" {list}##*,");
            let script = script.replace(&list, &after_comma);
            script.replace(ACCOUNTS, &format!("$({names})"))
        }
        _ => script.replace(ACCOUNTS, &format!("$({names})")),
    }
}

/// Returns what clap_complete 4.6 leaves out for fish: the values of arguments without an option,
/// and the verbs after `help`.
fn positionals_in_fish(definition: &Command) -> String {
    let mut lines = String::new();
    for verb in definition.get_subcommands() {
        let values: Vec<_> = match verb.get_name() {
            "help" => definition
                .get_subcommands()
                .map(|verb| verb.get_name().to_owned())
                .collect(),
            _ => {
                let positionals = verb.get_positionals();
                let values = positionals.flat_map(|argument| argument.get_possible_values());
                values.map(|value| value.get_name().to_owned()).collect()
            }
        };
        if !values.is_empty() {
            let function = format!("__fish_{}_using_subcommand", NAME.replace('-', "_"));
            lines += &format!(
                "complete -c {NAME} -n \"{function} {}\" -f -a \"{}\"\n",
                verb.get_name(),
                values.join(" ")
            );
        }
    }
    lines
}

/// The placeholder for the names of all accounts in what clap_complete generates.
const ACCOUNTS: &str = "STORED_ACCOUNTS";

fn write_manual(folder: &Path, definition: Command) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut program = definition.disable_help_subcommand(true);
    program.build();
    for verb in program.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        manual::write_verb(folder, verb)?;
    }
    manual::write_program(folder, program)
}

/// Returns the definition for shells. Listed regions and stored accounts are completed. An option
/// whose value is neither one of a few nor a path completes nothing, instead of file names.
fn completed(definition: Command) -> Command {
    let known = |argument: Arg| {
        let is_any = argument.get_value_hint() == ValueHint::Unknown;
        match argument.get_id().as_str() {
            "regions" | "registries" | "registry" | "host" => {
                let regions = REGIONS.iter().map(|region| match region.place {
                    "" => PossibleValue::new(region.id),
                    place => PossibleValue::new(region.id).help(place),
                });
                argument.value_parser(PossibleValuesParser::new(regions))
            }
            "account" => argument.value_parser([ACCOUNTS]),
            _ if is_any && argument.get_action().takes_values() => {
                argument.value_hint(ValueHint::Other)
            }
            _ => argument,
        }
    };
    definition.mut_subcommands(|verb| verb.mut_args(known))
}

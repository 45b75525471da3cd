//! `completion` and `man`: what a shell completes and what the manual says, generated from the one
//! definition of the command line.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::{Arg, Command, Subcommand, ValueHint};

use crate::command::NAME;
use crate::command::error::{Error, Result};
use crate::console::stdio::Stdio;

/// What a person's shell and `man` know of this command line.
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
    clap_complete::generate(shell, &mut completed(definition), NAME, &mut script);
    let script = String::from_utf8(script).expect("generated from UTF-8");
    // In bash clap_complete 4.6 names a verb in two ways where the program's own name has hyphens, and so
    // completes none of its options: https://github.com/clap-rs/clap/issues/6421.
    let two_ways = ["__subcmd__", "__"].map(|hyphen| NAME.replace('-', hyphen) + "__subcmd__");
    script.replace(&two_ways[0], &two_ways[1])
}

fn write_manual(folder: &Path, definition: Command) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(definition, folder)
}

/// Returns the definition as shells are to complete it: a value that is neither a path nor one of a
/// few is nothing that they could know, and no name of a file.
fn completed(definition: Command) -> Command {
    let known = |argument: Arg| {
        let is_any = argument.get_value_hint() == ValueHint::Unknown;
        if is_any && argument.get_action().takes_values() {
            argument.value_hint(ValueHint::Other)
        } else {
            argument
        }
    };
    definition.mut_subcommands(|verb| verb.mut_args(known))
}

//! `completion` and `man`: what a shell completes and what the manual says, generated from the one
//! definition of the command line.

use std::path::Path;
use std::{fs, io};

use clap::{Arg, Command, ValueHint};
use clap_complete::Shell;

use super::{NAME, Stdio, cli, print};
use crate::error::{Error, Result};

pub(super) fn run(verb: &cli::Shell, stdio: &mut Stdio<'_>) -> Result<()> {
    match verb {
        cli::Shell::Completion { shell } => print(stdio, script(*shell).as_bytes()),
        cli::Shell::Man { folder } => write_manual(folder).map_err(|error| Error::Manual {
            folder: folder.clone(),
            kind: error.kind(),
        }),
    }
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut completed(), NAME, &mut script);
    let script = String::from_utf8(script).expect("generated from UTF-8");
    // In bash clap_complete 4.6 names a verb in two ways where the program's own name has hyphens, and so
    // completes none of its options: https://github.com/clap-rs/clap/issues/6421.
    let two_ways = ["__subcmd__", "__"].map(|hyphen| NAME.replace('-', hyphen) + "__subcmd__");
    script.replace(&two_ways[0], &two_ways[1])
}

fn write_manual(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(cli::definition(), folder)
}

/// Returns the definition as shells are to complete it: a value that is neither a path nor one of a
/// few is nothing that they could know, and no name of a file.
fn completed() -> Command {
    let known = |argument: Arg| {
        let is_any = argument.get_value_hint() == ValueHint::Unknown;
        if is_any && argument.get_action().takes_values() {
            argument.value_hint(ValueHint::Other)
        } else {
            argument
        }
    };
    cli::definition().mut_subcommands(|verb| verb.mut_args(known))
}

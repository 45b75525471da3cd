//! The start of the process: arguments, environment, streams and exit code.

use std::process::ExitCode;

use docker_credential_swr::cli;
use docker_credential_swr::system::environment::Environment;
use docker_credential_swr::system::harden;

fn main() -> ExitCode {
    harden::process();
    let mut words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let program = words.next().unwrap_or_default();
    let arguments: Vec<String> = words.collect();
    // Returning ends the process with all its threads, so a thread that hangs in a keyring does not
    // hold it up.
    ExitCode::from(cli::run(&program, &arguments, &Environment::of_process()))
}

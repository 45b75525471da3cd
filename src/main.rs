//! The process edge: arguments, environment, streams and exit code.

use std::process::ExitCode;

use docker_credential_swr::environment::Environment;
use docker_credential_swr::{command, harden};

fn main() -> ExitCode {
    harden::process();
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    // Returning ends the process with all its threads: one that hangs in a keyring is not waited for.
    ExitCode::from(command::run(&arguments, &Environment::of_process()))
}

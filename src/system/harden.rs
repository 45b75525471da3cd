//! The first thing that a process with secrets does.

use std::io::Write;

/// Turns off core dumps and, on Linux, access to this process's memory by other processes of the
/// same user. If the system refuses, the login still goes on.
///
/// A panic ends the process like any other error, with a fixed line on stdout: the panic's own
/// message could hold a secret.
pub fn process() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let _ = writeln!(
            std::io::stdout(),
            "internal error at {place}; please report it"
        );
        std::process::exit(1);
    }));
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};

        let _ = setrlimit(
            Resource::Core,
            Rlimit {
                current: Some(0),
                maximum: Some(0),
            },
        );
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

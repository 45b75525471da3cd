//! What a process that holds secrets does first.

use std::io::Write;

/// Turns off core dumps and, on Linux, the reading of this process's memory by other processes of the
/// same user. A system that refuses is no reason to refuse a login.
///
/// A fault of ours ends the process like any error, with one line on stdout: what a panic would say
/// of itself could hold anything.
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

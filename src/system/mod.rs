//! The process and the machine it runs on: environment, deadline, files, programs.

#[cfg(any(windows, test))]
pub mod acl;
pub mod atomic_file;
pub mod chance;
pub mod deadline;
pub mod environment;
pub mod error;
pub mod harden;
pub mod open;
pub mod platform;
pub mod program;
pub mod runtime_folder;
pub mod server;
pub mod trace;
#[cfg(unix)]
pub mod user;
pub mod watchdog;

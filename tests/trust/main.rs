//! Attacks by another user of the machine, by their files, or by variables: those of
//! docs/security.md.
//!
//! Each guard was taken out once, and the test beside it failed:
//!
//! | guard taken out | test that failed |
//! |---|---|
//! | the look at kind, owner and mode in `system/open` | `a_file_that_never_ends_..`, `settings_that_others_..`, `a_profile_that_..` |
//! | the look at who made a link | `links_to_settings_..` |
//! | `NOFOLLOW`, owner and count of names of a trace, its first bytes | `a_trace_is_added_..` |
//! | the shapes in `AccessKey::checked` | both tests of `keys` |
//! | the password left out of a hash | `no_hash_is_made_of_a_password` |
//! | `Source` in front of an endpoint variable | both tests of `variables` |
//! | `Environment::check_home` | `root_writes_nothing_..` |
//! | the watchdog | `a_disk_that_hangs_..` |
//! | the ends of lines counted once; doctor's deadline | `wrong_settings_..`, `doctor_ends_by_..` |
//! | the quotes of `console/shell` | `a_printed_command_..` |
//! | `cd /` in front of cargo in `install.sh` | `a_file_above_the_clone_..` |
//! | `is_one`, and the maps, in `system/user` | `what_is_nobodys_..`, `a_group_is_as_much_..` |
//! | the walk up to the root in `install.sh` | `a_folder_on_the_way_..` |
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

#[path = "../support/mod.rs"]
mod support;

mod files;
mod hangs;
mod homes;
mod install;
mod keys;
#[cfg(feature = "cloud")]
mod locks;
mod namespaces;
mod users;
#[cfg(feature = "cloud")]
mod variables;
mod words;

//! Attacks by another user of the machine, by their files, or by variables: those of
//! docs/security.md.
//!
//! Each guard was taken out once, and the test beside it failed:
//!
//! | guard taken out | test that failed |
//! |---|---|
//! | the look at kind, owner and mode in `system/open` | `an_endless_file_is_an_error`, `settings_that_others_..`, `a_profile_that_..` |
//! | the look at who made a link | `links_to_settings_..` |
//! | `NOFOLLOW`, owner and count of names of a trace, its first bytes | `a_trace_is_added_only_..` |
//! | the shapes in `AccessKey::checked` | both tests of `keys` |
//! | the password left out of a hash | `no_hash_of_a_password_is_kept` |
//! | `Source` in front of an endpoint variable | both tests of `variables` |
//! | `Environment::check_home` | `root_writes_nothing_..` |
//! | the watchdog | `a_hanging_disk_..` |
//! | the ends of lines counted once; doctor's deadline | `wrong_settings_..`, `doctor_meets_..` |
//! | the quotes of `console/shell` | `printed_commands_..` |
//! | `cd /` in front of cargo in `install.sh` | `cargo_settings_above_..` |
//! | `is_one`, and the maps, in `system/user` | `what_is_nobodys_..`, `a_group_is_as_much_..` |
//! | the walk up to the root in `install.sh` | `a_parent_folder_..` |
//! | the mode (of the group, of all) and the owner of the file store's folder | `the_file_store_is_not_used_..` each time |
//! | the lock of an `erase` for people | `an_erase_takes_away_no_login_..`, `root_writes_nothing_..` |
//! | who owns the other end of the bus's socket | `buses::nothing_is_said_..` in tests/keyring |
//! | the owner of what doctor looks at | `others_own_or_can_write_the_helper_..` in tests/doctor.rs |
//! | `Source` in front of `SSL_CERT_FILE` and `SSL_CERT_DIR` | `variables_name_no_certificate_..` |
//! | the drop of cached logins in docker's `store` | `a_login_that_docker_stores_..` in tests/cache.rs |
//! | the look of the provider `agency` at its cloud | both tests of sources in tests/hosts.rs |
//! | the drop of cached logins in `erase`, in both its forms, and in `store` for people | `erase_drops_cached_..`, `store_and_erase_drop_..` in tests/cache.rs |
//! | the characters in `console/clean` that are not control characters | `invisible_characters_are_made_visible` |
//! | the echo given back at a signal | `a_signal_at_a_hidden_question_..` in tests/terminal.rs |
//! | mode 0711 in `install.sh` | `installs_configures_and_stores` in tests/install.rs |
//! | that Enter chooses no file where there are several | `downloaded_keys_are_offered` in tests/terminal.rs |
//! | the shape of a region | three tests of tests/hosts.rs |
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

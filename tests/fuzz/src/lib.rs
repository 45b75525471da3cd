//! What must hold for any input, one file a parser of what others wrote.
//!
//! The fuzzers in `targets` look for an input for which it does not; `tests/fuzzed.rs` asks again,
//! in every run of the tests, for each input that they found worth keeping. `tests/long.sh` runs
//! each for a minute; one alone, where NEW is a folder for what it finds:
//!
//! ```text
//! RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz settings NEW tests/data/fuzz/settings
//! ```
//!
//! An input for which a property does not hold goes to `tests/data/fuzz` under a name that says
//! what it was.

pub mod api_reply;
pub mod credentials_csv;
pub mod dbus_message;
pub mod docker_config;
pub mod kubelet_config;
pub mod profile;
pub mod registry;
pub mod server_url;
pub mod settings;
pub mod store_request;

/// Panics for an input for which it does not hold.
pub type Property = fn(&[u8]);

/// Every property by the name of its fuzzer.
pub const ALL: [(&str, Property); 10] = [
    ("api-reply", api_reply::holds),
    ("credentials-csv", credentials_csv::holds),
    ("dbus-message", dbus_message::holds),
    ("docker-config", docker_config::holds),
    ("kubelet-config", kubelet_config::holds),
    ("profile", profile::holds),
    ("registry", registry::holds),
    ("server-url", server_url::holds),
    ("settings", settings::holds),
    ("store-request", store_request::holds),
];

/// Fails unless a message is one line that a terminal shows as it is.
#[track_caller]
fn is_one_line(message: &str) {
    assert!(!message.is_empty(), "an empty message");
    assert!(!message.contains(char::is_control), "{message:?}");
}

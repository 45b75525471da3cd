//! The terms of the field as types: registries, access keys, logins, times. Nothing here does I/O
//! or reads a clock.

pub mod access_key;
pub mod agency;
pub mod authority;
pub mod chain;
pub mod cluster;
pub mod identity;
pub mod login;
pub mod regions;
pub mod registry;
#[cfg(test)]
pub(crate) mod sample;
pub mod secret;
pub mod text;
pub mod time;

//! One registry and one access key, made up, with the login key that follows from it.

pub(crate) const HOST: &str = "swr.cn-north-4.myhuaweicloud.com";
pub(crate) const AK: &str = "QTWAOYTTINDUT2QVKYUC";
pub(crate) const SK: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
pub(crate) const LOGIN_KEY: &str =
    "89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34";

/// What keeps that key in the file store, without a network; the SK goes to stdin.
pub(crate) const STORE_IN_FILE: [&str; 7] = [
    "store",
    "--ak",
    AK,
    "--sk-stdin",
    "--backend",
    "file",
    "--offline",
];

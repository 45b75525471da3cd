//! Registries and access keys for all tests. The keys are published as examples; openssl computed
//! their login keys.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

pub(crate) const HOST: &str = "swr.cn-north-4.myhuaweicloud.com";
/// Another region of the same cloud.
pub(crate) const OTHER_HOST: &str = "swr.cn-east-3.myhuaweicloud.com";
/// A registry that is not SWR's.
pub(crate) const FOREIGN_HOST: &str = "registry.example.com";

pub(crate) const AK: &str = "QTWAOYTTINDUT2QVKYUC";
pub(crate) const SK: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
pub(crate) const LOGIN_KEY: &str =
    "89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34";
/// The username of this key at `HOST`.
pub(crate) const USERNAME: &str = "cn-north-4@QTWAOYTTINDUT2QVKYUC";

/// Another access key.
pub(crate) const OTHER_AK: &str = "P0HEQUQ4XBWXY5WD69X0";
pub(crate) const OTHER_SK: &str = "3WJuF1oMFSoSJSWKAWrhUVOVWvtAnATAbS61hDVs";
pub(crate) const OTHER_LOGIN_KEY: &str =
    "64d157869c2a2403ae2da15594a3b941616d08cd6bbddc747f6405cd18cf974a";

/// Stores the first key in the file, without a network; its SK goes to stdin.
pub(crate) const STORE_IN_FILE: [&str; 7] = [
    "store",
    "--ak",
    AK,
    "--sk-stdin",
    "--backend",
    "file",
    "--offline",
];

/// Stores an IAM user for `HOST` without a network and leaves docker alone; the password goes to
/// stdin.
pub(crate) const STORE_USER: [&str; 10] = [
    "store",
    "--registry",
    HOST,
    "--iam-user",
    "alice",
    "--domain",
    "acme",
    "--password-stdin",
    "--offline",
    "--no-configure",
];

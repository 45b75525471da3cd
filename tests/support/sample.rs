//! One registry and one access key, made up, with the login key that follows from it.

pub(crate) const HOST: &str = "swr.cn-north-4.myhuaweicloud.com";
pub(crate) const AK: &str = "QTWAOYTTINDUT2QVKYUC";
pub(crate) const SK: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
pub(crate) const LOGIN_KEY: &str =
    "89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34";

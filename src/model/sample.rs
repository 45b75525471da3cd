//! An access key for unit tests, published as an example; its login key was computed with openssl.

pub(crate) const AK: &str = "QTWAOYTTINDUT2QVKYUC";
pub(crate) const SK: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
pub(crate) const LOGIN_KEY: &str =
    "89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34";
pub(crate) const HOST: &str = "swr.cn-north-4.myhuaweicloud.com";

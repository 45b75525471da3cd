//! The names of registries in config.json.

use crate::model::authority::Authority;

/// Returns the name that nerdctl looks up first and stores under: the host with the port that
/// others omit. A registry with a port of its own has no second name.
pub fn nerdctls_name(address: &str) -> Option<String> {
    let authority = Authority::parse(address).ok()?;
    authority
        .port()
        .is_none()
        .then(|| format!("{authority}:443"))
}

/// Whether an address in `auths`, which can be a URL, belongs to the registry `host`.
pub(super) fn is_at(address: &str, host: &str) -> bool {
    authority_of(address).is_some_and(|own| own.to_string().eq_ignore_ascii_case(host))
}

/// Returns the registry of an address in `auths`, which can be a URL.
pub(super) fn authority_of(address: &str) -> Option<Authority> {
    let text = without_scheme(address).split('/').next()?;
    Some(Authority::parse(text).ok()?.without_port(443))
}

/// Whether an address in `auths` means a whole registry. podman also stores logins for parts of
/// one.
pub(super) fn is_of_whole_registry(address: &str) -> bool {
    let path = without_scheme(address)
        .split_once('/')
        .map(|(_, path)| path);
    matches!(
        path.unwrap_or_default().trim_end_matches('/'),
        "" | "v1" | "v2"
    )
}

fn without_scheme(address: &str) -> &str {
    address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"))
        .unwrap_or(address)
}

//! The rule itself, written down a second time and as plainly as can be.

/// Where a secret may go: a host whose login is stored, or one that the account serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Stored(&'static str),
    Account,
}

/// Hosts that a login is stored for, each with one of its own.
pub(super) const STORED: [&str; 5] = [
    "registry.example.com",
    "localhost:5000",
    "[2001:db8::1]:8443",
    "swr.ap-southeast-1.myhuaweicloud.com",
    "swr.eu-de.otc.t-systems.com",
];

/// Returns the place whose secret may be answered for `input`, where the account serves `cloud`.
pub(super) fn permitted(input: &[u8], cloud: &str) -> Option<Place> {
    let text = std::str::from_utf8(input).ok()?.trim();
    let lower = text.to_ascii_lowercase();
    let behind_scheme = lower.strip_prefix("https://").unwrap_or(&lower);
    let authority = behind_scheme.split('/').next()?;
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    if let Some(stored) = STORED.into_iter().find(|stored| *stored == host) {
        return Some(Place::Stored(stored));
    }
    let region = host
        .strip_prefix("swr.")?
        .strip_suffix(cloud)?
        .strip_suffix('.')?;
    // An instance of the Enterprise edition that somebody called `swr`.
    (is_region(region) && region != "swr-pro").then_some(Place::Account)
}

/// Two letters or more, and then one part or more of a hyphen with letters and digits behind it.
fn is_region(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_lowercase).count();
    let rest = &text[letters..];
    letters >= 2
        && rest.starts_with('-')
        && !rest.ends_with('-')
        && !rest.contains("--")
        && rest
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && text.len() <= 63
}

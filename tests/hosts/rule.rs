//! The same rule, written a second time and as simply as possible.

/// Where a secret may go: a host whose login is stored, or one that the account serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Stored(&'static str),
    Account,
}

/// Hosts with a stored login, each with its own.
pub(super) const STORED: [&str; 5] = [
    "registry.example.com",
    "localhost:5000",
    "[2001:db8::1]:8443",
    "swr.ap-southeast-1.myhuaweicloud.com",
    "swr.eu-de.otc.t-systems.com",
];

/// A host that the settings give a project, so that an identity from outside the store may log in
/// there.
pub(super) const GIVEN: &str = "given.example.com";

/// Returns the place whose secret `get` may return for `input`, if the account serves `cloud`.
pub(super) fn permitted(input: &[u8], cloud: &str) -> Option<Place> {
    let host = host(input)?;
    if let Some(stored) = STORED.into_iter().find(|stored| *stored == host) {
        return Some(Place::Stored(stored));
    }
    is_swr(&host, cloud).then_some(Place::Account)
}

/// Whether an identity from outside the store, of one of the `clouds`, may be handed out for
/// `input`.
#[cfg(feature = "cloud")]
pub(super) fn permitted_outside(input: &[u8], clouds: &[&str]) -> bool {
    let Some(host) = host(input) else {
        return false;
    };
    host == GIVEN || clouds.iter().any(|cloud| is_swr(&host, cloud))
}

fn host(input: &[u8]) -> Option<String> {
    // PowerShell writes a byte order mark before what it pipes.
    let text = std::str::from_utf8(input).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    let lower = text.to_ascii_lowercase();
    let behind_scheme = lower.strip_prefix("https://").unwrap_or(&lower);
    let authority = behind_scheme.split('/').next()?;
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    Some(host.to_owned())
}

fn is_swr(host: &str, cloud: &str) -> bool {
    let region = host
        .strip_prefix("swr.")
        .and_then(|rest| rest.strip_suffix(cloud))
        .and_then(|rest| rest.strip_suffix('.'));
    region.is_some_and(is_region)
}

/// Such as `cn-north-4`: each letter as `a` and each digit as `0`, and the same ones behind each
/// other as one. Or one of Open Telekom Cloud, which has few and short names.
fn is_region(text: &str) -> bool {
    let shape: Vec<char> = text
        .chars()
        .map(|c| match c {
            'a'..='z' => 'a',
            '0'..='9' => '0',
            other => other,
        })
        .collect();
    let digits = shape.iter().filter(|c| **c == '0').count();
    let shape: String = shape.into_iter().collect();
    let mut short = shape.clone();
    while short.contains("aa") || short.contains("00") {
        short = short.replace("aa", "a").replace("00", "0");
    }
    let is_huaweis = short == "a-a-0" && shape.starts_with("aa-") && (1..=4).contains(&digits);
    let is_telekoms = text.starts_with("eu-") && ["aa-aa", "aa-aa0"].contains(&&*shape);
    is_huaweis || is_telekoms
}

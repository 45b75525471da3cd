//! Parses a server URL into a [`Registry`]: the host it means, and whether that is an SWR host.
//!
//! The checks are about bytes. No URL parser sees the text before it is known to hold nothing that
//! two parsers could read in different ways.

use std::fmt;

use super::authority::{self, Authority, AuthorityError};

/// The clouds whose hosts `swr.<region>.<cloud>` are SWR: Huawei Cloud, Huawei Cloud Europe and
/// Open Telekom Cloud, as named in their documents. Settings can add more.
pub const CLOUDS: [&str; 3] = ["myhuaweicloud.com", "myhuaweicloud.eu", "otc.t-systems.com"];

/// The longest name of a project or subproject. Source: Huawei's IAM documents.
const PROJECT_LIMIT: usize = 64;

/// A parsed server URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    server_url: String,
    address: String,
    kind: Kind,
}

/// The kind of a registry, by the shape of its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `swr.<region>.<cloud>` on port 443: accepts `<project>@<AK>` with the login key.
    Swr {
        /// The region, such as `cn-north-4`.
        region: String,
        /// The domain of the cloud, such as `myhuaweicloud.com`.
        cloud: String,
    },
    /// `<name>.swr-pro...<cloud>`: the Enterprise edition, which does not accept the login key.
    Enterprise {
        /// The region, if the address names one.
        region: Option<String>,
        /// The domain of the cloud.
        cloud: String,
    },
    /// Any other address.
    Other,
}

/// Why a server URL is refused. The message never repeats the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Plain HTTP, which would send the login unencrypted.
    #[error("it is plain HTTP, which would expose the login")]
    PlainHttp,
    /// A scheme other than `https`.
    #[error("its scheme is not https")]
    Scheme,
    /// A byte that does not belong into a registry's address, or that parsers read in different
    /// ways.
    #[error("it holds {0}")]
    Byte(&'static str),
    /// The host or the port is malformed.
    #[error("it has {0}")]
    Authority(#[from] AuthorityError),
}

impl Registry {
    /// Parses `server_url` in any form that clients use: `host`, `host:443`, `https://host/v2/`,
    /// `host/org/repo`, in any case and with white space around it. Hosts of `more_clouds` count as
    /// SWR too.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] for anything that does not clearly have such a form.
    pub fn parse(server_url: &str, more_clouds: &[String]) -> Result<Self, Refusal> {
        let server_url = server_url.trim();
        check_bytes(server_url)?;
        let authority = strip_scheme(server_url)?
            .split('/')
            .next()
            .unwrap_or_default();
        let authority = Authority::parse(authority)?.without_port(443);
        let kind = match authority.port() {
            None if authority.is_name() => Kind::from_host(authority.host(), more_clouds),
            _ => Kind::Other,
        };
        Ok(Self {
            server_url: server_url.to_owned(),
            address: authority.to_string(),
            kind,
        })
    }

    /// Returns the address: the host in lower case, with its port unless that is 443. It is also
    /// the name of the registry's slot.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the text that this was parsed from, trimmed.
    pub fn server_url(&self) -> &str {
        &self.server_url
    }

    /// Returns the path: an image, `v2` of the API, or nothing.
    pub fn path(&self) -> &str {
        let without_scheme = self.server_url.split_once("://");
        let rest = without_scheme.map_or(&*self.server_url, |(_, rest)| rest);
        rest.split_once('/')
            .map_or("", |(_, path)| path.trim_matches('/'))
    }

    /// Returns the kind of the registry.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Returns region and cloud, if the address has the shape of SWR's.
    pub fn swr(&self) -> Option<(&str, &str)> {
        match &self.kind {
            Kind::Swr { region, cloud } => Some((region, cloud)),
            Kind::Enterprise { .. } | Kind::Other => None,
        }
    }

    /// Returns the project to log in to: the first of `wanted` that belongs to the host's region,
    /// else the region's default project, which is named like the region. If the address has no
    /// region, the first of `wanted` is used.
    ///
    /// A subproject is called `<region>_<name>`. Source: Huawei's IAM documents.
    pub fn project<'a>(
        &'a self,
        wanted: impl IntoIterator<Item = Option<&'a str>>,
    ) -> Option<&'a str> {
        let mut wanted = wanted.into_iter().flatten();
        match &self.kind {
            Kind::Swr { region, .. } => Some(
                wanted
                    .find(|project| belongs_to(project, region))
                    .unwrap_or(region),
            ),
            Kind::Enterprise { .. } | Kind::Other => wanted.next(),
        }
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

impl Kind {
    fn from_host(host: &str, more_clouds: &[String]) -> Self {
        let clouds = CLOUDS
            .into_iter()
            .chain(more_clouds.iter().map(String::as_str));
        for cloud in clouds {
            let Some(before) = host
                .strip_suffix(cloud)
                .and_then(|rest| rest.strip_suffix('.'))
            else {
                continue;
            };
            let cloud = cloud.to_owned();
            match before.split('.').collect::<Vec<_>>()[..] {
                // Checked before the plain SWR hosts, because `swr.swr-pro` would fit both.
                [_, "swr-pro"] => {
                    return Self::Enterprise {
                        region: None,
                        cloud,
                    };
                }
                ["swr", region] if is_region(region) => {
                    return Self::Swr {
                        region: region.to_owned(),
                        cloud,
                    };
                }
                [_, "swr-pro", region] => {
                    let region = Some(region.to_owned()).filter(|region| is_region(region));
                    return Self::Enterprise { region, cloud };
                }
                _ => {}
            }
        }
        Self::Other
    }
}

/// Whether `text` has the shape of a region ID: `<two letters>-<word>-<digits>` at Huawei Cloud,
/// including its European cloud (`eu-west-101`), or `eu-<two letters>` with an optional digit at
/// Open Telekom Cloud (`eu-de`, `eu-ch2`). All known regions fit one of the two. New regions
/// appear, so this is a shape and not a list. It is no wider than that, because hosts such as
/// `swr.obs-website.<cloud>` belong to other services, where strangers may own names.
pub fn is_region(text: &str) -> bool {
    let are = |part: &str, is: fn(&u8) -> bool| !part.is_empty() && part.bytes().all(|b| is(&b));
    let is_word = |part: &str| are(part, u8::is_ascii_lowercase);
    let parts: Vec<_> = text.split('-').collect();
    match parts[..] {
        [country, area, number] => {
            let is_number = number.len() <= 4 && are(number, u8::is_ascii_digit);
            country.len() == 2 && is_word(country) && is_word(area) && is_number
        }
        ["eu", country] => {
            let letters = country.strip_suffix(|c: char| c.is_ascii_digit());
            let letters = letters.unwrap_or(country);
            letters.len() == 2 && is_word(letters)
        }
        _ => false,
    }
}

/// Whether `text` can be the name of a project: a region ID, or `<region>_<name>`.
pub fn is_regional_project(text: &str) -> bool {
    is_project(text) && is_region(text.split('_').next().unwrap_or_default())
}

/// Whether `text` can be the project in a username: at most 64 letters, digits, `-` and `_`.
pub fn is_project(text: &str) -> bool {
    (1..=PROJECT_LIMIT).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether `text` can be the domain of a cloud: a DNS name in lower case with at least one dot.
pub fn is_cloud(text: &str) -> bool {
    text.contains('.') && !text.bytes().any(|b| b.is_ascii_uppercase()) && authority::is_name(text)
}

fn belongs_to(project: &str, region: &str) -> bool {
    let rest = project.strip_prefix(region);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_')) && is_project(project)
}

/// Refuses every byte that does not belong into a registry's address or path. These are the bytes
/// that parsers disagree about: some read `\` as `/`, some drop tabs and line feeds, a few decode
/// `%2e`.
fn check_bytes(text: &str) -> Result<(), Refusal> {
    for byte in text.bytes() {
        match byte {
            0..0x20 | 0x7f => return Err(Refusal::Byte("a control byte")),
            b' ' => return Err(Refusal::Byte("a blank")),
            0x80.. => return Err(Refusal::Byte("a letter that is not ASCII")),
            b'\\' => return Err(Refusal::Byte("a backslash")),
            b'%' => return Err(Refusal::Byte("a percent sign")),
            b'@' => return Err(Refusal::Byte("an at sign")),
            b'?' | b'#' => return Err(Refusal::Byte("a query or fragment")),
            _ => {}
        }
    }
    Ok(())
}

fn strip_scheme(text: &str) -> Result<&str, Refusal> {
    match text.split_once("://") {
        None => Ok(text),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Ok(rest),
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") => Err(Refusal::PlainHttp),
        Some(_) => Err(Refusal::Scheme),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn swr(server_url: &str) -> Option<(String, String)> {
        let registry = Registry::parse(server_url, &[]).ok()?;
        registry
            .swr()
            .map(|(region, cloud)| (region.to_owned(), cloud.to_owned()))
    }

    #[test]
    fn every_form_of_a_host_is_the_same_registry() {
        for form in [
            "swr.cn-north-4.myhuaweicloud.com",
            "swr.cn-north-4.myhuaweicloud.com:443",
            "https://swr.cn-north-4.myhuaweicloud.com",
            "HTTPS://SWR.CN-North-4.MyHuaweiCloud.com/v2/",
            "swr.cn-north-4.myhuaweicloud.com/",
            "swr.cn-north-4.myhuaweicloud.com/org/repo",
            "swr.cn-north-4.myhuaweicloud.com \r\n",
        ] {
            let registry = Registry::parse(form, &[]).expect(form);
            assert_eq!(
                registry.address(),
                "swr.cn-north-4.myhuaweicloud.com",
                "{form}"
            );
            assert_eq!(
                registry.swr(),
                Some(("cn-north-4", "myhuaweicloud.com")),
                "{form}"
            );
            assert_eq!(registry.server_url(), form.trim());
        }
    }

    #[test]
    fn regions_are_known_by_their_shape() {
        for region in [
            "eu-de",
            "eu-ch2",
            "eu-west-101",
            "my-kualalumpur-1",
            "tr-central-201",
            "ap-southeast-5",
        ] {
            assert!(is_region(region), "{region}");
        }
        for not in [
            "",
            "cn",
            "cn-",
            "-north",
            "cn--4",
            "CN-north-4",
            "c1-north",
            "cn_north-4",
            "cn-north.4",
            "obs-website",
            "swr-pro",
            "obs-cn-north-4",
            "cn-north-4-vpc",
            "cn-north4-1",
            "eu-website",
        ] {
            assert!(!is_region(not), "{not}");
        }
    }

    #[test]
    fn look_alikes_are_not_swr() {
        for look_alike in [
            "swr.cn-north-4.myhuaweicloud.com.evil.com",
            "evilswr.cn-north-4.myhuaweicloud.com",
            "swr.cn-north-4.evilmyhuaweicloud.com",
            "a.swr.cn-north-4.myhuaweicloud.com",
            "swr.myhuaweicloud.com",
            "swr.cn-north-4.myhuaweicloud.com:8443",
            "swr.cn-north-4.myhuaweicloud.com:80",
            "swr-api.cn-north-4.myhuaweicloud.com",
            "swr.cn-north-4.myhuaweicloud.co",
            "swr.cn-north-4.com",
        ] {
            assert_eq!(swr(look_alike), None, "{look_alike}");
        }
    }

    #[test]
    fn what_parsers_disagree_about_is_refused() {
        for refused in [
            "",
            "https://",
            "https:///swr.cn-north-4.myhuaweicloud.com",
            "//swr.cn-north-4.myhuaweicloud.com",
            "http://swr.cn-north-4.myhuaweicloud.com",
            "ftp://swr.cn-north-4.myhuaweicloud.com",
            "user@swr.cn-north-4.myhuaweicloud.com",
            "https://user:pass@swr.cn-north-4.myhuaweicloud.com",
            "swr.cn-north-4.myhuaweicloud.com\\@evil.com",
            "evil.com\\swr.cn-north-4.myhuaweicloud.com",
            "swr%2ecn-north-4.myhuaweicloud.com",
            "swr.cn-north-4.myhuaweicloud.com.",
            "swr..cn-north-4.myhuaweicloud.com",
            ".swr.cn-north-4.myhuaweicloud.com",
            "swr.cn-north-4.myhuaweicloud.com:",
            "swr.cn-north-4.myhuaweicloud.com:0443",
            "swr.cn-north-4.myhuaweicloud.com:+443",
            "swr.cn-north-4.myhuaweicloud.com:65979",
            "swr.cn-north-4.myhuaweicloud.com:443:443",
            "swr.cn-north-4.myhuaweicloud.com#evil.com",
            "swr.cn-north-4.myhuaweicloud.com?x",
            "swr.cn-north-4.myhuaweicloud.com\tx",
            "swr.cn-north-4.myhuaweicloud.com\u{0}",
            "swr。cn-north-4.myhuaweicloud.com",
            "ѕwr.cn-north-4.myhuaweicloud.com",
            "[::1",
            "[swr.cn-north-4.myhuaweicloud.com]",
        ] {
            assert!(Registry::parse(refused, &[]).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn other_registries_keep_their_port() {
        for (form, address) in [
            ("localhost:5000", "localhost:5000"),
            ("https://index.docker.io/v1/", "index.docker.io"),
            ("[::1]:5000", "[::1]:5000"),
            ("[::1]:443", "[::1]"),
            ("my_registry:443", "my_registry"),
        ] {
            let registry = Registry::parse(form, &[]).expect(form);
            assert_eq!(
                (registry.address(), registry.kind()),
                (address, &Kind::Other)
            );
        }
    }

    #[test]
    fn a_configured_cloud_is_recognised() {
        let clouds = ["hcs.example.org".to_owned()];
        let registry = Registry::parse("swr.xy-own-1.hcs.example.org", &clouds).expect("a host");
        assert_eq!(registry.swr(), Some(("xy-own-1", "hcs.example.org")));
    }

    #[test]
    fn the_enterprise_edition_is_recognised() {
        for host in [
            "team-1a2b.swr-pro.myhuaweicloud.com",
            "swr.swr-pro.myhuaweicloud.com",
            "team-1a2b.swr-pro.cn-north-4.myhuaweicloud.com",
        ] {
            let registry = Registry::parse(host, &[]).expect(host);
            assert!(matches!(registry.kind(), Kind::Enterprise { .. }), "{host}");
        }
    }

    #[test]
    fn a_project_must_belong_to_the_region() {
        let swr = Registry::parse("swr.cn-north-4.myhuaweicloud.com", &[]).expect("a host");
        for (wanted, project) in [
            (None, "cn-north-4"),
            (Some("cn-north-4"), "cn-north-4"),
            (Some("cn-north-4_team"), "cn-north-4_team"),
            (Some("cn-north-42"), "cn-north-4"),
            (Some("cn-north-1_team"), "cn-north-4"),
            (Some("cn-north-4_te am"), "cn-north-4"),
        ] {
            assert_eq!(swr.project([wanted]), Some(project));
        }
        assert_eq!(
            swr.project([Some("eu-de"), Some("cn-north-4_b")]),
            Some("cn-north-4_b")
        );
        let other = Registry::parse("100.125.0.198:20202", &[]).expect("a host");
        assert_eq!(other.project([None]), None);
        assert_eq!(other.project([Some("cn-north-1")]), Some("cn-north-1"));
    }
}

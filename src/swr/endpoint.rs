//! An endpoint: scheme, host and port of a service.

use std::fmt;
use std::net::IpAddr;

use crate::model::authority::{Authority, AuthorityError};

/// The address of the metadata service of an ECS server. Source: Huawei's ECS documents.
pub const METADATA: &str = "http://169.254.169.254";

/// Scheme, host and port of a service, without a path.
///
/// The scheme is https, except for this machine and the metadata address, which cannot have
/// certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    https: bool,
    authority: Authority,
}

/// Why a text is not an [`Endpoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Plain HTTP, which would make a signed request readable on the network.
    #[error("is plain HTTP, which is only allowed for this machine and its metadata service")]
    PlainHttp,
    /// A scheme other than `https` and `http`.
    #[error("has a scheme other than https")]
    Scheme,
    /// The host or the port is malformed.
    #[error("has {0}")]
    Authority(#[from] AuthorityError),
    /// There is a path, and only scheme and host are allowed.
    #[error("has a path; only scheme and host are allowed")]
    Path,
    /// There is a query, and only scheme, host and path are allowed.
    #[error("has a query; only scheme, host and path are allowed")]
    Query,
}

impl Endpoint {
    /// Parses `https://host`. The scheme, a port and a final `/` are optional.
    ///
    /// # Errors
    ///
    /// [`Malformed`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let (https, rest) = scheme(text)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains('/') {
            return Err(Malformed::Path);
        }
        Self::checked(https, authority, Self::is_direct)
    }

    /// Parses a URL that a service handed out, and returns its path and query too.
    ///
    /// # Errors
    ///
    /// [`Malformed`] says what is wrong.
    pub fn with_path(text: &str) -> Result<(Self, &str, &str), Malformed> {
        Self::split(text, Self::is_direct)
    }

    /// Does the same for the agent of a cluster, which plain HTTP may also reach at a link-local
    /// address.
    ///
    /// # Errors
    ///
    /// [`Malformed`] says what is wrong.
    pub fn next_door(text: &str) -> Result<(Self, &str, &str), Malformed> {
        Self::split(text, |endpoint| {
            endpoint.is_direct() || endpoint.is_link_local()
        })
    }

    fn split(
        text: &str,
        may_be_plain: impl Fn(&Self) -> bool,
    ) -> Result<(Self, &str, &str), Malformed> {
        let (https, rest) = scheme(text)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        Ok((Self::checked(https, authority, may_be_plain)?, path, query))
    }

    fn checked(
        https: bool,
        authority: &str,
        may_be_plain: impl Fn(&Self) -> bool,
    ) -> Result<Self, Malformed> {
        let authority = Authority::parse(authority)?.without_port(default_port(https));
        let endpoint = Self { https, authority };
        if !https && !may_be_plain(&endpoint) {
            return Err(Malformed::PlainHttp);
        }
        Ok(endpoint)
    }

    /// Returns the host in lower case. An IPv6 address is in brackets.
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// Returns the port to connect to.
    pub fn port(&self) -> u16 {
        self.authority.port().unwrap_or(default_port(self.https))
    }

    /// Whether the connection uses TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Whether it is this machine or its metadata service. Plain HTTP is allowed there, and a proxy
    /// is never used.
    pub fn is_direct(&self) -> bool {
        let metadata = METADATA.strip_prefix("http://");
        let host = self.host();
        host == "localhost"
            || Some(host) == metadata
            || self.address().is_some_and(|ip| ip.is_loopback())
    }

    /// Whether the address is link-local: 169.254.0.0/16, fe80::/10, or fd00::/8, which clusters
    /// use for the same purpose.
    fn is_link_local(&self) -> bool {
        match self.address() {
            Some(IpAddr::V4(ip)) => ip.is_link_local(),
            Some(IpAddr::V6(ip)) => {
                ip.is_unicast_link_local() || ip.segments()[0] & 0xff00 == 0xfd00
            }
            None => false,
        }
    }

    fn address(&self) -> Option<IpAddr> {
        let host = self.host();
        let bare = host.strip_prefix('[').unwrap_or(host);
        bare.strip_suffix(']').unwrap_or(bare).parse().ok()
    }

    /// Returns the value of the `Host` header. It has the port only if that is not the scheme's
    /// default.
    pub fn authority(&self) -> String {
        self.authority.to_string()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}",
            if self.https { "https" } else { "http" },
            self.authority()
        )
    }
}

/// Returns whether the scheme is https, and the rest of the text.
fn scheme(text: &str) -> Result<(bool, &str), Malformed> {
    match text.split_once("://") {
        None => Ok((true, text)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Ok((true, rest)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => Ok((false, rest)),
        Some(_) => Err(Malformed::Scheme),
    }
}

fn default_port(https: bool) -> u16 {
    if https { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, Malformed> {
        Endpoint::parse(text).map(|endpoint| endpoint.to_string())
    }

    #[test]
    fn the_forms_of_one_endpoint_are_equal() {
        for form in [
            "https://iam.eu-de.otc.t-systems.com",
            "iam.eu-de.otc.t-systems.com",
            "HTTPS://IAM.eu-de.otc.t-systems.com/",
            "https://iam.eu-de.otc.t-systems.com:443",
        ] {
            assert_eq!(
                shown(form),
                Ok("https://iam.eu-de.otc.t-systems.com".into()),
                "{form}"
            );
        }
        assert_eq!(
            shown("https://10.1.2.3:20202"),
            Ok("https://10.1.2.3:20202".into())
        );
        assert_eq!(
            shown("https://[2001:DB8::1]:8443"),
            Ok("https://[2001:db8::1]:8443".into())
        );
        assert_eq!(
            Endpoint::parse("https://a.example:8443").map(|endpoint| endpoint.port()),
            Ok(8443)
        );
    }

    #[test]
    fn plain_http_stays_on_the_machine() {
        for near in [
            METADATA,
            "http://127.0.0.1:8080",
            "http://127.8.9.1",
            "http://[::1]:80",
            "http://localhost:1",
        ] {
            assert_eq!(
                Endpoint::parse(near).map(|endpoint| endpoint.is_direct()),
                Ok(true),
                "{near}"
            );
        }
        for far in [
            "http://iam.cn-north-4.myhuaweicloud.com",
            "http://169.254.169.253",
            "http://169.254.169.254.attacker.example",
            "http://127.0.0.1.attacker.example",
            "http://2130706433",
            "http://localhost.attacker.example",
            "http://128.0.0.1",
        ] {
            assert_eq!(shown(far), Err(Malformed::PlainHttp), "{far}");
        }
    }

    #[test]
    fn the_agent_of_a_cluster_may_have_a_link_local_address() {
        let split = |text| {
            Endpoint::next_door(text)
                .map(|(endpoint, path, query)| format!("{endpoint} {path} {query}"))
        };
        for (url, expected) in [
            (
                "http://127.0.0.1/v1/credentials",
                "http://127.0.0.1 /v1/credentials ",
            ),
            ("http://localhost:81/v1?x=y", "http://localhost:81 /v1 x=y"),
            ("http://169.254.170.23", "http://169.254.170.23 / "),
            ("http://[fd00:ec2::23]/v1", "http://[fd00:ec2::23] /v1 "),
            ("http://[fe80::1]/", "http://[fe80::1] / "),
            ("https://agent.example/v1", "https://agent.example /v1 "),
        ] {
            assert_eq!(split(url), Ok(expected.to_owned()));
        }
        for far in [
            "http://agent.example/v1",
            "http://10.0.0.1/v1",
            "http://[2001:db8::1]/v1",
            "http://169.254.1.1.attacker.example/",
        ] {
            assert_eq!(split(far), Err(Malformed::PlainHttp), "{far}");
        }
        assert!(split("http://127.0.0.1@a.example/").is_err());
        assert_eq!(
            Endpoint::with_path("http://169.254.1.1/"),
            Err(Malformed::PlainHttp)
        );
    }

    #[test]
    fn what_two_parsers_could_read_differently_is_refused() {
        for (text, problem) in [
            ("", AuthorityError::NoHost.into()),
            ("https://", AuthorityError::NoHost.into()),
            ("https:///", AuthorityError::NoHost.into()),
            ("ftp://a.example", Malformed::Scheme),
            ("https://a.example/v3", Malformed::Path),
            ("https://user@a.example", AuthorityError::Host.into()),
            ("https://a.example\\@b.example", AuthorityError::Host.into()),
            ("https://a.example?x", AuthorityError::Host.into()),
            ("https://a.example#x", AuthorityError::Host.into()),
            ("https://a.ex\nample", AuthorityError::Host.into()),
            ("https://a..example", AuthorityError::Host.into()),
            ("https://-a.example", AuthorityError::Host.into()),
            ("https://ä.example", AuthorityError::Host.into()),
            ("https://%61.example", AuthorityError::Host.into()),
            ("https://[::1", AuthorityError::Port.into()),
            ("https://[::1]x", AuthorityError::Host.into()),
            ("https://2001:db8::1", AuthorityError::Port.into()),
            ("https://a.example:", AuthorityError::Port.into()),
            ("https://a.example:0", AuthorityError::Port.into()),
            ("https://a.example:65536", AuthorityError::Port.into()),
            ("https://a.example:+1", AuthorityError::Port.into()),
            ("https://a.example:1:2", AuthorityError::Port.into()),
        ] {
            assert_eq!(shown(text), Err(problem), "{text:?}");
        }
    }
}

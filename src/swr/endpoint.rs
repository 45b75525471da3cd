//! Where a request goes: scheme, host and port.

use std::fmt;
use std::net::IpAddr;

use crate::registry;

/// The address at which an ECS server asks for its own metadata, by Huawei's ECS documents.
pub const METADATA: &str = "http://169.254.169.254";

/// Scheme, host and port of a service. What it was parsed from has no path: each call has its own.
///
/// It is https, except on this very machine and at the metadata address, where no certificate can
/// be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    https: bool,
    host: String,
    port: Option<u16>,
}

/// Why a text is no [`Endpoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A signed request must not be readable on the way.
    #[error("is plain HTTP, which is for this machine and its metadata service only")]
    PlainHttp,
    /// Neither `https` nor `http`.
    #[error("has a scheme other than https")]
    Scheme,
    /// No host, or one that DNS does not allow.
    #[error("has no well-formed host")]
    Host,
    /// Not a number from 1 to 65535.
    #[error("has a malformed port")]
    Port,
    /// Only the host is asked for.
    #[error("has a path, where scheme and host are enough")]
    Path,
}

impl Endpoint {
    /// Parses `https://host`, with or without a port, a final `/` and the scheme.
    ///
    /// # Errors
    ///
    /// [`Malformed`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let (https, rest) = match text.split_once("://") {
            None => (true, text),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some(_) => return Err(Malformed::Scheme),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains('/') {
            return Err(Malformed::Path);
        }
        // A colon inside of brackets belongs to an IPv6 address.
        let host_end = authority.find(']').map_or(0, |bracket| bracket + 1);
        let (host, port) = match authority[host_end..].find(':') {
            None => (authority, None),
            Some(colon) => {
                let (host, port) = authority.split_at(host_end + colon);
                (host, Some(parse_port(&port[1..])?))
            }
        };
        let host = host.to_ascii_lowercase();
        if registry::check_host(&host).is_err() {
            return Err(Malformed::Host);
        }
        let port = port.filter(|port| *port != if https { 443 } else { 80 });
        let endpoint = Self { https, host, port };
        if !https && !endpoint.is_direct() {
            return Err(Malformed::PlainHttp);
        }
        Ok(endpoint)
    }

    /// Returns the host in lower case, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port that is connected to.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.https { 443 } else { 80 })
    }

    /// Whether certificates are checked.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Whether it is this machine or its metadata service: plain HTTP may go there, and no proxy is
    /// ever asked.
    pub fn is_direct(&self) -> bool {
        let metadata = METADATA.strip_prefix("http://");
        let address = self
            .host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        self.host == "localhost"
            || Some(&*self.host) == metadata
            || address.is_ok_and(|ip| ip.is_loopback())
    }

    /// Returns what the `Host` header says: the port only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        match self.port {
            None => self.host.clone(),
            Some(port) => format!("{}:{port}", self.host),
        }
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

fn parse_port(text: &str) -> Result<u16, Malformed> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|port| digits && *port != 0)
        .ok_or(Malformed::Port)
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
    fn what_two_parsers_could_read_differently_is_refused() {
        for (text, problem) in [
            ("", Malformed::Host),
            ("https://", Malformed::Host),
            ("https:///", Malformed::Host),
            ("ftp://a.example", Malformed::Scheme),
            ("https://a.example/v3", Malformed::Path),
            ("https://user@a.example", Malformed::Host),
            ("https://a.example\\@b.example", Malformed::Host),
            ("https://a.example?x", Malformed::Host),
            ("https://a.example#x", Malformed::Host),
            ("https://a.ex\nample", Malformed::Host),
            ("https://a..example", Malformed::Host),
            ("https://-a.example", Malformed::Host),
            ("https://ä.example", Malformed::Host),
            ("https://%61.example", Malformed::Host),
            ("https://[::1", Malformed::Port),
            ("https://[::1]x", Malformed::Host),
            ("https://2001:db8::1", Malformed::Port),
            ("https://a.example:", Malformed::Port),
            ("https://a.example:0", Malformed::Port),
            ("https://a.example:65536", Malformed::Port),
            ("https://a.example:+1", Malformed::Port),
            ("https://a.example:1:2", Malformed::Port),
        ] {
            assert_eq!(shown(text), Err(problem), "{text:?}");
        }
    }
}

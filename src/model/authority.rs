//! Host and port, as in URLs, registry addresses and docker's configuration.

use std::fmt;
use std::net::Ipv6Addr;

/// A host with an optional port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    host: String,
    port: Option<u16>,
}

/// Why a text is not an [`Authority`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// There is no host before the port.
    #[error("no host")]
    NoHost,
    /// The host is neither a DNS name nor an IP address.
    #[error("a malformed host")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("a malformed port")]
    Port,
}

impl Authority {
    /// Parses `host`, `host:port`, `[::1]` or `[::1]:port`. Refuses every byte that two parsers
    /// could read in different ways.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        // A colon inside brackets belongs to an IPv6 address.
        let host_end = text.find(']').map_or(0, |bracket| bracket + 1);
        let (host, port) = match text[host_end..].find(':') {
            None => (text, None),
            Some(colon) => {
                let (host, port) = text.split_at(host_end + colon);
                (host, Some(parse_port(&port[1..])?))
            }
        };
        let host = host.to_ascii_lowercase();
        check_host(&host)?;
        Ok(Self { host, port })
    }

    /// Removes the port if it is `port`, the default of the scheme.
    pub fn without_port(mut self, port: u16) -> Self {
        self.port.take_if(|own| *own == port);
        self
    }

    /// Returns the host in lower case. An IPv6 address is in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, if one is given.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether the host is a name or an IPv4 address, and not an IPv6 address.
    pub fn is_name(&self) -> bool {
        !self.host.starts_with('[')
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        match self.port {
            None => Ok(()),
            Some(port) => write!(f, ":{port}"),
        }
    }
}

fn parse_port(text: &str) -> Result<u16, AuthorityError> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    let port = text.parse().ok().filter(|_| is_number);
    port.ok_or(AuthorityError::Port)
}

fn check_host(host: &str) -> Result<(), AuthorityError> {
    if host.is_empty() {
        return Err(AuthorityError::NoHost);
    }
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_well_formed = match inner {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok(),
        None => is_name(host),
    };
    is_well_formed.then_some(()).ok_or(AuthorityError::Host)
}

/// Whether `host` is a DNS name. Underscores are allowed, since Compose puts them into the names of
/// services.
pub(super) fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

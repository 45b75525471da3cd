//! Host and port, as they stand in URLs, in registries' addresses and in docker's configuration.

use std::fmt;
use std::net::Ipv6Addr;

/// A host with its port, where one is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    host: String,
    port: Option<u16>,
}

/// Why a text is no [`Authority`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// Nothing stands before the port.
    #[error("no host")]
    NoHost,
    /// The host is not a name or address as DNS has them.
    #[error("a malformed host")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("a malformed port")]
    Port,
}

impl Authority {
    /// Parses `host`, `host:port`, `[::1]` or `[::1]:port`. No byte that two parsers could read differently passes.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        // A colon inside of brackets belongs to an IPv6 address.
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

    /// Returns it without its port where that is `port`, the scheme's own.
    pub fn without_port(mut self, port: u16) -> Self {
        self.port.take_if(|own| *own == port);
        self
    }

    /// Returns the host in lower case, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, where one is given.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether the host is a name, as opposed to an IPv6 address.
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

/// Whether `host` is a name as DNS has them. Underscores are not for hosts, but Compose names its services with them.
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

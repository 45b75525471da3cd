//! A [`Transport`] over ureq and rustls. No other file names the HTTP crate.

use std::io::{self, ErrorKind};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::model::secret::Secret;
use crate::swr::network::Network;
use crate::swr::request::{Method, Request, Response};
use crate::swr::roots;
use crate::swr::transport::{Transport, TransportError};

/// The largest body that is read, in bytes. Most answers have a few hundred bytes, a token with all
/// its roles some kilobytes.
const BODY_LIMIT: u64 = 256 * 1024;

/// The largest size of all headers, in bytes. An IAM token alone is a header of about 9 KB.
const HEADER_LIMIT: usize = 64 * 1024;

/// The name of this program in the logs of the services.
const USER_AGENT: &str = concat!("docker-credential-swr/", env!("CARGO_PKG_VERSION"));

/// Sends requests over the network. It follows no redirects, keeps no cookies and repeats nothing.
pub struct Client {
    network: Network,
    /// Loaded at the first https request, because that takes some milliseconds.
    roots: OnceLock<RootCerts>,
}

impl Client {
    /// Returns a client for the `network`.
    pub fn new(network: Network) -> Self {
        Self {
            network,
            roots: OnceLock::new(),
        }
    }

    /// Returns an agent for one request, with its own proxy, certificates and time limit.
    fn agent(&self, request: &Request, deadline: Instant) -> Result<Agent, TransportError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut config = Agent::config_builder()
            // ureq would otherwise read the variables of the process.
            .proxy(None)
            .user_agent(USER_AGENT)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_response_header_size(HEADER_LIMIT)
            .timeout_global(Some(left));
        if request.endpoint.is_https() {
            config = config
                .https_only(true)
                .proxy(self.proxy(request)?)
                .tls_config(self.tls(request)?);
        }
        Ok(config.build().new_agent())
    }

    fn proxy(&self, request: &Request) -> Result<Option<ureq::Proxy>, TransportError> {
        let Some(proxy) = self.network.proxy_for(&request.endpoint) else {
            return Ok(None);
        };
        let refused = |why: &str| TransportError::Proxy {
            host: host(request),
            why: why.into(),
        };
        if proxy
            .split_once("://")
            .is_some_and(|(scheme, _)| !matches!(scheme, "http" | "https"))
        {
            return Err(refused(
                "only `http://` and `https://` proxies are supported",
            ));
        }
        ureq::Proxy::new(proxy)
            .map(Some)
            .map_err(|_| refused("its address is malformed"))
    }

    fn tls(&self, request: &Request) -> Result<TlsConfig, TransportError> {
        let roots = self.roots.get_or_init(|| {
            let certificates = roots::trusted(&self.network);
            let certificates = certificates.iter();
            certificates
                .map(|certificate| Certificate::from_der(certificate).to_owned())
                .into()
        });
        if matches!(roots, RootCerts::Specific(certificates) if certificates.is_empty()) {
            return Err(TransportError::Tls {
                host: host(request),
                why: self.named("no trusted certificates are installed, or the file of them holds none, is relative, or others can write it"),
            });
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = TlsConfig::builder().root_certs(roots.clone());
        Ok(config.unversioned_rustls_crypto_provider(provider).build())
    }
}

impl Client {
    /// Returns what is wrong with the trust, and which variables were no help.
    fn named(&self, why: &str) -> String {
        match self.network.ignores_variables {
            true => format!(
                "{why}; `SSL_CERT_FILE` and `SSL_CERT_DIR` are for identities from variables alone: name the file as `ca_file` in the settings"
            ),
            false => why.to_owned(),
        }
    }
}

impl Transport for Client {
    fn send(&self, request: &Request, deadline: Instant) -> Result<Response, TransportError> {
        let failed = |error| match explain(error, host(request)) {
            TransportError::Tls { host, why } => TransportError::Tls {
                host,
                why: self.named(&why),
            },
            other => other,
        };
        let agent = self.agent(request, deadline)?;
        let mut builder = ureq::http::Request::builder()
            .method(request.method.as_str())
            .uri(request.url());
        for (name, value) in &request.headers {
            builder = builder.header(name, value.expose().trim());
        }
        // A `POST` states that its body is empty; a `GET` has no body.
        let response = if request.body.is_empty() && request.method == Method::Get {
            agent.run(builder.body(()).map_err(|error| failed(error.into()))?)
        } else {
            agent.run(
                builder
                    .body(request.body.expose())
                    .map_err(|error| failed(error.into()))?,
            )
        };
        let (head, mut body) = response.map_err(failed)?.into_parts();
        let body = body
            .with_config()
            .limit(BODY_LIMIT)
            .read_to_vec()
            .map_err(failed)?;
        let headers = head.headers.iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), text(value.as_bytes().to_vec())));
        Ok(Response {
            status: head.status.as_u16(),
            headers: headers.collect(),
            body: text(body),
        })
    }
}

fn host(request: &Request) -> String {
    request.endpoint.authority()
}

/// Takes over `bytes`. If they are not UTF-8, they are no answer to any call.
fn text(bytes: Vec<u8>) -> Secret {
    match String::from_utf8(bytes) {
        Ok(text) => Secret::new(text),
        Err(error) => Secret::new(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

fn explain(error: ureq::Error, host: String) -> TransportError {
    use ureq::Error;
    match error {
        Error::Timeout(_) => TransportError::Timeout { host },
        Error::Io(error) => explain_io(&error, host),
        Error::Http(_) => TransportError::Malformed { host },
        Error::HostNotFound => TransportError::Connect {
            host,
            why: "host not found".into(),
        },
        Error::ConnectionFailed => TransportError::Connect {
            host,
            why: "no connection".into(),
        },
        Error::ConnectProxyFailed(why) => TransportError::Proxy { host, why },
        Error::InvalidProxyUrl => TransportError::Proxy {
            host,
            why: "its address is malformed".into(),
        },
        Error::Rustls(error) => TransportError::Tls {
            host,
            why: error.to_string(),
        },
        Error::Tls(why) => TransportError::Tls {
            host,
            why: why.into(),
        },
        Error::BodyExceedsLimit(_) | Error::LargeResponseHeader(..) => TransportError::Garbage {
            host,
            why: "it is too large".into(),
        },
        other => TransportError::Garbage {
            host,
            why: other.to_string(),
        },
    }
}

fn explain_io(error: &io::Error, host: String) -> TransportError {
    let why = error.to_string();
    match error.kind() {
        // rustls wraps its own errors like this.
        _ if error
            .get_ref()
            .is_some_and(|inner| inner.is::<rustls::Error>()) =>
        {
            TransportError::Tls { host, why }
        }
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => TransportError::Broken { host, why },
        ErrorKind::TimedOut | ErrorKind::WouldBlock => TransportError::Timeout { host },
        _ => TransportError::Connect { host, why },
    }
}

//! The network settings of the user's environment: the proxy and the trusted certificates.

use std::path::{Path, PathBuf};

use crate::model::identity::Source;
use crate::swr::endpoint::Endpoint;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// The variables that name trusted certificates, as OpenSSL has them.
const FILE: &str = "SSL_CERT_FILE";
const FOLDERS: &str = "SSL_CERT_DIR";

/// The network settings, from the variables that most command-line tools read.
#[derive(Clone, Default)]
pub struct Network {
    /// `HTTPS_PROXY`, else `ALL_PROXY`, in upper or lower case. It may hold a password, so this
    /// type has no `Debug`.
    pub proxy: Option<String>,
    /// `NO_PROXY`: the hosts that are reached without the proxy.
    pub no_proxy: Option<String>,
    /// A file of trusted certificates, instead of the system's.
    pub certificate_file: Option<PathBuf>,
    /// Folders of them.
    pub certificate_folders: Vec<PathBuf>,
    /// Whether variables name trusted certificates, and that does not count.
    pub ignores_variables: bool,
}

impl Network {
    /// Reads the settings from `environment`, for an identity that comes from `source`.
    ///
    /// The file that the settings name as `ca_file` is trusted first. Else `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` are, by an identity from variables: with a certificate of their own and a
    /// proxy, who sets variables could read the password of a stored user. A proxy alone passes on
    /// what it cannot read.
    ///
    /// # Errors
    ///
    /// [`SystemError::Variable`] if one of them is not UTF-8.
    pub fn new(
        environment: &Environment,
        source: Source,
        ca_file: Option<&Path>,
    ) -> Result<Self, SystemError> {
        let first = |names: &[&'static str]| {
            let mut set = names
                .iter()
                .filter_map(|name| environment.variable(name).transpose());
            set.next().transpose()
        };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let named = [FILE, FOLDERS].map(|name| environment.path(name));
        let is_named = named.iter().any(Option::is_some);
        let counts = ca_file.is_none() && source == Source::Variables;
        let [file, folders] = named.map(|path| path.filter(|_| counts));
        Ok(Self {
            proxy: owned(first(&[
                "HTTPS_PROXY",
                "https_proxy",
                "ALL_PROXY",
                "all_proxy",
            ])?),
            no_proxy: owned(first(&["NO_PROXY", "no_proxy"])?),
            certificate_file: ca_file.map(Path::to_owned).or(file),
            certificate_folders: folders.iter().flat_map(std::env::split_paths).collect(),
            ignores_variables: is_named && ca_file.is_none() && !counts,
        })
    }

    /// Returns the proxy for `endpoint`, if there is one. This machine and its metadata service are
    /// never reached through a proxy, which would answer for another machine.
    pub fn proxy_for(&self, endpoint: &Endpoint) -> Option<&str> {
        let proxy = self.proxy.as_deref()?;
        let exceptions = self.no_proxy.as_deref().unwrap_or_default();
        let mut exceptions = exceptions
            .split([',', ' '])
            .filter(|exception| !exception.is_empty());
        let excepted =
            endpoint.is_direct() || exceptions.any(|exception| covers(exception, endpoint));
        (!excepted).then_some(proxy)
    }
}

/// Whether an entry of `NO_PROXY` covers `endpoint`, by the rules of Go and curl: `*` covers
/// everything, a name covers itself and every host below it, and a port narrows it. Address ranges
/// are not supported.
fn covers(exception: &str, endpoint: &Endpoint) -> bool {
    let exception = exception.to_ascii_lowercase();
    let (name, port) = match exception.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        _ => (&*exception, None),
    };
    if port.is_some_and(|port| port.parse() != Ok(endpoint.port())) {
        return false;
    }
    let bare = |host: &str| host.trim_matches(['[', ']']).to_owned();
    let name = bare(name.trim_start_matches('*').trim_start_matches('.'));
    let host = bare(endpoint.host());
    exception == "*"
        || !name.is_empty()
            && host
                .strip_suffix(&*name)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "http://proxy.example:3128";

    fn by_proxy(no_proxy: &str, endpoint: &str) -> bool {
        let network = Network {
            proxy: Some(PROXY.into()),
            no_proxy: Some(no_proxy.into()),
            ..Network::default()
        };
        network
            .proxy_for(&Endpoint::parse(endpoint).expect("an endpoint"))
            .is_some()
    }

    #[test]
    fn the_proxy_serves_every_host_except_this_machine() {
        assert!(by_proxy("", "https://swr-api.cn-north-4.myhuaweicloud.com"));
        for near in [
            "http://169.254.169.254",
            "https://169.254.169.254",
            "http://127.0.0.1:8080",
            "https://127.0.0.1:8080",
            "https://[::1]",
            "https://localhost",
        ] {
            assert!(!by_proxy("", near), "{near}");
        }
        let none = Network::default();
        assert_eq!(
            none.proxy_for(&Endpoint::parse("https://a.example").expect("an endpoint")),
            None
        );
    }

    #[test]
    fn the_usual_proxy_variables_are_read() {
        let environment = Environment::from_variables([
            ("HTTPS_PROXY", ""),
            ("https_proxy", PROXY),
            ("ALL_PROXY", "socks5://other.example"),
            ("HTTP_PROXY", "http://never.example"),
            ("no_proxy", "a.example"),
            ("SSL_CERT_FILE", "/etc/ca.pem"),
        ]);
        let network = Network::new(&environment, Source::Variables, None);
        let network = network.expect("the settings");
        assert_eq!(network.proxy.as_deref(), Some(PROXY));
        assert_eq!(network.no_proxy.as_deref(), Some("a.example"));
        assert_eq!(network.certificate_file, Some(PathBuf::from("/etc/ca.pem")));
        assert!(network.certificate_folders.is_empty() && !network.ignores_variables);
    }

    #[test]
    fn variables_name_no_certificates_for_a_stored_identity() {
        let own = Path::new("/etc/own.pem");
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
            let environment = Environment::from_variables([(name, "/tmp/evil")]);
            let network = |source, ca_file| {
                Network::new(&environment, source, ca_file).expect("the settings")
            };
            let stored = network(Source::Elsewhere, None);
            assert_eq!(stored.certificate_file, None);
            assert!(stored.certificate_folders.is_empty() && stored.ignores_variables);
            for source in [Source::Elsewhere, Source::Variables] {
                let network = network(source, Some(own));
                assert_eq!(network.certificate_file.as_deref(), Some(own));
                assert!(network.certificate_folders.is_empty() && !network.ignores_variables);
            }
        }
    }

    #[test]
    fn no_proxy_matches_whole_labels_from_the_right() {
        for (no_proxy, endpoint) in [
            ("*", "https://a.example"),
            ("a.example", "https://a.example"),
            (".a.example", "https://a.example"),
            ("*.a.example", "https://b.a.example"),
            ("A.Example", "https://b.a.example"),
            ("x.example, a.example", "https://a.example"),
            ("x.example a.example", "https://a.example"),
            ("a.example:443", "https://a.example"),
            ("a.example:8443", "https://b.a.example:8443"),
            ("100.125.1.2", "https://100.125.1.2:20202"),
            ("[2001:db8::1]", "https://[2001:db8::1]"),
            ("2001:db8::1", "https://[2001:db8::1]"),
            ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ] {
            assert!(!by_proxy(no_proxy, endpoint), "{no_proxy} {endpoint}");
        }
        for (no_proxy, endpoint) in [
            ("", "https://a.example"),
            (",", "https://a.example"),
            (".", "https://a.example"),
            ("example", "https://aexample"),
            ("a.example", "https://ba.example"),
            ("b.a.example", "https://a.example"),
            ("a.example:8443", "https://a.example"),
            ("a.example:port", "https://a.example"),
            ("100.125.0.0/16", "https://100.125.1.2"),
            ("[2001:db8::1]:8443", "https://[2001:db8::1]"),
        ] {
            assert!(by_proxy(no_proxy, endpoint), "{no_proxy} {endpoint}");
        }
    }
}

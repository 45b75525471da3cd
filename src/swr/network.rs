//! The network settings of the user's environment: the proxy and the trusted certificates.

use std::path::PathBuf;

use crate::swr::endpoint::Endpoint;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// The network settings, from the variables that most command-line tools read.
#[derive(Clone, Default)]
pub struct Network {
    /// `HTTPS_PROXY`, else `ALL_PROXY`, in upper or lower case. It may hold a password, so this
    /// type has no `Debug`.
    pub proxy: Option<String>,
    /// `NO_PROXY`: the hosts that are reached without the proxy.
    pub no_proxy: Option<String>,
    /// `SSL_CERT_FILE`: trusted certificates, instead of the platform's.
    pub certificate_file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: folders of trusted certificates.
    pub certificate_folders: Vec<PathBuf>,
}

impl Network {
    /// Reads the settings from `environment`.
    ///
    /// # Errors
    ///
    /// [`SystemError::Variable`] if one of them is not UTF-8.
    pub fn from_environment(environment: &Environment) -> Result<Self, SystemError> {
        let first = |names: &[&'static str]| {
            let mut set = names
                .iter()
                .filter_map(|name| environment.variable(name).transpose());
            set.next().transpose()
        };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let folders = environment.path("SSL_CERT_DIR");
        Ok(Self {
            proxy: owned(first(&[
                "HTTPS_PROXY",
                "https_proxy",
                "ALL_PROXY",
                "all_proxy",
            ])?),
            no_proxy: owned(first(&["NO_PROXY", "no_proxy"])?),
            certificate_file: environment.path("SSL_CERT_FILE"),
            certificate_folders: folders.iter().flat_map(std::env::split_paths).collect(),
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
        let network = Network::from_environment(&Environment::from_variables([
            ("HTTPS_PROXY", ""),
            ("https_proxy", PROXY),
            ("ALL_PROXY", "socks5://other.example"),
            ("HTTP_PROXY", "http://never.example"),
            ("no_proxy", "a.example"),
            ("SSL_CERT_FILE", "/etc/ca.pem"),
        ]));
        let network = network.expect("the settings");
        assert_eq!(network.proxy.as_deref(), Some(PROXY));
        assert_eq!(network.no_proxy.as_deref(), Some("a.example"));
        assert_eq!(network.certificate_file, Some(PathBuf::from("/etc/ca.pem")));
        assert!(network.certificate_folders.is_empty());
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

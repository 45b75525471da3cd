//! config.toml: what is taken from it has the documented shape, what is wrong is told with its
//! line, and a line that means nothing stops every login.

use docker_credential_swr::config::error::ConfigError;
use docker_credential_swr::config::settings::{RegistrySettings, Settings};
use docker_credential_swr::model::registry::{Registry, is_cloud, is_project};

/// Registries to ask for: what a file may name, in and out of the usual clouds.
const HOSTS: [&str; 3] = ["swr.eu-de.otc.t-systems.com", "h", "localhost:5000"];

/// Holds for any text in the file.
pub fn holds(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let settings = match parse(text) {
        Ok(settings) => settings,
        Err(error) => return is_told(text, &error),
    };
    assert!(settings.clouds.iter().all(|cloud| is_cloud(cloud)));
    let of_hosts = HOSTS.map(|host| settings.for_registry(&registry(host)));
    for of_host in &of_hosts {
        match of_host {
            Ok(found) => has_the_documented_shape(found),
            Err(error) => is_told(text, error),
        }
    }

    // The first line of a file may be any comment or setting but a byte order mark.
    if !text.starts_with('\u{feff}') && !text.contains("typo") {
        let with_typo = parse(&format!("typo = 1\n{text}")).expect("TOML with a line more");
        for host in HOSTS {
            assert!(with_typo.for_registry(&registry(host)).is_err(), "{host}");
        }
        assert!(with_typo.checked().is_err());
    }

    let is_usable = parse(text).and_then(Settings::usable).is_ok();
    match settings.checked() {
        Ok(_) => assert!(is_usable && of_hosts.iter().all(Result::is_ok)),
        Err(error) => is_told(text, &error),
    }
    assert!(is_usable || of_hosts.iter().all(Result::is_err));
}

fn has_the_documented_shape(found: &RegistrySettings) {
    for name in [&found.account, &found.project].into_iter().flatten() {
        assert!(is_project(name));
    }
    for url in [&found.api, &found.iam].into_iter().flatten() {
        assert!(url.starts_with("https://") || url.starts_with("http://"));
    }
    if let Some(alias) = &found.alias {
        assert_eq!(registry(alias).address(), alias);
    }
    for agency in &found.agencies {
        assert!(!agency.name().is_empty());
    }
    if let Some((project, instance)) = &found.instance {
        assert!(is_project(project) && is_project(instance));
    }
}

/// One line with the number of one that is there.
fn is_told(text: &str, error: &ConfigError) {
    super::is_one_line(&error.to_string());
    let ConfigError::Settings { line, .. } = error else {
        panic!("{error}");
    };
    let lines = 1 + text.matches('\n').count();
    assert!((1..=lines).contains(line), "{error} of {lines} lines");
}

fn parse(text: &str) -> Result<Settings, ConfigError> {
    Settings::parse(text, "config.toml".into())
}

fn registry(host: &str) -> Registry {
    Registry::parse(host, &[]).expect("a host")
}

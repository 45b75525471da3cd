//! The variables of this program. An unknown one is a typo, which must not be ignored.

use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// The start of their names.
const START: &str = "DOCKER_CREDENTIAL_SWR_";

/// The rest of their names. `INSTALLED` is used by the installer.
const KNOWN: [&str; 17] = [
    "ACCOUNT",
    "AGENCY",
    "BACKEND",
    "CACHE",
    "CACHE_NAMESPACE",
    "CONFIG",
    "INSTALLED",
    "METADATA_ENDPOINT",
    "POD_AGENCY_URN",
    "POD_CLUSTER",
    "POD_PROVIDER_URN",
    "POD_WITHOUT_AGENCY",
    "PROFILE",
    "PROVIDERS",
    "SPREAD",
    "TIMEOUT",
    "TRACE",
];

/// Checks that every set variable with that start is known.
///
/// # Errors
///
/// [`SystemError::Variable`] for the first unknown one.
pub(super) fn check(environment: &Environment) -> Result<(), SystemError> {
    let names = environment.names(START);
    let unknown = |name: &String| !KNOWN.contains(&&name[START.len()..]);
    match names.into_iter().find(unknown) {
        None => Ok(()),
        Some(name) => Err(SystemError::variable(name, "is not known")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn a_misspelt_variable_is_refused() {
        let of = |name| check(&Environment::from_variables([(name, "x")])).is_ok();
        assert!(of("DOCKER_CREDENTIAL_SWR_CACHE") && of("DOCKER_CONFIG"));
        assert!(!of("DOCKER_CREDENTIAL_SWR_PROVIDER"));
        assert!(
            check(&Environment::from_variables([(
                "DOCKER_CREDENTIAL_SWR_NONE",
                ""
            )]))
            .is_ok()
        );
    }

    #[test]
    fn every_variable_in_the_source_is_known() {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut found = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = fs::read_to_string(&path).expect("text");
                let quoted = format!("= \"{START}");
                for rest in text.split(&quoted).skip(1) {
                    let name = rest.split('"').next().expect("a quote");
                    assert!(name.is_empty() || KNOWN.contains(&name), "{name}");
                    found += 1;
                }
            }
        }
        assert!(found >= KNOWN.len() - 1, "{found}");
    }
}

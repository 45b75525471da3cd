//! `config.toml`: everything that must persist and is not a secret.
//!
//! ```toml
//! backend = "file"                 # where slots live; without it the keyring
//! clouds = ["hcs.example.org"]     # further clouds whose swr.<region>.<cloud> hosts are SWR's
//! providers = ["registry", "environment", "default", "profile", "agency"]
//! login = "temporary"              # request logins instead of deriving them; or "enhanced"
//! agency = "pullers"               # an agency to be assumed first,
//! agency_domain = "other-account"  # and who made it
//! profile = "ci"                   # the section of the profile file
//! ca_file = "/etc/ssl/own.pem"     # certificates that are trusted in place of the system's
//!
//! [registry."100.125.0.198:20202"] # also login, agency, agency_domain and profile
//! account = "work"                 # the account that serves it
//! project = "cn-north-4_team"      # the project that logins there name
//! api = "https://swr-api.example"  # SWR's API
//! iam = "https://iam.example"      # IAM
//! alias = "swr.example"            # the host that the API has logins for, where it is another one
//! region = "cn-north-4"            # of an Enterprise instance, whose IDs are looked up; or
//! project_id = "0123abcd"          # with
//! instance_id = "4567ef"           # its ID
//! ```
//!
//! A verb for people stops at the first mistake in the file. A protocol verb only stops at a
//! mistake that affects the registry it is asked about, so that a typo does not block all other
//! logins.

mod agencies;
mod edit;
mod load;
mod reading;
mod values;

pub use agencies::of_text as agencies_of_text;
pub use edit::{
    check_writable, forget_account, remember_account, remember_backend, remember_cloud,
};
pub use load::path;
pub use values::{RegistrySettings, Settings};

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::agency::{Agency, Terms, Which};
    use crate::model::chain::{self, Provider};
    use crate::model::registry::Registry;
    use crate::store::Backend;
    use crate::system::environment::Environment;

    fn parse(text: &str) -> Settings {
        Settings::parse(text, "config.toml".into()).expect("TOML")
    }

    fn registry(host: &str) -> Registry {
        Registry::parse(host, &[]).expect(host)
    }

    #[test]
    fn every_setting_is_read() {
        let settings = parse(
            "backend = \"file\"\nclouds = [\"hcs.example.org\"]\n[registry.\"A.example:443\"]\n\
             account = \"work\"\nproject = \"cn-north-4_a\"\n",
        );
        let expected = RegistrySettings {
            account: Some("work".into()),
            project: Some("cn-north-4_a".into()),
            ..RegistrySettings::default()
        };
        assert_eq!(
            settings
                .for_registry(&registry("a.example"))
                .expect("right"),
            expected
        );
        assert_eq!(
            settings
                .for_registry(&registry("b.example"))
                .expect("right"),
            RegistrySettings::default()
        );
        assert_eq!(settings.backend, Some(Backend::File));
        assert_eq!(
            settings.checked().expect("right").clouds,
            ["hcs.example.org"]
        );
    }

    #[test]
    fn a_registrys_setting_overrides_the_general_one() {
        let settings = parse(
            "login = \"temporary\"\nagency = \"a\"\nagency_domain = \"d\"\nproviders = [\"profile\"]\n\
             [registry.\"a.example\"]\nlogin = \"long-term\"\n",
        );
        let agencies = vec![Agency {
            which: Which::Named {
                name: "a".into(),
                domain: "d".into(),
            },
            terms: Terms::default(),
        }];
        let own = settings
            .for_registry(&registry("a.example"))
            .expect("right");
        assert_eq!((own.temporary, &own.agencies), (false, &agencies));
        let other = settings
            .for_registry(&registry("b.example"))
            .expect("right");
        assert_eq!((other.temporary, &other.agencies), (true, &agencies));
        let chain =
            |variable| settings.chain(&Environment::from_variables([(chain::VARIABLE, variable)]));
        assert_eq!(chain("").expect("the settings'"), [Provider::Profile]);
        assert_eq!(
            chain("agency, registry").expect("the variable's"),
            [Provider::Agency, Provider::Registry]
        );
        assert!(chain("agency,agency").is_err() && chain("keyring").is_err());
    }

    #[test]
    fn a_wrong_line_stops_only_the_registry_it_concerns() {
        let text =
            "\n[registry.\"a.example\"]\naccount = 5\n[registry.\"b.example\"]\nproject = \"p\"\n";
        let settings = parse(text);
        let error = settings
            .for_registry(&registry("a.example"))
            .expect_err("a number")
            .to_string();
        assert!(
            error.starts_with("config.toml:3: `account` must be"),
            "{error}"
        );
        assert_eq!(
            settings
                .for_registry(&registry("b.example"))
                .expect("right")
                .project
                .as_deref(),
            Some("p")
        );
        assert!(settings.checked().is_err());
    }

    #[test]
    fn a_wrong_general_line_stops_every_registry() {
        for text in [
            "backend = \"files\"",
            "backend = 1",
            "clouds = \"a.b\"",
            "clouds = [\"A.b\"]",
            "providers = []",
            "login = \"none\"",
            "agency = \"a\"",
            "agency_domain = \"a\"",
            "agency = \"a\"\nagency_domain = \"d\"\nagency_policy = \"{}\"",
            "agency = {name = \"a\"}",
            "agency = {name = \"a\", domain = \"d\", colour = 1}",
            "agency = {name = \"a\", domain = \"d\", duration = 60}",
            "agency = []",
            "ca_file = \"ca.pem\"",
            "ca_file = 1",
            "colour = 1",
            "[registry.\"a b\"]",
            "registry = 1",
        ] {
            assert!(
                parse(text).for_registry(&registry("a.example")).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn invalid_toml_is_refused_with_the_line() {
        let error = Settings::parse("a = 1\nb = \n", "config.toml".into())
            .expect_err("no TOML")
            .to_string();
        assert!(error.starts_with("config.toml:2: "), "{error}");
    }

    #[test]
    fn edits_keep_what_a_person_wrote() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("own/config.toml");
        let environment = Environment::from_variables([("DOCKER_CREDENTIAL_SWR_CONFIG", &path)]);
        remember_backend(&environment, Backend::File).expect("written");
        fs::write(&path, "# mine\nbackend = \"file\" # why\n").expect("written");
        remember_cloud(&environment, "hcs.example.org").expect("written");
        let text = fs::read_to_string(&path).expect("read");
        assert_eq!(
            text,
            "# mine\nbackend = \"file\" # why\nclouds = [\"hcs.example.org\"]\n"
        );
        fs::write(&path, "[registry.\"a.example\"] # mine\nproject = \"p\"\n").expect("written");
        for address in ["a.example", "b.example:5000"] {
            remember_account(&environment, address, "work").expect("written");
        }
        let text = fs::read_to_string(&path).expect("read");
        assert_eq!(
            text,
            "[registry.\"a.example\"] # mine\nproject = \"p\"\naccount = \"work\"\n\n\
             [registry.\"b.example:5000\"]\naccount = \"work\"\n"
        );
    }
}

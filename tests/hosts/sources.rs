//! Every place that an identity can come from, each alone on a machine of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use docker_credential_swr::command::protocol;
use docker_credential_swr::config::settings::Settings;
use docker_credential_swr::console::input::read_input;
use docker_credential_swr::login::Request;
use docker_credential_swr::model::chain::Provider;
use docker_credential_swr::model::registry::Registry;
use docker_credential_swr::model::secret::Secret;
use docker_credential_swr::provider::pod::{self, Account};
use docker_credential_swr::provider::{self, ProviderError};
use docker_credential_swr::store::{self, Backend, Patience};
use docker_credential_swr::system::environment::Environment;

use super::rule::GIVEN;
use super::support::sample::{AK, SK};

const HUAWEI: &[&str] = &["myhuaweicloud.com", "myhuaweicloud.eu"];
const EUROPE: &[&str] = &["myhuaweicloud.eu"];
const TELEKOM: &[&str] = &["otc.t-systems.com"];

/// Port 1 of this machine: nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

const OIDC: [&str; 2] = [
    "iam::0a1b2c3d4e5f60718293a4b5c6d7e8f9:oidcProvider:cluster",
    "iam::0a1b2c3d4e5f60718293a4b5c6d7e8f9:agency:pull",
];

/// A source with what it is made of: variables, whose `{}` is the machine's folder, and files in
/// that.
struct Kind {
    name: &'static str,
    provider: Provider,
    /// The clouds whose registries it serves, by docs/providers.md.
    clouds: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    files: &'static [(&'static str, &'static str)],
}

const fn kind(
    name: &'static str,
    provider: Provider,
    clouds: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    files: &'static [(&'static str, &'static str)],
) -> Kind {
    Kind {
        name,
        provider,
        clouds,
        variables,
        files,
    }
}

const KINDS: [Kind; 22] = [
    kind(
        "the SDK's variables",
        Provider::Environment,
        HUAWEI,
        &[("HUAWEICLOUD_SDK_AK", AK), ("HUAWEICLOUD_SDK_SK", SK)],
        &[],
    ),
    kind(
        "the SDK's variables with a security token",
        Provider::Environment,
        HUAWEI,
        &[
            ("HUAWEICLOUD_SDK_AK", AK),
            ("HUAWEICLOUD_SDK_SK", SK),
            ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "token"),
        ],
        &[],
    ),
    kind(
        "the SDK's variables for another cloud",
        Provider::Environment,
        TELEKOM,
        &[
            ("HUAWEICLOUD_SDK_AK", AK),
            ("HUAWEICLOUD_SDK_SK", SK),
            ("HW_CLOUD", "otc.t-systems.com"),
        ],
        &[],
    ),
    kind(
        "Terraform's variables",
        Provider::Environment,
        HUAWEI,
        &[("HW_ACCESS_KEY", AK), ("HW_SECRET_KEY", SK)],
        &[],
    ),
    kind(
        "the OTC tools' variables",
        Provider::Environment,
        TELEKOM,
        &[("OS_ACCESS_KEY", AK), ("OS_SECRET_KEY", SK)],
        &[],
    ),
    kind(
        "the OTC tools' variables for another cloud",
        Provider::Environment,
        EUROPE,
        &[
            ("OS_ACCESS_KEY", AK),
            ("OS_SECRET_KEY", SK),
            ("OS_AUTH_URL", "https://iam.eu-west-101.myhuaweicloud.eu/v3"),
        ],
        &[],
    ),
    kind(
        "key files",
        Provider::Environment,
        HUAWEI,
        &[
            ("HW_ACCESS_KEY_FILE", "{}/ak"),
            ("HW_SECRET_KEY_FILE", "{}/sk"),
        ],
        &[("ak", AK), ("sk", SK)],
    ),
    kind(
        "systemd's credentials",
        Provider::Environment,
        HUAWEI,
        &[("CREDENTIALS_DIRECTORY", "{}")],
        &[("ak", AK), ("sk", SK)],
    ),
    kind(
        "an IAM user",
        Provider::Environment,
        HUAWEI,
        &[
            ("HW_USER_NAME", "alice"),
            ("HW_USER_PASSWORD", "correct horse"),
            ("HW_DOMAIN_NAME", "acme"),
        ],
        &[],
    ),
    kind(
        "an IAM token",
        Provider::Environment,
        HUAWEI,
        &[("HW_AUTH_TOKEN", "token")],
        &[],
    ),
    kind(
        "an agency by OIDC",
        Provider::Environment,
        HUAWEI,
        &[
            ("HUAWEICLOUD_OIDC_PROVIDER_URN", OIDC[0]),
            ("HUAWEICLOUD_OIDC_AGENCY_URN", OIDC[1]),
            ("HUAWEICLOUD_OIDC_TOKEN_FILE", "{}/token"),
        ],
        &[("token", "token")],
    ),
    kind(
        "an agency by OIDC in a job of GitHub's",
        Provider::Environment,
        HUAWEI,
        &[
            ("HUAWEICLOUD_OIDC_PROVIDER_URN", OIDC[0]),
            ("HUAWEICLOUD_OIDC_AGENCY_URN", OIDC[1]),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://127.0.0.1:1/?a"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "token"),
        ],
        &[],
    ),
    kind(
        "a user of the SDK's identity provider",
        Provider::Environment,
        HUAWEI,
        &[
            ("HUAWEICLOUD_SDK_IDP_ID", "provider"),
            ("HUAWEICLOUD_SDK_ID_TOKEN_FILE", "{}/token"),
            ("HUAWEICLOUD_SDK_PROJECT_ID", "0123abcd"),
        ],
        &[("token", "token")],
    ),
    kind(
        "a user of Terraform's identity provider",
        Provider::Environment,
        HUAWEI,
        &[
            ("HW_ASSUME_ROLE_IDP_ID", "provider"),
            ("HW_ASSUME_ROLE_ID_TOKEN", "token"),
        ],
        &[],
    ),
    kind(
        "the SDK's profile",
        Provider::Profile,
        HUAWEI,
        &[("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "{}/profile")],
        &[(
            "profile",
            "[basic]\nak = QTWAOYTTINDUT2QVKYUC\nsk = MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc\n",
        )],
    ),
    kind(
        "a profile of this server's agency",
        Provider::Profile,
        HUAWEI,
        &[
            ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "{}/profile"),
            ("DOCKER_CREDENTIAL_SWR_PROFILE", "node"),
        ],
        &[("profile", "[node]\ntype = machine\n")],
    ),
    kind(
        "KooCLI's file",
        Provider::Profile,
        HUAWEI,
        &[("HW_SHARED_CONFIG_FILE", "{}/koocli.json")],
        &[(
            "koocli.json",
            r#"{"authEncrypt": false, "current": "default", "profiles": [{"name": "default", "mode": "AKSK",
                "accessKeyId": "QTWAOYTTINDUT2QVKYUC",
                "secretAccessKey": "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"}]}"#,
        )],
    ),
    kind("this server's agency", Provider::Agency, HUAWEI, &[], &[]),
    kind(
        "this server's agency for another cloud",
        Provider::Agency,
        TELEKOM,
        &[("HW_CLOUD", "otc.t-systems.com")],
        &[],
    ),
    kind(
        "the agency of the pod that this runs in",
        Provider::Pod,
        HUAWEI,
        &[
            ("HC_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/v1"),
            ("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{}/token"),
        ],
        &[("token", "token")],
    ),
    kind(
        "a pod's own agency, by STS",
        POD_OF_KUBELET,
        HUAWEI,
        &[
            ("DOCKER_CREDENTIAL_SWR_POD_PROVIDER_URN", OIDC[0]),
            ("DOCKER_CREDENTIAL_SWR_POD_AGENCY_URN", OIDC[1]),
        ],
        &[],
    ),
    kind(
        "a pod's own agency, by CCE",
        POD_OF_KUBELET,
        HUAWEI,
        &[
            (
                "DOCKER_CREDENTIAL_SWR_POD_CLUSTER",
                "cn-north-4/0605767b5e00d5762fb4c00a0a2b0d39/7c8d9e0f-1a2b-3c4d-5e6f-708192a3b4c5",
            ),
            ("HUAWEICLOUD_SDK_AK", AK),
            ("HUAWEICLOUD_SDK_SK", SK),
        ],
        &[],
    ),
];

/// A kubelet's request with a pod's token asks this one in place of the chain, and may ask the
/// chain for the node.
const POD_OF_KUBELET: Provider = Provider::Environment;

/// One source on a machine that has no other.
pub(super) struct Source {
    pub(super) name: &'static str,
    pub(super) clouds: &'static [&'static str],
    provider: Provider,
    environment: Environment,
    settings: Settings,
    _folder: tempfile::TempDir,
}

impl Source {
    pub(super) fn all() -> Vec<Self> {
        KINDS.iter().map(Self::new).collect()
    }

    fn new(kind: &Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_str().unwrap();
        for (name, text) in kind.files {
            write_private(&folder.path().join(name), text);
        }
        let settings = format!("[registry.\"{GIVEN}\"]\nproject = \"cn-north-4\"\n");
        write_private(&folder.path().join("config.toml"), &settings);
        let mut variables: Vec<(String, String)> = [
            ("HOME", root),
            ("TMPDIR", root),
            (
                "DOCKER_CREDENTIAL_SWR_CONFIG",
                &format!("{root}/config.toml"),
            ),
            ("DOCKER_CREDENTIAL_SWR_CACHE", "off"),
            ("DOCKER_CREDENTIAL_SWR_METADATA_ENDPOINT", NOWHERE),
            ("HUAWEICLOUD_SDK_STS_ENDPOINT", NOWHERE),
            ("HUAWEICLOUD_SDK_REGION_CCE_CN_NORTH_4", NOWHERE),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        variables.extend(
            kind.variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.replace("{}", root))),
        );
        let environment = Environment::from_variables(variables);
        Self {
            name: kind.name,
            clouds: kind.clouds,
            provider: kind.provider,
            settings: Settings::load(&environment).unwrap(),
            environment,
            _folder: folder,
        }
    }

    /// Whether it has an identity for the registry that these bytes name, or asks a service for
    /// one.
    pub(super) fn hands_out(&self, stdin: &[u8]) -> bool {
        match self.find(stdin) {
            Some(Ok(())) => true,
            Some(Err(ProviderError::NotFound | ProviderError::Enterprise { .. })) | None => false,
            Some(Err(error)) => {
                let said = error.to_string();
                assert!(said.contains("cannot connect to"), "{}: {said}", self.name);
                true
            }
        }
    }

    fn find(&self, mut stdin: &[u8]) -> Option<Result<(), ProviderError>> {
        let input = read_input(&mut stdin).ok()?;
        let server_url = protocol::parse_server_url(&input).ok()?;
        let registry = Registry::parse(server_url, &self.settings.clouds).ok()?;
        let settings = self.settings.for_registry(&registry).unwrap();
        let deadline = self.environment.deadline(Duration::from_secs(5)).unwrap();
        let store = store::open(
            Backend::File,
            &self.environment,
            deadline,
            Patience::OfTheVerb,
        );
        let request = Request {
            registry: &registry,
            settings: &settings,
            environment: &self.environment,
            store: &*store.unwrap(),
            deadline,
        };
        let found = match self.name.starts_with("a pod's own agency") {
            false => provider::find(&request, &[self.provider]),
            true => {
                let account = Account {
                    token: &Secret::from("token"),
                    annotations: &Default::default(),
                };
                pod::find(&request, Some(&account), &[self.provider])
            }
        };
        Some(found.map(drop))
    }
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

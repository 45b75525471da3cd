//! Runs that get a secret, correctly or by mistake.

use super::support::sample::OTHER_HOST;
use super::{AK, FOREIGN, HOST, PASSWORD, SK, TOKEN, USER_PASSWORD};

/// A run of the helper.
pub(super) struct Request {
    pub(super) arguments: Vec<&'static str>,
    pub(super) stdin: String,
    pub(super) variables: Vec<(&'static str, String)>,
}

impl Request {
    fn new(arguments: &[&'static str], stdin: impl Into<String>) -> Self {
        Self {
            arguments: arguments.to_vec(),
            stdin: stdin.into(),
            variables: Vec::new(),
        }
    }

    fn with(mut self, variables: &[(&'static str, &str)]) -> Self {
        for (name, value) in variables {
            self.variables.push((name, (*value).to_owned()));
        }
        self
    }
}

/// The four protocol verbs as docker calls them, after a person's `store`.
pub(super) fn usual() -> Vec<Request> {
    let key = ["store", "--ak", AK, "--sk-stdin"];
    vec![
        Request::new(&key, SK),
        Request::new(&["store"], login(FOREIGN, "somebody", PASSWORD)),
        Request::new(&["store"], login(HOST, "cn-north-4@OTHER", PASSWORD)),
        Request::new(&["get"], HOST),
        Request::new(&["get"], FOREIGN),
        Request::new(&["list"], ""),
        Request::new(&["erase"], HOST),
        Request::new(&["get"], HOST),
    ]
}

/// Runs that fail in some way.
pub(super) fn mistakes() -> Vec<Request> {
    let mut requests = Vec::new();
    for verb in ["get", "erase"] {
        for stdin in [
            format!("https://user:{SK}@{HOST}"),
            format!("https://{HOST}/?sk={SK}"),
            format!("http://{HOST}#{SK}"),
            format!("{HOST}\n{SK}"),
            login(HOST, AK, SK),
            format!("{SK}\\"),
            SK.repeat(2000),
        ] {
            requests.push(Request::new(&[verb], stdin));
        }
    }
    for stdin in [
        format!(r#"{{"ServerURL":"{HOST}","Username":"{AK}","Secret":"{SK}"#),
        format!(r#"{{"ServerURL":"{HOST}","Username":"{AK}","Secret":["{SK}"]}}"#),
        format!(r#"{{"ServerURL":"{HOST}","Username":"","Secret":"{SK}"}}"#),
        format!(r#"{{"ServerURL":"","Username":"{AK}","Secret":"{SK}"}}"#),
        format!(r#"{{"ServerURL":"{HOST}","Username":"a\u0000","Secret":"{SK}"}}"#),
        format!(r#""{SK}""#),
        SK.to_owned(),
        login(HOST, "<token>", PASSWORD),
        login(&format!("http://{HOST}"), AK, SK),
        login(&format!("https://{AK}:{SK}@{HOST}"), AK, SK),
        login("team.swr-pro.myhuaweicloud.com", AK, SK),
        login(HOST, "ANOTHERKEY0000000000", SK),
        login(HOST, AK, &SK.repeat(2000)),
        login("other.example.com", "somebody", PASSWORD),
    ] {
        requests.push(Request::new(&["store"], stdin));
    }
    requests.extend(for_people());
    requests.extend(by_environment());
    requests.extend(by_kubelet());
    requests
}

fn for_people() -> Vec<Request> {
    let ak = ["store", "--ak", AK];
    let stored =
        |more: &[&'static str], stdin: &str| Request::new(&[&ak[..], more].concat(), stdin);
    let user = ["store", "--iam-user", "alice", "--domain", "acme"];
    vec![
        stored(&["--sk-stdin"], &format!("{SK} {SK}")),
        stored(&["--sk-stdin"], &format!("{SK}\u{7f}")),
        stored(
            &["--sk-stdin", "--project", "eu-de", "--registry", HOST],
            SK,
        ),
        stored(&["--sk-stdin", "--cloud", "nowhere"], SK),
        stored(
            &["--sk-stdin", "--registry", "team.swr-pro.myhuaweicloud.com"],
            SK,
        ),
        stored(&["--sk-stdin", "--security-token-stdin"], SK),
        stored(
            &["--sk-stdin", "--security-token-stdin", "--expires", "soon"],
            &format!("{SK}\n{TOKEN}"),
        ),
        stored(
            &["--sk-stdin", "--security-token-stdin"],
            &format!("{SK}\n{TOKEN}"),
        ),
        stored(&["--csv", "given/credentials.csv"], ""),
        stored(&["--csv", "given/no.csv"], ""),
        Request::new(&["store", "--ak", "ANOTHERKEY0000000000", "--sk-stdin"], SK),
        Request::new(&["store", "--ak", SK, "--sk-stdin"], AK),
        // Wrong, but some will do it.
        Request::new(&["store", SK], ""),
        stored(&[SK], ""),
        Request::new(&[&user[..], &["--password-stdin"]].concat(), USER_PASSWORD),
        Request::new(
            &[&user[..], &["--password-stdin"]].concat(),
            format!("{USER_PASSWORD}\0"),
        ),
        Request::new(
            &["store", "--iam-user", "alice", "--password-stdin"],
            USER_PASSWORD,
        ),
        Request::new(&["erase", "--account", "nobody"], SK),
        Request::new(&["configure", "--region", "cn-north-4"], SK),
        imported(&["--region", "cn-north-9", "--dry-run"]),
        imported(&["--region", "cn-north-9"]),
        imported(&["--registry", "two.example.com"]),
        imported(&["--registry", "token.example.com"]),
    ]
}

/// The logins that stand in a config.json of `given`.
fn imported(more: &[&'static str]) -> Request {
    let import = [
        "configure",
        "--import-auths",
        "--docker-config",
        "given/docker",
    ];
    Request::new(&[&import[..], more].concat(), "")
}

/// A kubelet's requests, with the token of a pod and without.
fn by_kubelet() -> Vec<Request> {
    let asked = |version: &str, image: &str, more: &str| {
        let version = format!("credentialprovider.kubelet.k8s.io/{version}");
        let kind = "CredentialProviderRequest";
        let stdin =
            format!(r#"{{"kind":"{kind}","apiVersion":"{version}","image":"{image}"{more}}}"#);
        Request::new(&["kubelet"], stdin)
    };
    let token = format!(r#","serviceAccountToken":"{TOKEN}""#);
    let annotated = |value: &str| {
        let name = "swr.huaweicloud.com/agency-urn";
        format!(r#"{token},"serviceAccountAnnotations":{{"{name}":"{value}"}}"#)
    };
    let image = format!("{HOST}/org/app");
    let provider = (
        "DOCKER_CREDENTIAL_SWR_POD_PROVIDER_URN",
        "iam::0a1b:oidcProvider:cluster",
    );
    vec![
        asked("v1", &format!("user:{SK}@{HOST}/app"), ""),
        asked("v1", &format!("{HOST}:{SK}/app"), ""),
        asked("v1", "", &token),
        asked("v1beta1", &image, &token),
        asked("v2", &image, &token),
        asked("v1", &image, &format!("{token}{token}")),
        asked(
            "v1",
            &image,
            &format!(r#","serviceAccountToken":["{TOKEN}"]"#),
        ),
        asked("v1", &image, &annotated(SK)),
        asked("v1", &image, &annotated(SK)).with(&[provider]),
        asked("v1", &image, &annotated("iam::0a1b:agency:pull")).with(&[provider]),
        asked("v1", &image, &token).with(&[("DOCKER_CREDENTIAL_SWR_POD_CLUSTER", SK)]),
        asked("v1", &image, &token).with(&[("DOCKER_CREDENTIAL_SWR_POD_AGENCY_URN", SK), provider]),
        asked("v1", &image, &token).with(&[("DOCKER_CREDENTIAL_SWR_POD_WITHOUT_AGENCY", "refuse")]),
    ]
}

fn by_environment() -> Vec<Request> {
    let get =
        |variables: &[(&'static str, &str)]| Request::new(&["get"], OTHER_HOST).with(variables);
    vec![
        get(&[("HUAWEICLOUD_SDK_SK", SK)]),
        get(&[
            ("HUAWEICLOUD_SDK_AK", SK),
            ("HUAWEICLOUD_SDK_SK", "no-letters-and-digits"),
        ]),
        get(&[
            ("HUAWEICLOUD_SDK_AK", AK),
            ("HUAWEICLOUD_SDK_SK", &format!("{SK}-")),
        ]),
        get(&[("HW_SECURITY_TOKEN", TOKEN)]),
        get(&[
            ("HW_ACCESS_KEY", AK),
            ("HW_SECRET_KEY", SK),
            ("HW_SECURITY_TOKEN", TOKEN),
        ]),
        get(&[("HW_USER_PASSWORD", USER_PASSWORD)]),
        get(&[
            ("HW_USER_NAME", "alice"),
            ("HW_USER_PASSWORD", USER_PASSWORD),
        ]),
        get(&[
            ("HW_USER_NAME", "alice"),
            ("HW_USER_PASSWORD", USER_PASSWORD),
            ("HW_DOMAIN_NAME", "acme"),
        ]),
        get(&[("HW_AUTH_TOKEN", TOKEN)]),
        get(&[("HW_AUTH_TOKEN", &format!("{TOKEN}\u{1}"))]),
        get(&[("HW_AUTH_TOKEN_FILE", "given/no-file")]),
        get(&[("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "given/half-a-profile")]),
        get(&[("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "given/no-profile")]),
        get(&[("DOCKER_CREDENTIAL_SWR_CONFIG", "given/no-settings.toml")]),
        get(&[("DOCKER_CREDENTIAL_SWR_TIMEOUT", SK)]),
        get(&[("DOCKER_CREDENTIAL_SWR_PROVIDERS", SK)]),
        get(&[("DOCKER_CREDENTIAL_SWR_BACKEND", SK)]),
    ]
}

fn login(server_url: &str, username: &str, secret: &str) -> String {
    serde_json::json!({"ServerURL": server_url, "Username": username, "Secret": secret}).to_string()
}

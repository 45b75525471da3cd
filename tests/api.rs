//! Every call and every failure, through the real HTTP client, against the stand-in.
#![cfg(feature = "cloud")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

use std::time::{Duration, Instant, SystemTime};

use docker_credential_swr::model::access_key::AccessKey;
use docker_credential_swr::model::agency::Terms;
use docker_credential_swr::model::cluster::Cluster;
use docker_credential_swr::model::identity::TemporaryKey;
use docker_credential_swr::model::secret::Secret;
use docker_credential_swr::swr::api::cce;
use docker_credential_swr::swr::api::enterprise::{self, Instance};
use docker_credential_swr::swr::api::iam::{self, Scope, User};
use docker_credential_swr::swr::api::secret::{self, Asked};
use docker_credential_swr::swr::api::sts::{self, OidcAgency};
use docker_credential_swr::swr::api::{Api, ApiError, Auth, TemporaryLogin, metadata};
use docker_credential_swr::swr::endpoint::Endpoint;
use docker_credential_swr::swr::http::Client;
use docker_credential_swr::swr::network::Network;
use docker_credential_swr::swr::transport::TransportError;
use serde_json::{Value, json};
use support::sample::{AK, HOST, OTHER_AK, OTHER_SK, SK};
use support::service_account::{self, CCE_AUDIENCE, CLUSTER, OIDC_AUDIENCE, PROVIDER};
use support::standin::Standin;

const PROJECT: &str = "cn-north-4";
const PASSWORD: &str = "0000000000000000000000000000000000000000temporary-password";

// -- the calls ------------------------------------------------------------------------------------

#[test]
fn a_permanent_key_gets_a_temporary_login() {
    let Some(service) = Service::start() else {
        return;
    };
    let login = service.login(Auth::Key(&permanent_key())).expect("a login");
    assert_eq!(login.login.username, "cn-north-4@TEMPORARYLOGIN000001");
    assert_eq!(login.login.password.expose(), PASSWORD);
    assert_about(login.expires, 6 * 3600);
    assert_eq!(
        service.summary(),
        ["POST /v2/manage/utils/secret?projectname=cn-north-4 by QTWAOYTTINDUT2QVKYUC: 200"]
    );
}

#[test]
fn a_temporary_key_sends_its_security_token() {
    let Some(service) = Service::start() else {
        return;
    };
    let mut key = temporary_key();
    assert!(service.login(Auth::TemporaryKey(&key)).is_ok());
    key.security_token = "another".into();
    let refused = service.login(Auth::TemporaryKey(&key)).unwrap_err();
    assert!(refused.is_refusal(), "{refused}");
    assert!(service.login(Auth::Key(&key.key)).unwrap_err().is_refusal());
}

#[test]
fn a_login_may_lack_an_expiry_and_one_for_other_hosts_is_refused() {
    let Some(service) = Service::start() else {
        return;
    };
    service.behave(&json!({"lifetime": null}));
    let login = service.login(Auth::Key(&permanent_key())).expect("a login");
    assert_eq!(login.expires, None);
    service.behave(&json!({"hosts": ["swr.cn-north-1.myhuaweicloud.com", "other.example"]}));
    let missing = service.login(Auth::Key(&permanent_key())).unwrap_err();
    assert_eq!(
        missing.to_string(),
        format!(
            "`{}` answered with no login for this registry",
            service.endpoint.authority()
        )
    );
}

#[test]
fn a_subproject_is_sent_with_its_id() {
    let Some(service) = Service::start() else {
        return;
    };
    let key = permanent_key();
    for (name, id) in [
        ("cn-north-4_team", "77b6a44cba5143ab91d13ab9a8ff44fd"),
        (PROJECT, "0605767b5e00d5762fb4c00a0a2b0d39"),
    ] {
        let project_id = service
            .run(|api| iam::project_id(api, &service.endpoint, name, Auth::Key(&key)))
            .expect("an ID");
        assert_eq!(project_id, id);
        let asked = Asked {
            project: name,
            project_id: Some(&project_id),
            ..service.asked()
        };
        let login = service.run(|api| secret::temporary_login(api, &asked, Auth::Key(&key)));
        assert!(login.is_ok(), "{login:?}");
    }
    for missing in ["cn-north-4_项目 &=+", "cn"] {
        let unknown = service
            .run(|api| iam::project_id(api, &service.endpoint, missing, Auth::Key(&key)))
            .unwrap_err();
        assert!(
            matches!(&unknown, ApiError::NoProject { name, .. } if name == missing),
            "{unknown}"
        );
    }
    service.summary();
}

#[test]
fn an_iam_user_gets_a_token_and_then_a_login() {
    let Some(service) = Service::start() else {
        return;
    };
    let password = Secret::from("correct horse");
    let alice = User {
        name: "alice",
        domain: "acme",
        password: &password,
    };
    let token = service
        .run(|api| iam::token(api, &service.endpoint, &alice, Scope::Name(PROJECT)))
        .expect("a token");
    assert_eq!(token.token.expose().len(), 9008);
    assert_about(token.expires, 24 * 3600);
    assert!(service.login(Auth::Token(&token.token)).is_ok());
    service.summary();
}

#[test]
fn a_wrong_password_is_refused_and_not_repeated() {
    let Some(service) = Service::start() else {
        return;
    };
    let password = Secret::from("battery staple");
    let alice = User {
        name: "alice",
        domain: "acme",
        password: &password,
    };
    let refused = service
        .run(|api| iam::token(api, &service.endpoint, &alice, Scope::Name(PROJECT)))
        .unwrap_err();
    assert!(refused.is_refusal());
    assert!(
        refused
            .to_string()
            .ends_with("status 401: The username or password is wrong: [redacted]."),
        "{refused}"
    );
    assert_eq!(service.summary().len(), 1);
}

#[test]
fn an_agency_of_another_account_is_assumed() {
    let Some(service) = Service::start() else {
        return;
    };
    let assume = |name, auth: Auth| {
        let terms = Terms::default();
        service.run(|api| iam::assume_role(api, &service.endpoint, name, "acme", &terms, auth))
    };
    let key = assume("swr-pull", Auth::Key(&permanent_key())).expect("a key");
    assert_about(key.expires, 3600);
    assert!(service.login(Auth::TemporaryKey(&key)).is_ok());
    assert!(assume("swr-pull", Auth::TemporaryKey(&temporary_key())).is_ok());
    let refused = assume("other", Auth::Key(&permanent_key())).unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("status 403: You have no right to do this action"),
        "{refused}"
    );
    service.summary();
}

#[test]
fn a_service_account_gets_the_key_of_an_agency_that_trusts_it() {
    let Some(service) = Service::start() else {
        return;
    };
    let assume = |id_token: &str, namespace: &str| {
        let id_token = Secret::from(id_token);
        let agency = service_account::agency(namespace);
        let terms = Terms {
            seconds: Some(900),
            ..Terms::default()
        };
        let asked = OidcAgency {
            provider: PROVIDER,
            agency: &agency,
            session: "test",
            id_token: &id_token,
            terms: &terms,
        };
        service.run(|api| sts::assume_with_oidc(api, &service.endpoint, &asked))
    };
    let token = service_account::token("team-a", "pod", OIDC_AUDIENCE);
    let key = assume(&token, "team-a").expect("a key");
    assert_about(key.expires, 900);
    let login = service.login(Auth::TemporaryKey(&key)).expect("a login");
    assert_eq!(login.login.username, "cn-north-4@PODOFTEAMA0000000001LOGIN");
    let forged = service_account::forged("team-a", "pod", OIDC_AUDIENCE);
    let other = service_account::token("team-a", "pod", CCE_AUDIENCE);
    for (token, namespace) in [(&token, "team-b"), (&other, "team-a"), (&forged, "team-a")] {
        let refused = assume(token, namespace).unwrap_err();
        assert!(refused.is_refusal(), "{refused}");
        let shown = refused.to_string();
        assert!(shown.ends_with(": [redacted]"), "{shown}");
    }
    service.summary();
}

#[test]
fn a_pod_gets_its_agency_from_the_cluster() {
    let Some(service) = Service::start() else {
        return;
    };
    let cluster = Cluster::parse(CLUSTER).expect("a cluster");
    let assume = |token: &str, cluster: &Cluster| {
        let (token, key) = (Secret::from(token), permanent_key());
        let auth = Auth::Key(&key);
        service.run(|api| cce::assume_for_pod(api, &service.endpoint, cluster, &token, auth))
    };
    let token = service_account::token("team-b", "pod", CCE_AUDIENCE);
    let key = assume(&token, &cluster).expect("a key");
    assert_about(key.expires, 3600);
    let login = service.login(Auth::TemporaryKey(&key)).expect("a login");
    assert_eq!(login.login.username, "cn-north-4@PODOFTEAMB0000000001LOGIN");
    let refused = assume(
        &service_account::token("other", "pod", CCE_AUDIENCE),
        &cluster,
    );
    let shown = refused.unwrap_err().to_string();
    assert!(
        shown.ends_with(
            "no pod identity association for system:serviceaccount:other:app: [redacted]"
        ),
        "{shown}"
    );
    let other = Cluster::parse("cn-north-4/0605767b5e00d5762fb4c00a0a2b0d39/other");
    let missing = assume(&token, &other.expect("a cluster")).unwrap_err();
    assert!(matches!(missing, ApiError::NotFound { .. }), "{missing}");
    service.summary();
}

#[test]
fn a_server_gets_the_key_of_its_agency_from_metadata() {
    let Some(service) = Service::start() else {
        return;
    };
    for status in [200, 404, 405, 503] {
        service.behave(&json!({"metadata_token": status}));
        let key = service
            .agency_key()
            .expect("an answer")
            .expect("an agency's key");
        assert_about(key.expires, 3600);
        assert!(service.login(Auth::TemporaryKey(&key)).is_ok());
        service.behave(&json!({"metadata_token": status, "agency": false}));
        assert_eq!(service.agency_key(), Ok(None));
    }
    service.behave(&json!({"metadata_token": 403}));
    assert!(service.agency_key().unwrap_err().is_refusal());
    assert_eq!(
        service.summary().len(),
        4 * 5 + 1,
        "a status is an answer here"
    );
}

#[test]
fn a_silent_metadata_service_costs_three_seconds() {
    let Some(service) = Service::start() else {
        return;
    };
    service.behave(&json!({"fault": "slow"}));
    let start = Instant::now();
    let silent = service.agency_key();
    assert!(
        matches!(
            silent,
            Err(ApiError::Unreachable(TransportError::Timeout { .. }))
        ),
        "{silent:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn an_enterprise_instance_has_logins_of_its_own() {
    let Some(service) = Service::start() else {
        return;
    };
    let ask = |instance_id| {
        let instance =
            Instance::new("0605767b5e00d5762fb4c00a0a2b0d39", instance_id).expect("well-formed");
        let (key, endpoint) = (permanent_key(), &service.endpoint);
        service.run(|api| enterprise::temporary_login(api, endpoint, &instance, Auth::Key(&key)))
    };
    let login = ask("5a6e8d6e-7a3d-4a2b-9c1f-0123456789ab").expect("a login");
    assert_eq!(login.login.password.expose(), PASSWORD);
    assert_about(login.expires, 6 * 3600);
    assert!(matches!(ask("other"), Err(ApiError::NotFound { .. })));
    assert_eq!(Instance::new("a/b", "c"), None);
    service.summary();
}

// -- the connection -------------------------------------------------------------------------------

#[test]
fn a_certificate_of_a_trusted_authority_is_accepted() {
    let Some(service) = Service::start() else {
        return;
    };
    let endpoint = Endpoint::parse(&service.standin.url("https")).unwrap();
    let trusting = Network {
        certificate_file: Some(service.standin.path("ca.pem")),
        ..Network::default()
    };
    let login = service
        .by(trusting, endpoint.clone())
        .login(Auth::Key(&permanent_key()));
    assert!(login.is_ok(), "{login:?}");

    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(
        service.standin.path("ca.pem"),
        folder.path().join("anything.pem"),
    )
    .unwrap();
    let by_folder = Network {
        certificate_folders: vec![folder.path().to_owned()],
        ..Network::default()
    };
    let login = service
        .by(by_folder, endpoint.clone())
        .login(Auth::Key(&permanent_key()));
    assert!(login.is_ok(), "{login:?}");

    let requests = service.standin.requests();
    assert!(
        requests.len() == 2 && requests.iter().all(|request| request["tls"] == true),
        "{requests:?}"
    );
}

#[test]
fn no_request_goes_to_an_untrusted_server() {
    let Some(service) = Service::start() else {
        return;
    };
    let endpoint = Endpoint::parse(&service.standin.url("https")).unwrap();
    let empty = tempfile::NamedTempFile::new().unwrap();
    for (network, why) in [
        (Network::default(), "UnknownIssuer"),
        (
            Network {
                certificate_file: Some(empty.path().to_owned()),
                ..Network::default()
            },
            "no trusted certificates",
        ),
    ] {
        let error = service
            .by(network, endpoint.clone())
            .login(Auth::Key(&permanent_key()))
            .unwrap_err();
        let tls = matches!(error, ApiError::Unreachable(TransportError::Tls { .. }));
        assert!(tls && error.to_string().contains(why), "{error}");
    }
    assert_eq!(service.standin.requests(), [] as [Value; 0]);
}

#[test]
fn a_proxy_sees_the_host_but_not_the_request() {
    let Some(service) = Service::start() else {
        return;
    };
    let proxy = service.standin.url("proxy");
    let network = || Network {
        proxy: Some(proxy.replace("://", "://user:pass%20word@")),
        certificate_file: Some(service.standin.path("ca.pem")),
        ..Network::default()
    };
    let endpoint = Endpoint::parse("https://swr-api.cn-north-4.myhuaweicloud.com").unwrap();
    let login = service
        .by(network(), endpoint)
        .login(Auth::Key(&permanent_key()));
    assert!(login.is_ok(), "{login:?}");
    assert_eq!(
        service.standin.proxied(),
        [
            json!({"target": "swr-api.cn-north-4.myhuaweicloud.com:443", "auth": "Basic dXNlcjpwYXNzIHdvcmQ="})
        ]
    );
    // The proxy connects to the same server for any name, and its certificate is not for this one.
    let other = Endpoint::parse("https://swr-api.attacker.example").unwrap();
    let error = service
        .by(network(), other)
        .login(Auth::Key(&permanent_key()))
        .unwrap_err();
    let tls = matches!(error, ApiError::Unreachable(TransportError::Tls { .. }));
    assert!(
        tls && error.to_string().contains("not valid for name"),
        "{error}"
    );
    assert_eq!(service.summary().len(), 1);
}

#[test]
fn an_unusable_proxy_is_an_error_and_not_bypassed() {
    let Some(service) = Service::start() else {
        return;
    };
    let endpoint = Endpoint::parse("https://swr-api.cn-north-4.myhuaweicloud.com").unwrap();
    for (proxy, why) in [
        (
            "socks5://user:word@127.0.0.1:1",
            "only `http://` and `https://`",
        ),
        ("http://user:word@:::", "malformed"),
        ("http://user:word@127.0.0.1:1", "refused"),
    ] {
        let network = Network {
            proxy: Some(proxy.into()),
            certificate_file: Some(service.standin.path("ca.pem")),
            ..Network::default()
        };
        let error = service
            .by(network, endpoint.clone())
            .login(Auth::Key(&permanent_key()))
            .unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, ApiError::Unreachable(_)), "{text}");
        assert!(
            text.contains(why) && !text.contains("word"),
            "{proxy}: {text}"
        );
    }
}

#[test]
fn no_proxy_is_used_for_this_machine() {
    let Some(service) = Service::start() else {
        return;
    };
    let network = Network {
        proxy: Some("http://127.0.0.1:1".into()),
        certificate_file: Some(service.standin.path("ca.pem")),
        ..Network::default()
    };
    let https = Endpoint::parse(&service.standin.url("https")).unwrap();
    for endpoint in [service.endpoint.clone(), https] {
        let login = service
            .by(network.clone(), endpoint)
            .login(Auth::Key(&permanent_key()));
        assert!(login.is_ok(), "{login:?}");
    }
}

#[test]
fn the_network_is_an_argument_and_not_the_processs_environment() {
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        again.env(name, "http://127.0.0.1:1");
        again.env(name.to_lowercase(), "http://127.0.0.1:1");
    }
    again.env_remove("NO_PROXY").env_remove("no_proxy");
    again.env("SSL_CERT_FILE", "/nowhere.pem");
    again.args([
        "--exact",
        "a_certificate_of_a_trusted_authority_is_accepted",
    ]);
    let output = again.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

// -- what goes wrong ------------------------------------------------------------------------------

/// A fault, the start and the end of its error (after the host), and the number of requests.
const FAULTS: [(&str, &str, &str, usize); 15] = [
    (
        "401",
        "refused the credentials: status 401, APIGW.0301",
        "Incorrect IAM authentication information",
        1,
    ),
    (
        "403",
        "refused the credentials: status 403, SVCSTG.SWR.4030001",
        "no permission for swr::createLoginSecret",
        1,
    ),
    (
        "404",
        "does not know",
        "status 404, APIGW.0101: The API does not exist",
        1,
    ),
    (
        "429",
        "is too busy: status 429, APIGW.0308",
        "threshold has been reached",
        2,
    ),
    (
        "500",
        "failed: status 500, SVCSTG.SWR.5000000",
        "internal error",
        1,
    ),
    ("502", "failed: status 502", "Backend unavailable", 2),
    ("503", "failed: status 503", "Backend unavailable", 2),
    ("slow", "did not answer in time", "", 1),
    ("trickle", "did not answer in time", "", 1),
    (
        "garbage",
        "answered with",
        "no JSON of the documented form",
        1,
    ),
    ("not-http", "sent an unexpected answer", "", 1),
    ("redirect", "did not accept the request: status 307", "", 1),
    ("huge", "sent an unexpected answer", "too large", 1),
    (
        "endless-headers",
        "sent an unexpected answer",
        "too large",
        1,
    ),
    ("echo", "refused the credentials: status 403", "", 1),
];

#[test]
fn every_fault_is_reported_in_time_without_a_secret() {
    let Some(service) = Service::start() else {
        return;
    };
    let key = temporary_key();
    for (fault, begin, end, attempts) in FAULTS {
        service.behave(&json!({ "fault": fault }));
        let before = service.standin.requests().len();
        let start = Instant::now();
        let error = service
            .run_within(Duration::from_secs(2), |api| {
                secret::temporary_login(api, &service.asked(), Auth::TemporaryKey(&key))
            })
            .unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(8), "{fault}: {error}");
        let text = error.to_string();
        let what = text.split_once("` ").unwrap().1;
        assert!(
            what.starts_with(begin) && what.ends_with(end),
            "{fault}: {text}"
        );
        assert_eq!(
            service.standin.requests().len() - before,
            attempts,
            "{fault}: {text}"
        );
        assert_eq!(error.is_refusal(), matches!(fault, "401" | "403" | "echo"));
        let debug = format!("{error:?}");
        for secret in [
            key.key.ak.as_str(),
            key.key.sk.expose(),
            key.security_token.expose(),
            "Signature=",
        ] {
            assert!(
                !text.contains(secret) && !debug.contains(secret),
                "{fault}: {text}"
            );
        }
    }
}

#[test]
fn a_broken_connection_is_retried() {
    let Some(service) = Service::start() else {
        return;
    };
    for fault in ["cut", "hang-up"] {
        service.behave(&json!({ "fault": fault }));
        let error = service.login(Auth::Key(&permanent_key())).unwrap_err();
        let broken = matches!(error, ApiError::Unreachable(TransportError::Broken { .. }));
        assert!(broken, "{fault}: {error:?}");
    }
    assert_eq!(service.summary().len(), 4);
    for fault in ["cut", "hang-up", "429", "502", "503"] {
        service.behave(&json!({"fault": fault, "times": 1}));
        let login = service.login(Auth::Key(&permanent_key()));
        assert!(login.is_ok(), "{fault}: {login:?}");
    }
}

#[test]
fn retry_after_is_followed_within_the_deadline() {
    let Some(service) = Service::start() else {
        return;
    };
    service.behave(&json!({"fault": "429", "times": 1, "retry_after": 1}));
    let start = Instant::now();
    assert!(service.login(Auth::Key(&permanent_key())).is_ok());
    assert!(start.elapsed() >= Duration::from_secs(1));
    service.behave(&json!({"fault": "429", "times": 1, "retry_after": 60}));
    let throttled = service.login(Auth::Key(&permanent_key()));
    assert!(
        matches!(throttled, Err(ApiError::Throttled { .. })),
        "{throttled:?}"
    );
}

#[test]
fn a_wrong_clock_is_not_a_wrong_key() {
    let Some(service) = Service::start() else {
        return;
    };
    for (skew, said) in [(3690, "61 minutes behind"), (-3690, "61 minutes ahead")] {
        service.behave(&json!({ "skew": skew }));
        let error = service.login(Auth::Key(&permanent_key())).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, ApiError::ClockSkew { .. }), "{text}");
        assert!(
            text.contains(said) && text.contains("signature expired"),
            "{text}"
        );
    }
    service.behave(&json!({ "skew": 600 }));
    assert!(service.login(Auth::Key(&permanent_key())).is_ok());
}

#[test]
fn nothing_is_sent_after_the_deadline() {
    let Some(service) = Service::start() else {
        return;
    };
    let late = service.run_within(Duration::ZERO, |api| {
        secret::temporary_login(api, &service.asked(), Auth::Key(&permanent_key()))
    });
    let timeout = matches!(
        &late,
        Err(ApiError::Unreachable(TransportError::Timeout { .. }))
    );
    assert!(timeout, "{late:?}");
    assert_eq!(service.standin.requests(), [] as [Value; 0]);
}

#[test]
fn a_token_cannot_bring_a_header_of_its_own() {
    let Some(service) = Service::start() else {
        return;
    };
    let token = Secret::from("token\r\nX-Auth-Token: other");
    let error = service.login(Auth::Token(&token)).unwrap_err();
    let malformed = matches!(
        error,
        ApiError::Unreachable(TransportError::Malformed { .. })
    );
    assert!(malformed && !error.to_string().contains("other"), "{error}");
    assert_eq!(service.standin.requests(), [] as [Value; 0]);
}

#[test]
fn a_closed_port_is_a_failed_connection() {
    // Port 1 of this machine: nothing listens there.
    let endpoint = Endpoint::parse("http://127.0.0.1:1").unwrap();
    let client = Client::new(Network::default());
    let api = Api {
        transport: &client,
        now: now(),
        deadline: Instant::now() + Duration::from_secs(2),
    };
    let error = metadata::agency_key(&api, &endpoint, metadata::LIMIT).unwrap_err();
    let connect = matches!(error, ApiError::Unreachable(TransportError::Connect { .. }));
    assert!(connect, "{error}");
}

// -- helpers --------------------------------------------------------------------------------------

/// A stand-in, and a client for it.
struct Service {
    standin: std::rc::Rc<Standin>,
    client: Client,
    endpoint: Endpoint,
}

impl Service {
    fn start() -> Option<Self> {
        let standin = Standin::start()?;
        let endpoint = Endpoint::parse(&standin.url("http")).unwrap();
        Some(Self {
            standin: standin.into(),
            client: Client::new(Network::default()),
            endpoint,
        })
    }

    /// Returns another client for the same stand-in.
    fn by(&self, network: Network, endpoint: Endpoint) -> Self {
        Self {
            standin: self.standin.clone(),
            client: Client::new(network),
            endpoint,
        }
    }

    fn behave(&self, control: &Value) {
        self.standin.behave(control);
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            endpoint: &self.endpoint,
            project: PROJECT,
            project_id: None,
            hosts: &[HOST],
            enhanced: false,
        }
    }

    fn run<T>(&self, call: impl FnOnce(&Api) -> T) -> T {
        self.run_within(Duration::from_secs(20), call)
    }

    fn run_within<T>(&self, limit: Duration, call: impl FnOnce(&Api) -> T) -> T {
        let deadline = Instant::now() + limit;
        call(&Api {
            transport: &self.client,
            now: now(),
            deadline,
        })
    }

    fn login(&self, auth: Auth) -> Result<TemporaryLogin, ApiError> {
        self.run(|api| secret::temporary_login(api, &self.asked(), auth))
    }

    fn agency_key(&self) -> Result<Option<TemporaryKey>, ApiError> {
        self.run(|api| metadata::agency_key(api, &self.endpoint, metadata::LIMIT))
    }

    /// Returns the requests in short form; fails if the stand-in found one of them malformed.
    #[track_caller]
    fn summary(&self) -> Vec<String> {
        let short = |request: Value| {
            assert_eq!(request["problem"], Value::Null, "{request}");
            let text = |key: &str| request[key].as_str().unwrap_or_default().to_owned();
            format!(
                "{} {}?{} by {}: {}",
                text("method"),
                text("path"),
                text("query"),
                text("signer"),
                request["status"]
            )
        };
        self.standin.requests().into_iter().map(short).collect()
    }
}

fn permanent_key() -> AccessKey {
    AccessKey {
        ak: AK.into(),
        sk: SK.into(),
    }
}

fn temporary_key() -> TemporaryKey {
    TemporaryKey {
        key: AccessKey {
            ak: OTHER_AK.into(),
            sk: OTHER_SK.into(),
        },
        security_token: "EXAMPLE-SECURITY-TOKEN".into(),
        expires: None,
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_secs()
}

#[track_caller]
fn assert_about(moment: Option<u64>, later: u64) {
    let moment = moment.expect("a moment");
    assert!(moment.abs_diff(now() + later) < 30, "{moment}");
}

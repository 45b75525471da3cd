//! The program as a kubelet's credential provider.
#![cfg(all(target_os = "linux", feature = "cloud"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::cloud::{self, LOGIN, PASSWORD, TEMPORARY_AK};
use support::sample::{AK, HOST, LOGIN_KEY, SK};
use support::service_account::{
    self, CCE_AUDIENCE, CLUSTER, OIDC_AUDIENCE, PROVIDER, agency, token,
};
use support::standin::Standin;
use support::{Outcome, SHORT, Sandbox, helper_binary, python, run};

const VERSIONS: [&str; 3] = [
    "credentialprovider.kubelet.k8s.io/v1",
    "credentialprovider.kubelet.k8s.io/v1beta1",
    "credentialprovider.kubelet.k8s.io/v1alpha1",
];

const IMAGE: &str = "swr.cn-north-4.myhuaweicloud.com/org/app";
const SECRET: &str = "POST /v2/manage/utils/secret?projectname=cn-north-4";
const OIDC: &str = "POST /v5/agencies/assume-with-oidc: 200";
const PROVIDER_URN: &str = "DOCKER_CREDENTIAL_SWR_POD_PROVIDER_URN";
const AGENCY_URN: &str = "DOCKER_CREDENTIAL_SWR_POD_AGENCY_URN";
const POD_CLUSTER: &str = "DOCKER_CREDENTIAL_SWR_POD_CLUSTER";
const WITHOUT_AGENCY: &str = "DOCKER_CREDENTIAL_SWR_POD_WITHOUT_AGENCY";
const ANNOTATION: &str = "swr.huaweicloud.com/agency-urn";
const PROVIDER_ANNOTATION: &str = "swr.huaweicloud.com/provider-urn";
const IDENTITY_ANNOTATION: &str = "swr.huaweicloud.com/pod-identity";
const SPREAD: &str = "DOCKER_CREDENTIAL_SWR_SPREAD";

// -- a permanent key, and nothing around it -------------------------------------------------------

#[test]
fn an_empty_environment_with_a_key_is_enough() {
    let node = Bare::new();
    for version in VERSIONS {
        let outcome = node.ask(&request(version, IMAGE));
        let expected = json!({
            "kind": "CredentialProviderResponse",
            "apiVersion": version,
            "cacheKeyType": "Registry",
            "cacheDuration": "1h0m0s",
            "auth": {HOST: {"username": format!("cn-north-4@{AK}"), "password": LOGIN_KEY}},
        });
        assert_eq!(answer(&outcome), expected);
        assert_eq!(outcome.stderr, "");
        conforms(&outcome.stdout);
    }
}

#[test]
fn the_response_names_host_and_port_as_the_image_does() {
    let node = Bare::new();
    for (image, key) in [
        (
            "swr.eu-west-101.myhuaweicloud.eu/a",
            "swr.eu-west-101.myhuaweicloud.eu",
        ),
        (
            "swr.cn-north-4.myhuaweicloud.com:443/a/b/c",
            "swr.cn-north-4.myhuaweicloud.com:443",
        ),
        (
            "swr.cn-north-4.myhuaweicloud.com",
            "swr.cn-north-4.myhuaweicloud.com",
        ),
    ] {
        let answer = answer(&node.ask(&request(VERSIONS[0], image)));
        let keys: Vec<_> = answer["auth"].as_object().unwrap().keys().collect();
        assert_eq!(keys, [key]);
    }
}

#[test]
fn a_foreign_image_gets_no_login_and_no_error() {
    let node = Bare::new();
    for image in [
        "docker.io/library/nginx",
        "nginx",
        "swr.cn-north-4.myhuaweicloud.com:5000/org/app",
        "swr.cn-north-4.myhuaweicloud.com.evil.example/org/app",
        "evil.example/swr.cn-north-4.myhuaweicloud.com/org/app",
        "xswr.cn-north-4.myhuaweicloud.com/org/app",
        "swr.cn-north-4.myhuaweicloud.com@evil.example/org/app",
        "http://swr.cn-north-4.myhuaweicloud.com/org/app",
        "swr.eu-de.otc.t-systems.com.evil/org",
        "[::1]:5000/org/app",
    ] {
        for version in VERSIONS {
            let outcome = node.ask(&request(version, image));
            let expected = json!({
                "kind": "CredentialProviderResponse",
                "apiVersion": version,
                "cacheKeyType": "Registry",
                "cacheDuration": "0s",
                "auth": null,
            });
            assert_eq!(answer(&outcome), expected, "{image}");
            assert_eq!(outcome.stderr, "");
            conforms(&outcome.stdout);
        }
    }
}

#[test]
fn no_look_alike_of_a_host_gets_a_login() {
    let node = Bare::new();
    let table = include_str!("data/look-alikes.txt");
    let hosts = table
        .lines()
        .filter_map(|line| line.strip_prefix("missing "));
    let mut asked = 0;
    for host in hosts.filter(|host| !host.contains(['\\', ' '])).take(60) {
        let outcome = node.ask(&request(VERSIONS[0], &format!("{host}/org/app")));
        assert!(!outcome.stdout.contains(LOGIN_KEY), "{host}");
        asked += 1;
    }
    assert_eq!(asked, 60);
}

#[test]
fn a_malformed_request_fails_with_one_line_on_stderr() {
    let node = Bare::new();
    for (stdin, why) in [
        (String::new(), "is not a CredentialProviderRequest"),
        (HOST.to_owned(), "is not a CredentialProviderRequest"),
        (
            request("credentialprovider.kubelet.k8s.io/v2", IMAGE),
            "version is not v1, v1beta1 or v1alpha1",
        ),
        (request(VERSIONS[0], ""), "names no image"),
        (
            request(VERSIONS[0], IMAGE).replace("Request", "Response"),
            "is not of the kind CredentialProviderRequest",
        ),
        (
            with_token(VERSIONS[1], IMAGE, "eyTOKEN", &[]),
            "a service account token, which only v1 has",
        ),
    ] {
        let outcome = node.ask(&stdin);
        fails(&outcome, why);
        assert!(!outcome.stderr.contains("eyTOKEN"));
    }
}

#[test]
fn without_arguments_any_other_name_means_kubelet() {
    let node = Bare::new();
    let other = node.folder.path().join("swr-credential-provider");
    std::os::unix::fs::symlink(helper_binary(), &other).unwrap();
    let asked = run(
        &mut node.command(&other, &[]),
        request(VERSIONS[2], IMAGE),
        SHORT,
    );
    assert_eq!(answer(&asked)["auth"][HOST]["password"], LOGIN_KEY);
    let own = run(
        &mut node.command(&helper_binary(), &[]),
        request(VERSIONS[2], IMAGE),
        SHORT,
    );
    assert!(own.fails().contains("Usage:"));
    let docker = run(&mut node.command(&other, &["get"]), HOST, SHORT);
    assert!(docker.ok().contains("\"Secret\""), "{docker:?}");
}

#[test]
fn a_node_without_a_key_for_the_registry_says_so() {
    let node = Bare::new();
    for image in [
        "swr.eu-de.otc.t-systems.com/org/app",
        "team-1a2b.swr-pro.myhuaweicloud.com/app",
    ] {
        fails(
            &node.ask(&request(VERSIONS[0], image)),
            image.split('/').next().unwrap(),
        );
    }
}

#[test]
fn an_incomplete_key_fails_and_does_not_fall_back() {
    let mut node = Bare::new();
    node.set("HUAWEICLOUD_SDK_SK", "");
    fails(
        &node.ask(&request(VERSIONS[0], IMAGE)),
        "HUAWEICLOUD_SDK_SK",
    );
}

#[test]
fn a_key_in_files_and_a_systemd_credential_serve_a_node() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    };
    let (ak, sk) = (file("ak", AK), file("sk", &format!("{SK}\n")));
    let empty = || {
        let mut node = Bare::new();
        node.set("HUAWEICLOUD_SDK_AK", "");
        node.set("HUAWEICLOUD_SDK_SK", "");
        node
    };
    let mut by_files = empty();
    by_files.set("HUAWEICLOUD_SDK_AK_FILE", ak.to_str().unwrap());
    by_files.set("HUAWEICLOUD_SDK_SK_FILE", sk.to_str().unwrap());
    let mut by_systemd = empty();
    by_systemd.set("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap());
    for node in [by_files, by_systemd] {
        let answer = answer(&node.ask(&request(VERSIONS[0], IMAGE)));
        assert_eq!(answer["auth"][HOST]["password"], LOGIN_KEY);
    }
}

// -- temporary logins -----------------------------------------------------------------------------

#[test]
fn a_temporary_login_is_cached_for_half_its_remaining_life() {
    let Some(mut node) = Node::start() else {
        return;
    };
    cloud::use_temporary_key(&mut node.sandbox);
    for (lifetime, least, most) in [(json!(7200), 3590, 3600), (json!(null), 0, 0)] {
        node.standin.behave(&json!({"lifetime": lifetime}));
        node.forget();
        let outcome = node.ask(&request(VERSIONS[0], IMAGE));
        let answer = answer(&outcome);
        assert_eq!(
            answer["auth"][HOST],
            json!({"username": LOGIN, "password": PASSWORD})
        );
        let seconds = seconds(&answer);
        assert!((least..=most).contains(&seconds), "{answer}");
        conforms(&outcome.stdout);
    }
    node.set("DOCKER_CREDENTIAL_SWR_CACHE", "off");
    node.standin.behave(&json!({}));
    let answer = answer(&node.ask(&request(VERSIONS[0], IMAGE)));
    assert_eq!(
        answer["cacheDuration"], "0s",
        "a person wants nothing to be kept"
    );
}

#[test]
fn a_cached_login_keeps_its_expiry() {
    let Some(mut node) = Node::start() else {
        return;
    };
    if !node.has_cache() {
        return;
    }
    cloud::use_temporary_key(&mut node.sandbox);
    node.standin.behave(&json!({"lifetime": 7200}));
    let first = answer(&node.ask(&request(VERSIONS[0], IMAGE)));
    let second = answer(&node.ask(&request(VERSIONS[1], IMAGE)));
    assert_eq!(first["auth"], second["auth"]);
    assert!(
        seconds(&first).abs_diff(seconds(&second)) <= 5,
        "{first} {second}"
    );
    assert_eq!(node.calls(), [format!("{SECRET} by {TEMPORARY_AK}: 200")]);
}

#[test]
fn the_agency_of_the_server_serves_a_node() {
    let Some(mut node) = Node::start() else {
        return;
    };
    node.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "environment,agency");
    let found = answer(&node.ask(&request(VERSIONS[0], IMAGE)));
    assert_eq!(found["auth"][HOST]["password"], PASSWORD);
    node.standin.behave(&json!({"agency": false}));
    node.forget();
    let outcome = node.ask(&request(VERSIONS[0], IMAGE));
    fails(&outcome, "this server has no agency");
}

#[test]
fn a_failing_or_slow_service_ends_in_one_line_and_in_time() {
    let Some(mut node) = Node::start() else {
        return;
    };
    cloud::use_temporary_key(&mut node.sandbox);
    node.standin.behave(&json!({"fault": "echo"}));
    fails(
        &node.ask(&request(VERSIONS[0], IMAGE)),
        "refused the credentials",
    );
    node.forget();
    node.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "2");
    let start = Instant::now();
    node.standin.behave(&json!({"fault": "slow"}));
    fails(
        &node.ask(&request(VERSIONS[0], IMAGE)),
        "did not answer in time",
    );
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn fifty_kubelets_at_once_make_one_call() {
    let Some(mut node) = Node::start() else {
        return;
    };
    if !node.has_cache() {
        return;
    }
    cloud::use_temporary_key(&mut node.sandbox);
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let node = &node;
        let asked = |number: usize| {
            let image = format!("{HOST}/org/app-{number}");
            move || node.ask(&request(VERSIONS[0], &image))
        };
        let threads: Vec<_> = (0..50).map(|number| scope.spawn(asked(number))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    for outcome in &outcomes {
        assert_eq!(answer(outcome)["auth"][HOST]["password"], PASSWORD);
    }
    assert_eq!(node.calls(), [format!("{SECRET} by {TEMPORARY_AK}: 200")]);
}

#[test]
fn a_busy_service_is_asked_again_later() {
    let Some(mut node) = Node::start() else {
        return;
    };
    cloud::use_temporary_key(&mut node.sandbox);
    node.standin.behave(&json!({"fault": "429", "times": 4}));
    let found = answer(&node.ask(&request(VERSIONS[0], IMAGE)));
    assert_eq!(found["auth"][HOST]["password"], PASSWORD);
    let calls = node.calls();
    assert_eq!(calls.len(), 5, "{calls:?}");
    node.forget();
    node.standin.behave(&json!({"fault": "401", "times": 4}));
    fails(
        &node.ask(&request(VERSIONS[0], IMAGE)),
        "refused the credentials",
    );
    assert_eq!(node.calls().len(), 6, "a refusal is never asked for again");
}

#[test]
fn a_spread_puts_the_first_call_off_once_and_no_login_that_needs_none() {
    let Some(mut node) = Node::start() else {
        return;
    };
    node.set(SPREAD, "30");
    node.set(PROVIDER_URN, PROVIDER);
    let delays = |node: &Node| {
        let trace = std::fs::read_to_string(node.sandbox.path(cloud::TRACE)).unwrap();
        let lines = trace.lines().filter_map(|line| {
            let (_, rest) = line.split_once("api: the first call is in ")?;
            rest.strip_suffix(" ms")?.parse().ok()
        });
        lines.collect::<Vec<u64>>()
    };
    // A pod needs two services, and waits before the first of them alone.
    let urn = agency("team-a");
    let token = token("team-a", "pod", OIDC_AUDIENCE);
    let asked = with_token(VERSIONS[0], IMAGE, &token, &[(ANNOTATION, &urn)]);
    let start = Instant::now();
    let found = answer(&node.ask(&asked));
    assert_eq!(
        found["auth"][HOST]["username"],
        "cn-north-4@PODOFTEAMA0000000001LOGIN"
    );
    let [delay] = delays(&node)[..] else {
        panic!("{:?}", delays(&node));
    };
    assert!(delay <= 30_000, "{delay}");
    assert!(start.elapsed() >= Duration::from_millis(delay));
    // From the cache, and of a permanent key, there is no call to put off.
    if node.has_cache() {
        assert_eq!(answer(&node.ask(&asked))["auth"], found["auth"]);
    }
    node.set("HUAWEICLOUD_SDK_AK", AK);
    node.set("HUAWEICLOUD_SDK_SK", SK);
    let found = answer(&node.ask(&request(VERSIONS[0], IMAGE)));
    assert_eq!(found["auth"][HOST]["password"], LOGIN_KEY);
    assert_eq!(delays(&node).len(), 1);
    node.set(SPREAD, "31");
    fails(&node.ask(&request(VERSIONS[0], IMAGE)), SPREAD);
}

// -- the identity of the pod ----------------------------------------------------------------------

#[test]
fn a_pod_pulls_as_the_agency_that_its_account_names() {
    let Some(mut node) = Node::start() else {
        return;
    };
    node.set(PROVIDER_URN, PROVIDER);
    let ask = |node: &Node, namespace: &str| {
        let urn = agency(namespace);
        let token = token(namespace, "pod", OIDC_AUDIENCE);
        node.ask(&with_token(
            VERSIONS[0],
            IMAGE,
            &token,
            &[(ANNOTATION, &urn)],
        ))
    };
    for (namespace, user) in [
        ("team-a", "cn-north-4@PODOFTEAMA0000000001LOGIN"),
        ("team-b", "cn-north-4@PODOFTEAMB0000000001LOGIN"),
        ("team-a", "cn-north-4@PODOFTEAMA0000000001LOGIN"),
    ] {
        let outcome = ask(&node, namespace);
        assert_eq!(answer(&outcome)["auth"][HOST]["username"], user);
        conforms(&outcome.stdout);
    }
    node.standin
        .behave(&json!({"fault": "echo", "path": "/v5"}));
    node.forget();
    fails(&ask(&node, "team-a"), "refused the credentials");
}

#[test]
fn one_pods_login_is_never_given_to_another() {
    let Some(mut node) = Node::start() else {
        return;
    };
    if !node.has_cache() {
        return;
    }
    node.set(PROVIDER_URN, PROVIDER);
    let (a, b) = (agency("team-a"), agency("team-b"));
    let ours = token("team-a", "one", OIDC_AUDIENCE);
    let sister = token("team-a", "two", OIDC_AUDIENCE);
    let theirs = token("team-b", "one", OIDC_AUDIENCE);
    let forged = service_account::forged("team-a", "one", OIDC_AUDIENCE);
    let ask = |token: &str, urn: &str| {
        node.ask(&with_token(VERSIONS[0], IMAGE, token, &[(ANNOTATION, urn)]))
    };
    for token in [&ours, &ours, &sister] {
        let found = answer(&ask(token, &a));
        assert_eq!(
            found["auth"][HOST]["username"],
            "cn-north-4@PODOFTEAMA0000000001LOGIN"
        );
    }
    let login = format!("{SECRET} by PODOFTEAMA0000000001: 200");
    assert_eq!(
        node.calls(),
        [OIDC, &login, OIDC, &login],
        "each token is exchanged once"
    );
    // With the logins of team-a in the cache, no other token and no other agency gets one of them.
    for (token, urn) in [(&theirs, &a), (&ours, &b), (&forged, &a)] {
        let outcome = ask(token, urn);
        fails(&outcome, "refused the credentials");
    }
    let node_itself = node.ask(&request(VERSIONS[0], IMAGE));
    fails(&node_itself, "this node has no access key for");
}

/// Whatever differs, another login is answered or none: nothing that is kept is found by a part of
/// what led to it.
#[test]
fn a_login_is_answered_again_only_where_everything_is_the_same() {
    let Some(mut node) = Node::start() else {
        return;
    };
    if !node.has_cache() {
        return;
    }
    node.set(PROVIDER_URN, PROVIDER);
    let url = node.standin.url("http");
    node.set("HUAWEICLOUD_SDK_REGION_SWR_CN_NORTH_1", &url);
    let token = token("team-a", "one", OIDC_AUDIENCE);
    let urn = agency("team-a");
    let usual = [(ANNOTATION, &*urn)];
    let first = node.ask(&with_token(VERSIONS[0], IMAGE, &token, &usual));
    let seen = node.calls().len();
    let again = node.ask(&with_token(VERSIONS[0], IMAGE, &token, &usual));
    assert_eq!(answer(&first)["auth"], answer(&again)["auth"]);
    assert_eq!(node.calls().len(), seen, "this is in the cache");

    // The same token for another registry brings that one's own login, with calls of its own.
    let other = "swr.cn-north-1.myhuaweicloud.com";
    let image = format!("{other}/org/app");
    node.standin.behave(&json!({"hosts": [HOST, other]}));
    let found = answer(&node.ask(&with_token(VERSIONS[0], &image, &token, &usual)));
    let keys: Vec<_> = found["auth"].as_object().unwrap().keys().collect();
    assert_eq!(keys, [other]);
    assert_eq!(found["cacheKeyType"], "Registry");
    let calls = node.calls();
    let secret = "POST /v2/manage/utils/secret?projectname=cn-north-1 by PODOFTEAMA0000000001: 200";
    assert_eq!(calls[seen..], [OIDC, secret]);

    node.standin.behave(&json!({}));

    // Another provider, another agency, and what is the same only where one part runs into the
    // next.
    let (longer, shorter) = (format!("{urn}x"), &urn[..urn.len() - 1]);
    let (head, last) = token.split_at(token.len() - 1);
    for (token, annotations) in [
        (
            &*token,
            vec![
                (ANNOTATION, &*urn),
                (PROVIDER_ANNOTATION, "iam::0a1b:oidcProvider:cluster"),
            ],
        ),
        (&token, vec![(ANNOTATION, &longer)]),
        (&token, vec![(ANNOTATION, shorter)]),
        (&format!("{token}{last}"), usual.to_vec()),
        (head, usual.to_vec()),
        (&format!("{token} "), usual.to_vec()),
        (&token.to_uppercase(), usual.to_vec()),
    ] {
        let outcome = node.ask(&with_token(VERSIONS[0], IMAGE, token, &annotations));
        assert_eq!(outcome.code, Some(1), "{annotations:?}: {outcome:#?}");
        assert_eq!(outcome.stdout, "", "{annotations:?}");
    }
    // Who brings no token is the node, whatever annotations come with nothing.
    let none = with_token(VERSIONS[0], IMAGE, "", &usual);
    fails(&node.ask(&none), "this node has no access key for");
}

#[test]
fn by_cce_and_by_oidc_a_token_brings_logins_of_their_own() {
    let Some(mut node) = Node::start() else {
        return;
    };
    node.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "agency");
    node.set(PROVIDER_URN, PROVIDER);
    node.set(POD_CLUSTER, CLUSTER);
    let ask = |namespace: &str, audience: &str, annotations: &[(&str, &str)]| {
        let token = token(namespace, "pod", audience);
        node.ask(&with_token(VERSIONS[0], IMAGE, &token, annotations))
    };
    let urn = agency("team-a");
    let (oidc, cce) = ([(ANNOTATION, &*urn)], [(IDENTITY_ANNOTATION, "cce")]);
    for (namespace, audience, annotations, user) in [
        ("team-a", OIDC_AUDIENCE, &oidc, "PODOFTEAMA0000000001LOGIN"),
        ("team-b", CCE_AUDIENCE, &cce, "PODOFTEAMB0000000001LOGIN"),
        ("team-a", OIDC_AUDIENCE, &oidc, "PODOFTEAMA0000000001LOGIN"),
    ] {
        let found = answer(&ask(namespace, audience, annotations));
        assert_eq!(
            found["auth"][HOST]["username"],
            format!("cn-north-4@{user}")
        );
    }
    // A token for the one is nothing to the other, nor does the node's own login come of it.
    fails(
        &ask("team-b", CCE_AUDIENCE, &oidc),
        "refused the credentials",
    );
    let wrong = ask("team-b", OIDC_AUDIENCE, &cce);
    assert_eq!((wrong.code, &*wrong.stdout), (Some(1), ""), "{wrong:#?}");
    let both = [oidc[0], cce[0]];
    fails(
        &ask("team-b", CCE_AUDIENCE, &both),
        "are both set; remove one of them",
    );
}

#[test]
fn a_pod_gets_its_agency_from_cce() {
    let Some(mut node) = Node::start() else {
        return;
    };
    node.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "agency");
    node.set(POD_CLUSTER, CLUSTER);
    let ask = |namespace: &str, pod: &str| {
        let token = token(namespace, pod, CCE_AUDIENCE);
        node.ask(&with_token(VERSIONS[0], IMAGE, &token, &[]))
    };
    let found = answer(&ask("team-b", "pod"));
    assert_eq!(
        found["auth"][HOST]["username"],
        "cn-north-4@PODOFTEAMB0000000001LOGIN"
    );
    let calls = node.calls();
    assert!(
        calls.iter().any(
            |call| call.contains("assume-agency-for-pod-identity by SERVERAGENCY00000001: 200")
        ),
        "{calls:?}"
    );
    // After each refusal the node's own key is requested anew, which waits for no lock of the same
    // run.
    for pod in 0..32 {
        let outcome = ask("elsewhere", &format!("pod-{pod}"));
        fails(&outcome, "no pod identity association");
    }
}

/// STS tells the key of one pod's agency, and CCE that of another's, with the node's own key.
#[test]
fn a_pods_key_that_was_revoked_is_asked_for_afresh_once() {
    const CCE: &str = "POST /api/v3/projects/0605767b5e00d5762fb4c00a0a2b0d39/clusters/7c8d9e0f-1a2b-3c4d-5e6f-708192a3b4c5/assume-agency-for-pod-identity by QTWAOYTTINDUT2QVKYUC: 200";
    for (variable, value, audience, key) in [
        (AGENCY_URN, &*agency("team-a"), OIDC_AUDIENCE, OIDC),
        (POD_CLUSTER, CLUSTER, CCE_AUDIENCE, CCE),
    ] {
        let Some(mut node) = Node::start() else {
            return;
        };
        if !node.has_cache() {
            return;
        }
        node.set("HUAWEICLOUD_SDK_AK", AK);
        node.set("HUAWEICLOUD_SDK_SK", SK);
        node.set(PROVIDER_URN, PROVIDER);
        node.set(variable, value);
        let token = token("team-a", "pod", audience);
        let pod = with_token(VERSIONS[0], IMAGE, &token, &[]);
        let login = |status| format!("{SECRET} by PODOFTEAMA0000000001: {status}");
        answer(&node.ask(&pod));
        node.with_cache(|cache| cache.forget(&["login:".to_owned()], 0));
        let mut control = json!({"revoked": ["PODOFTEAMA0000000001"], "revoked_before": true});
        node.standin.behave(&control);
        let found = answer(&node.ask(&pod));
        assert_eq!(
            found["auth"][HOST]["username"],
            "cn-north-4@PODOFTEAMA0000000001LOGIN"
        );
        let expected = [key, &login(200), &login(401), key, &login(200)];
        assert_eq!(node.calls(), expected);
        // What is fresh and refused is not asked for again.
        node.forget();
        control["revoked_before"] = json!(false);
        node.standin.behave(&control);
        fails(&node.ask(&pod), "The token must be updated");
        assert_eq!(node.calls()[5..], [key, &login(401)]);
    }
}

#[test]
fn without_an_agency_a_pod_pulls_as_the_node_or_not_at_all() {
    let Some(mut node) = Node::start() else {
        return;
    };
    node.set("HUAWEICLOUD_SDK_AK", AK);
    node.set("HUAWEICLOUD_SDK_SK", SK);
    let token = token("team-a", "pod", OIDC_AUDIENCE);
    let pod = with_token(VERSIONS[0], IMAGE, &token, &[("other/annotation", "x")]);
    let static_pod = request(VERSIONS[0], IMAGE);
    for request in [&pod, &static_pod] {
        assert_eq!(
            answer(&node.ask(request))["auth"][HOST]["password"],
            LOGIN_KEY
        );
    }
    node.set(WITHOUT_AGENCY, "refuse");
    for request in [&pod, &static_pod] {
        fails(&node.ask(request), "may not pull as the node");
    }
    let foreign = with_token(VERSIONS[0], "docker.io/library/nginx", &token, &[]);
    assert_eq!(answer(&node.ask(&foreign))["auth"], Value::Null);
    node.set(PROVIDER_URN, PROVIDER);
    node.set(AGENCY_URN, &agency("team-a"));
    let found = answer(&node.ask(&pod));
    assert_eq!(
        found["auth"][HOST]["username"],
        "cn-north-4@PODOFTEAMA0000000001LOGIN"
    );
}

#[test]
fn no_token_is_sent_for_a_foreign_image() {
    let Some(mut node) = Node::start() else {
        return;
    };
    node.set(PROVIDER_URN, PROVIDER);
    let token = token("team-a", "pod", OIDC_AUDIENCE);
    let urn = agency("team-a");
    for image in [
        "docker.io/library/nginx",
        "swr.cn-north-4.myhuaweicloud.com.evil.example/a",
    ] {
        let asked = with_token(VERSIONS[0], image, &token, &[(ANNOTATION, &urn)]);
        assert_eq!(answer(&node.ask(&asked))["auth"], Value::Null);
    }
    assert_eq!(node.calls(), [""; 0]);
}

// -- helpers --------------------------------------------------------------------------------------

/// A node with only a key in the environment: no home, no bus, no folder.
struct Bare {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Bare {
    fn new() -> Self {
        let variables = [("HUAWEICLOUD_SDK_AK", AK), ("HUAWEICLOUD_SDK_SK", SK)];
        Self {
            folder: tempfile::tempdir().unwrap(),
            variables: variables
                .map(|(name, value)| (name.into(), value.into()))
                .to_vec(),
        }
    }

    /// Of two values, the last one counts.
    fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    fn command(&self, program: &PathBuf, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        command
            .env_clear()
            .envs(variables)
            .args(arguments)
            .current_dir("/");
        command
    }

    fn ask(&self, request: &str) -> Outcome {
        run(
            &mut self.command(&helper_binary(), &["kubelet"]),
            request,
            SHORT,
        )
    }
}

/// A node that reaches only the stand-in.
struct Node {
    sandbox: Sandbox,
    standin: Standin,
    namespace: String,
}

impl Node {
    fn start() -> Option<Self> {
        let standin = Standin::start()?;
        let sandbox = cloud::sandbox(&standin);
        let namespace = sandbox.path("").display().to_string();
        let mut node = Self {
            sandbox,
            standin,
            namespace,
        };
        for variable in [
            "HUAWEICLOUD_SDK_STS_ENDPOINT",
            "HUAWEICLOUD_SDK_REGION_CCE_CN_NORTH_4",
        ] {
            let url = node.standin.url("http");
            node.set(variable, &url);
        }
        let namespace = node.namespace.clone();
        node.set("DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE", &namespace);
        // A busy machine is no failure: only what is tested for its time has less of it.
        node.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "45");
        Some(node)
    }

    fn set(&mut self, name: &str, value: &str) {
        self.sandbox.set(name, value);
    }

    fn ask(&self, request: &str) -> Outcome {
        let outcome = self.sandbox.run(&["kubelet"], request);
        cloud::is_tight(&self.sandbox, &outcome);
        let request: Value = serde_json::from_str(request).unwrap();
        let token = request["serviceAccountToken"].as_str();
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            let trace = std::fs::read_to_string(self.sandbox.path(cloud::TRACE)).unwrap();
            for text in [&outcome.stdout, &outcome.stderr, &trace] {
                assert_eq!(cloud::leak(text, [&token]), None, "{text}");
            }
        }
        outcome
    }

    fn calls(&self) -> Vec<String> {
        cloud::calls_after(&self.standin, 0)
    }

    fn with_cache<T>(
        &self,
        ask: impl FnOnce(&docker_credential_swr::state::cache::Cache<'_>) -> T,
    ) -> T {
        use docker_credential_swr::state::cache::Cache;
        use docker_credential_swr::system::environment::Environment;
        let variables = [("DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE", &*self.namespace)];
        let environment = Environment::from_variables(variables);
        let deadline = environment.deadline(support::SHORT).unwrap();
        ask(&Cache::open(&environment, deadline).unwrap())
    }

    /// Drops cached logins and noted refusals.
    fn forget(&self) {
        self.with_cache(|cache| cache.forget(&[String::new()], 0));
        let _ = std::fs::remove_dir_all(self.sandbox.path("state/docker-credential-swr"));
    }

    fn has_cache(&self) -> bool {
        use docker_credential_swr::state::cache::State;
        let works = self.with_cache(|cache| matches!(cache.state(0), State::Ready { .. }));
        if !works {
            support::skip("the kernel keeps nothing here");
        }
        works
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.with_cache(|cache| cache.forget(&[String::new()], 0));
    }
}

fn request(version: &str, image: &str) -> String {
    json!({"kind": "CredentialProviderRequest", "apiVersion": version, "image": image}).to_string()
}

fn with_token(version: &str, image: &str, token: &str, annotations: &[(&str, &str)]) -> String {
    let annotations: serde_json::Map<String, Value> = annotations
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    json!({
        "kind": "CredentialProviderRequest",
        "apiVersion": version,
        "image": image,
        "serviceAccountToken": token,
        "serviceAccountAnnotations": annotations,
    })
    .to_string()
}

#[track_caller]
fn answer(outcome: &Outcome) -> Value {
    serde_json::from_str(outcome.ok()).unwrap()
}

/// Fails unless the program failed with one line on stderr and nothing on stdout.
#[track_caller]
fn fails(outcome: &Outcome, why: &str) {
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert_eq!(outcome.stdout, "", "{outcome:#?}");
    assert_eq!(outcome.stderr.matches('\n').count(), 1, "{outcome:#?}");
    assert!(outcome.stderr.contains(why), "{outcome:#?}");
}

/// Returns `cacheDuration` in seconds.
fn seconds(answer: &Value) -> u64 {
    let text = answer["cacheDuration"].as_str().unwrap();
    docker_credential_swr::config::kubelet_config::duration::parse(text)
        .unwrap()
        .as_secs()
}

/// Fails unless the answer matches the schema of the kubelet's types.
#[track_caller]
fn conforms(answer: &str) {
    let Some(mut check) = python::script("kubelet/check.py") else {
        return;
    };
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/kubelet/response.schema.json"
    );
    run(check.arg(schema), answer, SHORT).ok();
}

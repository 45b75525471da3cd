use super::*;

const OTHERS: &str = r#"# of this node, ä
apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
  # the first one
  - name: ecr-credential-provider   # of another cloud
    apiVersion: credentialprovider.kubelet.k8s.io/v1
    matchImages:
    - "*.dkr.ecr.*.amazonaws.com"
    defaultCacheDuration: "12h"
    env:
    - {name: HOME, value: "/root"}
    # the end of the first one

  - defaultCacheDuration: 0s
    name: 'other'
    apiVersion: credentialprovider.kubelet.k8s.io/v1alpha1
    matchImages: ["other.example", 'x.*.example:5000/path']

# the end
"#;

fn ours() -> Provider {
    Provider {
        name: "docker-credential-swr".into(),
        api_version: PLUGIN_VERSIONS[0].into(),
        match_images: vec![
            "swr.*.myhuaweicloud.com".into(),
            "*.swr-pro.myhuaweicloud.com".into(),
        ],
        default_cache_duration: "10m".into(),
        args: vec!["kubelet".into()],
        env: vec![(
            "DOCKER_CREDENTIAL_SWR_PROVIDERS".into(),
            "environment,agency".into(),
        )],
        token: None,
    }
}

fn token() -> TokenAttributes {
    TokenAttributes {
        audience: "sts.huaweicloud.com".into(),
        cache_type: "ServiceAccount".into(),
        require_service_account: false,
        required_keys: Vec::new(),
        optional_keys: vec!["swr.huaweicloud.com/agency-urn".into()],
    }
}

fn parse(text: &str) -> KubeletConfig {
    KubeletConfig::parse(Some(text.to_owned())).unwrap_or_else(|why| panic!("{why}:\n{text}"))
}

#[test]
fn a_new_file_has_every_requested_setting() {
    for wanted in [
        ours(),
        Provider {
            token: Some(token()),
            ..ours()
        },
    ] {
        let mut config = KubeletConfig::parse(None).expect("nothing");
        assert_eq!(config.add(&wanted), Ok(Added::New));
        assert_eq!(config.providers(), std::slice::from_ref(&wanted));
        assert_eq!(config.add(&wanted), Ok(Added::Already));
    }
}

#[test]
fn adding_and_removing_leaves_every_other_byte() {
    let json = r#"{"apiVersion":"kubelet.config.k8s.io/v1","kind":"CredentialProviderConfig",
 "providers": [ {"name":"a","apiVersion":"credentialprovider.kubelet.k8s.io/v1","matchImages":["a.example"],
 "defaultCacheDuration":"1m"} ]}"#;
    let no_indent = OTHERS.replace("\n  ", "\n");
    let windows = OTHERS.replace('\n', "\r\n");
    let no_end = OTHERS.split("\n\n# the end").next().expect("a part");
    for text in [OTHERS, json, &no_indent, &windows, no_end] {
        let mut config = parse(text);
        assert_eq!(config.add(&ours()), Ok(Added::New), "{text}");
        let added = config.text().expect("a text").to_owned();
        assert_eq!(added.matches("docker-credential-swr").count(), 1);
        let at = added.find("docker-credential-swr").expect("ours");
        assert!(text.contains(added[..at].lines().next().expect("a line")));
        assert_eq!(config.add(&ours()), Ok(Added::Already));
        assert_eq!(config.remove("docker-credential-swr"), Ok(true));
        let left = config.text().expect("a text");
        assert_eq!(left.trim_end(), text.trim_end(), "{added}");
        assert_eq!(config.remove("docker-credential-swr"), Ok(false));
    }
}

#[test]
fn removing_a_provider_removes_only_its_own_lines() {
    let mut config = parse(OTHERS);
    assert_eq!(config.remove("ecr-credential-provider"), Ok(true));
    let text = config.text().expect("a text");
    assert!(
        text.contains(
            "# the first one\n    # the end of the first one\n\n  - defaultCacheDuration"
        ),
        "{text}"
    );
    let left = config.remove("other").expect_err("the last one");
    assert!(
        left.to_string().contains("does not start without one"),
        "{left}"
    );
}

#[test]
fn an_existing_provider_is_extended() {
    let text = r#"apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
- name: docker-credential-swr # mine
  apiVersion: credentialprovider.kubelet.k8s.io/v1beta1
  defaultCacheDuration: "5m"
  matchImages:
  - "swr.*.myhuaweicloud.com" # the cloud
  - registry.example # another
  env:
  - name: DOCKER_CREDENTIAL_SWR_PROVIDERS
    value: agency # the node's
  - {name: HTTPS_PROXY, value: "http://proxy.example"}
"#;
    let mut config = parse(text);
    let wanted = Provider {
        token: Some(token()),
        ..ours()
    };
    assert_eq!(config.add(&wanted), Ok(Added::Changed));
    let changed = config.text().expect("a text");
    for kept in [
        "# mine\n",
        "# the cloud\n",
        "registry.example # another\n  - \"*.swr-pro",
        "# the node's\n",
        "\"5m\"",
    ] {
        assert!(changed.contains(kept), "{kept}: {changed}");
    }
    let provider = &config.providers()[0];
    assert_eq!(provider.env.len(), 2);
    assert_eq!(provider.env[0].1, "environment,agency");
    assert_eq!(
        (&provider.args, &provider.token),
        (&wanted.args, &wanted.token)
    );
    assert_eq!(provider.api_version, PLUGIN_VERSIONS[0]);
    assert_eq!(config.add(&wanted), Ok(Added::Already));
    assert_eq!(
        config.add(&ours()),
        Ok(Added::Already),
        "what is there stays"
    );
}

#[test]
fn what_a_kubelet_refuses_is_refused_with_the_line() {
    let provider = "  - name: x\n    apiVersion: credentialprovider.kubelet.k8s.io/v1\n    matchImages: [a]\n    \
                    defaultCacheDuration: 1m\n";
    let token = "    tokenAttributes: {serviceAccountTokenAudience: a, cacheType: Token, requireServiceAccount: true}\n";
    let file = |providers: &str| {
        format!(
            "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n{providers}"
        )
    };
    parse(&file(provider));
    parse(&file(&format!("{provider}{token}")));
    let with = |from: &str, to: &str| file(&format!("{provider}{token}").replace(from, to));
    for (text, line, why) in [
        (String::new(), 1, "it is empty"),
        ("a: [".to_owned(), 2, "not YAML"),
        (
            "apiVersion: kubelet.config.k8s.io/v1\nkind: X\nproviders: []\n".to_owned(),
            2,
            "`kind`",
        ),
        (
            "apiVersion: v1\nkind: X\nproviders: []\n".to_owned(),
            1,
            "`apiVersion`",
        ),
        (file("  []\n"), 4, "no provider"),
        (file(&format!("{provider}{provider}")), 8, "same name"),
        (
            file(&format!("{provider}---\n{provider}")),
            8,
            "second document",
        ),
        (with("name: x", "name: ../x"), 4, "`name`"),
        (with("name: x", "name: 1"), 4, "put it into quotes"),
        (with("name: x", "name: x\n    name: y"), 5, "twice"),
        (with("name: x", "name: &x x"), 4, "anchor"),
        (with("name: x", "nome: x"), 4, "does not know this field"),
        (
            with("io/v1\n", "io/v2\n"),
            5,
            "not one of credentialprovider",
        ),
        (with("io/v1\n", "io/v1beta1\n"), 8, "`tokenAttributes`"),
        (with("[a]", "[]"), 6, "no image"),
        (with("[a]", "[\"a b\"]"), 6, "malformed address"),
        (with("[a]", "[\"a:port\"]"), 6, "malformed address"),
        (with("1m", "-1m"), 7, "not a duration"),
        (with("1m", "60"), 7, "put it into quotes"),
        (with("cacheType: Token", "cacheType: Pod"), 8, "`cacheType`"),
        (with("Audience: a", "Audience: ''"), 8, "is empty"),
        (
            with("Account: true}", "Account: maybe}"),
            8,
            "neither true nor false",
        ),
        (
            with(
                "Account: true}",
                "Account: no, requiredServiceAccountAnnotationKeys: [a]}",
            ),
            8,
            "needs",
        ),
        (
            with(
                "true}",
                "true, requiredServiceAccountAnnotationKeys: [a], optionalServiceAccountAnnotationKeys: [a]}",
            ),
            8,
            "twice",
        ),
        (
            with(
                "true}",
                "true, optionalServiceAccountAnnotationKeys: [a/b/c]}",
            ),
            8,
            "malformed",
        ),
        (
            with("[a]", "[a]\n    env: [{name: A, value: true}]"),
            7,
            "put it into quotes",
        ),
        (with("[a]", "[a]\n    args: kubelet"), 7, "not a list"),
    ] {
        let refused = KubeletConfig::parse(Some(text.clone())).expect_err(&text);
        assert!(
            refused.line == line && refused.why.contains(why),
            "{refused}:\n{text}"
        );
    }
}

//! A kubelet's configuration: what is taken can be added to, and what was added goes again without
//! a trace.

use docker_credential_swr::config::kubelet_config::{
    Added, KubeletConfig, PLUGIN_VERSIONS, Provider, TokenAttributes,
};

/// Holds for any bytes in the file.
pub fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match KubeletConfig::parse(Some(text.to_owned())) {
        Ok(config) => assert_eq!(config.text(), Some(text)),
        Err(error) => {
            super::is_one_line(&error.to_string());
            return;
        }
    }
    for token in [false, true] {
        adds_and_removes(text, &ours(token));
    }
}

fn adds_and_removes(before: &str, ours: &Provider) {
    let mut config = parse(before);
    let providers = config.providers().to_vec();
    match config.add(ours) {
        // It is written in a way that is not changed, or too old for tokens.
        Err(error) => {
            super::is_one_line(&error.to_string());
            assert_eq!(config.text(), Some(before));
            return;
        }
        Ok(Added::New) => {
            assert_eq!(config.providers()[..providers.len()], providers);
            assert_eq!(config.providers().last(), Some(ours));
        }
        Ok(Added::Changed | Added::Already) => {
            let ours_there = |provider: &&Provider| provider.name == ours.name;
            let there = config.providers().iter().find(ours_there).expect("ours");
            assert_eq!(there.args, ours.args);
            for pattern in &ours.match_images {
                assert!(there.match_images.contains(pattern));
            }
            assert_eq!(config.add(ours), Ok(Added::Already));
            return;
        }
    }
    assert_eq!(config.add(ours), Ok(Added::Already));
    if config.remove(&ours.name) == Ok(true) {
        assert_eq!(config.providers(), providers);
        // A last line that had no end has one now.
        let after = config.text().expect("a file");
        assert_eq!(after.trim_end(), before.trim_end(), "it left a trace");
    }
}

fn parse(text: &str) -> KubeletConfig {
    KubeletConfig::parse(Some(text.to_owned())).expect("it was taken before")
}

fn ours(token: bool) -> Provider {
    Provider {
        name: "docker-credential-swr".into(),
        api_version: PLUGIN_VERSIONS[0].into(),
        match_images: vec!["swr.*.myhuaweicloud.com".into(), "a.example:5000".into()],
        default_cache_duration: "10m".into(),
        args: vec!["kubelet".into()],
        env: vec![("A".into(), "1: #\"'".into())],
        token: token.then(|| TokenAttributes {
            audience: "a".into(),
            cache_type: "ServiceAccount".into(),
            require_service_account: false,
            required_keys: Vec::new(),
            optional_keys: vec!["a.example/b".into()],
        }),
    }
}

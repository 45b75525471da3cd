//! Server URLs: what parses has an address of a few plain bytes, and every way to write it is the
//! same registry.

use docker_credential_swr::model::registry::{CLOUDS, Kind, Registry, is_project, is_region};

const MORE_CLOUDS: [&str; 2] = ["hcs.example.org", "eu"];

/// Holds for any text.
pub fn holds(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let more_clouds = MORE_CLOUDS.map(str::to_owned);
    let parse = |text: &str| Registry::parse(text, &more_clouds);
    let registry = match parse(text) {
        Ok(registry) => registry,
        Err(refusal) => return super::is_one_line(&refusal.to_string()),
    };
    let address = registry.address();
    assert!(address.bytes().all(|byte| matches!(
        byte,
        b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b':' | b'[' | b']'
    )));
    assert!(text.to_ascii_lowercase().contains(address));
    assert_eq!(registry.server_url(), text.trim());
    for form in [
        address.to_owned(),
        address.to_ascii_uppercase(),
        format!(" https://{address}\r\n"),
        format!("HTTPS://{address}/v2/"),
        format!("{address}/org/repo"),
    ] {
        let same = parse(&form).expect("another way to write it");
        assert_eq!(same.address(), address, "{form}");
        assert_eq!(same.kind(), registry.kind(), "{form}");
    }

    match registry.kind() {
        Kind::Swr { region, cloud } => {
            assert_eq!(address, format!("swr.{region}.{cloud}"));
            assert!(is_region(region) && region != "swr-pro");
            is_known(cloud);
            assert_eq!(registry.project([None]), Some(region.as_str()));
        }
        Kind::Enterprise { region, cloud } => {
            let region = region.iter().map(|region| format!("{region}."));
            let behind = format!(".{}{cloud}", region.collect::<String>());
            assert!(address.ends_with(&behind) && address.contains(".swr-pro."));
            is_known(cloud);
        }
        Kind::Other => assert_eq!(registry.project([None]), None),
    }
    if let Some(project) = registry.project([Some(text), Some("cn-north-4_team")]) {
        assert!(is_project(project) || !matches!(registry.kind(), Kind::Swr { .. }));
    }
    // Without the clouds that were added it is another's, or the same.
    let plain = Registry::parse(text, &[]).expect("clouds change no address");
    assert_eq!(plain.address(), address);
}

fn is_known(cloud: &str) {
    assert!(CLOUDS.contains(&cloud) || MORE_CLOUDS.contains(&cloud));
}

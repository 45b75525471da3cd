//! A sandbox in which the stand-in plays Huawei Cloud and no other host can be reached.

use super::platform::write_private;
use super::sample::{self, LOGIN_KEY, SK};
use super::standin::Standin;
use super::{Outcome, Sandbox, make_private_folders};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Besides the sample key, the stand-in knows this permanent one.
pub(crate) const NEW_AK: &str = "NQIZW3SSNRDLT0ZKZANS";
pub(crate) const NEW_SK: &str = "Wn3QykqzsyD5osUFc2hFH6qozqOtV5FvetckJ7fr";
pub(crate) const NEW_LOGIN_KEY: &str =
    "02a8ceaa95db6653c6f033759774d3bcc01be6b97da1c4ce218ef2451630eeb5";

/// To the stand-in, the other sample key is a temporary one.
pub(crate) const TEMPORARY_AK: &str = sample::OTHER_AK;
pub(crate) const TEMPORARY_SK: &str = sample::OTHER_SK;
pub(crate) const SECURITY_TOKEN: &str = "EXAMPLE-SECURITY-TOKEN";

/// The stand-in's temporary login.
pub(crate) const LOGIN: &str = "cn-north-4@TEMPORARYLOGIN000001";
pub(crate) const PASSWORD: &str = "0000000000000000000000000000000000000000temporary-password";

/// Secrets that no verb may show, or parts of them.
const NEVER_SHOWN: [&str; 20] = [
    SK,
    TEMPORARY_SK,
    SECURITY_TOKEN,
    NEW_SK,
    "assumed0role0secret0key00000000000000001",
    "gQpjbi1ub3J0aC00",
    "assumed0five0secret0key00000000000000001",
    "assumed0second0secret0key000000000000001",
    "github0agency0secret0key000000000000001a",
    "federated0user0secret0key00000000000001a",
    "the-token-of-a-job",
    "MIIF4567cD5-cD5-cD5-",
    "token0user0secret0key0000000000000000001",
    "server0agency0secret0key000000000000001a",
    "pod0of0team0a0secret0key0000000000000001",
    "pod0of0team0b0secret0key0000000000000001",
    "correct horse",
    "MIIF0123aB3-aB3-aB3-",
    "metadata-session-token",
    "Egpjbi1ub3J0aC00",
];

/// Secrets that only the answer to a `get` may show.
const LOGINS: [&str; 3] = [PASSWORD, LOGIN_KEY, NEW_LOGIN_KEY];

/// The name of the trace file in the sandbox.
pub(crate) const TRACE: &str = "trace";

/// Returns a sandbox in which every endpoint, that of the metadata service too, is the stand-in.
pub(crate) fn sandbox(standin: &Standin) -> Sandbox {
    let mut sandbox = Sandbox::new();
    for variable in [
        "HUAWEICLOUD_SDK_REGION_SWR_CN_NORTH_4",
        "HUAWEICLOUD_SDK_REGION_SWR_EU_DE",
        "HUAWEICLOUD_SDK_REGION_SWR_EU_WEST_101",
        "HUAWEICLOUD_SDK_IAM_ENDPOINT",
        "HUAWEICLOUD_SDK_STS_ENDPOINT",
        "DOCKER_CREDENTIAL_SWR_METADATA_ENDPOINT",
    ] {
        sandbox.set(variable, standin.url("http"));
    }
    let trace = sandbox.path(TRACE);
    sandbox.set("DOCKER_CREDENTIAL_SWR_TRACE", trace);
    // No variable redirects a stored identity, which reaches the stand-in under the real names.
    with_registries(&mut sandbox, standin);
    sandbox
}

/// Returns a stand-in, and its sandbox with the file store.
pub(crate) fn with_file_store() -> Option<(Standin, Sandbox)> {
    let standin = Standin::start()?;
    let mut sandbox = sandbox(&standin);
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    Some((standin, sandbox))
}

/// Makes the stand-in every registry, too: its proxy leads all names to it, and its certificate is
/// trusted.
fn with_registries(sandbox: &mut Sandbox, standin: &Standin) {
    sandbox.set("HTTPS_PROXY", standin.url("proxy"));
    let file = sandbox.path("config/docker-credential-swr/config.toml");
    if !file.exists() {
        make_private_folders(file.parent().unwrap());
        write_private(&file, &settings(standin, ""));
    }
}

/// Returns settings with this text that trust the stand-in: no variable says whom a stored identity
/// trusts.
pub(crate) fn settings(standin: &Standin, text: &str) -> String {
    format!("ca_file = '{}'\n{text}", standin.path("ca.pem").display())
}

/// Sets a variable of a case; fails if it could lead a request out of the machine.
pub(crate) fn set(sandbox: &mut Sandbox, name: &str, value: &str) {
    let stays = !name.to_ascii_uppercase().contains("PROXY")
        && (!name.contains("ENDPOINT") || value.contains("//127.0.0.1"));
    assert!(stays, "{name} could lead out of the machine");
    sandbox.set(name, value);
}

/// Sets the variables of the temporary key.
pub(crate) fn use_temporary_key(sandbox: &mut Sandbox) {
    for (name, value) in [
        ("HUAWEICLOUD_SDK_AK", TEMPORARY_AK),
        ("HUAWEICLOUD_SDK_SK", TEMPORARY_SK),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", SECURITY_TOKEN),
    ] {
        sandbox.set(name, value);
    }
}

/// Returns the calls that the stand-in received after the first ones, one line each.
#[track_caller]
pub(crate) fn calls_after(standin: &Standin, first: usize) -> Vec<String> {
    let line = |request: &Value| {
        assert_eq!(request["problem"], Value::Null, "{request}");
        let text = |key: &str| request[key].as_str().unwrap_or_default();
        let (method, path, query) = (text("method"), text("path"), text("query"));
        let mark = if query.is_empty() { "" } else { "?" };
        let by = request["signer"].as_str().map(|by| format!(" by {by}"));
        let status = match request["status"].as_str() {
            Some(fault) => fault.to_owned(),
            None => request["status"].to_string(),
        };
        let by = by.unwrap_or_default();
        format!("{method} {path}{mark}{query}{by}: {status}")
    };
    standin.requests().iter().skip(first).map(line).collect()
}

/// Fails if a secret is where none belongs: on stderr, on stdout of a verb that failed, in the
/// trace.
#[track_caller]
pub(crate) fn is_tight(sandbox: &Sandbox, outcome: &Outcome) {
    let trace = std::fs::read_to_string(sandbox.path(TRACE)).unwrap_or_default();
    for (place, text) in [("stderr", &outcome.stderr), ("the trace", &trace)] {
        let found = leak(text, NEVER_SHOWN.iter().chain(&LOGINS));
        assert_eq!(found, None, "{place}: {text}");
    }
    let found = if outcome.code == Some(0) {
        leak(&outcome.stdout, &NEVER_SHOWN)
    } else {
        leak(&outcome.stdout, NEVER_SHOWN.iter().chain(&LOGINS))
    };
    assert_eq!(found, None, "{outcome:#?}");
}

/// Returns the first of `secrets` that `text` holds: as it is, in hex or in base64.
pub(crate) fn leak<'a>(
    text: &str,
    secrets: impl IntoIterator<Item = &'a &'a str>,
) -> Option<&'a str> {
    let lower = text.to_ascii_lowercase();
    secrets.into_iter().copied().find(|secret| {
        text.contains(secret)
            || lower.contains(&hex::encode(secret))
            || in_base64(secret).iter().any(|form| text.contains(form))
    })
}

/// Returns the part of `secret` that is the same in the base64 of any text that holds it, for each
/// of the three places in a group of three bytes where it can begin.
fn in_base64(secret: &str) -> [String; 3] {
    [0, 1, 2].map(|before| {
        let text = STANDARD.encode(format!("{}{secret}", &"\0\0"[..before]));
        let bits = (before + secret.len()) * 8;
        text[(before * 8).div_ceil(6)..bits / 6].to_owned()
    })
}

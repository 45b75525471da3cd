//! The types that docker decodes config.json into. If a value has another type, docker complains
//! and keeps only a part of the file.

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};

use zeroize::Zeroizing;

use super::error::DockerConfigError;
use super::json::Json;
use crate::model::secret::Secret;

enum Shape {
    Text,
    Texts,
    Map(&'static Shape),
    Fields(&'static [(&'static str, Shape)]),
    /// Base64 of a username, a colon and a password.
    Login,
}

use Shape::{Fields, Login, Map, Text, Texts};

/// The fields that every docker since 20.10 decodes to the same types.
const CONFIG: &[(&str, Shape)] = &[
    ("auths", Map(&Fields(AUTH))),
    ("HttpHeaders", Map(&Text)),
    ("psFormat", Text),
    ("imagesFormat", Text),
    ("networksFormat", Text),
    ("pluginsFormat", Text),
    ("volumesFormat", Text),
    ("statsFormat", Text),
    ("detachKeys", Text),
    ("credsStore", Text),
    ("credHelpers", Map(&Text)),
    ("serviceInspectFormat", Text),
    ("servicesFormat", Text),
    ("tasksFormat", Text),
    ("secretFormat", Text),
    ("configFormat", Text),
    ("nodesFormat", Text),
    ("pruneFilters", Texts),
    ("proxies", Map(&Fields(PROXY))),
    ("currentContext", Text),
    ("cliPluginsExtraDirs", Texts),
    ("plugins", Map(&Map(&Text))),
    ("aliases", Map(&Text)),
    ("features", Map(&Text)),
    ("experimental", Text),
];

const AUTH: &[(&str, Shape)] = &[
    ("username", Text),
    ("password", Text),
    ("auth", Login),
    ("email", Text),
    ("serveraddress", Text),
    ("identitytoken", Text),
    ("registrytoken", Text),
];

const PROXY: &[(&str, Shape)] = &[
    ("httpProxy", Text),
    ("httpsProxy", Text),
    ("noProxy", Text),
    ("ftpProxy", Text),
    ("allProxy", Text),
];

/// Checks every value that has a meaning to docker.
pub(super) fn check(json: &Json) -> Result<(), DockerConfigError> {
    let Some(root) = json.root() else {
        return Ok(());
    };
    if !matches!(json.kind(root), b'{' | b'n') {
        return Err(DockerConfigError::NoObject {
            line: json.line(root),
        });
    }
    for member in json.members(root) {
        if let Some((field, shape)) = CONFIG
            .iter()
            .find(|(name, _)| names(json, member.key, name))
        {
            fits(json, member.value, shape).map_err(|(value, wanted)| DockerConfigError::Type {
                line: json.line(value),
                field,
                wanted,
            })?;
        }
    }
    Ok(())
}

/// Whether Go takes `key` for the field `field`: case does not matter, and two letters outside
/// ASCII count as `k` and `s`.
pub(super) fn names(json: &Json, key: usize, field: &str) -> bool {
    let fold = |letter| match letter {
        '\u{212a}' => 'k',
        '\u{17f}' => 's',
        _ => letter.to_ascii_lowercase(),
    };
    json.string(key)
        .is_some_and(|key| key.chars().map(fold).eq(field.chars().map(fold)))
}

/// Returns the first value of a wrong type, and the type it should have.
fn fits(json: &Json, value: usize, shape: &Shape) -> Result<(), (usize, &'static str)> {
    match (shape, json.kind(value)) {
        (_, b'n') | (Text, b'"') => Ok(()),
        (Texts, b'[') => json
            .children(value)
            .try_for_each(|item| fits(json, item, &Text)),
        (Map(of), b'{') => json
            .members(value)
            .iter()
            .try_for_each(|member| fits(json, member.value, of)),
        (Fields(fields), b'{') => json.members(value).iter().try_for_each(|member| {
            match fields
                .iter()
                .find(|(name, _)| names(json, member.key, name))
            {
                Some((_, shape)) => fits(json, member.value, shape),
                None => Ok(()),
            }
        }),
        (Login, b'"') if json.secret(value).is_some_and(|text| is_login(&text)) => Ok(()),
        (Login, _) => Err((value, "the base64 of a username, a colon and a password")),
        (Text, _) => Err((value, "a string")),
        (Texts, _) => Err((value, "a list of strings")),
        (Map(_) | Fields(_), _) => Err((value, "an object")),
    }
}

fn is_login(text: &Secret) -> bool {
    text.is_empty() || user_and_password(text).is_some()
}

/// Decodes a login that docker stores as base64, and splits it at the first colon. Returns `None`
/// for what docker would not accept.
pub(super) fn user_and_password(text: &Secret) -> Option<(Vec<u8>, Zeroizing<Vec<u8>>)> {
    let login = decoded(text)?;
    let colon = login.iter().position(|byte| *byte == b':')?;
    (colon > 0).then(|| {
        let password = Zeroizing::new(login[colon + 1..].to_vec());
        (login[..colon].to_vec(), password)
    })
}

/// Decodes padded base64 as Go does: line ends are skipped, and surplus bits are ignored.
fn decoded(text: &Secret) -> Option<Zeroizing<Vec<u8>>> {
    const GO: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let mut digits = Zeroizing::new(Vec::with_capacity(text.expose().len()));
    let is_digit = |byte: &u8| !matches!(byte, b'\r' | b'\n');
    digits.extend(text.expose().bytes().filter(is_digit));
    GO.decode(&*digits).ok().map(Zeroizing::new)
}

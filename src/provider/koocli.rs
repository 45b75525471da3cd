//! KooCLI's file, `~/.hcloud/config.json`, if its secrets are not encrypted. Terraform's provider
//! reads it too, and its rules hold here.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::error::{ProfileProblem, ProviderError};
use super::files::read;
use super::outside::{credential, identity, place};
use crate::login::Request;
use crate::model::identity::{Credential, Identity};
use crate::model::registry::is_project;
use crate::model::secret::Secret;

/// Terraform's variable for another file.
const FILE: &str = "HW_SHARED_CONFIG_FILE";

/// Terraform's variable for a profile in the file.
const PROFILE: &str = "HW_PROFILE";

pub(super) fn find(request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    let environment = request.environment;
    let named = environment.path(FILE);
    let profile = environment.variable(PROFILE)?;
    let must_be = named.is_some() || profile.is_some();
    let usual = || Some(environment.home()?.join(".hcloud/config.json"));
    let Some(path) = named.or_else(usual) else {
        return Ok(None);
    };
    let Some(text) = read(&path, must_be, environment)? else {
        return Ok(None);
    };
    let Some(found) = parse(&text, profile).map_err(|why| told(&path, why))? else {
        return Ok(None);
    };
    let mut place = place(environment)?;
    place.project_id = place.project_id.or(found.project_id);
    credential(request, found.identity, "HW_PROJECT_NAME", place).map(Some)
}

fn told(path: &Path, why: Wrong) -> ProviderError {
    let path = path.to_owned();
    match why {
        Wrong::Encrypted => ProviderError::KooCliEncrypted { path },
        Wrong::Form(why) => ProviderError::Profile {
            path,
            why: ProfileProblem::Form(why),
        },
    }
}

/// Why the file gives no identity.
#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    Encrypted,
    Form(&'static str),
}

#[derive(Deserialize)]
struct File {
    current: Option<String>,
    #[serde(default)]
    profiles: Vec<Profile>,
    #[serde(rename = "authEncrypt")]
    encrypt: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    name: String,
    mode: Option<String>,
    #[serde(flatten)]
    key: Key,
    project_id: Option<String>,
    sso_auth: Option<SsoAuth>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SsoAuth {
    sts_token: Option<Key>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    access_key_id: Option<String>,
    secret_access_key: Option<Secret>,
    security_token: Option<Secret>,
}

struct Found {
    identity: Identity,
    project_id: Option<String>,
}

fn parse(text: &str, wanted: Option<&str>) -> Result<Option<Found>, Wrong> {
    let file: File = serde_json::from_str(text)
        .map_err(|_| Wrong::Form("it is not JSON as KooCLI writes it"))?;
    let wanted_or_current = wanted.or(file.current.as_deref());
    let Some(name) = wanted_or_current else {
        return Ok(None);
    };
    let profile = file
        .profiles
        .into_iter()
        .find(|profile| profile.name == name);
    let Some(profile) = profile else {
        return match wanted {
            Some(_) => Err(Wrong::Form("it has no profile with the name in HW_PROFILE")),
            None => Ok(None),
        };
    };
    let key = match profile.mode.as_deref() {
        None | Some("AKSK") => profile.key,
        Some("SSO") => profile
            .sso_auth
            .and_then(|sso| sso.sts_token)
            .ok_or(Wrong::Form(
                "its profile has no keys from `hcloud configure sso`",
            ))?,
        Some(_) => {
            return Err(Wrong::Form(
                "the `mode` of its profile is neither AKSK nor SSO",
            ));
        }
    };
    let security_token = key.security_token;
    let (Some(ak), Some(sk)) = (key.access_key_id, key.secret_access_key) else {
        return Ok(None);
    };
    if ak.is_empty() && sk.is_empty() {
        return Ok(None);
    }
    let is_readable = match &file.encrypt {
        Some(Value::Bool(encrypt)) => !encrypt,
        Some(Value::String(encrypt)) => encrypt.eq_ignore_ascii_case("false"),
        _ => false,
    };
    if !is_readable {
        return Err(Wrong::Encrypted);
    }
    let identity = identity(
        &Secret::new(ak),
        sk,
        security_token.filter(|token| !token.is_empty()),
    )
    .map_err(|_| Wrong::Form("the access key of its profile is malformed"))?;
    Ok(Some(Found {
        identity,
        project_id: profile.project_id.filter(|id| is_project(id)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(mode: &str, encrypt: &str, wanted: Option<&str>) -> Result<Option<String>, Wrong> {
        let text = format!(
            r#"{{"current":"default","authEncrypt":{encrypt},"language":"en","profiles":[{{"name":"default","mode":"{mode}",
            "accessKeyId":"AKAKAKAKAK","secretAccessKey":"SKSK","securityToken":"","region":"cn-north-4","projectId":"0a",
            "ssoAuth":{{"stsToken":{{"accessKeyId":"SSO","secretAccessKey":"S","securityToken":"T"}}}}}},
            {{"name":"empty","mode":"AKSK","accessKeyId":"","secretAccessKey":""}}]}}"#
        );
        parse(&text, wanted).map(|found| found.map(|found| found.identity.described()))
    }

    #[test]
    fn the_key_of_the_chosen_profile_is_read_unless_encrypted() {
        let ours = Ok(Some("access key AKAK..AKAK".to_owned()));
        assert_eq!(found("AKSK", "\"false\"", None), ours);
        assert_eq!(found("AKSK", "false", Some("default")), ours);
        let sso = Ok(Some("temporary access key ..".to_owned()));
        assert_eq!(found("SSO", "\"False\"", None), sso);
        assert_eq!(found("AKSK", "\"false\"", Some("empty")), Ok(None));
        for encrypt in ["\"true\"", "true", "null"] {
            assert_eq!(found("AKSK", encrypt, None), Err(Wrong::Encrypted));
        }
        assert!(matches!(
            found("AKSK", "false", Some("other")),
            Err(Wrong::Form(_))
        ));
        assert!(matches!(
            found("ecsAgency", "false", None),
            Err(Wrong::Form(_))
        ));
        assert!(parse("[]", None).is_err() && parse("{}", None).is_ok_and(|none| none.is_none()));
    }
}

//! Identities that an identity provider vouches for, from the variables of Huawei's SDK, of
//! Terraform and of GitHub Actions.
//!
//! As in the SDK, an incomplete set of variables is ignored; doctor warns about it.

use super::files::{read_token_file, value};
use crate::model::agency::{Terms, is_urn};
use crate::model::identity::{FederatedUser, IdToken, Identity, OidcAgency};
use crate::model::secret::Secret;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

const PROVIDER: &str = "HUAWEICLOUD_OIDC_PROVIDER_URN";
const AGENCY: &str = "HUAWEICLOUD_OIDC_AGENCY_URN";
const TOKEN: &str = "HUAWEICLOUD_OIDC_ID_TOKEN";
const TOKEN_FILE: &str = "HUAWEICLOUD_OIDC_TOKEN_FILE";
const SESSION: &str = "HUAWEICLOUD_OIDC_SESSION_NAME";
const DURATION: &str = "HUAWEICLOUD_OIDC_DURATION_SECONDS";
const POLICY: &str = "HUAWEICLOUD_OIDC_POLICY";
const POLICY_IDS: &str = "HUAWEICLOUD_OIDC_POLICY_IDS";

/// The audience of GitHub's ID token. The variable is ours, since the SDK requests no ID tokens.
const AUDIENCE: &str = "HUAWEICLOUD_OIDC_AUDIENCE";

/// The default audience: the host of STS.
const USUAL_AUDIENCE: &str = "sts.huaweicloud.com";

const GITHUB_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const GITHUB_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// The SDK's name for a session.
const USUAL_SESSION: &str = "oidc-sts-session";

/// For IAM v3: the variables for the identity provider, and for the token.
const SDK: [&str; 2] = ["HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE"];
const TERRAFORM: [&str; 3] = [
    "HW_ASSUME_ROLE_IDP_ID",
    "HW_ASSUME_ROLE_ID_TOKEN",
    "HW_ASSUME_ROLE_ID_TOKEN_FILE",
];

/// Returns the agency of IAM v5 that the variables name.
pub(super) fn oidc(environment: &Environment) -> Result<Option<Identity>, SystemError> {
    let (Some(provider), Some(agency)) = (
        environment.variable(PROVIDER)?,
        environment.variable(AGENCY)?,
    ) else {
        return Ok(None);
    };
    let Some(token) = id_token(environment)? else {
        return Ok(None);
    };
    for (name, urn, kind) in [
        (PROVIDER, provider, "oidcProvider"),
        (AGENCY, agency, "agency"),
    ] {
        if !is_urn(urn, kind) {
            let why = format!("is not iam::<account>:{kind}:<name>");
            return Err(SystemError::variable(name, why));
        }
    }
    Ok(Some(Identity::Oidc(Box::new(OidcAgency {
        provider: provider.to_owned(),
        agency: agency.to_owned(),
        terms: terms(environment)?,
        token,
    }))))
}

fn id_token(environment: &Environment) -> Result<Option<IdToken>, SystemError> {
    if let Some(token) = environment.variable(TOKEN)? {
        return given(TOKEN, token).map(|token| Some(IdToken::Given(token)));
    }
    if let Some(path) = environment.path(TOKEN_FILE) {
        return read_token_file(TOKEN_FILE, &path).map(|token| Some(IdToken::Given(token)));
    }
    github(environment, environment.variable(AUDIENCE)?)
}

/// Returns what is needed to request an ID token from GitHub Actions; `None` outside a job that may
/// request one.
pub(super) fn github(
    environment: &Environment,
    audience: Option<&str>,
) -> Result<Option<IdToken>, SystemError> {
    let job = (
        environment.variable(GITHUB_URL)?,
        environment.variable(GITHUB_TOKEN)?,
    );
    let (Some(url), Some(token)) = job else {
        return Ok(None);
    };
    Ok(Some(IdToken::GitHub {
        url: url.to_owned(),
        token: token.into(),
        audience: audience.unwrap_or(USUAL_AUDIENCE).to_owned(),
    }))
}

fn terms(environment: &Environment) -> Result<Terms, SystemError> {
    let text = |name| Ok::<_, SystemError>(environment.variable(name)?.map(str::to_owned));
    let seconds = match environment.variable(DURATION)? {
        None => None,
        Some(text) => match text.parse() {
            Ok(seconds @ 900..=43_200) => Some(seconds),
            _ => {
                let why = "is not a number of seconds from 900 to 43200";
                return Err(SystemError::variable(DURATION, why));
            }
        },
    };
    let ids = environment.variable(POLICY_IDS)?.unwrap_or_default();
    let ids = ids.split(',').map(str::trim).filter(|id| !id.is_empty());
    let terms = Terms {
        session: text(SESSION)?.or(Some(USUAL_SESSION.to_owned())),
        seconds,
        policy: text(POLICY)?,
        policy_ids: ids.map(str::to_owned).collect(),
        external_id: None,
    };
    let checked = terms
        .check_session(false)
        .map_err(|why| SystemError::variable(SESSION, why));
    checked?;
    let policy = Terms {
        policy: terms.policy.clone(),
        ..Terms::default()
    };
    for (name, part) in [(POLICY, &policy), (POLICY_IDS, &terms)] {
        let checked = part.check_policies();
        checked.map_err(|why| SystemError::variable(name, why))?;
    }
    Ok(terms)
}

/// Returns the ID token that a variable holds.
fn given(name: &'static str, text: &str) -> Result<Secret, SystemError> {
    match text.trim() {
        "" => Err(SystemError::variable(name, "holds no ID token")),
        token => Ok(token.into()),
    }
}

/// Returns the federated user of IAM v3 that the SDK's variables name.
pub(super) fn of_sdk(environment: &Environment) -> Result<Option<Identity>, SystemError> {
    let [provider, file] = SDK;
    match (environment.variable(provider)?, environment.path(file)) {
        (Some(id), Some(path)) => federated(provider, id, read_token_file(file, &path)?),
        _ => Ok(None),
    }
}

/// Returns the same from Terraform's variables.
pub(super) fn of_terraform(environment: &Environment) -> Result<Option<Identity>, SystemError> {
    let [provider, token, file] = TERRAFORM;
    let Some(id) = environment.variable(provider)? else {
        return Ok(None);
    };
    match (environment.variable(token)?, environment.path(file)) {
        (Some(text), None) => federated(provider, id, given(token, text)?),
        (None, Some(path)) => federated(provider, id, read_token_file(file, &path)?),
        // This gives the error that both are set.
        (Some(_), Some(_)) => value(environment, token, file).map(|_| None),
        (None, None) => Ok(None),
    }
}

fn federated(
    name: &'static str,
    provider: &str,
    token: Secret,
) -> Result<Option<Identity>, SystemError> {
    if provider.is_empty() || provider.contains(char::is_control) {
        return Err(SystemError::variable(
            name,
            "is not the ID of an identity provider",
        ));
    }
    Ok(Some(Identity::Federated(FederatedUser {
        provider: provider.to_owned(),
        token,
    })))
}

/// Returns the variables that are set but ignored because others are missing, each with what is
/// missing.
pub fn ignored(environment: &Environment) -> Vec<(&'static str, &'static str)> {
    let is_set = |name: &&str| environment.path(name).is_some();
    let has_github = is_set(&GITHUB_URL) && is_set(&GITHUB_TOKEN);
    let has_token = is_set(&TOKEN) || is_set(&TOKEN_FILE) || has_github;
    let oidc = [PROVIDER, AGENCY, TOKEN, TOKEN_FILE];
    let lacks = if !is_set(&PROVIDER) {
        Some(PROVIDER)
    } else if !is_set(&AGENCY) {
        Some(AGENCY)
    } else if !has_token {
        Some(
            "HUAWEICLOUD_OIDC_ID_TOKEN, HUAWEICLOUD_OIDC_TOKEN_FILE or `permissions: id-token: write`",
        )
    } else {
        None
    };
    let mut ignored = Vec::new();
    let first = |names: &[&'static str]| names.iter().copied().find(|name| is_set(name));
    ignored.extend(first(&oidc).zip(lacks));
    for (provider, tokens) in [(SDK[0], &SDK[1..]), (TERRAFORM[0], &TERRAFORM[1..])] {
        match (is_set(&provider), first(tokens)) {
            (true, None) => ignored.push((provider, tokens[tokens.len() - 1])),
            (false, Some(token)) => ignored.push((token, provider)),
            _ => {}
        }
    }
    ignored
}

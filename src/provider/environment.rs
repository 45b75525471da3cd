//! The provider `environment`: the variables of Huawei's SDK, of Terraform and of the OTC tools.
//!
//! The order: an OIDC identity of IAM v5 (as in Huawei's SDK), a token, an IAM user, then the
//! families of access keys. Within a family, an identity provider of IAM v3 comes before the key.
//! AK, SK and security token are never mixed between families. A family of another cloud than the
//! registry's is skipped.

use super::error::ProviderError;
use super::federated;
use super::files::{read_secret_file, value};
use super::outside::{credential, huawei_clouds, identity, missing, place, serves};
use crate::login::Request;
use crate::model::access_key::Malformed;
use crate::model::identity::{Credential, IamUser, Identity, Place, Source};
use crate::model::registry::CLOUDS;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// The variables that hold one access key.
struct Family {
    ak: &'static str,
    ak_file: &'static str,
    sk: &'static str,
    sk_file: &'static str,
    token: &'static str,
    token_file: &'static str,
}

const SDK: Family = Family {
    ak: "HUAWEICLOUD_SDK_AK",
    ak_file: "HUAWEICLOUD_SDK_AK_FILE",
    sk: "HUAWEICLOUD_SDK_SK",
    sk_file: "HUAWEICLOUD_SDK_SK_FILE",
    token: "HUAWEICLOUD_SDK_SECURITY_TOKEN",
    token_file: "HUAWEICLOUD_SDK_SECURITY_TOKEN_FILE",
};

const TERRAFORM: Family = Family {
    ak: "HW_ACCESS_KEY",
    ak_file: "HW_ACCESS_KEY_FILE",
    sk: "HW_SECRET_KEY",
    sk_file: "HW_SECRET_KEY_FILE",
    token: "HW_SECURITY_TOKEN",
    token_file: "HW_SECURITY_TOKEN_FILE",
};

const OTC: Family = Family {
    ak: "OS_ACCESS_KEY",
    ak_file: "OS_ACCESS_KEY_FILE",
    sk: "OS_SECRET_KEY",
    sk_file: "OS_SECRET_KEY_FILE",
    token: "OS_SECURITY_TOKEN",
    token_file: "OS_SECURITY_TOKEN_FILE",
};

/// Looks for one kind of identity.
type Look = fn(&Environment) -> Result<Option<Identity>, SystemError>;

pub(super) fn find(request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    let environment = request.environment;
    let is_huawei = serves_huawei(request)?;
    if is_huawei {
        let huawei: [Look; 7] = [
            federated::oidc,
            token,
            user,
            federated::of_sdk,
            |environment| SDK.key(environment),
            federated::of_terraform,
            |environment| TERRAFORM.key(environment),
        ];
        for look in huawei {
            if let Some(identity) = look(environment)? {
                return Ok(Some(credential(
                    request,
                    identity,
                    "HW_PROJECT_NAME",
                    Place {
                        source: Source::Variables,
                        ..place(environment)?
                    },
                )?));
            }
        }
    }
    if serves_otc(request)?
        && let Some(identity) = OTC.key(environment)?
    {
        return Ok(Some(credential(
            request,
            identity,
            "OS_PROJECT_NAME",
            Place {
                source: Source::Variables,
                ..Place::default()
            },
        )?));
    }
    if is_huawei && let Some(identity) = systemd_key(environment)? {
        return Ok(Some(credential(
            request,
            identity,
            "HW_PROJECT_NAME",
            place(environment)?,
        )?));
    }
    Ok(None)
}

fn serves_huawei(request: &Request<'_>) -> Result<bool, SystemError> {
    Ok(serves(request, &huawei_clouds(request.environment)?))
}

/// `OS_AUTH_URL` looks like `https://iam.eu-de.otc.t-systems.com/v3`: the cloud follows the region.
fn serves_otc(request: &Request<'_>) -> Result<bool, SystemError> {
    let Some(url) = request.environment.variable("OS_AUTH_URL")? else {
        return Ok(serves(request, &CLOUDS[2..]));
    };
    let host = url
        .strip_prefix("https://")
        .unwrap_or(url)
        .split(['/', ':'])
        .next()
        .unwrap_or_default();
    let cloud = host
        .strip_prefix("iam.")
        .and_then(|rest| rest.split_once('.'))
        .map(|(_, cloud)| cloud);
    Ok(cloud.is_some_and(|cloud| serves(request, &[cloud])))
}

fn token(environment: &Environment) -> Result<Option<Identity>, SystemError> {
    Ok(value(environment, "HW_AUTH_TOKEN", "HW_AUTH_TOKEN_FILE")?.map(Identity::Token))
}

/// A domain alone means nothing, because Terraform also wants it beside access keys.
fn user(environment: &Environment) -> Result<Option<Identity>, SystemError> {
    let name = environment.variable("HW_USER_NAME")?;
    let password = value(environment, "HW_USER_PASSWORD", "HW_USER_PASSWORD_FILE")?;
    match (name, password, environment.variable("HW_DOMAIN_NAME")?) {
        (None, None, _) => Ok(None),
        (Some(name), Some(password), Some(domain)) => Ok(Some(Identity::User(IamUser {
            name: name.to_owned(),
            domain: domain.to_owned(),
            password,
        }))),
        (None, Some(_), _) => Err(missing("HW_USER_NAME", "HW_USER_PASSWORD")),
        (Some(_), None, _) => Err(missing("HW_USER_PASSWORD", "HW_USER_NAME")),
        (Some(_), Some(_), None) => Err(missing("HW_DOMAIN_NAME", "HW_USER_NAME")),
    }
}

impl Family {
    fn key(&self, environment: &Environment) -> Result<Option<Identity>, SystemError> {
        let ak = value(environment, self.ak, self.ak_file)?;
        let sk = value(environment, self.sk, self.sk_file)?;
        let token = value(environment, self.token, self.token_file)?;
        let (ak, sk) = match (ak, sk) {
            (None, None) if token.is_some() => return Err(missing(self.ak, self.token)),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(missing(self.sk, self.ak)),
            (None, Some(_)) => return Err(missing(self.ak, self.sk)),
            (Some(ak), Some(sk)) => (ak, sk),
        };
        let identity = identity(&ak, sk, token).map_err(|malformed| {
            let name = match malformed {
                Malformed::Ak | Malformed::SkForAk => self.ak,
                _ => self.sk,
            };
            SystemError::variable(name, format!("belongs to no access key: {malformed}"))
        })?;
        Ok(Some(identity))
    }
}

/// Returns the access key that systemd's `LoadCredential=` provides as the files `ak` and `sk`.
fn systemd_key(environment: &Environment) -> Result<Option<Identity>, SystemError> {
    const NAME: &str = "CREDENTIALS_DIRECTORY";
    let Some(folder) = environment.path(NAME) else {
        return Ok(None);
    };
    let read = |name: &str| {
        let file = folder.join(name);
        match file.try_exists() {
            Ok(false) => Ok(None),
            // If that cannot be known, reading the file gives the error.
            Ok(true) | Err(_) => read_secret_file(NAME, &file).map(Some),
        }
    };
    match (read("ak")?, read("sk")?) {
        (None, None) => Ok(None),
        (Some(ak), Some(sk)) => identity(&ak, sk, None).map(Some).map_err(|malformed| {
            let why = format!("has files `ak` and `sk` that are not an access key: {malformed}");
            SystemError::variable(NAME, why)
        }),
        _ => Err(SystemError::variable(
            NAME,
            "has only one of the files `ak` and `sk`",
        )),
    }
}

//! The provider `profile`: the credentials file of Huawei's SDK, `~/.huaweicloud/credentials`, or
//! else KooCLI's file.
//!
//! The SDK reads the section `[basic]`. Any other section can be named too, and its `type` says
//! what it holds, as in the credentials files of other clouds.

use std::path::{Path, PathBuf};

use super::error::{ProfileProblem, ProviderError};
use super::files::{read, read_token_at};
use super::outside::{credential, huawei_clouds, identity, place, serves};
use super::{federated, koocli};
use crate::config::ini::{Ini, Values};
use crate::login::Request;
use crate::model::agency::{Agency, Parts, Terms, is_urn};
use crate::model::identity::{
    Credential, FederatedUser, IdToken, Identity, OidcAgency, Place, Source,
};
use crate::model::registry::is_project;
use crate::model::secret::Secret;
use crate::system::environment::Environment;

/// The section that the SDK reads the keys of a project from.
const SECTION: &str = "basic";

/// The variable for another file.
const VARIABLE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";

/// The names of all values that a section with a `type` can have, or inherit.
const NAMES: [&str; 20] = [
    "type",
    "enable",
    "project_id",
    "iam_endpoint",
    "ak",
    "sk",
    "security_token",
    "idp_id",
    "id_token_file",
    "agency_urn",
    "agency_name",
    "domain_name",
    "domain_id",
    "session_name",
    "duration_seconds",
    "policy",
    "policy_ids",
    "external_id",
    "provider_urn",
    "audience",
];

/// The variable for a section.
const PROFILE: &str = "DOCKER_CREDENTIAL_SWR_PROFILE";

pub(super) fn find(request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    let environment = request.environment;
    if !serves(request, &huawei_clouds(environment)?) {
        return Ok(None);
    }
    let named = environment.variable(PROFILE)?;
    let section = named.or(request.settings.profile.as_deref());
    let file = environment.path(VARIABLE);
    let must_be = file.is_some() || section.is_some();
    let usual = || Some(environment.home()?.join(".huaweicloud/credentials"));
    let Some(path) = file.or_else(usual) else {
        return Ok(None);
    };
    let found = read(&path, must_be, environment)?
        .map(|text| parse(&text, section))
        .transpose()
        .map_err(|why| ProviderError::Profile {
            path: path.clone(),
            why,
        })?;
    let Some(profile) = found.flatten() else {
        return match section {
            Some(_) => Ok(None),
            None => koocli::find(request),
        };
    };
    let mut usual = place(environment)?;
    usual.project_id = profile.place.project_id.clone().or(usual.project_id);
    usual.iam = profile.place.iam.clone();
    let Some(identity) = profile.identity(environment, &path)? else {
        return of_machine(request, profile, usual);
    };
    Ok(Some(profile.with_agency(credential(
        request,
        identity,
        "HW_PROJECT_NAME",
        usual,
    )?)))
}

#[cfg(feature = "cloud")]
fn of_machine(
    request: &Request<'_>,
    profile: Profile,
    place: Place,
) -> Result<Option<Credential>, ProviderError> {
    let identity = super::agency::unasked(request)?;
    credential(request, identity, "HW_PROJECT_NAME", place)
        .map(|found| Some(profile.with_agency(found)))
}

#[cfg(not(feature = "cloud"))]
fn of_machine(
    _request: &Request<'_>,
    _profile: Profile,
    _place: Place,
) -> Result<Option<Credential>, ProviderError> {
    Err(crate::login::LoginError::NoCloud.into())
}

/// The contents of a section.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// The identity.
    pub who: Who,
    /// The agency to assume with it.
    pub agency: Option<Agency>,
    /// What else the section says.
    pub place: Place,
}

/// The identity that a section describes.
#[derive(Debug, PartialEq, Eq)]
pub enum Who {
    /// An access key, permanent or temporary.
    Key(Identity),
    /// A federated user of IAM v3, with the file of its ID token.
    Federated(String, PathBuf),
    /// An agency that trusts an OIDC identity provider. Without a token file, the token is
    /// requested from GitHub Actions.
    Oidc {
        /// The provider's URN.
        provider: String,
        /// The agency's URN.
        agency: String,
        /// What the temporary key is limited to.
        terms: Terms,
        /// The file of the ID token.
        file: Option<PathBuf>,
        /// The audience of GitHub's token.
        audience: Option<String>,
    },
    /// The agency of this server.
    Machine,
}

impl Profile {
    /// Returns the identity; `None` for the agency of this server.
    fn identity(
        &self,
        environment: &Environment,
        path: &Path,
    ) -> Result<Option<Identity>, ProviderError> {
        let wrong = |why| ProviderError::Profile {
            path: path.to_owned(),
            why: ProfileProblem::Form(why),
        };
        Ok(Some(match &self.who {
            Who::Machine => return Ok(None),
            Who::Key(identity) => identity.clone(),
            Who::Federated(provider, file) => Identity::Federated(FederatedUser {
                provider: provider.clone(),
                token: read_token_at(file)?,
            }),
            Who::Oidc {
                provider,
                agency,
                terms,
                file,
                audience,
            } => Identity::Oidc(Box::new(OidcAgency {
                provider: provider.clone(),
                agency: agency.clone(),
                terms: terms.clone(),
                token: match file {
                    Some(file) => IdToken::Given(read_token_at(file)?),
                    None => federated::github(environment, audience.as_deref())?.ok_or_else(|| {
                        wrong("it has no `id_token_file`, and this is not a job of GitHub Actions with `id-token: write`")
                    })?,
                },
            })),
        }))
    }

    /// Puts the profile's agency before those of settings and variables.
    fn with_agency(self, credential: Credential) -> Credential {
        match credential {
            Credential::Identity {
                identity,
                projects,
                agencies,
                place,
            } => Credential::Identity {
                identity,
                projects,
                agencies: self.agency.into_iter().chain(agencies).collect(),
                place,
            },
            plain => plain,
        }
    }
}

/// Parses a section of a credentials file; without a name, the SDK's section. Returns `None` if
/// nobody named the section and it is missing or disabled.
///
/// # Errors
///
/// What is wrong with the section. It never repeats what the file holds.
pub fn parse(text: &str, section: Option<&str>) -> Result<Option<Profile>, ProfileProblem> {
    let ini = Ini::parse(text)?;
    let Some(values) = ini.section(section.unwrap_or(SECTION))? else {
        return match section {
            Some(_) => Err("it has no section with the chosen name".into()),
            None => Ok(None),
        };
    };
    let section_is_named = section.is_some();
    let section = Section(values);
    match section.text("enable").as_deref() {
        None | Some("true") => {}
        Some("false") if section_is_named => {
            return Err("the chosen section has `enable = false`".into());
        }
        Some("false") => return Ok(None),
        Some(_) => return Err("its `enable` is neither `true` nor `false`".into()),
    }
    section.profile()
}

struct Section(Values);

impl Section {
    fn profile(&self) -> Result<Option<Profile>, ProfileProblem> {
        let place = Place {
            project_id: self.checked("project_id", is_project, "its `project_id` is malformed")?,
            iam: self.text("iam_endpoint"),
            source: Source::Elsewhere,
        };
        let kind = self.text("type");
        // Without a type the section is the SDK's, which takes no notice of what it does not know.
        if kind.is_some() && !self.0.keys().all(|name| NAMES.contains(&&**name)) {
            return Err("it has a value of a name that no section takes".into());
        }
        let (who, agency) = match kind.as_deref() {
            None => match self.of_sdk()? {
                Some(who) => (who, None),
                None => return Ok(None),
            },
            Some("access_key") => (Who::Key(self.key(Some(false))?), None),
            Some("temporary_key") => (Who::Key(self.key(Some(true))?), None),
            Some("agency") => (Who::Key(self.key(None)?), Some(self.agency()?)),
            Some("machine") => (Who::Machine, None),
            Some("oidc") => (self.oidc()?, None),
            Some(_) => {
                return Err(
                    "its `type` is not access_key, temporary_key, agency, machine or oidc".into(),
                );
            }
        };
        Ok(Some(Profile { who, agency, place }))
    }

    /// The SDK uses the identity provider only if both values are set, and otherwise the key.
    fn of_sdk(&self) -> Result<Option<Who>, ProfileProblem> {
        if let (Some(provider), Some(file)) = (self.text("idp_id"), self.text("id_token_file")) {
            return Ok(Some(Who::Federated(provider, file.into())));
        }
        match (self.secret("ak"), self.secret("sk")) {
            (None, None) => Ok(None),
            _ => Ok(Some(Who::Key(self.key(None)?))),
        }
    }

    fn key(&self, is_temporary: Option<bool>) -> Result<Identity, ProfileProblem> {
        let (ak, sk) = match (self.secret("ak"), self.secret("sk")) {
            (Some(ak), Some(sk)) => (ak, sk),
            (None, Some(_)) => return Err(ProfileProblem::SkAlone),
            (Some(_), None) => return Err(ProfileProblem::AkAlone),
            (None, None) => return Err("it has no `ak` and no `sk`".into()),
        };
        let token = self.secret("security_token");
        match (is_temporary, &token) {
            (Some(true), None) => Err("it has no `security_token`".into()),
            (Some(false), Some(_)) => {
                Err("it has a `security_token`, which needs `type = temporary_key`".into())
            }
            _ => Ok(identity(&ak, sk, token)?),
        }
    }

    fn agency(&self) -> Result<Agency, ProfileProblem> {
        let name = match (self.text("agency_urn"), self.text("agency_name")) {
            (Some(_), Some(_)) => return Err("it has an `agency_urn` and an `agency_name`".into()),
            (None, None) => return Err("it has no `agency_urn` and no `agency_name`".into()),
            (urn, name) => urn.or(name),
        };
        let (domain, domain_id) = (self.text("domain_name"), self.text("domain_id"));
        if self.text("agency_urn").is_none() && domain.is_none() && domain_id.is_none() {
            return Err("it has no `domain_name` and no `domain_id`".into());
        }
        let parts = Parts {
            name,
            domain,
            domain_id,
            terms: self.terms()?,
        };
        Agency::from_parts(parts).map_err(ProfileProblem::Agency)
    }

    fn oidc(&self) -> Result<Who, ProfileProblem> {
        let urn = |name, kind, why| self.checked(name, |urn| is_urn(urn, kind), why);
        let provider = urn(
            "provider_urn",
            "oidcProvider",
            "its `provider_urn` is malformed",
        )?;
        let agency = urn("agency_urn", "agency", "its `agency_urn` is malformed")?;
        let (Some(provider), Some(agency)) = (provider, agency) else {
            return Err("it has no `provider_urn` or no `agency_urn`".into());
        };
        if self.text("external_id").is_some() {
            return Err("it has an `external_id`, which STS does not take with an ID token".into());
        }
        let parts = Parts {
            name: Some(agency.clone()),
            terms: self.terms()?,
            ..Parts::default()
        };
        let Agency { terms, .. } = Agency::from_parts(parts).map_err(ProfileProblem::Agency)?;
        Ok(Who::Oidc {
            provider,
            agency,
            terms,
            file: self.text("id_token_file").map(PathBuf::from),
            audience: self.text("audience"),
        })
    }

    fn terms(&self) -> Result<Terms, ProfileProblem> {
        let seconds = self
            .text("duration_seconds")
            .map(|text| {
                text.parse()
                    .map_err(|_| ProfileProblem::Form("its `duration_seconds` is not a number"))
            })
            .transpose()?;
        let ids = self.text("policy_ids").unwrap_or_default();
        let ids = ids.split(',').map(str::trim).filter(|id| !id.is_empty());
        Ok(Terms {
            session: self.text("session_name"),
            seconds,
            policy: self.text("policy"),
            policy_ids: ids.map(str::to_owned).collect(),
            external_id: self.text("external_id"),
        })
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.secret(name).map(|value| value.expose().to_owned())
    }

    fn checked(
        &self,
        name: &str,
        is_right: impl Fn(&str) -> bool,
        why: &'static str,
    ) -> Result<Option<String>, ProfileProblem> {
        match self.text(name) {
            Some(text) if !is_right(&text) => Err(why.into()),
            text => Ok(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<Identity> {
        match parse(text, None).expect("a profile")?.who {
            Who::Key(identity) => Some(identity),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_are_read_as_the_sdk_reads_them() {
        let found = key("# mine\n[global]\nak = no\n[basic]\nAK = AKAKAKAKAK\nsk: SKSKSK\n");
        assert!(
            matches!(found, Some(Identity::Key(key)) if key.ak == "AKAKAKAKAK" && key.sk.expose() == "SKSKSK")
        );
        let found = key("[DEFAULT]\nsk=S\n[basic]\nak=A\nsecurity_token=T\\n/+=\\\nx=y\\\n");
        assert!(
            matches!(found, Some(Identity::TemporaryKey(key)) if key.security_token.expose() == "T\\n/+=\\")
        );
        for nothing in [
            "",
            "[global]\nak=A\nsk=S\n",
            "[basic]\nak=\nsk=\n",
            "[basic]\nak=A\nsk=S\nenable=false\n",
            "[basic]\nidp_id=x\n",
        ] {
            assert!(key(nothing).is_none(), "{nothing}");
        }
        // The SDK ignores one value of an identity provider without the other.
        assert!(key("[basic]\nak=A\nsk=S\nidp_id=x\n").is_some());
        let both = "[basic]\nak=A\nsk=S\nidp_id=x\nid_token_file=/f\nproject_id=0a\niam_endpoint=https://iam.example\n";
        let found = parse(both, None).expect("a profile").expect("one");
        assert_eq!(found.who, Who::Federated("x".into(), "/f".into()));
        let place = (
            found.place.project_id.as_deref(),
            found.place.iam.as_deref(),
        );
        assert_eq!(place, (Some("0a"), Some("https://iam.example")));
    }

    #[test]
    fn a_half_filled_profile_is_refused() {
        for wrong in [
            "[basic]\nak=A\n",
            "[basic]\nsk=S\n",
            "[basic]\nak=A-\nsk=S\n",
            "[basic]\nak=A\nsk=S\n S\n",
            "[basic\n",
            "[basic]\nenable=no\n",
            "[basic]\ntype=x\nak=A\nsk=S\n",
            "[basic]\ntype=access_key\n",
            "[basic]\ntype=access_key\nak=A\nsk=S\nsecurity_token=T\n",
            "[basic]\ntype=temporary_key\nak=A\nsk=S\n",
            "[basic]\ntype=agency\nak=A\nsk=S\n",
            "[basic]\ntype=oidc\n",
            "[basic]\ntype=access_key\nak=A\nsk=S\nsecurty_token=T\n",
            "[basic]\ntype=agency\nak=A\nsk=S\nagency_name=a\ndomain_id=0a\nduration_seconds=1\n",
            "[basic]\ntype=agency\nak=A\nsk=S\nagency_name=a\nagency_urn=iam::0a:agency:a\n",
            "[basic]\ntype=oidc\nprovider_urn=iam::0a:oidcProvider:p\nagency_urn=iam::0a:agency:a\nduration_seconds=43201\n",
            "[basic]\ntype=oidc\nprovider_urn=iam::0a:oidcProvider:p\nagency_urn=iam::0a:agency:a\nexternal_id=xy\n",
        ] {
            assert!(parse(wrong, None).is_err(), "{wrong}");
        }
        assert!(parse("[a]\nak=A\nsk=S\n", Some("b")).is_err());
        assert!(parse("[a]\nak=A\nsk=S\nenable=false", Some("a")).is_err());
    }

    #[test]
    fn each_kind_of_section_is_recognised() {
        let who =
            |text: &str| parse(&format!("[a]\n{text}"), Some("a")).map(|found| found.expect("one"));
        let found =
            who("type=agency\nak=A\nsk=S\nagency_name=pull\ndomain_id=0a\nduration_seconds=900\n");
        let agency = found.expect("a profile").agency.expect("an agency");
        assert_eq!(
            (agency.name(), agency.terms.seconds),
            ("iam::0a:agency:pull", Some(900))
        );
        assert_eq!(who("type=machine").expect("a profile").who, Who::Machine);
        let oidc =
            who("type=oidc\nprovider_urn=iam::0a:oidcProvider:p\nagency_urn=iam::0a:agency:a\n");
        assert!(matches!(
            oidc.expect("a profile").who,
            Who::Oidc { file: None, .. }
        ));
    }
}

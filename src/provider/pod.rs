//! The identity that a pod pulls with: its own agency, by its service account's token, or the
//! node's identity.
//!
//! An annotation of the service account names the agency, or else the settings of the program on
//! the node do. If neither does, the pod pulls as the node, unless that is forbidden. No annotation
//! can select the node: whoever can edit a service account must not choose that.

use std::collections::BTreeMap;

use super::chain::find as find_on_node;
use super::error::ProviderError;
use super::outside::{huawei_clouds, serves};
use crate::login::Request;
use crate::model::agency::{Terms, is_urn};
use crate::model::chain::Provider;
use crate::model::cluster::Cluster;
use crate::model::identity::{Credential, IdToken, Identity, OidcAgency, Place, PodOfNode, Source};
use crate::model::secret::Secret;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// The annotation with the URN of the agency to assume by OIDC.
pub const AGENCY_ANNOTATION: &str = "swr.huaweicloud.com/agency-urn";

/// The annotation with the URN of the identity provider, if it differs from the one in the node's
/// settings.
pub const PROVIDER_ANNOTATION: &str = "swr.huaweicloud.com/provider-urn";

/// The annotation that asks CCE for the agency, with the value `cce`.
pub const IDENTITY_ANNOTATION: &str = "swr.huaweicloud.com/pod-identity";

/// The audience of tokens for CCE. Source: Huawei's reference, *AssumeAgencyForPodIdentity*.
pub const CCE_AUDIENCE: &str = "service.cce.pods";

/// The variable with the URN of the cluster as an identity provider.
pub const PROVIDER: &str = "DOCKER_CREDENTIAL_SWR_POD_PROVIDER_URN";

/// The variable with the URN of the agency for accounts without an annotation.
pub const AGENCY: &str = "DOCKER_CREDENTIAL_SWR_POD_AGENCY_URN";

/// The variable with the CCE cluster: `<region>/<project ID>/<cluster ID>`.
pub const CLUSTER: &str = "DOCKER_CREDENTIAL_SWR_POD_CLUSTER";

/// The variable for what a pod without an agency gets: `node` or `refuse`.
const WITHOUT: &str = "DOCKER_CREDENTIAL_SWR_POD_WITHOUT_AGENCY";

/// A pod's service account.
pub struct Account<'a> {
    /// Its token.
    pub token: &'a Secret,
    /// The annotations that the kubelet passes on.
    pub annotations: &'a BTreeMap<String, String>,
}

/// Returns the credential of a pod with this account, or of one without an account.
///
/// # Errors
///
/// As [`provider::find`](super::find) for the node. [`ProviderError::NotFound`] if the registry is
/// not in Huawei Cloud. What is wrong with an annotation or a variable. What STS or CCE answer.
pub fn find(
    request: &Request<'_>,
    account: Option<&Account<'_>>,
    chain: &[Provider],
) -> Result<Credential, ProviderError> {
    let choice = Choice::make(request.environment, account)?;
    request
        .environment
        .trace()
        .note(|| format!("pod: {choice}"));
    let (Some(account), false) = (account, matches!(choice, Choice::Node)) else {
        return match choice {
            Choice::Refused if is_ours(request)? => Err(ProviderError::NoPodAgency),
            Choice::Refused => Err(ProviderError::NotFound),
            _ => find_on_node(request, chain),
        };
    };
    if !is_ours(request)? {
        return Err(ProviderError::NotFound);
    }
    of_agency(request, account, choice, chain)
}

/// Checks the variables that choose the identity of a pod, for a pod whose account has no
/// annotation. `has_token` says whether the kubelet sends tokens.
///
/// # Errors
///
/// What is wrong with a variable.
pub fn check(environment: &Environment, has_token: bool) -> Result<(), ProviderError> {
    let (token, annotations) = (Secret::default(), BTreeMap::new());
    let account = has_token.then_some(Account {
        token: &token,
        annotations: &annotations,
    });
    let choice = Choice::make(environment, account.as_ref())?;
    if let Choice::Cce { cluster } = &choice {
        cluster_of(cluster)?;
    }
    Ok(())
}

/// Whether an identity of Huawei Cloud may log in to the registry.
fn is_ours(request: &Request<'_>) -> Result<bool, ProviderError> {
    Ok(serves(request, &huawei_clouds(request.environment)?))
}

fn of_agency(
    request: &Request<'_>,
    account: &Account<'_>,
    choice: Choice,
    chain: &[Provider],
) -> Result<Credential, ProviderError> {
    let token = account.token.clone();
    let identity = match choice {
        Choice::Refused | Choice::Node => return Err(ProviderError::NoPodAgency),
        Choice::Oidc { provider, agency } => Identity::Oidc(Box::new(OidcAgency {
            provider,
            agency,
            terms: Terms::default(),
            token: IdToken::Given(token),
        })),
        Choice::Cce { cluster } => {
            let cluster = cluster_of(&cluster)?;
            let Credential::Identity {
                identity, place, ..
            } = find_on_node(request, chain)?
            else {
                return Err(ProviderError::NoNodeIdentity);
            };
            Identity::PodOfNode(Box::new(PodOfNode {
                cluster,
                token,
                node: identity,
                place,
            }))
        }
    };
    Ok(Credential::Identity {
        identity,
        projects: [request.settings.project.clone(), None],
        // The agency in the settings is the node's; the pod has its own.
        agencies: Vec::new(),
        // The token comes from the kubelet, like the variables.
        place: Place {
            source: Source::Variables,
            ..Place::default()
        },
    })
}

fn cluster_of(text: &str) -> Result<Cluster, ProviderError> {
    Cluster::parse(text).ok_or(wrong(CLUSTER, "is not <region>/<project ID>/<cluster ID>"))
}

/// The identity that a pod pulls with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice {
    /// The node's identity.
    Node,
    /// None: the pull is refused.
    Refused,
    /// An agency that trusts the cluster as an identity provider.
    Oidc { provider: String, agency: String },
    /// The agency that CCE assigned to the service account.
    Cce { cluster: String },
}

impl Choice {
    fn make(
        environment: &Environment,
        account: Option<&Account<'_>>,
    ) -> Result<Self, ProviderError> {
        let without = match environment.variable(WITHOUT)? {
            None | Some("node") => Self::Node,
            Some("refuse") => Self::Refused,
            Some(_) => return Err(wrong(WITHOUT, "is neither `node` nor `refuse`")),
        };
        let Some(account) = account else {
            return Ok(without);
        };
        let annotation = |name: &'static str| {
            let value = account.annotations.get(name);
            value.map(|value| (name, value.as_str()))
        };
        let provider = match annotation(PROVIDER_ANNOTATION) {
            Some(named) => Some(named),
            None => environment.variable(PROVIDER)?.map(|urn| (PROVIDER, urn)),
        };
        let variable =
            |name| Ok::<_, SystemError>(environment.variable(name)?.map(|value| (name, value)));
        let (agency, cluster) = match (
            annotation(AGENCY_ANNOTATION),
            annotation(IDENTITY_ANNOTATION),
        ) {
            (Some(_), Some((name, _))) => {
                let why = "and an agency's URN are both set; remove one of them";
                return Err(annotated(name, why));
            }
            (Some(agency), None) => (Some(agency), None),
            (None, Some((name, "cce"))) => match variable(CLUSTER)? {
                None => {
                    return Err(annotated(
                        name,
                        "needs DOCKER_CREDENTIAL_SWR_POD_CLUSTER on the node",
                    ));
                }
                cluster => (None, cluster),
            },
            (None, Some((name, _))) => return Err(annotated(name, "is not `cce`")),
            (None, None) => match (variable(AGENCY)?, variable(CLUSTER)?) {
                (Some(_), Some(_)) => {
                    return Err(wrong(
                        CLUSTER,
                        "and an agency's URN are both set; remove one of them",
                    ));
                }
                named => named,
            },
        };
        match (agency, cluster) {
            (Some((name, agency)), _) => {
                let Some((provider_name, provider)) = provider else {
                    return Err(wrong(
                        PROVIDER,
                        "is not set, and the agency needs an identity provider",
                    ));
                };
                check_urn(name, agency, "agency")?;
                check_urn(provider_name, provider, "oidcProvider")?;
                Ok(Self::Oidc {
                    provider: provider.to_owned(),
                    agency: agency.to_owned(),
                })
            }
            (None, Some((_, cluster))) => Ok(Self::Cce {
                cluster: cluster.to_owned(),
            }),
            (None, None) => Ok(without),
        }
    }
}

impl std::fmt::Display for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Node => f.write_str("as the node"),
            Self::Refused => f.write_str("not at all"),
            Self::Oidc { agency, .. } => write!(f, "as `{agency}`, by OIDC"),
            Self::Cce { .. } => f.write_str("as the agency that CCE associates with it"),
        }
    }
}

fn check_urn(name: &'static str, urn: &str, kind: &'static str) -> Result<(), ProviderError> {
    match is_urn(urn, kind) {
        true => Ok(()),
        false if name.contains('/') => Err(annotated(
            name,
            &format!("is not iam::<account>:{kind}:<name>"),
        )),
        false => Err(wrong(name, &format!("is not iam::<account>:{kind}:<name>"))),
    }
}

fn wrong(name: &'static str, why: &str) -> ProviderError {
    SystemError::variable(name, why).into()
}

fn annotated(name: &'static str, why: &str) -> ProviderError {
    ProviderError::Annotation {
        name,
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URN: &str = "iam::0a1b:agency:pull";
    const OTHER: &str = "iam::0a1b:agency:other";
    const CLUSTER_URN: &str = "iam::0a1b:oidcProvider:cluster";
    const CCE: &str = "cn-north-4/0605/7c8d";

    fn choice(
        variables: &[(&str, &str)],
        annotations: Option<&[(&str, &str)]>,
    ) -> Result<Choice, String> {
        let environment = Environment::from_variables(variables.iter().copied());
        let annotations = annotations.map(|annotations| {
            let owned = annotations
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()));
            owned.collect::<BTreeMap<_, _>>()
        });
        let token = Secret::from("token");
        let account = annotations.as_ref().map(|annotations| Account {
            token: &token,
            annotations,
        });
        Choice::make(&environment, account.as_ref()).map_err(|error| error.to_string())
    }

    fn oidc(agency: &str) -> Choice {
        Choice::Oidc {
            provider: CLUSTER_URN.into(),
            agency: agency.into(),
        }
    }

    #[test]
    fn annotations_override_the_settings_and_the_settings_the_node() {
        let cce = || Choice::Cce {
            cluster: CCE.into(),
        };
        let settings = [(PROVIDER, CLUSTER_URN), (AGENCY, URN)];
        let none: &[(&str, &str)] = &[];
        for (variables, annotations, expected) in [
            (none, None, Choice::Node),
            (none, Some(none), Choice::Node),
            (&settings, None, Choice::Node),
            (&settings, Some(none), oidc(URN)),
            (&settings, Some(&[(AGENCY_ANNOTATION, OTHER)]), oidc(OTHER)),
            (&[(CLUSTER, CCE)], Some(none), cce()),
            (&[(CLUSTER, CCE)], None, Choice::Node),
            (
                &[(CLUSTER, CCE), (AGENCY, URN)],
                Some(&[(IDENTITY_ANNOTATION, "cce")]),
                cce(),
            ),
            (&[(WITHOUT, "refuse")], None, Choice::Refused),
            (&[(WITHOUT, "refuse")], Some(none), Choice::Refused),
            (
                none,
                Some(&[(AGENCY_ANNOTATION, URN), (PROVIDER_ANNOTATION, CLUSTER_URN)]),
                oidc(URN),
            ),
        ] {
            assert_eq!(choice(variables, annotations), Ok(expected));
        }
    }

    #[test]
    fn incomplete_pod_settings_do_not_fall_back_to_the_node() {
        for (variables, annotations, why) in [
            (
                &[][..],
                &[(AGENCY_ANNOTATION, URN)][..],
                "_POD_PROVIDER_URN is not set",
            ),
            (
                &[(PROVIDER, CLUSTER_URN)],
                &[(AGENCY_ANNOTATION, "")],
                "agency-urn` is not iam::",
            ),
            (
                &[(PROVIDER, CLUSTER_URN)],
                &[(AGENCY_ANNOTATION, "pull")],
                "agency-urn` is not iam::",
            ),
            (
                &[(PROVIDER, URN), (AGENCY, URN)],
                &[],
                "_POD_PROVIDER_URN is not iam::",
            ),
            (&[], &[(IDENTITY_ANNOTATION, "node")], "is not `cce`"),
            (
                &[],
                &[(IDENTITY_ANNOTATION, "cce")],
                "needs DOCKER_CREDENTIAL_SWR_POD_CLUSTER",
            ),
            (
                &[],
                &[(IDENTITY_ANNOTATION, "cce"), (AGENCY_ANNOTATION, URN)],
                "remove one of them",
            ),
            (&[(CLUSTER, CCE), (AGENCY, URN)], &[], "remove one of them"),
            (&[(WITHOUT, "pod")], &[], "neither `node` nor `refuse`"),
        ] {
            let error = choice(variables, Some(annotations)).expect_err(why);
            assert!(error.contains(why), "{error}");
        }
    }
}

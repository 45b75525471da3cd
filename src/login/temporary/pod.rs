//! The temporary key of a pod's agency.

use super::cached::CachedKey;
use super::session::ApiSession;
use super::subject::Subject;
use crate::login::error::LoginError;
use crate::login::request::Request;
use crate::model::agency::Terms;
use crate::model::identity::{Identity, Place, Source, TemporaryKey};
use crate::model::secret::Secret;
use crate::swr::api::cce::{self, Cluster};
use crate::swr::api::sts::{self, OidcAgency};

/// The name of a pod's session, which appears in the audit logs of the agency's account.
const SESSION: &str = "docker-credential-swr";

/// How the agency's key is requested.
#[derive(Debug)]
pub enum PodAgency<'a> {
    /// The agency trusts the cluster as an identity provider.
    Oidc {
        /// The URN of the provider.
        provider: &'a str,
        /// The URN of the agency.
        agency: &'a str,
    },
    /// CCE assigned the agency to the pod's service account, and decides who may ask for its key.
    Cce {
        /// The cluster.
        cluster: Cluster,
        /// The node's identity, and where it comes from.
        node: (Identity, Source),
    },
}

/// Returns the key of the pod's agency, for the service account of `token`.
///
/// It is cached under the token, the agency and everything else that goes into the call, so that no
/// pod ever gets what another pod's token brought.
///
/// # Errors
///
/// As [`login`](super::login).
pub fn pod_key(
    request: &Request<'_>,
    agency: &PodAgency<'_>,
    token: &Secret,
) -> Result<TemporaryKey, LoginError> {
    let source = match agency {
        PodAgency::Oidc { .. } => Source::Variables,
        PodAgency::Cce { node, .. } => node.1,
    };
    let session = ApiSession::open(request, source)?;
    let endpoint = match agency {
        PodAgency::Oidc { .. } => session.sts()?,
        PodAgency::Cce { cluster, .. } => session.cce(cluster)?,
    };
    let place = endpoint.to_string();
    let mut parts = vec!["pod", &*place, token.expose()];
    match agency {
        PodAgency::Oidc { provider, agency } => parts.extend(["oidc", provider, agency]),
        PodAgency::Cce {
            cluster,
            node: (node, _),
        } => {
            parts.extend(["cce", cluster.project_id(), cluster.cluster_id()]);
            parts.extend(node.parts());
        }
    }
    let name = session.name_of("pod", "", &parts);
    if let Some(key) = session.cached::<CachedKey>(&name) {
        return Ok(key.into());
    }
    let (_lock, waited) = session.request_lock(&name);
    if let Some(key) = session.cached::<CachedKey>(&name) {
        return Ok(key.into());
    }
    session.spread();
    let key = session.once(
        "the pod's service account",
        &parts,
        waited,
        || match agency {
            PodAgency::Oidc { provider, agency } => {
                let asked = OidcAgency {
                    provider,
                    agency,
                    session: SESSION,
                    id_token: token,
                    terms: &Terms::default(),
                };
                session.call(|api| sts::assume_with_oidc(api, &endpoint, &asked))
            }
            PodAgency::Cce {
                cluster,
                node: (node, _),
            } => {
                let node = session.caller(&Subject {
                    identity: node,
                    agencies: &[],
                    project: cluster.region(),
                    place: &Place::default(),
                })?;
                let node = node.auth();
                session.call(|api| cce::assume_for_pod(api, &endpoint, cluster, token, node))
            }
        },
    )?;
    session.keep_until(&name, &CachedKey::of(&key), key.expires);
    Ok(key)
}

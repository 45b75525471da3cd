//! The kinds of credential that a login can be requested with.

use super::access_key::{AccessKey, shortened};
use super::agency::{Agency, Terms};
use super::cluster::Cluster;
use super::login::{Login, Username, login_key};
use super::secret::Secret;

/// What a provider has for a registry.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A ready-made login.
    Plain(Login),
    /// An identity that a login is derived from or requested for.
    Identity {
        /// The identity.
        identity: Identity,
        /// The projects that the login may name; the first that fits is used.
        projects: [Option<String>; 2],
        /// The agencies to assume, in order. Each is assumed with the key of the one before.
        agencies: Vec<Agency>,
        /// Where the identity was found, and what that place says about services.
        place: Place,
    },
}

/// Where an identity comes from. This decides who may name the endpoints it is sent to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Environment variables. Whoever sets them already knows the secret, so they may name
    /// endpoints too.
    Variables,
    /// The store, a file or the server itself. Variables do not redirect such an identity.
    #[default]
    Elsewhere,
}

impl Credential {
    /// Describes the credential in words, without secrets and with shortened AKs.
    pub fn described(&self) -> String {
        match self {
            Self::Plain(login) => format!("login of `{}`", login.shortened_username()),
            Self::Identity {
                identity, agencies, ..
            } => {
                let assumed = agencies
                    .iter()
                    .map(|agency| format!(" to assume `{}`", agency.name()));
                identity.described() + &assumed.collect::<String>()
            }
        }
    }

    /// Returns where it comes from. A plain login comes from a store.
    pub fn source(&self) -> Source {
        match self {
            Self::Identity {
                identity, place, ..
            } => identity.source(place),
            Self::Plain(_) => Source::Elsewhere,
        }
    }

    /// Returns the AK or the user's name, to name what was refused.
    pub fn name(&self) -> &str {
        match self {
            Self::Identity { identity, .. } => identity.name(),
            Self::Plain(login) => match Username::parse(&login.username) {
                Some(username) => username.ak,
                None => &login.username,
            },
        }
    }
}

/// What the place an identity comes from says besides the identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The project's ID, if it need not be looked up.
    pub project_id: Option<String>,
    /// The endpoint of IAM.
    pub iam: Option<String>,
    /// Where the identity comes from, and so which variables apply to it.
    pub source: Source,
}

/// An identity: something that can prove who it is to Huawei Cloud. `Debug` shows names and AKs,
/// and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A permanent access key.
    Key(AccessKey),
    /// An AK with its login key. This is what the file store keeps, since it holds no SK.
    LoginKey {
        /// The access key ID.
        ak: String,
        /// The login key. The SK cannot be computed from it.
        login_key: Secret,
    },
    /// A temporary access key with its security token.
    TemporaryKey(TemporaryKey),
    /// An IAM user, with name and password.
    User(IamUser),
    /// An IAM token.
    Token(Secret),
    /// The agency of the ECS server that this runs on.
    Server(Box<ServerAgency>),
    /// An agency of IAM v5 that trusts an OIDC identity provider.
    Oidc(Box<OidcAgency>),
    /// A federated user of IAM v3.
    Federated(FederatedUser),
    /// The agency that CCE assigned to the pod that this runs in.
    Pod(PodIdentity),
    /// The agency that CCE assigned to a pod of the node that this runs on.
    PodOfNode(Box<PodOfNode>),
}

/// An agency of IAM v5 that trusts an OIDC identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcAgency {
    /// The URN of the identity provider, such as `iam::<account>:oidcProvider:<name>`.
    pub provider: String,
    /// The URN of the agency, such as `iam::<account>:agency:<name>`.
    pub agency: String,
    /// What the temporary key is limited to.
    pub terms: Terms,
    /// The token that proves the identity.
    pub token: IdToken,
}

/// Where an ID token (a JWT) comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdToken {
    /// The token itself.
    Given(Secret),
    /// A job of GitHub Actions, which requests the token from GitHub.
    GitHub {
        /// The URL of the request, which has a query.
        url: String,
        /// The bearer token of the request.
        token: Secret,
        /// The audience that the token is for.
        audience: String,
    },
}

/// A federated user of IAM v3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedUser {
    /// The identity provider's ID.
    pub provider: String,
    /// The ID token (a JWT).
    pub token: Secret,
}

/// The agency that CCE assigned to a pod. An agent in the cluster hands out its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodIdentity {
    /// The agent's URL.
    pub url: String,
    /// The pod's token for the agent.
    pub token: Secret,
}

/// A pod whose key a node of its cluster asks CCE for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodOfNode {
    /// The cluster.
    pub cluster: Cluster,
    /// A token of the pod's service account.
    pub token: Secret,
    /// The identity that the node asks with.
    pub node: Identity,
    /// What else is known from where the node's identity comes from.
    pub place: Place,
}

/// An access key that is valid for some hours, with its security token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryKey {
    /// The AK and the SK.
    pub key: AccessKey,
    /// The token that each request sends as `X-Security-Token`.
    pub security_token: Secret,
    /// When the key expires, in Unix seconds; `None` if unknown.
    pub expires: Option<u64>,
}

/// The agency of an ECS server. The server's metadata service hands out its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAgency {
    /// The address of the metadata service, such as `http://169.254.169.254`.
    pub endpoint: String,
    /// The AK of the current key; empty until the service was asked.
    pub ak: String,
    /// The key, if the service was just asked; otherwise it is in the cache or still to be
    /// requested.
    pub fresh: Option<TemporaryKey>,
}

/// An IAM user with its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamUser {
    /// The user's name.
    pub name: String,
    /// The name of the account that the user belongs to.
    pub domain: String,
    /// The user's password.
    pub password: Secret,
}

impl Identity {
    /// Returns the AK and the login key if the login key can be derived offline. That is never the
    /// case for a temporary key: no document says that one works as a long-term login.
    pub fn login_key(&self) -> Option<(&str, Secret)> {
        match self {
            Self::Key(key) => Some((&key.ak, login_key(&key.ak, &key.sk))),
            Self::LoginKey { ak, login_key } => Some((ak, login_key.clone())),
            Self::TemporaryKey(_)
            | Self::User(_)
            | Self::Token(_)
            | Self::Server(_)
            | Self::Oidc(_)
            | Self::Federated(_)
            | Self::Pod(_)
            | Self::PodOfNode(_) => None,
        }
    }

    /// Returns where this identity of `place` comes from. A pod's comes from variables only if that
    /// of its node does, too.
    pub fn source(&self, place: &Place) -> Source {
        match self {
            Self::PodOfNode(pod) if pod.place.source == Source::Elsewhere => Source::Elsewhere,
            _ => place.source,
        }
    }

    /// Returns every field that tells this identity from another, to be hashed. That includes
    /// secrets that nobody can guess, but never a password.
    pub fn parts(&self) -> Vec<&str> {
        match self {
            Self::Key(key) => vec!["key", &key.ak, key.sk.expose()],
            Self::LoginKey { ak, login_key } => vec!["login key", ak, login_key.expose()],
            Self::TemporaryKey(TemporaryKey {
                key,
                security_token,
                ..
            }) => {
                vec![
                    "temporary key",
                    &key.ak,
                    key.sk.expose(),
                    security_token.expose(),
                ]
            }
            // A password could be guessed from its hash by whoever reads the disk, so it is never
            // hashed.
            Self::User(user) => vec!["user", &user.name, &user.domain],
            Self::Token(token) => vec!["token", token.expose()],
            Self::Server(server) => vec!["server", &server.endpoint, &server.ak],
            Self::Oidc(oidc) => {
                let OidcAgency {
                    provider,
                    agency,
                    terms,
                    token,
                } = &**oidc;
                let mut parts = vec!["oidc", provider, agency];
                parts.extend(terms.parts());
                match token {
                    IdToken::Given(token) => parts.extend(["given", token.expose()]),
                    IdToken::GitHub {
                        url,
                        token,
                        audience,
                    } => parts.extend(["github", url, token.expose(), audience]),
                }
                parts
            }
            Self::Federated(user) => vec!["federated", &user.provider, user.token.expose()],
            Self::Pod(pod) => vec!["pod", &pod.url, pod.token.expose()],
            Self::PodOfNode(pod) => {
                let cluster = [pod.cluster.project_id(), pod.cluster.cluster_id()];
                let mut parts = vec!["pod of node", pod.token.expose()];
                parts.extend(cluster);
                parts.extend(pod.node.parts());
                parts
            }
        }
    }

    /// Whether a person is asked before it is replaced: Huawei Cloud shows an SK only once.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Key(_) | Self::LoginKey { .. })
    }

    /// Describes the identity in words, without secrets and with shortened AKs.
    pub fn described(&self) -> String {
        match self {
            Self::Key(key) => format!("access key {}", shortened(&key.ak)),
            Self::LoginKey { ak, .. } => format!("login key of {}", shortened(ak)),
            Self::TemporaryKey(temporary) => {
                format!("temporary access key {}", shortened(&temporary.key.ak))
            }
            Self::User(user) => format!("IAM user `{}`", user.name),
            Self::Token(_) => "IAM token".to_owned(),
            Self::Server(server) if server.ak.is_empty() => "agency of this server".to_owned(),
            Self::Server(server) => {
                format!("agency of this server, with {}", shortened(&server.ak))
            }
            Self::Oidc(oidc) => format!("agency `{}` by OIDC", oidc.agency),
            Self::Federated(user) => format!("user of the identity provider `{}`", user.provider),
            Self::Pod(_) => "agency of this pod".to_owned(),
            Self::PodOfNode(_) => "agency of the pod".to_owned(),
        }
    }

    /// Returns the AK or the user's name, for people. Never a secret.
    pub fn name(&self) -> &str {
        match self {
            Self::Key(key) => &key.ak,
            Self::LoginKey { ak, .. } => ak,
            Self::TemporaryKey(temporary) => &temporary.key.ak,
            Self::User(user) => &user.name,
            Self::Token(_) => "an IAM token",
            Self::Server(server) if server.ak.is_empty() => "the agency of this server",
            Self::Server(server) => &server.ak,
            Self::Oidc(oidc) => &oidc.agency,
            Self::Federated(user) => &user.provider,
            Self::Pod(_) => "the agency of this pod",
            Self::PodOfNode(_) => "the pod's service account",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let key = AccessKey {
            ak: "AKAKAKAKAK".into(),
            sk: "marked-sk".into(),
        };
        let temporary = TemporaryKey {
            key: key.clone(),
            security_token: "marked-token".into(),
            expires: None,
        };
        let user = IamUser {
            name: "n".into(),
            domain: "d".into(),
            password: "marked-password".into(),
        };
        for identity in [
            Identity::Key(key),
            Identity::LoginKey {
                ak: "A".into(),
                login_key: "marked-login-key".into(),
            },
            Identity::TemporaryKey(temporary.clone()),
            Identity::User(user),
            Identity::Token("marked".into()),
            Identity::Oidc(Box::new(OidcAgency {
                provider: "p".into(),
                agency: "a".into(),
                terms: Terms::default(),
                token: IdToken::GitHub {
                    url: "https://a.example/?x".into(),
                    token: "marked".into(),
                    audience: "a".into(),
                },
            })),
            Identity::Federated(FederatedUser {
                provider: "p".into(),
                token: "marked".into(),
            }),
            Identity::Pod(PodIdentity {
                url: "http://127.0.0.1/v1".into(),
                token: "marked".into(),
            }),
            Identity::PodOfNode(Box::new(PodOfNode {
                cluster: Cluster::parse("cn-north-4/0605/7c8d").expect("a cluster"),
                token: "marked".into(),
                node: Identity::Token("marked".into()),
                place: Place::default(),
            })),
            Identity::Server(Box::new(ServerAgency {
                endpoint: "http://169.254.169.254".into(),
                ak: "A".into(),
                fresh: Some(temporary),
            })),
        ] {
            let shown = format!("{identity:?} {}", identity.name());
            assert!(!shown.contains("marked"), "{shown}");
        }
    }
}

//! The kinds of credential that a login can be requested with.

use super::access_key::{AccessKey, shortened};
use super::agency::{Agency, Terms};
use super::login::{Login, Username, login_key};
use super::secret::Secret;

/// What a place has for a registry.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A login that was given ready-made.
    Plain(Login),
    /// Somebody as whom a login can be derived or requested.
    Identity {
        /// Who.
        identity: Identity,
        /// The projects that a login may name, the first that fits first.
        projects: [Option<String>; 2],
        /// The agencies to assume first, each with the key of the one before it.
        agencies: Vec<Agency>,
        /// What else its place tells.
        place: Place,
    },
}

/// Where an identity comes from, which says who may choose the services that it is shown to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The process's variables: whoever set them knows it already, and may name the services too.
    Variables,
    /// A store, a file or this server: no variable leads it anywhere.
    #[default]
    Elsewhere,
}

impl Credential {
    /// Returns what it is and whose, in words, without a secret and with AKs shortened.
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

    /// Returns who is refused when its login is: an AK, or a user's name.
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

/// What the place that an identity comes from tells besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The ID of the project, where it is not to be looked up.
    pub project_id: Option<String>,
    /// The endpoint of IAM.
    pub iam: Option<String>,
    /// Whose word it is, and so which variables hold for it.
    pub source: Source,
}

/// Who asks. Its `Debug` shows names and AKs, and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A permanent access key.
    Key(AccessKey),
    /// An AK with its login key: what a store keeps that holds no SK.
    LoginKey {
        /// The access key ID.
        ak: String,
        /// From which the SK cannot be had back.
        login_key: Secret,
    },
    /// A temporary access key with its security token.
    TemporaryKey(TemporaryKey),
    /// An IAM user, by name and password.
    User(IamUser),
    /// An IAM token.
    Token(Secret),
    /// The agency of the server that this runs on.
    Server(Box<ServerAgency>),
    /// An agency of IAM 5 that trusts an identity provider.
    Oidc(Box<OidcAgency>),
    /// A user of an identity provider, by IAM 3.
    Federated(FederatedUser),
    /// The agency that CCE associates with the pod that this runs in.
    Pod(PodIdentity),
}

/// An agency of IAM 5 that trusts an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcAgency {
    /// The provider, such as `iam::<account>:oidcProvider:<name>`.
    pub provider: String,
    /// The agency, such as `iam::<account>:agency:<name>`.
    pub agency: String,
    /// What the key is for, and for how long.
    pub terms: Terms,
    /// The provider's word for who asks.
    pub token: IdToken,
}

/// Where an ID token, a JWT, comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdToken {
    /// It is here.
    Given(Secret),
    /// GitHub Actions makes it.
    GitHub {
        /// Where it is asked for, with a query.
        url: String,
        /// What the job asks with.
        token: Secret,
        /// Whom it is for.
        audience: String,
    },
}

/// A user of an identity provider, by IAM 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedUser {
    /// The provider's ID.
    pub provider: String,
    /// The provider's word for who asks, a JWT.
    pub token: Secret,
}

/// The agency that CCE associates with a pod, whose key an agent of the cluster tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodIdentity {
    /// Where the agent is asked.
    pub url: String,
    /// What the pod asks with.
    pub token: Secret,
}

/// An access key that lives for some hours, with the security token that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryKey {
    /// Access key ID and secret access key.
    pub key: AccessKey,
    /// What each of its requests carries in `X-Security-Token`.
    pub security_token: Secret,
    /// When it ends, in Unix seconds; `None` where nobody said.
    pub expires: Option<u64>,
}

/// The agency of an ECS server, whose key the server's metadata service tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAgency {
    /// The metadata service, such as `http://169.254.169.254`.
    pub endpoint: String,
    /// The AK of its present key; empty where nobody asked yet.
    pub ak: String,
    /// The key, where it has just been told; else it is in the cache, or to be asked for.
    pub fresh: Option<TemporaryKey>,
}

/// An IAM user with what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamUser {
    /// The user's name.
    pub name: String,
    /// The account that the user belongs to.
    pub domain: String,
    /// The user's password.
    pub password: Secret,
}

impl Identity {
    /// Returns AK and login key where the login key can be had without asking anybody: a temporary key
    /// in the HMAC scheme is nowhere documented.
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
            | Self::Pod(_) => None,
        }
    }

    /// Returns what makes this identity another one, for a hash: its secrets too, which nobody can guess, but no password.
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
            // A password can be guessed, and whoever reads the disk could try: no hash is made of one.
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
        }
    }

    /// Whether it is worth a question before it is replaced: an SK can be had only once.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Key(_) | Self::LoginKey { .. })
    }

    /// Returns what it is and whose, in words, without a secret and with AKs shortened.
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
        }
    }

    /// Returns the name of who this is, for people: an AK or a user's name, never a secret.
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

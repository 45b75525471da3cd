//! `kubelet`: answers with the login for an image that a node is about to pull.

pub mod wire;

use std::time::Duration;

use super::NAME;
use super::context::Context;
use super::error::{Error, Result};
use crate::console::stdio::Stdio;
use crate::login::{self, End, Issued};
use crate::model::identity::Credential;
use crate::provider::{ProviderError, pod};
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;
use crate::system::error::SystemError;
use wire::{KubeletLogin, Request, Scope, WireError};

/// The default time limit. A kubelet ends a program after a minute.
const LIMIT: Duration = Duration::from_secs(20);

/// The highest time limit that a variable can set.
pub const MOST: Duration = Duration::from_secs(45);

/// The variable with the largest delay of the first call to the API, in seconds, so that the nodes
/// of a cluster that start together do not all call at once.
pub const SPREAD: &str = "DOCKER_CREDENTIAL_SWR_SPREAD";

/// The highest delay that it can set, in seconds.
pub const MOST_SPREAD: u32 = 30;

/// How long a kubelet may cache a login that never expires, in seconds. It is also the time until a
/// new key is noticed.
const PERMANENT: u64 = 3600;

/// Answers a kubelet. Only the answer goes to stdout.
///
/// # Errors
///
/// What is wrong with the request; [`Error::NotOnNode`] if there is no access key; any error that
/// stops the chain.
pub fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let deadline = deadline(environment)?;
    let Some(stdin) = stdio.stdin.take() else {
        return Err(WireError::NoRequest.into());
    };
    let request = Request::parse(&stdin.read_whole(Some(deadline))?)?;
    let result = answer(&request, environment, deadline);
    environment.trace().note(|| match &result {
        Ok(Some(answer)) => format!(
            "answered: `{}`, for {} s",
            answer.login.username, answer.seconds
        ),
        Ok(None) => "answered: none of ours".to_owned(),
        Err(error) => format!("failed: {error}"),
    });
    Ok(stdio.print(&wire::reply(&request, result?.as_ref()))?)
}

/// Whether the program was called by another name and without arguments, as a kubelet does if its
/// configuration has none. `program` is the path that it was called with.
pub fn is_called(program: &str, arguments: &[String]) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".exe").unwrap_or(name);
    arguments.is_empty() && !name.is_empty() && name != NAME
}

/// Returns the deadline of a run.
///
/// # Errors
///
/// What is wrong with a variable that says how long it may be.
pub fn deadline(environment: &Environment) -> Result<Deadline> {
    let spread = match environment.variable(SPREAD)? {
        None => 0,
        Some(text) => match text.parse() {
            Ok(seconds @ 0..=MOST_SPREAD) => seconds,
            _ => {
                let why = "is not a number of seconds from 0 to 30";
                return Err(SystemError::variable(SPREAD, why).into());
            }
        },
    };
    let spread = Duration::from_secs(spread.into());
    let deadline = environment.deadline(LIMIT + spread)?.at_most(MOST);
    Ok(deadline.in_a_crowd(spread))
}

/// Returns the login for the image; `None` if the image is in another registry.
fn answer(
    request: &Request,
    environment: &Environment,
    deadline: Deadline,
) -> Result<Option<KubeletLogin>> {
    let context = Context::for_protocol(environment, deadline)?;
    // A text that cannot be a registry's address is another registry.
    let Ok(registry) = context.registry(&request.image) else {
        return Ok(None);
    };
    let trace = environment.trace();
    trace.note(|| format!("kubelet `{registry}` ({:?})", registry.kind()));
    let settings = context.settings.for_registry(&registry)?;
    let wanted = context.request(&registry, &settings);
    let chain = context.settings.chain(environment)?;
    let account = request.account.as_ref();
    let account = account.map(|account| pod::Account {
        token: &account.token,
        annotations: &account.annotations,
    });
    let credential = match pod::find(&wanted, account.as_ref(), &chain) {
        Ok(credential) => credential,
        // A node does not need a keyring.
        Err(ProviderError::Store(error)) if error.is_no_keyring() => {
            return Err(Error::NotOnNode {
                address: registry.address().to_owned(),
            });
        }
        Err(ProviderError::NotFound) if registry.swr().is_some() || settings.serves() => {
            return Err(Error::NotOnNode {
                address: registry.address().to_owned(),
            });
        }
        Err(ProviderError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Issued { login, end } = login::issue(&wanted, &credential)?;
    let is_plain = matches!(credential, Credential::Plain(_));
    Ok(Some(KubeletLogin {
        login,
        // A plain login may have been stored for a single repository.
        scope: if is_plain {
            Scope::Image
        } else {
            Scope::Registry
        },
        seconds: match end {
            _ if is_plain => 0,
            End::Never => PERMANENT,
            End::At(end) => end.saturating_sub(environment.now()) / 2,
            End::Unkept => 0,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_arguments_any_other_name_means_kubelet() {
        let none: [String; 0] = [];
        for name in ["swr", "/opt/bin/swr-credential-provider", "C:\\k\\swr.exe"] {
            assert!(is_called(name, &none), "{name}");
            assert!(!is_called(name, &["get".to_owned()]), "{name}");
        }
        for name in [
            "",
            "docker-credential-swr",
            "/usr/bin/docker-credential-swr",
            "docker-credential-swr.exe",
        ] {
            assert!(!is_called(name, &none), "{name}");
        }
    }

    #[test]
    fn no_variable_extends_the_deadline_to_the_kubelets_minute() {
        let seconds = |variables: &[(&str, &str)]| {
            let environment = Environment::from_variables(variables.iter().copied());
            deadline(&environment).map(|deadline| deadline.limit().as_secs())
        };
        const TIMEOUT: &str = "DOCKER_CREDENTIAL_SWR_TIMEOUT";
        assert_eq!(seconds(&[]).ok(), Some(20));
        assert_eq!(seconds(&[(SPREAD, "30")]).ok(), Some(45));
        assert_eq!(seconds(&[(TIMEOUT, "5")]).ok(), Some(5));
        assert_eq!(seconds(&[(TIMEOUT, "3600")]).ok(), Some(45));
        for wrong in ["31", "-1", "soon"] {
            assert!(seconds(&[(SPREAD, wrong)]).is_err(), "{wrong}");
        }
    }
}

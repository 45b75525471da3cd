//! The one way to try whether a login works.

use super::context::Context;
use super::error::Error;
#[cfg(feature = "cloud")]
use super::error::Result;
#[cfg(feature = "cloud")]
use crate::login::{self, Request};
use crate::model::identity::Credential;
#[cfg(feature = "cloud")]
use crate::model::identity::Source;
#[cfg(feature = "cloud")]
use crate::model::login::Login;
use crate::model::registry::Registry;
#[cfg(feature = "cloud")]
use crate::swr::NETWORK_LIMIT;
#[cfg(feature = "cloud")]
use crate::swr::http::Client;
#[cfg(feature = "cloud")]
use crate::swr::network::Network;
#[cfg(feature = "cloud")]
use crate::swr::trial::{self, Trial, TrialAnswer};
#[cfg(feature = "cloud")]
use crate::system::deadline::Deadline;

/// The result of a trial.
#[cfg_attr(
    not(feature = "cloud"),
    expect(dead_code, reason = "this build cannot use the network")
)]
pub(super) enum Verdict {
    /// The registry accepts the login; a line that says so.
    Works(String),
    /// The registry, or the service that issues its logins, refuses it.
    Fails(Error),
    /// Nobody could be asked; the reason.
    Unknown(String),
}

/// Tries `credential` once at `registry`. It is never tried again, because repeated refusals lock
/// the access key.
#[cfg(feature = "cloud")]
pub(super) fn verify(
    registry: &Registry,
    credential: &Credential,
    context: &Context<'_>,
) -> Verdict {
    let tried = || {
        let settings = context.settings.for_registry(registry)?;
        let deadline = context.environment.deadline(NETWORK_LIMIT)?;
        let request = Request {
            deadline,
            ..context.request(registry, &settings)
        };
        let login = login::obtain(&request, credential)?;
        verdict(
            registry,
            attempt(registry, &login, credential.source(), context, deadline)?.answer,
        )
    };
    match tried() {
        Ok(line) => Verdict::Works(line),
        Err(error) if error.is_refusal() => Verdict::Fails(error),
        Err(error) => Verdict::Unknown(error.to_string()),
    }
}

/// Without the network there is nobody to ask.
#[cfg(not(feature = "cloud"))]
pub(super) fn verify(_: &Registry, _: &Credential, _: &Context<'_>) -> Verdict {
    Verdict::Unknown("this build has no network".to_owned())
}

/// Tries `login` at `registry`, once.
#[cfg(feature = "cloud")]
pub(super) fn attempt(
    registry: &Registry,
    login: &Login,
    source: Source,
    context: &Context<'_>,
    deadline: Deadline,
) -> Result<Trial> {
    let settings = context.settings.for_registry(registry)?;
    let client = Client::new(Network::new(
        context.environment,
        source,
        settings.ca_file.as_deref(),
    )?);
    Ok(trial::attempt(&client, registry, login, deadline.end())?)
}

/// Returns a line that says that `registry` accepts the login.
///
/// # Errors
///
/// [`Error::LoginRefused`] if it refuses the login, [`Error::AsksForNone`] if it accepts everybody.
#[cfg(feature = "cloud")]
pub(super) fn verdict(registry: &Registry, answer: TrialAnswer) -> Result<String> {
    let address = registry.address().to_owned();
    match answer {
        TrialAnswer::Accepted => Ok(format!("`{registry}` accepts the login")),
        TrialAnswer::Open => Err(Error::AsksForNone { address }),
        TrialAnswer::Refused { status, meaning } => Err(Error::LoginRefused {
            address,
            status,
            meaning,
        }),
    }
}

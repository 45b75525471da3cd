//! The one try after which a person knows whether a login works.

use super::context::Context;
use super::error::Error;
#[cfg(feature = "cloud")]
use super::error::Result;
#[cfg(feature = "cloud")]
use crate::login::{self, Request};
use crate::model::identity::Credential;
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
use crate::swr::trial::{self, Answer, Trial};
#[cfg(feature = "cloud")]
use crate::system::deadline::Deadline;

/// What a try says.
#[cfg_attr(
    not(feature = "cloud"),
    expect(dead_code, reason = "without the network nothing is known")
)]
pub(super) enum Verdict {
    /// The registry takes the login; a line about it.
    Works(String),
    /// The registry, or who mints its logins, does not take it.
    Fails(Error),
    /// Nobody could be asked; why.
    Unknown(String),
}

/// Tries once what `credential` is good for at `registry`. It is never tried again: a login that is refused too often
/// locks the access key.
#[cfg(feature = "cloud")]
pub(super) fn verify(
    registry: &Registry,
    credential: &Credential,
    context: &Context<'_>,
) -> Verdict {
    let tried = || {
        let settings = context.settings.of(registry)?;
        let deadline = context.environment.deadline(NETWORK_LIMIT)?;
        let request = Request {
            deadline,
            ..context.request(registry, &settings)
        };
        let login = login::of(&request, credential)?;
        verdict(
            registry,
            attempt(registry, &login, context, deadline)?.answer,
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
    context: &Context<'_>,
    deadline: Deadline,
) -> Result<Trial> {
    let client = Client::new(Network::of(context.environment)?);
    Ok(trial::attempt(&client, registry, login, deadline.end())?)
}

/// Returns the line about a login that `registry` takes.
///
/// # Errors
///
/// [`Error::LoginRefused`] for one that it does not take, [`Error::AsksForNone`] where it takes everybody.
#[cfg(feature = "cloud")]
pub(super) fn verdict(registry: &Registry, answer: Answer) -> Result<String> {
    let address = registry.address().to_owned();
    match answer {
        Answer::Accepted => Ok(format!("`{registry}` accepts the login")),
        Answer::Open => Err(Error::AsksForNone { address }),
        Answer::Refused { status, meaning } => Err(Error::LoginRefused {
            address,
            status,
            meaning,
        }),
    }
}

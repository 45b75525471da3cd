//! The one try after which a person knows whether a login works.

use super::Context;
use crate::error::Error;
#[cfg(feature = "cloud")]
use crate::error::Result;
#[cfg(feature = "cloud")]
use crate::provider;
use crate::provider::Credential;
use crate::registry::Registry;

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
    match tried(registry, credential, context) {
        Ok(line) => Verdict::Works(line),
        Err(error) if error.is_refusal() => Verdict::Fails(error),
        Err(error) => Verdict::Unknown(error.to_string()),
    }
}

#[cfg(feature = "cloud")]
fn tried(registry: &Registry, credential: &Credential, context: &Context<'_>) -> Result<String> {
    use crate::login;
    use crate::swr::NETWORK_LIMIT;
    use crate::swr::http::Client;
    use crate::swr::network::Network;
    use crate::swr::trial::{self, Answer};

    let settings = context.settings.of(registry)?;
    let deadline = context.environment.deadline(NETWORK_LIMIT)?;
    let request = provider::Request {
        deadline,
        ..context.request(registry, &settings)
    };
    let login = login::of(&request, credential)?;
    let client = Client::new(Network::of(context.environment)?);
    let trial = trial::attempt(&client, registry, &login, deadline.end())?;
    match trial.answer {
        Answer::Accepted => Ok(format!("`{registry}` accepts the login")),
        Answer::Open => Err(Error::AsksForNone {
            address: registry.address().to_owned(),
        }),
        Answer::Refused { status, meaning } => Err(Error::LoginRefused {
            address: registry.address().to_owned(),
            status,
            meaning,
        }),
    }
}

/// Without the network there is nobody to ask.
#[cfg(not(feature = "cloud"))]
pub(super) fn verify(_: &Registry, _: &Credential, _: &Context<'_>) -> Verdict {
    Verdict::Unknown("this build has no network".to_owned())
}

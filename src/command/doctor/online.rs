//! Tries each login once at its registry, and explains the answer.

use super::check::{Check, State};
use super::registry_checks::{Found, logged_in};
use crate::command::context::Context;
use crate::command::error::Error;
use crate::command::verify::{attempt, verdict};
use crate::login::{self, LoginError};
use crate::model::login::Login;
use crate::model::registry::{CLOUDS, Kind, Registry};
use crate::swr::NETWORK_LIMIT;
use crate::swr::api::ApiError;
use crate::swr::transport::TransportError;
use crate::swr::trial::{Trial, TrialAnswer, TrialError};

const CHECK: &str = "online";

/// The largest difference of the clocks that a signature allows, in seconds. Source: Huawei's *API
/// Request Signing Guide*.
const SKEW_LIMIT: u64 = 15 * 60;

/// The end of the hosts of Open Telekom Cloud.
const OTC: &str = ".otc.t-systems.com";

/// The trials of one run. An identity that was refused once is not tried at the next registry,
/// because more than five refusals in a row lock an access key.
#[derive(Default)]
pub(super) struct Trials {
    /// The identities that were refused, and where.
    refused: Vec<(String, String)>,
}

impl Trials {
    /// Requests the login if it is a temporary one, and tries it.
    pub(super) fn add(&mut self, found: &Found, context: &Context<'_>, checks: &mut Vec<Check>) {
        let registry = &found.registry;
        let who = found.credential.name().to_owned();
        if let Some((_, by)) = self.refused.iter().find(|(refused, _)| *refused == who) {
            let text = format!(
                "not tried again: {by} refuses the {}, and more than 5 refusals in a row lock an access key",
                found.credential.described()
            );
            let hint = "correct that login first, then run doctor again";
            checks.push(Check::warning(CHECK, text, hint));
            return;
        }
        let Some(login) = self.login(found, &who, context, checks) else {
            return;
        };
        let trial = match tried(found, &login, context) {
            Ok(trial) => trial,
            Err(untried) => return checks.push(untried),
        };
        let now = context.environment.now();
        checks.extend(trial.registry_time.and_then(|theirs| clock(theirs, now)));
        checks.push(explained(registry, trial.answer));
        if matches!(trial.answer, TrialAnswer::Refused { .. }) {
            self.refused.push((who, format!("`{registry}`")));
        } else {
            checks.extend(identity(found, context));
        }
    }

    fn login(
        &mut self,
        found: &Found,
        who: &str,
        context: &Context<'_>,
        checks: &mut Vec<Check>,
    ) -> Option<Login> {
        if let Some(login) = &found.login {
            return Some(login.clone());
        }
        let request = context.request(&found.registry, &found.settings);
        match login::obtain(&request, &found.credential) {
            Ok(login) => {
                checks.push(logged_in(&found.registry, &login));
                Some(login)
            }
            Err(error) => {
                if lacks_a_permission(&error) {
                    checks.extend(identity(found, context));
                }
                if error.is_refusal() {
                    let by = format!("the API of `{}`", found.registry);
                    self.refused.push((who.to_owned(), by));
                }
                checks.push(Check::of_error("login", State::Failed, &error.into()));
                None
            }
        }
    }
}

/// Whether a service knows the identity, and refuses it anyway.
fn lacks_a_permission(error: &LoginError) -> bool {
    matches!(error, LoginError::Api(ApiError::Refused { fault, .. }) if fault.status == 403)
}

/// Says which identity this is to Huawei Cloud, which needs no permission. Other clouds have no
/// such call.
fn identity(found: &Found, context: &Context<'_>) -> Option<Check> {
    const CHECK: &str = "identity";
    match found.registry.kind() {
        Kind::Swr { cloud, .. } | Kind::Enterprise { cloud, .. } if cloud == CLOUDS[0] => {}
        _ => return None,
    }
    let request = context.request(&found.registry, &found.settings);
    match login::who(&request, &found.credential) {
        Ok(None) => None,
        Ok(Some(who)) => Some(Check::ok(
            CHECK,
            format!(
                "you are `{}` in the account {}",
                who.principal_urn, who.account_id
            ),
        )),
        Err(error) => Some(Check::warning(
            CHECK,
            format!("STS does not say who you are: {error}"),
            "nothing else depends on it",
        )),
    }
}

fn tried(found: &Found, login: &Login, context: &Context<'_>) -> Result<Trial, Check> {
    let deadline = context.deadline.renewed().of_at_least(NETWORK_LIMIT);
    let source = found.credential.source();
    attempt(&found.registry, login, source, context, deadline)
        .map_err(|error| Check::failed(CHECK, error.to_string(), hint(&error)))
}

/// Open Telekom Cloud's documentation explains this error of the certificate wrongly.
fn hint(error: &Error) -> &'static str {
    match error {
        Error::Trial(TrialError::Transport(TransportError::Tls { host, .. }))
            if host.ends_with(OTC) =>
        {
            "Open Telekom Cloud documents `certificate has expired or is not yet valid` for an access key that was deleted: check in the console that the key still exists, then check the clock and the proxy"
        }
        _ => "check the network, the proxy and the address",
    }
}

fn clock(theirs: u64, now: u64) -> Option<Check> {
    let off = theirs.abs_diff(now);
    (off > SKEW_LIMIT).then(|| {
        let text = format!(
            "this machine's clock is wrong by {} minutes, which temporary logins do not allow",
            off / 60
        );
        Check::warning("clock", text, "set the clock, preferably with NTP")
    })
}

fn explained(registry: &Registry, answer: TrialAnswer) -> Check {
    match verdict(registry, answer) {
        Ok(line) => Check::ok(CHECK, line),
        Err(error @ Error::AsksForNone { .. }) => Check::ok(CHECK, error.to_string()),
        Err(error) => Check::of_error(CHECK, State::Failed, &error),
    }
}

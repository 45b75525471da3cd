//! One try of the login at the registry, and what its answer means.

use super::Check;
use crate::command::Context;
use crate::error::Result;
use crate::login::Login;
use crate::registry::Registry;
use crate::swr::NETWORK_LIMIT;
use crate::swr::http::Client;
use crate::swr::network::Network;
use crate::swr::trial::{self, Answer, Trial};

const CHECK: &str = "online";

/// How far a clock may be off before signatures fail, in seconds, by Huawei's signing guide.
const SKEW_LIMIT: u64 = 15 * 60;

pub(super) fn login(registry: &Registry, login: &Login, context: &Context<'_>) -> Vec<Check> {
    let trial = match tried(registry, login, context) {
        Ok(trial) => trial,
        Err(why) => {
            let hint = "check the network, the proxy and the address";
            return vec![Check::failed(CHECK, why, hint)];
        }
    };
    let now = context.environment.now();
    let clock = trial.registry_time.and_then(|theirs| clock(theirs, now));
    clock
        .into_iter()
        .chain([explained(registry, trial.answer)])
        .collect()
}

fn tried(registry: &Registry, login: &Login, context: &Context<'_>) -> Result<Trial, String> {
    let network = Network::of(context.environment).map_err(|error| error.to_string())?;
    let deadline = context.deadline.renewed().of_at_least(NETWORK_LIMIT);
    trial::attempt(&Client::new(network), registry, login, deadline.end())
        .map_err(|error| error.to_string())
}

fn clock(theirs: u64, now: u64) -> Option<Check> {
    let off = theirs.abs_diff(now);
    (off > SKEW_LIMIT).then(|| {
        let text = format!(
            "this machine's clock is {} minutes off; temporary logins need a right one",
            off / 60
        );
        Check::warning("clock", text, "set the clock, best by NTP")
    })
}

fn explained(registry: &Registry, answer: Answer) -> Check {
    match answer {
        Answer::Open => Check::ok(CHECK, format!("`{registry}` asks for no login")),
        Answer::Accepted => Check::ok(CHECK, format!("`{registry}` accepts the login")),
        Answer::Refused { status, meaning } => Check::failed(
            CHECK,
            format!("`{registry}` refuses the login (HTTP {status}): {meaning}"),
            "see whether the access key is still there in the console, and store it again",
        ),
    }
}

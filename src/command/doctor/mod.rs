//! `doctor`: why a pull works, or does not, a line a check.

#[cfg(feature = "cloud")]
mod cache;
mod checks;
mod clients;
mod clock;
#[cfg(unix)]
mod files;
#[cfg(feature = "cloud")]
mod online;
mod registry;
#[cfg(unix)]
mod user;

use serde::Serialize;

use super::{Context, Stdio, cli, print, shown};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::paint::{Colour, Paint};

/// What one check came to.
#[derive(Debug, Serialize)]
struct Check {
    check: &'static str,
    state: State,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// A pull may work all the same.
    Warning,
    /// No pull can work.
    Failed,
}

impl Check {
    fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self {
            check,
            state: State::Ok,
            text: text.into(),
            hint: None,
        }
    }

    fn warning(check: &'static str, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            check,
            state: State::Warning,
            text: text.into(),
            hint: Some(hint.into()),
        }
    }

    fn failed(check: &'static str, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            check,
            state: State::Failed,
            text: text.into(),
            hint: Some(hint.into()),
        }
    }

    fn of_error(check: &'static str, state: State, error: &Error) -> Self {
        Self {
            check,
            state,
            text: error.to_string(),
            hint: error.hint(),
        }
    }

    /// Returns the lines for a person.
    fn lines(&self, paint: Paint) -> String {
        let (state, colour) = match self.state {
            State::Ok => ("ok", Colour::Green),
            State::Warning => ("warning", Colour::Yellow),
            State::Failed => ("failed", Colour::Red),
        };
        let gap = " ".repeat(WIDTH - state.len());
        let state = paint.paint(colour, state);
        let mut lines = format!("{state}{gap}{}: {}\n", self.check, shown(&self.text));
        if let Some(hint) = &self.hint {
            let word = paint.paint(Colour::Cyan, "hint:");
            lines += &format!("{:WIDTH$}{word} {}\n", "", shown(hint));
        }
        lines
    }
}

/// Where the text of a line begins, behind the longest word for a state.
const WIDTH: usize = "warning  ".len();

/// Returns [`Error::Unhealthy`] if a check failed, so that the exit code tells.
pub(super) fn run(
    options: &cli::Doctor,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<()> {
    let mut checks = checks::of_the_machine(environment);
    #[cfg(unix)]
    {
        checks.extend(user::checks(environment));
        checks.extend(files::checks(environment));
    }
    #[cfg(feature = "cloud")]
    checks.extend(cache::checks(environment));
    let deadline = environment.deadline(super::PROTOCOL_LIMIT)?;
    match Context::for_protocol(environment, deadline) {
        Ok(context) => {
            checks.extend(checks::of_the_store(&context));
            checks.push(clock::check(&context));
            #[cfg(feature = "cloud")]
            let mut trials = online::Trials::default();
            for host in clients::hosts(options.host.as_deref(), environment, &mut checks) {
                let online = options.online;
                let found = registry::checks(&host, online, &context, &mut checks);
                #[cfg(feature = "cloud")]
                if let (true, Some(found)) = (online, &found) {
                    trials.add(found, &context, &mut checks);
                }
                #[cfg(not(feature = "cloud"))]
                drop(found);
            }
        }
        Err(error) => checks.push(Check::of_error("settings", State::Failed, &error)),
    }
    let report = if options.json {
        serde_json::to_string_pretty(&checks).expect("texts are written to memory") + "\n"
    } else {
        let paint = Paint::of(environment, stdio.stdout_is_terminal);
        checks.iter().map(|check| check.lines(paint)).collect()
    };
    print(stdio, report.as_bytes())?;
    match checks
        .iter()
        .filter(|check| check.state == State::Failed)
        .count()
    {
        0 => Ok(()),
        failed => Err(Error::Unhealthy { failed }),
    }
}

//! The result of a check.

use serde::Serialize;

use crate::command::error::Error;
use crate::command::message::hint;
use crate::console::clean::clean;
use crate::console::paint::{Colour, Paint};
use crate::console::screen::Screen;
use crate::console::shell::is_command;

/// The result of a check.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    check: &'static str,
    pub(super) state: State,
    pub(super) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Ok,
    /// A pull may still work.
    Warning,
    /// No pull can work.
    Failed,
}

impl Check {
    pub(super) fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self::new(check, State::Ok, text.into(), None)
    }

    pub(super) fn warning(
        check: &'static str,
        text: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::new(check, State::Warning, text.into(), Some(hint.into()))
    }

    /// Turns a warning into a failure.
    pub(super) fn severe(mut self) -> Self {
        if self.state == State::Warning {
            self.state = State::Failed;
        }
        self
    }

    /// Returns a warning, with a hint if there is one.
    pub(super) fn warning_of(check: &'static str, text: String, hint: Option<String>) -> Self {
        Self::new(check, State::Warning, text, hint)
    }

    /// Returns the warning that some registries were not checked before the deadline.
    pub(super) fn left_out(number: usize) -> Self {
        Self::warning(
            "registry",
            format!("the time is over; registries that were not checked: {number}"),
            "check one with `docker-credential-swr doctor HOST`; DOCKER_CREDENTIAL_SWR_TIMEOUT=SECONDS allows more time",
        )
    }

    pub(super) fn failed(
        check: &'static str,
        text: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::new(check, State::Failed, text.into(), Some(hint.into()))
    }

    pub(super) fn of_error(check: &'static str, state: State, error: &Error) -> Self {
        Self::new(check, state, error.to_string(), hint(error))
    }

    fn new(check: &'static str, state: State, text: String, hint: Option<String>) -> Self {
        Self {
            check,
            state,
            text,
            hint,
        }
    }

    /// Returns the lines for a person, the text of each in one column.
    pub(super) fn lines(&self, screen: Screen, paint: Paint) -> String {
        let (state, colour) = match self.state {
            State::Ok => ("ok", Colour::Green),
            State::Warning => ("warning", Colour::Yellow),
            State::Failed => ("failed", Colour::Red),
        };
        let gap = " ".repeat(WIDTH - state.len());
        let state = paint.paint(colour, state);
        let line = format!("{state}{gap}{}: {}", self.check, clean(&self.text));
        let mut lines = screen.show_with(&line, WIDTH);
        if let Some(hint) = &self.hint {
            let word = paint.paint(Colour::Cyan, "hint:");
            let line = format!("{:WIDTH$}{word} {}", "", clean(hint));
            lines += &match is_command(hint) {
                true => line + "\n",
                false => screen.show_with(&line, WIDTH),
            };
        }
        lines
    }
}

/// The column where the text of a line begins: after the longest state.
const WIDTH: usize = "warning  ".len();

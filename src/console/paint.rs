//! Colours, shown only to a person at a terminal.

use std::fmt::Display;

use crate::system::environment::Environment;

/// A colour from the terminal's own palette, so that it is readable on any background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// An error.
    Red,
    /// Success.
    Green,
    /// A warning.
    Yellow,
    /// A next step.
    Cyan,
}

/// Whether a stream shows colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    is_on: bool,
}

impl Paint {
    /// Decides whether a stream shows colours: only a terminal that supports them does, and none if
    /// NO_COLOR is set (<https://no-color.org>).
    ///
    /// On Windows, the Windows Terminal sets `WT_SESSION`, and shells from Unix set TERM. The old
    /// console would print the codes as text.
    pub fn for_stream(environment: &Environment, is_terminal: bool) -> Self {
        let term = environment.path("TERM");
        let knows = match &term {
            Some(name) => name.as_os_str() != "dumb",
            None => cfg!(windows) && environment.path("WT_SESSION").is_some(),
        };
        let is_on = is_terminal && knows && environment.path("NO_COLOR").is_none();
        Self { is_on }
    }

    /// Returns `text` in this colour.
    pub fn paint(self, colour: Colour, text: impl Display) -> String {
        if !self.is_on {
            return text.to_string();
        }
        let code = match colour {
            Colour::Red => 31,
            Colour::Green => 32,
            Colour::Yellow => 33,
            Colour::Cyan => 36,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_terminal_with_colours_gets_them() {
        let shown = |variables: &[(&'static str, &'static str)], is_terminal| {
            let environment = Environment::from_variables(variables.iter().copied());
            Paint::for_stream(&environment, is_terminal).paint(Colour::Red, "x")
        };
        let xterm = ("TERM", "xterm");
        assert_eq!(shown(&[xterm], true), "\x1b[31mx\x1b[0m");
        assert_eq!(shown(&[xterm, ("NO_COLOR", "")], true), "\x1b[31mx\x1b[0m");
        assert_eq!(shown(&[xterm, ("NO_COLOR", "0")], true), "x");
        assert_eq!(shown(&[xterm], false), "x");
        assert_eq!(shown(&[("TERM", "dumb")], true), "x");
        assert_eq!(shown(&[], true), "x");
        let windows = if cfg!(windows) {
            "\x1b[31mx\x1b[0m"
        } else {
            "x"
        };
        assert_eq!(shown(&[("WT_SESSION", "0")], true), windows);
    }
}

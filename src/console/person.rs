//! The person at the terminal: asked there, and told things on stderr.

use std::io::{self, Write};

use super::clean::clean;
use super::screen::Screen;
use super::terminal::Terminal;
use crate::model::secret::Secret;

/// The person at the terminal.
pub struct Person<'a> {
    pub(super) terminal: &'a mut dyn Terminal,
    pub(super) stderr: &'a mut dyn Write,
    pub(super) screen: Screen,
}

impl Person<'_> {
    /// Returns the screen that they look at.
    pub fn screen(&self) -> Screen {
        self.screen
    }

    /// Tells them something.
    pub fn tell(&mut self, lines: &str) {
        self.screen.tell(self.stderr, lines);
    }

    /// Shows `question` and returns the trimmed answer, or `None` where the input has ended.
    ///
    /// # Errors
    ///
    /// As for [`Terminal::ask`].
    pub fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        self.terminal.ask(&self.shown(question))
    }

    /// Shows `question` and returns the trimmed answer, which is not shown while it is typed.
    ///
    /// # Errors
    ///
    /// As for [`Terminal::ask_hidden`].
    pub fn ask_hidden(&mut self, question: &str) -> io::Result<Secret> {
        self.terminal.ask_hidden(&self.shown(question))
    }

    /// The answer is typed on the same line, a blank away.
    fn shown(&self, question: &str) -> String {
        let lines = self.screen.show(&clean(question));
        lines.trim_end().to_owned() + " "
    }
}

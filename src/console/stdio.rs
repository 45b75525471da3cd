//! The streams of a verb.

use std::io::{IsTerminal, Write};

use zeroize::Zeroizing;

use super::clean::{clean, tell};
use super::error::ConsoleError;
use super::input::{self, Input};
use super::paint::{Colour, Paint};
use super::terminal::{ControllingTerminal, Terminal};
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;
use crate::system::platform::Platform;

/// The streams of a verb, and the person at the terminal.
pub struct Stdio<'a> {
    /// The input. The verb that reads it takes it.
    pub stdin: Option<Box<dyn Input>>,
    /// Answers and errors of the protocol verbs; results of the verbs for people.
    pub stdout: &'a mut dyn Write,
    /// Whether stdout is a terminal, where a password would stay visible.
    pub stdout_is_terminal: bool,
    /// Errors of the verbs for people.
    pub stderr: &'a mut dyn Write,
    /// Whether stderr is a terminal, which can show colours.
    pub stderr_is_terminal: bool,
    /// The person to ask, if stdin is a terminal.
    pub terminal: Option<&'a mut dyn Terminal>,
}

impl Stdio<'_> {
    /// Calls `work` with the streams of this process.
    pub fn of_process<T>(work: impl FnOnce(&mut Stdio<'_>) -> T) -> T {
        let mut terminal = ControllingTerminal;
        let is_terminal = std::io::stdin().is_terminal();
        let terminal: &mut dyn Terminal = &mut terminal;
        work(&mut Stdio {
            stdin: Some(input::of_process()),
            stdout: &mut std::io::stdout().lock(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr: &mut std::io::stderr(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            terminal: is_terminal.then_some(terminal),
        })
    }

    /// Writes an answer.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Output`].
    pub fn print(&mut self, bytes: &[u8]) -> Result<(), ConsoleError> {
        let written = self
            .stdout
            .write_all(bytes)
            .and_then(|()| self.stdout.flush());
        written.map_err(|error| ConsoleError::Output(error.kind()))
    }

    /// Prints lines for a person.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Output`].
    pub fn print_lines(&mut self, lines: &str) -> Result<(), ConsoleError> {
        let lines: String = lines.lines().map(|line| clean(line) + "\n").collect();
        self.print(lines.as_bytes())
    }

    /// Prints the result of a verb for people. At a terminal, the word before the first colon of
    /// each line is coloured by its meaning.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Output`].
    pub fn report(&mut self, lines: &str, environment: &Environment) -> Result<(), ConsoleError> {
        let paint = Paint::for_stream(environment, self.stdout_is_terminal);
        let line = |line: &str| {
            let line = clean(line);
            let known = line.split_once(':').and_then(|(word, rest)| {
                let colour = match word {
                    "verified" | "rotated" => Colour::Green,
                    "not verified" | "not tried" | "not rotated" | "note" => Colour::Yellow,
                    "next" | "undo" => Colour::Cyan,
                    _ => return None,
                };
                let word = paint.paint(colour, format!("{word}:"));
                Some(format!("{word}{rest}\n"))
            });
            known.unwrap_or(line + "\n")
        };
        let lines: String = lines.lines().map(line).collect();
        self.print(lines.as_bytes())
    }

    /// Writes a line for a person to stderr. If stderr is closed, nothing happens.
    pub fn tell(&mut self, line: &str) {
        tell(self.stderr, line);
    }

    /// Prints an error, and a hint if there is one.
    pub fn complain(&mut self, error: &str, hint: Option<&str>, environment: &Environment) {
        self.tell_as("error:", Colour::Red, error, environment);
        if let Some(hint) = hint {
            self.advise(hint, environment);
        }
    }

    /// Prints a hint.
    pub fn advise(&mut self, hint: &str, environment: &Environment) {
        self.tell_as("hint:", Colour::Cyan, hint, environment);
    }

    fn tell_as(&mut self, word: &str, colour: Colour, line: &str, environment: &Environment) {
        let word = Paint::for_stream(environment, self.stderr_is_terminal).paint(colour, word);
        let _ = writeln!(self.stderr, "{word} {}", clean(line));
    }

    /// Reads stdin until the deadline. A person at a terminal is told what to type, and gets more
    /// time.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Input`].
    pub fn read_stdin(
        &mut self,
        deadline: Deadline,
        wanted: &str,
    ) -> Result<Zeroizing<Vec<u8>>, ConsoleError> {
        let Some(stdin) = self.stdin.take() else {
            return Ok(Zeroizing::default());
        };
        if self.terminal.is_none() {
            return stdin.read_whole(Some(deadline));
        }
        let end = match Platform::HERE {
            Platform::Windows => "Ctrl-Z and Enter",
            Platform::Linux | Platform::MacOs => "Ctrl-D",
        };
        self.tell(&format!("waiting for {wanted} on stdin; end it with {end}"));
        stdin.read_whole(None)
    }
}

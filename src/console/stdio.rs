//! The streams of a verb.

use std::io::{IsTerminal, Write};

use zeroize::Zeroizing;

use super::clean::{clean, cleaned};
use super::error::ConsoleError;
use super::input::{self, Input};
use super::paint::{Colour, Paint};
use super::person::Person;
use super::screen::Screen;
use super::shell::is_command;
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
    /// Where stdout is shown; a password would stay visible there.
    pub stdout_screen: Screen,
    /// Errors of the verbs for people.
    pub stderr: &'a mut dyn Write,
    /// Where stderr is shown.
    pub stderr_screen: Screen,
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
            stdout_screen: Screen::for_stream(&std::io::stdout()),
            stderr: &mut std::io::stderr(),
            stderr_screen: Screen::for_stream(&std::io::stderr()),
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

    /// Returns the person to ask, where there is one.
    pub fn person(&mut self) -> Option<Person<'_>> {
        match &mut self.terminal {
            Some(terminal) => Some(Person {
                terminal: *terminal,
                stderr: self.stderr,
                screen: self.stderr_screen,
            }),
            None => None,
        }
    }

    /// Prints lines for a person.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Output`].
    pub fn print_lines(&mut self, lines: &str) -> Result<(), ConsoleError> {
        let lines = self.stdout_screen.show(&cleaned(lines));
        self.print(lines.as_bytes())
    }

    /// Prints the result of a verb for people. At a terminal, the word before the first colon of
    /// each line is coloured by its meaning.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Output`].
    pub fn report(&mut self, lines: &str, environment: &Environment) -> Result<(), ConsoleError> {
        let screen = self.stdout_screen;
        let paint = Paint::for_stream(environment, screen.is_terminal());
        let line = |line: &str| {
            let known = line.split_once(": ").and_then(|(word, rest)| {
                let colour = match word {
                    "verified" | "rotated" => Colour::Green,
                    "not verified" | "not tried" | "not rotated" | "note" => Colour::Yellow,
                    "next" | "undo" => Colour::Cyan,
                    _ => return None,
                };
                Some(labelled(word, colour, rest, screen, paint))
            });
            known.unwrap_or_else(|| screen.show(line))
        };
        let lines: String = cleaned(lines).lines().map(line).collect();
        self.print(lines.as_bytes())
    }

    /// Writes lines for a person to stderr. If stderr is closed, nothing happens.
    pub fn tell(&mut self, lines: &str) {
        self.stderr_screen.tell(self.stderr, lines);
    }

    /// Prints an error, and a hint if there is one.
    pub fn complain(&mut self, error: &str, hint: Option<&str>, environment: &Environment) {
        self.tell_as("error", Colour::Red, error, environment);
        if let Some(hint) = hint {
            self.advise(hint, environment);
        }
    }

    /// Prints a hint.
    pub fn advise(&mut self, hint: &str, environment: &Environment) {
        self.tell_as("hint", Colour::Cyan, hint, environment);
    }

    fn tell_as(&mut self, word: &str, colour: Colour, line: &str, environment: &Environment) {
        let screen = self.stderr_screen;
        let paint = Paint::for_stream(environment, screen.is_terminal());
        let line = labelled(word, colour, &clean(line), screen, paint);
        let _ = self.stderr.write_all(line.as_bytes());
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

/// Returns a line that starts with its label. A command is not broken: it could not be pasted from
/// two lines.
fn labelled(word: &str, colour: Colour, rest: &str, screen: Screen, paint: Paint) -> String {
    let line = format!("{} {rest}\n", paint.paint(colour, format!("{word}:")));
    match colour == Colour::Cyan && is_command(rest) {
        true => line,
        false => screen.show(&line),
    }
}

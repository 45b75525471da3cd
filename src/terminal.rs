//! Questions to a person.

use std::io;

use zeroize::Zeroizing;

use crate::secret::Secret;

/// Somebody to ask.
pub trait Terminal {
    /// Shows `question` and returns the trimmed answer, or `None` where the input has ended.
    ///
    /// # Errors
    ///
    /// Whatever reading or writing gives.
    fn ask(&mut self, question: &str) -> io::Result<Option<String>>;

    /// Shows `question` and returns the trimmed answer, which is not shown while it is typed.
    ///
    /// # Errors
    ///
    /// Whatever reading or writing gives; [`io::ErrorKind::Interrupted`] for Ctrl-C.
    fn ask_hidden(&mut self, question: &str) -> io::Result<Secret>;
}

/// The terminal that this process was started at.
pub struct ControllingTerminal;

impl Terminal for ControllingTerminal {
    #[expect(
        clippy::print_stderr,
        reason = "this is the file that talks to the person"
    )]
    fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        // Stderr, so that stdout may be redirected.
        eprint!("{question}");
        let mut line = String::new();
        match io::stdin().read_line(&mut line)? {
            0 => Ok(None),
            _ => Ok(Some(line.trim().to_owned())),
        }
    }

    fn ask_hidden(&mut self, question: &str) -> io::Result<Secret> {
        let typed = Zeroizing::new(rpassword::prompt_password(question)?);
        Ok(typed.trim().into())
    }
}

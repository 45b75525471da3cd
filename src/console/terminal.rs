//! Questions to a person.

use std::io;
#[cfg(unix)]
use std::io::{Read, Write};

use zeroize::Zeroizing;

use super::clean::clean;
use crate::model::secret::Secret;

/// Somebody to ask.
pub trait Terminal {
    /// Shows `question` and returns the trimmed answer, or `None` where the input has ended.
    ///
    /// # Errors
    ///
    /// Whatever reading or writing gives; [`io::ErrorKind::InvalidData`] for what is not UTF-8, and
    /// [`io::ErrorKind::FileTooLarge`] for what is too long.
    fn ask(&mut self, question: &str) -> io::Result<Option<String>>;

    /// Shows `question` and returns the trimmed answer, which is not shown while it is typed.
    ///
    /// # Errors
    ///
    /// Whatever reading or writing gives; [`io::ErrorKind::Interrupted`] for Ctrl-C, and as for [`Self::ask`].
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
        eprint!("{}", clean(question));
        let mut line = String::new();
        match io::stdin().read_line(&mut line)? {
            0 => Ok(None),
            _ => Ok(Some(line.trim().to_owned())),
        }
    }

    fn ask_hidden(&mut self, question: &str) -> io::Result<Secret> {
        #[cfg(unix)]
        let typed = read_hidden(&clean(question))?;
        #[cfg(not(unix))]
        let typed = Zeroizing::new(rpassword::prompt_password(clean(question))?);
        Ok(typed.trim().into())
    }
}

/// Reads a line that is not shown. Ctrl-C and the like come as bytes meanwhile, as a signal would end
/// the process and leave the terminal without its echo.
#[cfg(unix)]
fn read_hidden(question: &str) -> io::Result<Zeroizing<String>> {
    const CTRL_C: u8 = 0x03;
    const CTRL_D: u8 = 0x04;
    const CTRL_U: u8 = 0x15;
    const BACKSPACE: [u8; 2] = [0x08, 0x7f];

    let mut tty = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/tty")?;
    let hidden = HiddenInput::at(tty.try_clone()?)?;
    tty.write_all(question.as_bytes())?;
    let mut typed = Zeroizing::new(Vec::with_capacity(TYPED_LIMIT));
    let mut byte = Zeroizing::new([0]);
    let ended = loop {
        match (tty.read(&mut *byte)?, byte[0]) {
            (0, _) | (_, CTRL_D) if typed.is_empty() => break Err(io::ErrorKind::UnexpectedEof),
            (0, _) | (_, b'\n' | b'\r') => break Ok(()),
            (_, CTRL_C) => break Err(io::ErrorKind::Interrupted),
            (_, CTRL_U) => typed.clear(),
            (_, key) if BACKSPACE.contains(&key) => drop(typed.pop()),
            _ if typed.len() == TYPED_LIMIT => break Err(io::ErrorKind::FileTooLarge),
            (_, key) => typed.push(key),
        }
    };
    drop(hidden);
    tty.write_all(b"\n")?;
    ended?;
    let text = std::str::from_utf8(&typed).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// More than any secret that a person pastes; so that what is typed is never copied to grow.
#[cfg(unix)]
const TYPED_LIMIT: usize = 64 * 1024;

/// A terminal that shows nothing of what is typed, and does again when this is dropped.
#[cfg(unix)]
struct HiddenInput {
    tty: std::fs::File,
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl HiddenInput {
    fn at(tty: std::fs::File) -> io::Result<Self> {
        use rustix::termios::{
            LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr,
        };

        let before = tcgetattr(&tty)?;
        let mut hidden = before.clone();
        // Byte by byte: a line of the terminal's own ends after 4096 bytes, and tokens are longer.
        hidden.local_modes -=
            LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
        hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&tty, OptionalActions::Now, &hidden)?;
        Ok(Self { tty, before })
    }
}

#[cfg(unix)]
impl Drop for HiddenInput {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};

        // Nobody is left to tell where even this fails.
        let _ = tcsetattr(&self.tty, OptionalActions::Now, &self.before);
    }
}

//! Asks a person at the terminal.

#[cfg(unix)]
use std::fs::File;
use std::io;
#[cfg(unix)]
use std::io::{Read, Write};
#[cfg(unix)]
use std::sync::{Mutex, OnceLock, PoisonError};
#[cfg(unix)]
use std::thread;

#[cfg(unix)]
use rustix::termios::{OptionalActions, Termios, tcsetattr};

use zeroize::Zeroizing;

use crate::model::secret::Secret;

/// Somebody who can be asked. A [`Person`](super::person::Person) makes the question safe to show.
pub trait Terminal {
    /// Shows `question` and returns the trimmed answer; `None` at the end of the input.
    ///
    /// # Errors
    ///
    /// Any error of the terminal; [`io::ErrorKind::InvalidData`] if the answer is not UTF-8,
    /// [`io::ErrorKind::FileTooLarge`] if it is too long.
    fn ask(&mut self, question: &str) -> io::Result<Option<String>>;

    /// Shows `question` and returns the trimmed answer, which stays hidden while it is typed.
    ///
    /// # Errors
    ///
    /// As for [`Self::ask`], and [`io::ErrorKind::Interrupted`] for Ctrl-C.
    fn ask_hidden(&mut self, question: &str) -> io::Result<Secret>;
}

/// The terminal that this process was started from.
pub struct ControllingTerminal;

impl Terminal for ControllingTerminal {
    #[expect(
        clippy::print_stderr,
        reason = "this is the file that talks to the person"
    )]
    fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        // On stderr, so that stdout can be redirected.
        eprint!("{question}");
        let mut line = String::new();
        match io::stdin().read_line(&mut line)? {
            0 => Ok(None),
            _ => Ok(Some(line.trim().to_owned())),
        }
    }

    fn ask_hidden(&mut self, question: &str) -> io::Result<Secret> {
        #[cfg(unix)]
        let typed = read_hidden(question)?;
        #[cfg(not(unix))]
        let typed = Zeroizing::new(rpassword::prompt_password(question)?);
        Ok(typed.trim().into())
    }
}

/// Reads a hidden line. Meanwhile Ctrl-C and the like arrive as bytes.
#[cfg(unix)]
fn read_hidden(question: &str) -> io::Result<Zeroizing<String>> {
    const CTRL_C: u8 = 0x03;
    const CTRL_D: u8 = 0x04;
    const CTRL_U: u8 = 0x15;
    const BACKSPACE: [u8; 2] = [0x08, 0x7f];

    let mut tty = File::options().read(true).write(true).open("/dev/tty")?;
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

/// Longer than any secret that people paste, so that the buffer never grows and leaves a copy
/// behind.
#[cfg(unix)]
const TYPED_LIMIT: usize = 64 * 1024;

/// A terminal without echo. The echo comes back when this is dropped or when a signal ends the
/// process.
#[cfg(unix)]
struct HiddenInput;

/// The hidden terminal and its former settings.
#[cfg(unix)]
static HIDDEN: Mutex<Option<(File, Termios)>> = Mutex::new(None);

#[cfg(unix)]
impl HiddenInput {
    fn at(tty: File) -> io::Result<Self> {
        use rustix::termios::{LocalModes, SpecialCodeIndex, tcgetattr};

        let before = tcgetattr(&tty)?;
        let mut hidden = before.clone();
        // Byte by byte, because the terminal's own line editor cuts lines after 4096 bytes, and
        // tokens are longer.
        hidden.local_modes -=
            LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
        hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
        restore_on_signals()?;
        // The signal handler waits for this lock.
        let mut kept = HIDDEN.lock().unwrap_or_else(PoisonError::into_inner);
        tcsetattr(&tty, OptionalActions::Now, &hidden)?;
        *kept = Some((tty, before));
        Ok(Self)
    }
}

#[cfg(unix)]
impl Drop for HiddenInput {
    fn drop(&mut self) {
        restore();
    }
}

#[cfg(unix)]
fn restore() {
    let hidden = HIDDEN.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some((tty, before)) = hidden {
        // If this fails too, there is nothing left to do.
        let _ = tcsetattr(&tty, OptionalActions::Now, &before);
    }
}

/// From the first call on, a signal that would end the process restores the echo first. Such a
/// signal comes from another process, since Ctrl-C at a hidden question is a byte.
#[cfg(unix)]
fn restore_on_signals() -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    static STARTED: OnceLock<()> = OnceLock::new();
    if STARTED.get().is_none() {
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
        thread::spawn(move || {
            for signal in signals.forever() {
                restore();
                // This does not return.
                let _ = emulate_default_handler(signal);
            }
        });
        let _ = STARTED.set(());
    }
    Ok(())
}

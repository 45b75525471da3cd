//! Gets an access key or another identity from a person: from options, files and stdin, or by
//! asking.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::downloads::{self, Download};
use super::error::{Error, OptionError, Result};
use super::questions::{ask_until, complain, stopped};
use crate::config::credentials_csv;
use crate::config::error::ConfigError;
use crate::console::error::{ConsoleError, InputProblem, Missing};
use crate::console::person::Person;
use crate::console::stdio::Stdio;
use crate::model::access_key::{AccessKey, Malformed, looks_like_ak, looks_like_sk, shortened};
use crate::model::identity::{IamUser, Identity, TemporaryKey};
use crate::model::secret::Secret;
use crate::model::text::has_control;
use crate::model::time;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// The options for an access key. The SK is never one of them.
#[derive(Args)]
pub(crate) struct KeySource {
    /// The access key ID
    #[arg(long)]
    pub(crate) ak: Option<String>,
    /// Read AK and SK from the credentials.csv that Huawei Cloud's console gave
    #[arg(long, value_name = "FILE", conflicts_with = "sk_stdin")]
    pub(crate) csv: Option<PathBuf>,
    /// Read the SK from stdin
    #[arg(long)]
    pub(crate) sk_stdin: bool,
}

/// The options for an identity.
#[derive(Args)]
pub(crate) struct IdentitySource {
    #[command(flatten)]
    pub(crate) key: KeySource,
    /// The key is a temporary one: read its security token from stdin, after the SK if both are
    /// there
    #[arg(long)]
    pub(crate) security_token_stdin: bool,
    /// When the temporary key expires, such as 2026-07-23T08:46:07Z
    #[arg(long, value_name = "TIME", requires = "security_token_stdin")]
    pub(crate) expires: Option<String>,
    /// Store an IAM user instead of an access key; asks for the password
    #[arg(long, value_name = "NAME", requires = "domain", conflicts_with_all = ["ak", "csv", "sk_stdin", "security_token_stdin"])]
    pub(crate) iam_user: Option<String>,
    /// The account that the IAM user belongs to
    #[arg(long, value_name = "NAME", requires = "iam_user")]
    pub(crate) domain: Option<String>,
    /// Read the IAM user's password from stdin
    #[arg(long, requires = "iam_user")]
    pub(crate) password_stdin: bool,
}

impl IdentitySource {
    /// Whether a login key can be derived from it, which is all that the file store keeps.
    pub(super) fn has_login_key(&self) -> bool {
        self.iam_user.is_none() && !self.security_token_stdin
    }
}

/// What a person gave.
pub(super) struct Given<T> {
    pub(super) what: T,
    /// The file that it was read from and that still holds it.
    pub(super) file: Option<PathBuf>,
}

impl<T> Given<T> {
    fn typed(what: T) -> Self {
        Self { what, file: None }
    }

    fn map<U>(self, change: impl FnOnce(T) -> U) -> Given<U> {
        Given {
            what: change(self.what),
            file: self.file,
        }
    }

    /// Returns a warning about that file, if there is one.
    pub(super) fn warning(&self) -> String {
        let Some(file) = &self.file else {
            return String::new();
        };
        let path = file.display();
        format!(
            "note: {path} still holds the SK in plain text; delete it, or keep it in a safe place\n"
        )
    }
}

/// Returns the identity that `source` describes. Its secrets come from where the options say, or
/// are asked for.
pub(super) fn identity(
    source: &IdentitySource,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
    deadline: Deadline,
) -> Result<Given<Identity>> {
    if let Some(name) = &source.iam_user {
        let domain = source.domain.clone().unwrap_or_default();
        let question = "password of the IAM user (not shown):";
        let password = secret(
            source.password_stdin,
            Missing::Password,
            question,
            stdio,
            deadline,
        )?;
        return Ok(Given::typed(Identity::User(IamUser {
            name: name.clone(),
            domain,
            password,
        })));
    }
    let expires = source.expires.as_deref().map(parse_expiry).transpose()?;
    let both_on_stdin =
        source.key.sk_stdin && source.security_token_stdin && stdio.terminal.is_none();
    let (key, security_token) = if both_on_stdin {
        let ak = source
            .key
            .ak
            .as_deref()
            .ok_or(ConsoleError::NoTerminal(Missing::Ak))?;
        let [sk, security_token] = two_lines(stdio, deadline)?;
        let key = AccessKey::checked(ak, sk)?;
        (Given::typed(key), Some(security_token))
    } else {
        let key = access_key(&source.key, None, stdio, environment, deadline)?;
        let question = "security token (not shown):";
        let token = source
            .security_token_stdin
            .then(|| secret(true, Missing::SecurityToken, question, stdio, deadline));
        (key, token.transpose()?)
    };
    Ok(match security_token {
        None => key.map(Identity::Key),
        Some(security_token) => key.map(|key| {
            Identity::TemporaryKey(TemporaryKey {
                key,
                security_token,
                expires,
            })
        }),
    })
}

/// A key that is to be replaced by another one.
#[derive(Clone, Copy)]
pub(super) struct Old<'a> {
    /// Its account.
    pub(super) name: &'a str,
    pub(super) ak: &'a str,
}

/// Refuses the AK of the old key.
fn check_new(ak: &str, old: Option<Old<'_>>) -> Result<()> {
    match old.filter(|old| old.ak == ak) {
        Some(old) => Err(Error::SameKey {
            name: old.name.to_owned(),
            ak: shortened(ak),
        }),
        None => Ok(()),
    }
}

/// Returns the access key that `source` describes, and asks for the missing parts. It is not the
/// `old` one.
pub(super) fn access_key(
    source: &KeySource,
    old: Option<Old<'_>>,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
    deadline: Deadline,
) -> Result<Given<AccessKey>> {
    if let Some(ak) = &source.ak {
        check_new(ak, old)?;
    }
    if let Some(path) = &source.csv {
        let key = key_of_csv(path, source, deadline)?;
        check_new(&key.ak, old)?;
        return Ok(Given {
            what: key,
            // A pipe is empty now.
            file: path.is_file().then(|| path.clone()),
        });
    }
    if source.sk_stdin && stdio.terminal.is_none() {
        let ak = source
            .ak
            .as_deref()
            .ok_or(ConsoleError::NoTerminal(Missing::Ak))?;
        let sk = secret(true, Missing::Sk, "", stdio, deadline)?;
        return Ok(Given::typed(AccessKey::checked(ak, sk)?));
    }
    let Some(mut person) = stdio.person() else {
        let missing = if source.ak.is_none() {
            Missing::Ak
        } else {
            Missing::Sk
        };
        return Err(ConsoleError::NoTerminal(missing).into());
    };
    match &source.ak {
        Some(ak) => {
            let sk = ask_hidden(&mut person, SK_QUESTION)?;
            Ok(Given::typed(AccessKey::checked(ak, sk)?))
        }
        None => {
            let mut downloads = downloads::find(environment);
            downloads.retain(|download| check_new(&download.key.ak, old).is_ok());
            ask_for_key(&mut person, old, &downloads, environment.now())
        }
    }
}

const SK_QUESTION: &str = "SK (secret access key, not shown):";

/// The file may be a pipe, such as a shell's `<(...)`, that nobody writes to.
fn key_of_csv(path: &Path, source: &KeySource, deadline: Deadline) -> Result<AccessKey> {
    // The questions before may have taken a while.
    let deadline = deadline.renewed();
    let file = path.to_owned();
    let read = deadline.run(move || credentials_csv::read_or_wait(&file));
    let key = read.unwrap_or_else(|| {
        let seconds = deadline.limit().as_secs();
        let source = io::Error::other(format!("it did not end within {seconds} s"));
        Err(ConfigError::System(SystemError::file("read", path, source)))
    })?;
    match &source.ak {
        Some(ak) if *ak != key.ak => Err(Error::OtherAk {
            path: path.to_owned(),
        }),
        _ => Ok(key),
    }
}

/// Asks until there is an access key: one from a downloaded file, or one that is typed.
fn ask_for_key(
    person: &mut Person<'_>,
    old: Option<Old<'_>>,
    downloads: &[Download],
    now: u64,
) -> Result<Given<AccessKey>> {
    if !downloads.is_empty() {
        person.tell("access keys in the download folder:");
    }
    for (number, download) in downloads.iter().enumerate() {
        let line = download.described(now);
        person.tell(&format!("  {}  {line}", number + 1));
    }
    let question = match downloads.len() {
        0 => "AK (access key ID):",
        1 => "AK (access key ID) [from the file]:",
        _ => "AK (access key ID), or the number of a file:",
    };
    loop {
        let ak = match ask_until(person, question, |answer| {
            check_new(answer, old)?;
            KeyChoice::parse(answer, downloads)
        })? {
            KeyChoice::Ak(ak) => ak,
            KeyChoice::Download(download) => {
                return Ok(Given {
                    what: download.key.clone(),
                    file: Some(download.path.clone()),
                });
            }
        };
        match AccessKey::checked(&ak, ask_hidden(person, SK_QUESTION)?) {
            Ok(key) => return Ok(Given::typed(key)),
            Err(wrong) => complain(person, &wrong.into()),
        }
    }
}

/// The answer to the question for an access key.
enum KeyChoice<'a> {
    Ak(String),
    Download(&'a Download),
}

impl<'a> KeyChoice<'a> {
    /// No AK is as short as the number of a file.
    fn parse(answer: &str, downloads: &'a [Download]) -> Result<Self> {
        let number = match answer {
            // If there are several files, somebody else may have put one there, so Enter alone
            // selects none.
            "" if downloads.len() == 1 => Some(1),
            short if short.len() == 1 => short.parse().ok(),
            _ => None,
        };
        let download = number.and_then(|number: usize| downloads.get(number.checked_sub(1)?));
        match download {
            Some(download) => Ok(Self::Download(download)),
            None if looks_like_ak(answer) => Ok(Self::Ak(answer.to_owned())),
            // Reported now, and not after the SK was pasted too.
            None if looks_like_sk(answer) => Err(Malformed::Swapped.into()),
            // Every key seen so far has this shape; `--ak` takes any other.
            None => Err(Malformed::NotAkShape.into()),
        }
    }
}

/// Returns a secret from stdin, or from the person at the terminal.
fn secret(
    from_stdin: bool,
    what: Missing,
    question: &str,
    stdio: &mut Stdio<'_>,
    deadline: Deadline,
) -> Result<Secret> {
    let secret = match stdio.person() {
        Some(mut person) => ask_hidden(&mut person, question)?,
        // Only a password may start or end with a blank.
        None if from_stdin && matches!(what, Missing::Password) => {
            let input = stdin_text(stdio, deadline)?;
            let text = input.expose();
            let text = text.strip_suffix('\n').unwrap_or(text);
            text.strip_suffix('\r').unwrap_or(text).into()
        }
        None if from_stdin => stdin_text(stdio, deadline)?.expose().trim().into(),
        None => return Err(ConsoleError::NoTerminal(what).into()),
    };
    checked(secret)
}

/// Checks that the secret has no control bytes, because it becomes a part of a header or of JSON.
fn checked(secret: Secret) -> Result<Secret> {
    match secret.expose() {
        "" => Err(Error::NoSecret),
        text if has_control(text) => Err(ConsoleError::Input(InputProblem::ControlByte).into()),
        _ => Ok(secret),
    }
}

fn ask_hidden(person: &mut Person<'_>, question: &str) -> Result<Secret> {
    Ok(person.ask_hidden(question).map_err(stopped)?)
}

/// If both are on stdin, the SK is the first line and the security token the second.
fn two_lines(stdio: &mut Stdio<'_>, deadline: Deadline) -> Result<[Secret; 2]> {
    let text = stdin_text(stdio, deadline)?;
    let mut lines = text.expose().trim().lines().map(str::trim);
    match (lines.next(), lines.next(), lines.next()) {
        (Some(sk), Some(token), None) if !token.is_empty() => {
            Ok([checked(sk.into())?, checked(token.into())?])
        }
        _ => Err(OptionError::TwoLines.into()),
    }
}

/// Reads what a program writes to stdin, within the deadline.
fn stdin_text(stdio: &mut Stdio<'_>, deadline: Deadline) -> Result<Secret> {
    let input = stdio.read_stdin(deadline, "the secret")?;
    let text =
        std::str::from_utf8(&input).map_err(|_| ConsoleError::Input(InputProblem::NotUtf8))?;
    Ok(text.into())
}

fn parse_expiry(text: &str) -> Result<u64> {
    time::parse_iso(text).ok_or_else(|| OptionError::Expires.into())
}

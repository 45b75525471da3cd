//! The identity that a person stores: from options, files and stdin, or by questions.

use super::questions::{ask_until, complain, stopped};
use crate::access_key::{AccessKey, Malformed, is_alphanumeric};
use crate::command::{Stdio, cli, read_stdin};
use crate::credentials_csv;
use crate::environment::Deadline;
use crate::error::{Error, Result};
use crate::identity::{IamUser, Identity, TemporaryKey};
use crate::protocol;
use crate::secret::Secret;
use crate::terminal::Terminal;
use crate::timestamp;

/// Returns the identity that `options` name, with the secrets of it from where they say.
pub(super) fn identity(
    options: &cli::Store,
    stdio: &mut Stdio<'_>,
    deadline: Deadline,
) -> Result<Identity> {
    if let Some(name) = &options.iam_user {
        let domain = options.domain.clone().unwrap_or_default();
        let question = "password of the IAM user (not shown): ";
        let password = secret(
            options.password_stdin,
            "the password",
            question,
            stdio,
            deadline,
        )?;
        return Ok(Identity::User(IamUser {
            name: name.clone(),
            domain,
            password,
        }));
    }
    let expires = options.expires.as_deref().map(parse_expiry).transpose()?;
    let both_on_stdin =
        options.sk_stdin && options.security_token_stdin && stdio.terminal.is_none();
    let (key, security_token) = match (both_on_stdin, &options.csv) {
        (true, _) => {
            let ak = options.ak.as_deref().ok_or(Error::NoTerminal("the AK"))?;
            let [sk, security_token] = two_lines(stdio, deadline)?;
            (AccessKey::checked(ak, sk)?, Some(security_token))
        }
        (false, csv) => {
            let key = match csv {
                Some(path) => key_of_csv(path, options)?,
                None => access_key(options, stdio, deadline)?,
            };
            let question = "security token (not shown): ";
            let token = options
                .security_token_stdin
                .then(|| secret(true, "the security token", question, stdio, deadline));
            (key, token.transpose()?)
        }
    };
    match security_token {
        None => Ok(Identity::Key(key)),
        Some(security_token) => Ok(Identity::TemporaryKey(TemporaryKey {
            key,
            security_token,
            expires,
        })),
    }
}

fn key_of_csv(path: &std::path::Path, options: &cli::Store) -> Result<AccessKey> {
    let key = credentials_csv::read(path)?;
    match &options.ak {
        Some(ak) if *ak != key.ak => Err(Error::Csv {
            path: path.to_owned(),
            why: "it holds another AK than `--ak`",
        }),
        _ => Ok(key),
    }
}

fn access_key(
    options: &cli::Store,
    stdio: &mut Stdio<'_>,
    deadline: Deadline,
) -> Result<AccessKey> {
    if options.sk_stdin && stdio.terminal.is_none() {
        let ak = options.ak.as_deref().ok_or(Error::NoTerminal("the AK"))?;
        let sk = secret(true, "the SK", "", stdio, deadline)?;
        return Ok(AccessKey::checked(ak, sk)?);
    }
    let missing = if options.ak.is_none() {
        "the AK"
    } else {
        "the SK"
    };
    let Some(terminal) = stdio.terminal.as_deref_mut() else {
        return Err(Error::NoTerminal(missing));
    };
    loop {
        let ak = match &options.ak {
            Some(ak) => ak.clone(),
            None => ask_until(terminal, stdio.stderr, "AK (access key ID): ", |ak| {
                if is_alphanumeric(ak) {
                    Ok(ak.to_owned())
                } else {
                    Err(Malformed::Ak.into())
                }
            })?,
        };
        let sk = ask_hidden(terminal, "SK (secret access key, not shown): ")?;
        match AccessKey::checked(&ak, sk) {
            Ok(key) => return Ok(key),
            Err(wrong) if options.ak.is_none() => complain(stdio.stderr, &wrong.into()),
            Err(wrong) => return Err(wrong.into()),
        }
    }
}

/// Returns a secret from stdin, or from the person at the terminal.
fn secret(
    from_stdin: bool,
    what: &'static str,
    question: &str,
    stdio: &mut Stdio<'_>,
    deadline: Deadline,
) -> Result<Secret> {
    let secret = match stdio.terminal.as_deref_mut() {
        Some(terminal) => ask_hidden(terminal, question)?,
        None if from_stdin => stdin_text(stdio, deadline)?,
        None => return Err(Error::NoTerminal(what)),
    };
    match secret.expose() {
        "" => Err(Error::NoSecret),
        text if protocol::has_control(text) => {
            Err(Error::Input(crate::error::InputProblem::ControlByte))
        }
        _ => Ok(secret),
    }
}

fn ask_hidden(terminal: &mut dyn Terminal, question: &str) -> Result<Secret> {
    terminal.ask_hidden(question).map_err(stopped)
}

/// With both on stdin the SK is the first line and the security token the second.
fn two_lines(stdio: &mut Stdio<'_>, deadline: Deadline) -> Result<[Secret; 2]> {
    let text = stdin_text(stdio, deadline)?;
    let mut lines = text.expose().lines().map(str::trim);
    match (lines.next(), lines.next(), lines.next()) {
        (Some(sk), Some(token), None) if !token.is_empty() => Ok([sk.into(), token.into()]),
        _ => Err(Error::Option(
            "stdin must hold two lines: the SK, and the security token".into(),
        )),
    }
}

/// Returns what a program writes to stdin, which may not keep the verb waiting for ever.
fn stdin_text(stdio: &mut Stdio<'_>, deadline: Deadline) -> Result<Secret> {
    let input = read_stdin(stdio, deadline, "what is secret")?;
    let text = std::str::from_utf8(&input)
        .map_err(|_| Error::Input(crate::error::InputProblem::NotUtf8))?;
    Ok(text.trim().into())
}

fn parse_expiry(text: &str) -> Result<u64> {
    timestamp::parse_iso(text).ok_or_else(|| {
        Error::Option("`--expires` takes a time such as 2026-07-23T08:46:07Z".into())
    })
}

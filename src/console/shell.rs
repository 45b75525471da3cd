//! Quoting for the shell that people use, for commands that they can paste: PowerShell on Windows,
//! else a POSIX shell.

use std::borrow::Cow;

use crate::system::platform::Platform;

/// What stands between two commands. Windows PowerShell does not know `&&`.
pub const THEN: &str = match Platform::HERE {
    Platform::Windows => "; ",
    Platform::Linux | Platform::MacOs => " && ",
};

/// Returns `text` as one word of the shell here, quoted if necessary.
pub fn word(text: &str) -> Cow<'_, str> {
    word_on(text, Platform::HERE)
}

/// Returns `text` as one word of the shell on `platform`, quoted if necessary.
pub fn word_on(text: &str, platform: Platform) -> Cow<'_, str> {
    let plain = match platform {
        Platform::Windows => r"-_./:+,\",
        Platform::Linux | Platform::MacOs => "-_./:@%+,",
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || plain.contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.into();
    }
    quoted(text, platform).into()
}

/// Returns `text` in quotes, as one word of the shell on `platform`. It may be a secret: no other
/// copy of it is made.
pub fn quoted(text: &str, platform: Platform) -> String {
    // PowerShell takes the typographic ones for plain ones, and a doubled one for itself.
    const QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];
    let mut parts = vec!["'"];
    match platform {
        Platform::Windows => {
            for piece in text.split_inclusive(QUOTES) {
                let end = piece.find(QUOTES).unwrap_or(piece.len());
                parts.extend([piece, &piece[end..]]);
            }
        }
        Platform::Linux | Platform::MacOs => {
            for piece in text.split_inclusive('\'') {
                match piece.strip_suffix('\'') {
                    Some(before) => parts.extend([before, r"'\''"]),
                    None => parts.push(piece),
                }
            }
        }
    }
    parts.push("'");
    parts.concat()
}

/// Whether `text`, which says what to do, is a command and not a sentence.
pub fn is_command(text: &str) -> bool {
    let rest = text.strip_prefix("docker");
    let rest = rest.map(|rest| rest.strip_prefix("-credential-swr").unwrap_or(rest));
    rest.is_some_and(|rest| rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_a_posix_shell_would_change_are_quoted() {
        for (text, expected) in [
            (
                "swr.cn-north-4.myhuaweicloud.com",
                "swr.cn-north-4.myhuaweicloud.com",
            ),
            ("localhost:5000", "localhost:5000"),
            ("[::1]:5000", "'[::1]:5000'"),
            ("", "''"),
            ("/home/a b", "'/home/a b'"),
            ("it's", r"'it'\''s'"),
            ("'", r"''\'''"),
            ("a$(b)", "'a$(b)'"),
            ("~/x", "'~/x'"),
        ] {
            assert_eq!(word_on(text, Platform::Linux), expected);
            assert_eq!(word_on(text, Platform::MacOs), expected);
        }
    }

    /// The quotes are those that PowerShell's `EscapeSingleQuotedStringContent` doubles.
    #[test]
    fn words_that_powershell_would_change_are_quoted() {
        for (text, expected) in [
            ("localhost:5000", "localhost:5000"),
            (r"C:\Users\me", r"C:\Users\me"),
            (r"C:\Users\a b", r"'C:\Users\a b'"),
            ("@a", "'@a'"),
            ("", "''"),
            ("it's", "'it''s'"),
            ("'", "''''"),
            ("a\u{2019};b", "'a\u{2019}\u{2019};b'"),
            (
                "\u{2018}\u{201a}\u{201b}",
                "'\u{2018}\u{2018}\u{201a}\u{201a}\u{201b}\u{201b}'",
            ),
        ] {
            assert_eq!(word_on(text, Platform::Windows), expected);
        }
    }
}

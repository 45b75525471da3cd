//! Quoting for a POSIX shell, for commands that people can paste.

use std::borrow::Cow;

/// Returns `text` as one word of a shell, quoted if necessary.
pub fn word(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.into();
    }
    format!("'{}'", text.replace('\'', r"'\''")).into()
}

/// Whether `text`, which says what to do, is a command and not a sentence.
pub fn is_command(text: &str) -> bool {
    let rest = text.strip_prefix("docker");
    let rest = rest.map(|rest| rest.strip_prefix("-credential-swr").unwrap_or(rest));
    rest.is_some_and(|rest| rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn words_that_a_shell_would_change_are_quoted() {
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
            ("a$(b)", "'a$(b)'"),
            ("~/x", "'~/x'"),
        ] {
            assert_eq!(word(text), expected);
        }
    }
}

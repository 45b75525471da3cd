//! Detects that a service repeats a secret it was sent, in any encoding.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The shortest piece of a secret that counts as a repetition, in letters and digits. For a short
/// secret it is two thirds, and for a very short one all of it.
const PIECE: usize = 8;
const SHORTEST: usize = 4;

/// Whether `text` holds a piece of `secret`: as it is, in another case, escaped for a URL, for HTML
/// or for JSON, in hex or in base64.
pub(super) fn repeats(text: &str, secret: &str) -> bool {
    let texts = [bare(text), bare(&unescaped(text))];
    let base64 = (0..3).flat_map(|before| {
        // The part of the base64 text that is the same for every position of the secret in a group
        // of three bytes.
        let shifted = [&[b' '; 3][..before], secret.as_bytes()].concat();
        [
            STANDARD_NO_PAD.encode(&shifted),
            URL_SAFE_NO_PAD.encode(&shifted),
        ]
        .map(|form| bare(form.get(before + 1..).unwrap_or_default()))
    });
    let encoded = base64.chain([hex::encode(secret)]);
    let has = |form: String, piece: usize| {
        let form: Vec<char> = form.chars().collect();
        let piece = piece.min(form.len()).max(1);
        form.windows(piece).any(|piece| {
            let piece: String = piece.iter().collect();
            texts.iter().any(|text| text.contains(&piece))
        })
    };
    let plain = bare(secret);
    let piece = (plain.chars().count() * 2 / 3).clamp(SHORTEST, PIECE);
    has(plain, piece) || encoded.into_iter().any(|form| has(form, PIECE))
}

/// Returns the letters and digits of `text`, in lower case.
fn bare(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Decodes `%41`, `&#65;`, `&#x41;` and `\u0041`. The named entities of HTML stand for punctuation,
/// which is not compared.
fn unescaped(text: &str) -> String {
    let mut plain = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = ESCAPES.iter().find_map(|escape| escape.read(rest));
        match found {
            Some((c, length)) => {
                plain.extend(c);
                rest = &rest[length..];
            }
            None => {
                let mut buffer = [0; 4];
                plain.extend_from_slice(first.encode_utf8(&mut buffer).as_bytes());
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// A way to write a character as a number.
struct Escape {
    start: &'static str,
    radix: u32,
    /// The number of digits, if it is fixed.
    digits: Option<usize>,
    end: &'static str,
}

const ESCAPES: [Escape; 5] = [
    Escape {
        start: "%",
        radix: 16,
        digits: Some(2),
        end: "",
    },
    Escape {
        start: "\\u",
        radix: 16,
        digits: Some(4),
        end: "",
    },
    Escape {
        start: "\\x",
        radix: 16,
        digits: Some(2),
        end: "",
    },
    Escape {
        start: "&#x",
        radix: 16,
        digits: None,
        end: ";",
    },
    Escape {
        start: "&#",
        radix: 10,
        digits: None,
        end: ";",
    },
];

impl Escape {
    /// Returns the bytes that the escape at the start of `text` stands for, and the length of the
    /// escape.
    fn read(&self, text: &str) -> Option<(Vec<u8>, usize)> {
        let behind = text.strip_prefix(self.start)?;
        let count = match self.digits {
            Some(count) => count,
            None => behind.find(self.end)?,
        };
        let number = u32::from_str_radix(behind.get(..count)?, self.radix).ok()?;
        let length = self.start.len() + count + self.end.len();
        // A byte of UTF-8 in a URL, otherwise a character.
        let bytes = match self.start {
            "%" => vec![number as u8],
            _ => char::from_u32(number)?.to_string().into_bytes(),
        };
        Some((bytes, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "Tr0ub4dor&3 \u{e4}<x>";

    #[test]
    fn a_secret_is_found_in_every_usual_form() {
        let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let entities: String = SECRET.chars().map(|c| format!("&#{};", c as u32)).collect();
        let hexadecimal: String = SECRET
            .chars()
            .map(|c| format!("&#x{:x};", c as u32))
            .collect();
        let json: String = SECRET
            .chars()
            .map(|c| format!("\\u{:04x}", c as u32))
            .collect();
        for form in [
            SECRET.to_owned(),
            SECRET.to_uppercase(),
            percent,
            entities,
            hexadecimal,
            json,
            "Tr0ub4dor&amp;3".to_owned(),
            "Tr0ub4do...".to_owned(),
            "...0ub4dor&3 ".to_owned(),
            hex::encode(SECRET),
            hex::encode_upper(SECRET),
            STANDARD_NO_PAD.encode(SECRET),
            URL_SAFE_NO_PAD.encode(format!("a:{SECRET}")),
            STANDARD_NO_PAD.encode(format!("user:{SECRET}")),
        ] {
            assert!(repeats(&format!("wrong: {form}"), SECRET), "{form}");
        }
    }

    #[test]
    fn unrelated_words_are_not_taken_for_a_secret() {
        for said in [
            "Incorrect IAM authentication information: signature expired",
            "The username or password is wrong.",
            "100% of it %zz &#; &# \\u",
        ] {
            assert!(!repeats(said, SECRET), "{said}");
            assert!(!repeats(said, "correct horse"), "{said}");
            assert!(!repeats(said, "other"), "{said}");
        }
    }
}

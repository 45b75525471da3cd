//! Secrets that are recognised in any form.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Secrets with a name each, for a failure's message.
pub(super) struct Marks(Vec<(&'static str, Vec<u8>)>);

impl Marks {
    pub(super) fn of(secrets: &[(&'static str, &str)]) -> Self {
        let mut forms = Vec::new();
        for (name, secret) in secrets {
            assert!(secret.len() >= 12, "{name} could be there by chance");
            for form in forms_of(secret.as_bytes()) {
                forms.push((*name, form));
            }
        }
        Self(forms)
    }

    /// Returns the names of the secrets that are in `bytes`.
    pub(super) fn found_in(&self, bytes: &[u8]) -> Vec<&'static str> {
        let is_there = |form: &[u8]| bytes.windows(form.len()).any(|window| window == form);
        let mut names: Vec<_> = self
            .0
            .iter()
            .filter(|(_, form)| is_there(form))
            .map(|(name, _)| *name)
            .collect();
        names.dedup();
        names
    }
}

/// As it is, in hex, and in base64 at any offset.
fn forms_of(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![
        secret.to_vec(),
        hex::encode(secret).into_bytes(),
        hex::encode_upper(secret).into_bytes(),
    ];
    for before in 0..3 {
        let padded = [&b"???"[..before], secret].concat();
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded).into_bytes();
            // The characters at both ends depend on the neighbours of the secret.
            let start = (before * 8).div_ceil(6);
            let end = text.len() - usize::from(padded.len() % 3 != 0);
            forms.push(text[start..end].to_vec());
        }
    }
    forms
}

#[test]
fn a_secret_is_found_in_every_form() {
    let secret = "MFyfvK41ba2giqM7Uio6";
    let marks = Marks::of(&[("it", secret)]);
    let in_text = |before: &str| STANDARD_NO_PAD.encode(format!("{before}{secret} and more"));
    for text in [
        format!("x{secret}y"),
        hex::encode(secret),
        hex::encode_upper(secret),
        in_text(""),
        in_text("a"),
        in_text("ab"),
        in_text("user:"),
    ] {
        assert_eq!(marks.found_in(text.as_bytes()), ["it"], "{text}");
    }
    assert!(marks.found_in(&secret.as_bytes()[1..]).is_empty());
}

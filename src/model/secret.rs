//! The one type that holds secrets.

use std::fmt;

use zeroize::Zeroizing;

/// A secret text: an SK, a login key, a password or a token.
///
/// It has no `Display`, its `Debug` prints a placeholder, it cannot be serialized, and its bytes
/// are wiped when it is dropped. [`Secret::expose`] is the only way to read it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over `text`, whose buffer is wiped on drop.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Returns the secret itself, for a place that needs it: a reply to Docker, a record in the
    /// store, an HMAC.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.to_owned())
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_hides_the_secret() {
        let secret = Secret::from("MFyfvK41ba2giqM7Uio6");
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(format!("{:#?}", Some(secret)), "Some(\n    [redacted],\n)");
    }

    #[test]
    fn only_expose_returns_the_secret() {
        assert_eq!(Secret::from("abc").expose(), "abc");
    }
}

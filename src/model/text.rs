//! Rules about any text.

/// Whether there is a control byte in `text`.
pub fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_control())
}

/// Why docker would not accept a config.json.
///
/// The messages name lines and docker's own fields, and never repeat what the file holds, which may
/// be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DockerConfigError {
    /// A byte order mark, as editors on Windows write. Go's JSON decoder refuses it.
    #[error("it begins with a byte order mark")]
    ByteOrderMark,
    /// It is not JSON.
    #[error("line {line} is not JSON: {expected} is missing")]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// What could have been there.
        expected: &'static str,
    },
    /// It is nested deeper than Go's JSON decoder reads.
    #[error("line {line} is nested deeper than docker reads")]
    TooDeep {
        /// The line, counted from 1.
        line: usize,
    },
    /// It is JSON, but not an object.
    #[error("line {line} is not an object")]
    NoObject {
        /// The line, counted from 1.
        line: usize,
    },
    /// A value has another type than docker decodes.
    #[error("line {line}: in `{field}`, docker only accepts {wanted} here")]
    Type {
        /// The line, counted from 1.
        line: usize,
        /// The outermost field around the value.
        field: &'static str,
        /// The type it should have.
        wanted: &'static str,
    },
}

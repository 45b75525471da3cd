/// Why docker would not take a config.json as it is.
///
/// Names lines and docker's own fields, and never what stands in the file: that may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DockerConfigError {
    /// Windows editors put it there; Go's JSON decoder stops at it.
    #[error("it begins with a byte order mark")]
    ByteOrderMark,
    /// Not JSON.
    #[error("line {line} is not JSON: {expected} is missing")]
    Syntax {
        /// Counted from one.
        line: usize,
        /// What could have stood there.
        expected: &'static str,
    },
    /// Deeper than Go's JSON decoder goes.
    #[error("line {line} is nested deeper than docker reads")]
    TooDeep {
        /// Counted from one.
        line: usize,
    },
    /// JSON, and no object.
    #[error("line {line} begins something other than an object")]
    NoObject {
        /// Counted from one.
        line: usize,
    },
    /// JSON, but of another type than docker decodes it to.
    #[error("line {line}: in `{field}`, docker takes only {wanted} here")]
    Type {
        /// Counted from one.
        line: usize,
        /// The outermost field that it stands in.
        field: &'static str,
        /// The type.
        wanted: &'static str,
    },
}

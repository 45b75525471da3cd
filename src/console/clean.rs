//! The one place that makes text fit for a terminal, a log or one line of an answer.

/// Returns `line` as a terminal or a log may get it: the name of a file, or a user's, may hold anything.
pub fn clean(line: &str) -> String {
    line.replace(char::is_control, "?")
}

//! The one place that makes text safe for a terminal, a log or a line of an answer.

use crate::model::text::is_unseen;

/// Returns `line` without characters that could change what a terminal shows. File names and user
/// names can hold anything.
pub fn clean(line: &str) -> String {
    line.replace(is_unseen, "?")
}

/// Returns each line [`clean`], with its line end.
pub fn cleaned(lines: &str) -> String {
    lines.lines().map(|line| clean(line) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn invisible_characters_are_made_visible() {
        for unseen in [
            "\n",
            "\u{1b}",
            "\u{7f}",
            "\u{9b}",
            "\u{ad}",
            "\u{61c}",
            "\u{200b}",
            "\u{200f}",
            "\u{2028}",
            "\u{2029}",
            "\u{202a}",
            "\u{202e}",
            "\u{2060}",
            "\u{2066}",
            "\u{2069}",
            "\u{feff}",
            "\u{e0041}",
        ] {
            assert_eq!(clean(&format!("a{unseen}b")), "a?b", "{unseen:?}");
        }
        for seen in ["a b", "ä", "下载", "Ω-1", "😀", "-_.:/@[]"] {
            assert_eq!(clean(seen), seen);
        }
    }
}

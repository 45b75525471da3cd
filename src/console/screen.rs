//! What a stream is shown on. A terminal gets long lines broken between words; a file or pipe gets
//! each line whole.

use std::io::{IsTerminal, Write};

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use super::clean::cleaned;

/// What a stream is shown on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// The columns of a terminal; `None` for a file or pipe.
    columns: Option<usize>,
}

impl Screen {
    /// A file or a pipe.
    pub const NONE: Self = Self { columns: None };

    /// Returns the screen of a stream of this process.
    #[cfg(unix)]
    pub fn for_stream(stream: &(impl IsTerminal + std::os::fd::AsFd)) -> Self {
        Self::measured(stream, || terminal_size::terminal_size_of(stream))
    }

    /// Returns the screen of a stream of this process.
    #[cfg(windows)]
    pub fn for_stream(stream: &(impl IsTerminal + std::os::windows::io::AsHandle)) -> Self {
        Self::measured(stream, || terminal_size::terminal_size_of(stream))
    }

    fn measured(
        stream: &impl IsTerminal,
        size: impl Fn() -> Option<(terminal_size::Width, terminal_size::Height)>,
    ) -> Self {
        if !stream.is_terminal() {
            return Self::NONE;
        }
        // A terminal that does not know its own width breaks lines itself.
        let columns = size().map_or(usize::MAX, |(width, _)| width.0.into());
        Self {
            columns: Some(columns),
        }
    }

    /// Returns a terminal with that many columns.
    pub const fn wide(columns: usize) -> Self {
        Self {
            columns: Some(columns),
        }
    }

    /// Whether it is a terminal.
    pub fn is_terminal(self) -> bool {
        self.columns.is_some()
    }

    /// Returns the number of columns; the highest number for a file or pipe.
    pub fn columns(self) -> usize {
        self.columns.unwrap_or(usize::MAX)
    }

    /// Returns the lines as they are shown. One that is too long continues on the next, indented.
    pub fn show(self, lines: &str) -> String {
        let further_in = |line: &str| line.len() - line.trim_start().len() + 2;
        lines
            .lines()
            .map(|line| self.show_with(line, further_in(line)))
            .collect()
    }

    /// Writes lines for a person to the stream of this screen. If it is closed, nothing happens.
    pub fn tell(self, stream: &mut dyn Write, lines: &str) {
        let _ = stream.write_all(self.show(&cleaned(lines)).as_bytes());
    }

    /// Returns one line as it is shown. If it is too long, it continues on the next, indented by
    /// `indent` columns.
    pub fn show_with(self, line: &str, indent: usize) -> String {
        let columns = self.columns();
        if line.len() <= columns {
            return format!("{line}\n");
        }
        let indent = " ".repeat(indent);
        // Some terminals start a new line when the last column is full.
        let options = Options::new(columns - 1)
            .subsequent_indent(&indent)
            .break_words(false)
            .word_separator(WordSeparator::Custom(words))
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit);
        textwrap::fill(line, options) + "\n"
    }
}

/// Returns the words of a line, each with the blanks after it. Text in backticks is one word: a
/// command could not be pasted from two lines. The first word includes the blanks before it.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut starts = vec![0];
    let mut is_quoted = false;
    let mut after_blank = false;
    for (at, letter) in line.char_indices() {
        if letter != ' ' && after_blank && !is_quoted && !line[..at].trim().is_empty() {
            starts.push(at);
        }
        is_quoted ^= letter == '`';
        after_blank = letter == ' ';
    }
    let ends: Vec<_> = starts.iter().skip(1).copied().chain([line.len()]).collect();
    let words = starts.into_iter().zip(ends);
    Box::new(words.map(|(start, end)| Word::from(&line[start..end])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_broken_between_words() {
        let shown =
            Screen::wide(20).show("one two three four five six\n  in seven eight nine\nten\n");
        assert_eq!(
            shown,
            "one two three four\n  five six\n  in seven eight\n    nine\nten\n"
        );
        assert_eq!(
            Screen::wide(12).show_with("warning  the text", 9),
            "warning\n         the\n         text\n"
        );
    }

    #[test]
    fn no_command_is_broken() {
        assert_eq!(
            Screen::wide(16).show("run `docker login --user me HOST` now"),
            "run\n  `docker login --user me HOST`\n  now\n"
        );
        assert_eq!(
            Screen::wide(8).show("/a/long/path/of-one-word"),
            "/a/long/path/of-one-word\n"
        );
    }

    #[test]
    fn colours_take_no_room_and_chinese_letters_take_two() {
        let painted = "\u{1b}[31merror:\u{1b}[0m all is lost";
        assert_eq!(Screen::wide(20).show(painted), format!("{painted}\n"));
        assert_eq!(Screen::wide(9).show("下载 下载"), "下载\n  下载\n");
    }

    #[test]
    fn files_and_pipes_get_whole_lines() {
        let long = "word ".repeat(1000) + "end";
        for screen in [Screen::NONE, Screen::wide(usize::MAX)] {
            assert_eq!(screen.show(&long), format!("{long}\n"));
        }
    }
}

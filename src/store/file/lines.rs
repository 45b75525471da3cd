//! The lines of a file, seen through a small window.
//!
//! A file in memory as a whole is memory that the system has to find, and that has to be wiped after:
//! with a thousand records both take longer than all else that a `get` does.

use std::io::{self, BufRead, Read};

use zeroize::Zeroizing;

/// The lines of a source. No more of it is in memory than the window, or its longest line.
pub(super) struct Lines<R> {
    source: R,
    window: Zeroizing<Vec<u8>>,
    /// Where the next line starts in the window.
    at: usize,
}

impl<R: Read> Lines<R> {
    /// Returns the lines of `source`, through a window of so many bytes.
    pub(super) fn of(source: R, window: usize) -> Self {
        Self {
            source,
            window: Zeroizing::new(Vec::with_capacity(window)),
            at: 0,
        }
    }

    /// Returns the next line with its line feed, which only the last one can lack; at the end an
    /// empty one.
    pub(super) fn next(&mut self) -> io::Result<&[u8]> {
        let length = loop {
            let mut rest = &self.window[self.at..];
            let length = rest.skip_until(b'\n')?;
            let is_whole = self.window[self.at..][..length].ends_with(b"\n");
            if is_whole || !self.fill()? {
                break length;
            }
        };
        let start = self.at;
        self.at += length;
        Ok(&self.window[start..self.at])
    }

    /// Reads what the window has room for behind the line that it has begun; returns whether there
    /// was anything.
    fn fill(&mut self) -> io::Result<bool> {
        self.window.drain(..self.at);
        self.at = 0;
        if self.window.len() == self.window.capacity() {
            // Moved by hand, so that no copy of a secret is left behind by a reallocation.
            let mut larger = Zeroizing::new(Vec::with_capacity(self.window.capacity() * 2 + 1));
            larger.extend_from_slice(&self.window);
            self.window = larger;
        }
        let room = self.window.capacity() - self.window.len();
        let read = (&mut self.source)
            .take(room as u64)
            .read_to_end(&mut self.window)?;
        Ok(read > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_through_a_window_of_any_size() {
        for text in [
            "",
            "\n",
            "a",
            "a\n",
            "one\ntwo\n\n",
            "one\n\nthe longest one of all\nend",
        ] {
            for window in 0..=text.len() + 1 {
                let mut lines = Lines::of(text.as_bytes(), window);
                for line in text.split_inclusive('\n').chain(["", ""]) {
                    assert_eq!(lines.next().expect("memory"), line.as_bytes(), "{window}");
                }
            }
        }
    }
}

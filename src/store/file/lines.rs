//! Reads a file line by line through a small buffer.
//!
//! Reading a whole file takes memory that the system has to provide and that has to be wiped
//! afterwards. With a thousand records, both take longer than the rest of a `get`.

use std::io::{self, BufRead, Read};

use zeroize::Zeroizing;

/// The lines of a source. Only the buffer, or the longest line, is in memory.
pub(super) struct Lines<R> {
    source: R,
    window: Zeroizing<Vec<u8>>,
    /// Where the next line starts in the buffer.
    at: usize,
}

impl<R: Read> Lines<R> {
    /// Returns the lines of `source`. `window` is the size of the buffer, in bytes.
    pub(super) fn new(source: R, window: usize) -> Self {
        Self {
            source,
            window: Zeroizing::new(Vec::with_capacity(window)),
            at: 0,
        }
    }

    /// Returns the next line with its line feed, which only the last line can lack. At the end, the
    /// line is empty.
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

    /// Fills the rest of the buffer. Returns whether anything was read.
    fn fill(&mut self) -> io::Result<bool> {
        self.window.drain(..self.at);
        self.at = 0;
        if self.window.len() == self.window.capacity() {
            // Copied by hand, because growing the buffer would leave a copy of a secret behind.
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
                let mut lines = Lines::new(text.as_bytes(), window);
                for line in text.split_inclusive('\n').chain(["", ""]) {
                    assert_eq!(lines.next().expect("memory"), line.as_bytes(), "{window}");
                }
            }
        }
    }
}

//! Server URLs: real ones in every form that clients use, and an attacker's variations of them.

use super::rule::{GIVEN, STORED};

const MORE: [&str; 7] = [
    GIVEN,
    "swr.cn-north-4.myhuaweicloud.com",
    "swr.la-north-2.myhuaweicloud.com",
    "swr.eu-nl.otc.t-systems.com",
    "swr.eu-west-101.myhuaweicloud.eu",
    "team.swr-pro.cn-north-4.myhuaweicloud.com",
    "evil.com",
];

/// Parts of hosts, and texts that parsers disagree about.
const PIECES: [&str; 64] = [
    ".",
    "..",
    "-",
    "--",
    "_",
    "/",
    "//",
    "\\",
    ":",
    "::",
    "@",
    "?",
    "#",
    "%",
    "%2e",
    "%2f",
    "%00",
    "%40",
    "[",
    "]",
    ";",
    ",",
    "*",
    "&",
    "=",
    "+",
    "'",
    "\"",
    "\0",
    "\t",
    "\n",
    "\r",
    "\r\n",
    " ",
    "\u{7f}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{feff}",
    "\u{3002}",
    "\u{ff0e}",
    "\u{430}",
    "\u{131}",
    "\u{17f}",
    "\u{212a}",
    ":443",
    ":0443",
    ":80",
    ":444",
    ":4430",
    ":5000",
    ":8443",
    "swr.",
    "swr",
    ".com",
    "myhuaweicloud.com",
    ".evil.com",
    "evil.com/",
    "user:pw@",
    "https://",
    "http://",
    "xn--",
    "::1",
    "cn-north-4",
];

const SPACES: [&str; 6] = ["", "", "\n", "\r\n", " ", "\t"];
const SCHEMES: [&str; 4] = ["", "", "https://", "HTTPS://"];
const PORTS: [&str; 3] = ["", "", ":443"];
const PATHS: [&str; 5] = ["", "", "/", "/v2/", "/org/repo"];

pub(super) struct Case {
    pub(super) text: Vec<u8>,
    /// Whether clients use this form, so that `get` must answer with a stored login.
    pub(super) is_plain: bool,
}

/// A stream of cases, always the same for a seed (SplitMix64).
pub(super) struct Generator {
    state: u64,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    pub(super) fn case(&mut self) -> Case {
        let mut text = self.plain().into_bytes();
        let changes = [0, 1, 1, 1, 2, 2, 3, 6][self.below(8)];
        for _ in 0..changes {
            self.change(&mut text);
        }
        Case {
            text,
            is_plain: changes == 0,
        }
    }

    fn plain(&mut self) -> String {
        let host = match self.below(3) {
            0 => (*self.of(&STORED)).to_owned(),
            1 => (*self.of(&MORE)).to_owned(),
            _ => self.swr_host(),
        };
        let is_bare = !host.contains(':');
        let port = if is_bare { *self.of(&PORTS) } else { "" };
        let text = format!(
            "{}{}{host}{port}{}{}",
            self.of(&SPACES),
            self.of(&SCHEMES),
            self.of(&PATHS),
            self.of(&SPACES)
        );
        if self.below(4) > 0 {
            return text;
        }
        text.chars()
            .map(|letter| match self.below(2) {
                0 => letter.to_ascii_uppercase(),
                _ => letter,
            })
            .collect()
    }

    /// Returns the host of a region that may exist one day.
    fn swr_host(&mut self) -> String {
        let parts = ["cn", "me", "af", "tr"];
        let areas = ["north", "east", "west2", "1"];
        let cloud = ["myhuaweicloud.com", "otc.t-systems.com"][self.below(2)];
        let (part, area) = (self.of(&parts), self.of(&areas));
        format!("swr.{part}-{area}-{}.{cloud}", self.below(200))
    }

    fn change(&mut self, text: &mut Vec<u8>) {
        let at = self.below(text.len() + 1);
        let to = (at + 1 + self.below(4)).min(text.len());
        match self.below(8) {
            0 | 1 => drop(text.splice(at..at, self.of(&PIECES).bytes())),
            2 => drop(text.splice(at..to, self.of(&PIECES).bytes())),
            3 => drop(text.drain(at..to)),
            4 => text.insert(at, self.below(256) as u8),
            5 if at < text.len() => text[at] ^= 1 << self.below(8),
            6 => {
                let other = self.plain();
                drop(text.splice(at..at, other.bytes()));
            }
            _ => {
                let other = self.plain();
                let cut = self.below(other.len() + 1);
                text.truncate(at);
                text.extend_from_slice(&other.as_bytes()[cut..]);
            }
        }
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}

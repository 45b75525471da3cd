//! Durations as Go writes them, such as `1h30m`.

use std::time::Duration;

/// The units of Go, in nanoseconds. Longer names come before their own prefixes.
const UNITS: [(&str, f64); 8] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 6e10),
    ("h", 3.6e12),
];

/// Parses a duration as Go's `time.ParseDuration` does. Returns `None` if it is malformed or
/// negative.
pub fn parse(text: &str) -> Option<Duration> {
    if matches!(text, "0" | "+0" | "-0") {
        return Some(Duration::ZERO);
    }
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest.is_empty() {
        return None;
    }
    let mut nanoseconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(end);
        let (unit, size) = UNITS.iter().find(|(unit, _)| {
            behind.starts_with(unit) && !(*unit == "m" && behind.starts_with("ms"))
        })?;
        nanoseconds += number.parse::<f64>().ok()? * size;
        rest = &behind[unit.len()..];
    }
    // Go counts nanoseconds in 63 bits.
    let is_time = nanoseconds < 9.2e18 && (nanoseconds == 0.0 || !text.starts_with('-'));
    is_time.then(|| Duration::from_nanos(nanoseconds as u64))
}

/// Formats whole seconds as Go does: `1h0m0s`.
pub fn format(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, milliseconds) in [
            ("0", 0),
            ("0s", 0),
            ("10m", 600_000),
            ("1h0m0s", 3_600_000),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            ("300ms", 300),
            ("+1m300ms", 60_300),
            ("-0s", 0),
        ] {
            assert_eq!(
                parse(text),
                Some(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for wrong in [
            "",
            "+",
            "10",
            "m",
            "-1s",
            "1 h",
            "1d",
            "1h ",
            "99999999h",
            "1..5s",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn seconds_are_written_as_go_writes_them() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m0s"),
            (3600, "1h0m0s"),
            (10_799, "2h59m59s"),
            (86_400, "24h0m0s"),
        ] {
            assert_eq!(format(seconds), text);
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)));
        }
    }
}

//! The formats in which Huawei Cloud and HTTP write a time. In this program, times are Unix
//! seconds.

/// The days before each month in a year that is not a leap year.
const BEFORE_MONTH: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// The months as the `Date` header writes them.
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Formats `unix` for the header `X-Sdk-Date`: `20260102T030405Z`.
pub fn sdk_date(unix: u64) -> String {
    let (days, second) = (unix / 86_400, unix % 86_400);
    // Counting every year as a leap year gives a year that is never too late.
    let mut year = 1970 + days / 366;
    while days_before_year(year + 1) <= days {
        year += 1;
    }
    let mut month = 12;
    while days_before_month(year, month) > days {
        month -= 1;
    }
    let day = days - days_before_month(year, month) + 1;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Parses a time as SWR and IAM write it: `2026-07-23T08:46:07.811000Z`. The fraction is optional
/// and ignored. The `Z` may be an offset, such as `+08:00`.
pub fn parse_iso(text: &str) -> Option<u64> {
    let (date, time) = text.split_once('T')?;
    let (time, east, offset) = match time.find(['Z', '+', '-']) {
        Some(at) if time.ends_with('Z') && at + 1 == time.len() => (&time[..at], true, 0),
        Some(at) => (
            &time[..at],
            time[at..].starts_with('+'),
            offset(&time[at + 1..])?,
        ),
        None => return None,
    };
    let time = match time.split_once('.') {
        Some((time, fraction)) if is_digits(fraction) => time,
        Some(_) => return None,
        None => time,
    };
    let mut date = date.split('-');
    let (year, month, day) = (
        number(date.next()?, 4)?,
        number(date.next()?, 2)?,
        number(date.next()?, 2)?,
    );
    if date.next().is_some() {
        return None;
    }
    let local = days(year, month, day)? * 86_400 + seconds(time)?;
    // East of Greenwich, clocks are ahead of UTC.
    if east {
        local.checked_sub(offset)
    } else {
        Some(local + offset)
    }
}

/// Parses an offset, `08:00` or `0800`, into seconds.
fn offset(text: &str) -> Option<u64> {
    let (hours, minutes) = text.split_once(':').or_else(|| text.split_at_checked(2))?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(hours * 3600 + minutes * 60)
}

/// Formats `unix` as `2026-07-23T08:46:07Z`.
pub fn iso(unix: u64) -> String {
    let text = sdk_date(unix);
    let (date, time) = text.split_at(8);
    format!(
        "{}-{}-{}T{}:{}:{}Z",
        &date[..4],
        &date[4..6],
        &date[6..],
        &time[1..3],
        &time[3..5],
        &time[5..7]
    )
}

/// Describes the age of something from `from` to `now`, in Unix seconds: `of today`, `1 day old`,
/// `5 days old`.
pub fn age(from: u64, now: u64) -> String {
    const DAY: u64 = 24 * 60 * 60;
    match now.saturating_sub(from) / DAY {
        0 => "of today".to_owned(),
        1 => "1 day old".to_owned(),
        days => format!("{days} days old"),
    }
}

/// Parses `Thu, 23 Jul 2026 08:46:07 GMT`, the form that RFC 9110 requires for the header `Date`.
pub fn parse_http_date(text: &str) -> Option<u64> {
    let (_, date) = text.strip_suffix(" GMT")?.split_once(", ")?;
    let [day, month, year, time] = date.split(' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    let month = (1..)
        .zip(MONTHS)
        .find_map(|(number, name)| (name == month).then_some(number))?;
    Some(days(number(year, 4)?, month, number(day, 2)?)? * 86_400 + seconds(time)?)
}

/// Returns the days from 1970-01-01 to a date.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    let end = if month == 12 {
        days_before_year(year + 1)
    } else {
        days_before_month(year, month + 1)
    };
    let days = days_before_month(year, month) + day - 1;
    (days < end).then_some(days)
}

fn days_before_month(year: u64, month: u64) -> u64 {
    let leap_day = u64::from(month > 2 && leap_days(year) > leap_days(year - 1));
    days_before_year(year) + BEFORE_MONTH[month as usize - 1] + leap_day
}

fn days_before_year(year: u64) -> u64 {
    (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969)
}

/// Returns the number of leap days from year 1 to the end of `year`.
fn leap_days(year: u64) -> u64 {
    year / 4 - year / 100 + year / 400
}

/// Parses `08:46:07`. A leap second, `:60`, counts as the first second of the next minute.
fn seconds(text: &str) -> Option<u64> {
    let mut parts = text.split(':').map(|part| number(part, 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let valid = hour < 24 && minute < 60 && second <= 60 && parts.next().is_none();
    valid.then_some(hour * 3600 + minute * 60 + second)
}

fn number(text: &str, digits: usize) -> Option<u64> {
    (text.len() == digits && is_digits(text)).then(|| text.parse().ok())?
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values were made with GNU date: `date -u -d @<seconds>`.
    const MOMENTS: [(u64, &str, &str, &str); 7] = [
        (
            0,
            "19700101T000000Z",
            "1970-01-01T00:00:00Z",
            "Thu, 01 Jan 1970 00:00:00 GMT",
        ),
        (
            951_782_399,
            "20000228T235959Z",
            "2000-02-28T23:59:59Z",
            "Mon, 28 Feb 2000 23:59:59 GMT",
        ),
        (
            951_782_400,
            "20000229T000000Z",
            "2000-02-29T00:00:00Z",
            "Tue, 29 Feb 2000 00:00:00 GMT",
        ),
        (
            1_735_689_599,
            "20241231T235959Z",
            "2024-12-31T23:59:59Z",
            "Tue, 31 Dec 2024 23:59:59 GMT",
        ),
        (
            1_767_323_045,
            "20260102T030405Z",
            "2026-01-02T03:04:05Z",
            "Fri, 02 Jan 2026 03:04:05 GMT",
        ),
        (
            4_107_542_400,
            "21000301T000000Z",
            "2100-03-01T00:00:00Z",
            "Mon, 01 Mar 2100 00:00:00 GMT",
        ),
        (
            7_258_118_399,
            "21991231T235959Z",
            "2199-12-31T23:59:59Z",
            "Tue, 31 Dec 2199 23:59:59 GMT",
        ),
    ];

    #[test]
    fn every_form_of_a_time_is_read() {
        for (unix, sdk, iso, http) in MOMENTS {
            assert_eq!(sdk_date(unix), sdk);
            assert_eq!(super::iso(unix), iso);
            assert_eq!(parse_iso(iso), Some(unix), "{iso}");
            assert_eq!(parse_http_date(http), Some(unix), "{http}");
        }
    }

    #[test]
    fn every_day_is_followed_by_the_next_one() {
        let mut before = String::new();
        for day in 0..366 * 150 {
            let text = sdk_date(day * 86_400);
            assert!(before < text, "{before} {text}");
            let iso = format!("{}-{}-{}T00:00:00Z", &text[..4], &text[4..6], &text[6..8]);
            assert_eq!(parse_iso(&iso), Some(day * 86_400), "{iso}");
            before = text;
        }
    }

    #[test]
    fn a_fraction_is_dropped() {
        assert_eq!(
            parse_iso("2026-07-23T08:46:07.811000Z"),
            Some(1_784_796_367)
        );
        assert_eq!(parse_iso("2026-07-23T08:46:07Z"), Some(1_784_796_367));
        assert_eq!(parse_iso("2026-07-23T08:46:07.8Z"), Some(1_784_796_367));
    }

    #[test]
    fn an_offset_is_applied() {
        for same in [
            "2026-07-23T16:46:07+08:00",
            "2026-07-23T16:46:07.811+0800",
            "2026-07-23T03:16:07-05:30",
            "2026-07-24T08:16:07.811000+23:30",
            "2026-07-23T08:46:07+00:00",
            "2026-07-23T08:46:07-00:00",
        ] {
            assert_eq!(parse_iso(same), Some(1_784_796_367), "{same}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "Z",
            "TZ",
            "2026-07-23",
            "2026-07-23T08:46:07",
            "2026-07-23T08:46:07+00",
            "2026-07-23T08:46:07+24:00",
            "2026-07-23T08:46:07+08:60",
            "2026-07-23T08:46:07+08:00Z",
            "2026-07-23T08:46:07Z+08:00",
            "2026-07-23T08:46:07+8:00",
            "2026-07-23T08:46:07+",
            "1970-01-01T00:00:00+08:00",
            "2026-07-23T08:46:07.Z",
            "2026-07-23T08:46:07.8x1Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-07-23T24:00:00Z",
            "2026-07-23T08:60:07Z",
            "2026-07-23T08:46:61Z",
            "2026-7-23T08:46:07Z",
            "+026-07-23T08:46:07Z",
            "1969-12-31T23:59:59Z",
            "2026-07-23T08:46Z",
            "2026-07-23T08:46:07:01Z",
            "2026-07-23-01T08:46:07Z",
            "２０２６-07-23T08:46:07Z",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
            assert_eq!(parse_http_date(text), None, "{text}");
        }
        for text in [
            "Thu, 23 Jul 2026 08:46:07",
            "Thu, 23 JUL 2026 08:46:07 GMT",
            "Thursday, 23-Jul-26 08:46:07 GMT",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}

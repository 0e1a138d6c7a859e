//! Event times as milliseconds since 1970, and the dates they fall on.

use chrono::{DateTime, NaiveDate, SecondsFormat};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Days since 1970-01-01, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(pub(crate) i64);

impl Day {
    /// The day of a time in milliseconds.
    pub(crate) fn of(millis: i64) -> Self {
        Self(millis.div_euclid(DAY))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let date = DateTime::from_timestamp_millis(self.0.saturating_mul(DAY))
            .map(|time| time.date_naive());
        write!(f, "{}", date.unwrap_or_default())
    }
}

/// RFC 3339, from 1970 to 9999; the form of the logs (`YYYY-MM-DDTHH:MM:SSZ`) takes the fast road.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    let millis = parse_time_fast(text).or_else(|| parse_time_slow(text))?;
    (0..253_402_300_800_000).contains(&millis).then_some(millis)
}

/// `YYYY-MM-DDTHH:MM:SSZ`; empty outside the calendar.
pub(crate) fn rfc3339(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default()
}

fn parse_time_slow(text: &str) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis())
}

fn parse_time_fast(text: &str) -> Option<i64> {
    let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
    let &[
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        b'Z',
    ] = bytes
    else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        number(&[m1, m2])?,
        number(&[d1, d2])?,
    )?;
    let time = date.and_hms_opt(number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?)?;
    Some(time.and_utc().timestamp_millis())
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Some(number * 10 + u32::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<i64>) {
        assert_eq!(parse_time(text), expect, "{text}");
        if expect.is_some() {
            assert_eq!(parse_time_slow(text), expect, "{text}");
        }
    }

    #[test]
    fn times() {
        check("1970-01-01T00:00:00Z", Some(0));
        check("2023-07-10T11:42:31Z", Some(1_688_989_351_000));
        check("2023-07-10T13:42:31.250+02:00", Some(1_688_989_351_250));
        for none in [
            "",
            "2023-02-30T00:00:00Z",
            "2023-07-10",
            "1969-12-31T23:59:59Z",
            "2023-07-10T25:00:00Z",
            "+023-07-10T11:42:31Z",
        ] {
            check(none, None);
        }
    }

    #[test]
    fn days() {
        assert_eq!(Day::of(1_688_989_351_000).to_string(), "2023-07-10");
        assert_eq!(Day::of(0).to_string(), "1970-01-01");
    }
}

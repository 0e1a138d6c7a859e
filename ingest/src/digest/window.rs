//! The dates of delivery that a verification looks at.

use super::coverage::Span;
use chrono::{Days, NaiveDate, NaiveTime};

/// A digest's hour may begin before and end after midnight, in milliseconds.
const HOUR: i64 = 3_600_000;

/// Dates of delivery in UTC, both included; unbounded where `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    /// First.
    pub from: Option<NaiveDate>,
    /// Last.
    pub to: Option<NaiveDate>,
}

impl Window {
    /// Whether log objects of a folder `YYYY/MM/DD/` belong to it.
    pub(super) fn has_logs(&self, folder: &str) -> bool {
        within(folder, self.from, self.to)
    }

    /// Whether digests of a folder may: the last hour's digest may be of the next day.
    pub(super) fn has_digests(&self, folder: &str) -> bool {
        let to = self.to.map(|date| date + Days::new(1));
        within(folder, self.from, to)
    }

    /// Whether a digest may, by the time `YYYYMMDDTHHMMSSZ` in its name: to one hour after the last date.
    pub(super) fn has_digest(&self, time: &str) -> bool {
        self.to.is_none_or(|date| {
            let next = date + Days::new(1);
            *time <= *next.format("%Y%m%dT010000Z").to_string()
        })
    }

    /// The hours at both ends that digests from `first` to `last` leave uncovered.
    pub(super) fn edges(
        &self,
        first: Option<i64>,
        last: Option<i64>,
    ) -> impl Iterator<Item = Span> + use<> {
        let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        let start = self.from.map(midnight);
        let end = self.to.map(|date| midnight(date + Days::new(1)));
        let before = start
            .zip(first.or(end))
            .filter(|(start, first)| start + HOUR < *first);
        let after = last.zip(end).filter(|(last, end)| last + HOUR < *end);
        before.into_iter().chain(after)
    }
}

fn within(folder: &str, from: Option<NaiveDate>, to: Option<NaiveDate>) -> bool {
    let folder = folder.trim_end_matches('/');
    let text = |date: NaiveDate| date.format("%Y/%m/%d").to_string();
    from.is_none_or(|from| *folder >= *text(from)) && to.is_none_or(|to| *folder <= *text(to))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;

    #[test]
    fn dates_and_hours() {
        let window = Window {
            from: NaiveDate::from_ymd_opt(2024, 2, 28),
            to: NaiveDate::from_ymd_opt(2024, 2, 29),
        };
        assert!(window.has_logs("2024/02/29/") && !window.has_logs("2024/03/01/"));
        assert!(!window.has_logs("2024/02/27/"));
        assert!(window.has_digests("2024/03/01/") && !window.has_digests("2024/03/02/"));
        assert!(window.has_digest("20240301T010000Z") && !window.has_digest("20240301T010001Z"));
        let at = |text: &str| crate::time::parse_time(text);
        let edges: Vec<Span> = window
            .edges(at("2024-02-28T02:00:00Z"), at("2024-02-29T23:30:00Z"))
            .collect();
        assert_eq!(
            edges,
            [(
                at("2024-02-28T00:00:00Z").unwrap(),
                at("2024-02-28T02:00:00Z").unwrap()
            )]
        );
        assert_eq!(Window::default().edges(None, None).count(), 0);
        assert_eq!(window.edges(None, None).count(), 1);
    }
}

//! Days of delivery: which part of a source a window of event dates can be in.

use chrono::{Days as Count, NaiveDate};

/// Days on which objects were delivered, both included; without bounds, all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryDays {
    /// `YYYY/MM/DD`, as keys write it.
    pub(crate) first: Option<String>,
    pub(crate) last: Option<String>,
}

impl DeliveryDays {
    /// Days on which events of `since` to `until` arrive, when delivery takes up to `slack_days` after the event's day.
    pub fn of_events(since: Option<NaiveDate>, until: Option<NaiveDate>, slack_days: u32) -> Self {
        let spelled = |day: NaiveDate| day.format("%Y/%m/%d").to_string();
        let slack = Count::new(u64::from(slack_days));
        Self {
            first: since.map(spelled),
            last: until
                .and_then(|day| day.checked_add_days(slack))
                .map(spelled),
        }
    }

    /// Whether an object of that day (or of no known day) is wanted.
    pub(crate) fn admit(&self, day: Option<&str>) -> bool {
        let Some(day) = day else {
            return true;
        };
        !self.is_before(day) && !self.is_past(day)
    }

    /// Whether a day, month or year lies wholly before the first day.
    pub(crate) fn is_before(&self, day: &str) -> bool {
        let first = self.first.as_deref();
        first.is_some_and(|first| day < first.get(..day.len()).unwrap_or(first))
    }

    /// Whether a day, month or year lies wholly after the last day.
    pub(crate) fn is_past(&self, day: &str) -> bool {
        let last = self.last.as_deref();
        last.is_some_and(|last| day > last.get(..day.len()).unwrap_or(last))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;

    #[test]
    fn t28_late_deliveries_are_within_the_slack() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let days = DeliveryDays::of_events(Some(date("2026-01-30")), Some(date("2026-02-27")), 2);
        let check = |day, expect| assert_eq!(days.admit(Some(day)), expect, "{day}");
        check("2026/01/29", false);
        check("2026/01/30", true);
        check("2026/03/01", true);
        check("2026/03/02", false);
        assert!(days.admit(None));
        assert!(days.is_before("2025") && !days.is_before("2026") && !days.is_before("2026/01"));
        assert!(days.is_past("2027") && days.is_past("2026/04") && !days.is_past("2026/03"));
        assert!(DeliveryDays::default().admit(Some("1970/01/01")));
    }
}

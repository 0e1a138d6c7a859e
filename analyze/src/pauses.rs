//! Pauses between uses (`iam::pause`), from the groups in the order of their keys.

use crate::group::{Group, Key, day};
use iam::catalogue::Catalogue;
use iam::pause::{Pause, access_level, principal_kind};
use iam::usage::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// Pauses that ended and pauses still open, by access level, kind of principal and length in days.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    /// The window's last moment.
    end: i64,
    numbers: BTreeMap<(&'static str, &'static str, u32), (u64, u64)>,
    /// The permission at hand, and the days on which it was used.
    last: Option<(Key, BTreeSet<i32>)>,
}

impl Pauses {
    /// No pauses yet, up to the window's last moment.
    pub(crate) fn until(end: i64) -> Self {
        Self {
            end,
            ..Self::default()
        }
    }

    /// Counts the pauses of a group; groups come in the order of their keys.
    pub(crate) fn add(&mut self, key: &Key, group: &Group) {
        let permission = |key: &Key| {
            let texts = [&key.principal, &key.principal_id, &key.action];
            texts.map(std::sync::Arc::clone)
        };
        let same = |(last, _): &(Key, _)| permission(last) == permission(key);
        if !self.last.as_ref().is_some_and(same) {
            self.end_permission();
            self.last = Some((key.clone(), BTreeSet::new()));
        }
        if key.outcome == Outcome::Allowed
            && let Some((_, days)) = &mut self.last
        {
            days.extend(group.days());
        }
    }

    fn end_permission(&mut self) {
        if let Some((key, days)) = self.last.take() {
            self.count(&key, &days, day(self.end));
        }
    }

    fn count(&mut self, key: &Key, days: &BTreeSet<i32>, end: i32) {
        let Some(last) = days.last() else {
            return;
        };
        let level = access_level(Catalogue::embedded(), &key.action);
        let kind = principal_kind(&key.principal);
        let mut count = |from: i32, to: i32, (ended, open): (u64, u64)| {
            let length = u32::try_from(to - from).unwrap_or(0);
            let sum = self.numbers.entry((level, kind, length)).or_default();
            *sum = (sum.0 + ended, sum.1 + open);
        };
        for (day, next) in days.iter().zip(days.iter().skip(1)) {
            count(*day, *next, (1, 0));
        }
        count(*last, end, (0, 1));
    }

    /// The rows, sorted.
    pub(crate) fn into_rows(mut self) -> Vec<Pause> {
        self.end_permission();
        let row = |((level, kind, days), (ended, open)): ((&str, &str, u32), (u64, u64))| Pause {
            level: level.to_owned(),
            kind: kind.to_owned(),
            days,
            ended,
            open,
        };
        self.numbers.into_iter().map(row).collect()
    }
}

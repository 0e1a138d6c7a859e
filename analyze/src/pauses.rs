//! Pauses between uses (`iam::pause`), from the groups in the order of their keys.

use crate::group::{Group, Key, day};
use iam::catalogue::Catalogue;
use iam::pause::{Pause, access_level, principal_kind};
use iam::usage::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// Pauses that ended and pauses still open, by access level, kind of principal and length in days.
#[derive(Debug, Default)]
pub(crate) struct Pauses(BTreeMap<(&'static str, &'static str, u32), (u64, u64)>);

impl Pauses {
    /// Counts the pauses of groups that are sorted by key, up to the window's last moment.
    pub(crate) fn of(groups: &[(Key, Group)], window_end: i64) -> Self {
        let mut pauses = Self::default();
        let same = |one: &Key, other: &Key| {
            (&one.principal, &one.principal_id, &one.action)
                == (&other.principal, &other.principal_id, &other.action)
        };
        for permission in groups.chunk_by(|(one, _), (other, _)| same(one, other)) {
            let allowed = permission
                .iter()
                .filter(|(key, _)| key.outcome == Outcome::Allowed);
            let days: BTreeSet<i32> = allowed.flat_map(|(_, group)| group.days()).collect();
            if let Some((key, _)) = permission.first() {
                pauses.add(key, &days, day(window_end));
            }
        }
        pauses
    }

    fn add(&mut self, key: &Key, days: &BTreeSet<i32>, end: i32) {
        let Some(last) = days.last() else {
            return;
        };
        let level = access_level(Catalogue::embedded(), &key.action);
        let kind = principal_kind(&key.principal);
        let mut count = |from: i32, to: i32, (ended, open): (u64, u64)| {
            let length = u32::try_from(to - from).unwrap_or(0);
            let sum = self.0.entry((level, kind, length)).or_default();
            *sum = (sum.0 + ended, sum.1 + open);
        };
        for (day, next) in days.iter().zip(days.iter().skip(1)) {
            count(*day, *next, (1, 0));
        }
        count(*last, end, (0, 1));
    }

    /// The rows, sorted.
    pub(crate) fn into_rows(self) -> Vec<Pause> {
        let row = |((level, kind, days), (ended, open)): ((&str, &str, u32), (u64, u64))| Pause {
            level: level.to_owned(),
            kind: kind.to_owned(),
            days,
            ended,
            open,
        };
        self.0.into_iter().map(row).collect()
    }
}

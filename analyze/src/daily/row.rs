//! Rows of the daily table: parts of their days, and the usage lines that these would give.

use super::{Cell, OTHER, PrincipalDays, Row};
use crate::group::rfc3339;
use iam::usage::{Outcome, Usage};

impl Row {
    /// The cells of days from `start` up to but not including `end`.
    pub(crate) fn within(&self, start: i64, end: i64) -> &[Cell] {
        let at = |day: i64| self.cells.partition_point(|cell| i64::from(cell.day) < day);
        self.cells.get(at(start)..at(end)).unwrap_or_default()
    }

    /// The resource of a cell; none: not held.
    pub(crate) fn resource(&self, cell: &Cell) -> Option<&str> {
        let at = usize::try_from(cell.resource).ok()?;
        self.resources.get(at).map(AsRef::as_ref)
    }

    /// The usage line that these days alone would give, as far as proposals read it: without regions, evidence and
    /// context, times cut to days. None: no access.
    pub(crate) fn usage(&self, start: i64, end: i64, sample: usize) -> Option<Usage> {
        let cells = self.within(start, end);
        let (first, last) = (cells.first()?, cells.last()?);
        let mut resources: Vec<u32> = cells.iter().map(|cell| cell.resource).collect();
        resources.sort_unstable();
        resources.dedup();
        let unnamed = resources.last() == Some(&OTHER) && self.key.template.is_some();
        let mut named: Vec<String> = resources
            .iter()
            .filter_map(|at| self.resources.get(usize::try_from(*at).ok()?))
            .map(|text| text.as_ref().to_owned())
            .collect();
        let total = named.len() as u64 + u64::from(unnamed);
        named.truncate(sample);
        let mut days = 0;
        let mut before = None;
        for cell in cells {
            days += u32::from(before != Some(cell.day));
            before = Some(cell.day);
        }
        let time = |day: i32| rfc3339(i64::from(day) * 86_400_000);
        Some(Usage {
            principal: self.key.principal.as_ref().to_owned(),
            principal_id: self.key.principal_id.as_ref().to_owned(),
            action: self.key.action.as_ref().to_owned(),
            template: self
                .key
                .template
                .as_ref()
                .map(|text| text.as_ref().to_owned()),
            outcome: self.key.outcome,
            via: self.key.via,
            count: cells.iter().map(|cell| u64::from(cell.count)).sum(),
            active_days: days,
            first_seen: time(first.day),
            last_seen: time(last.day),
            regions: Vec::new(),
            resources: named,
            resources_total: total,
            evidence: Vec::new(),
            error_codes: Vec::new(),
            invoked_by: Vec::new(),
            vpc_endpoints: Vec::new(),
            mfa_count: 0,
            endpoint_count: 0,
            calls: Vec::new(),
        })
    }

    /// Whether the row is of accesses with this outcome.
    pub(crate) fn is(&self, outcome: Outcome) -> bool {
        self.key.outcome == outcome
    }
}

impl PrincipalDays {
    /// The first day with an access, since 1970.
    pub(crate) fn first_day(&self) -> Option<i64> {
        let firsts = self.rows.iter().filter_map(|row| row.cells.first());
        firsts.map(|cell| i64::from(cell.day)).min()
    }

    /// The usage lines that the days from `start` up to but not including `end` would give.
    pub(crate) fn usage(&self, start: i64, end: i64, sample: usize) -> Vec<Usage> {
        let rows = self.rows.iter();
        rows.filter_map(|row| row.usage(start, end, sample))
            .collect()
    }
}

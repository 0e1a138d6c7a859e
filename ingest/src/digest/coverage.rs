//! The hours that valid digests cover.

use super::file::ChainId;
use crate::time::rfc3339;
use std::collections::BTreeMap;

/// After the newest digest, log objects wait so long for theirs, in milliseconds: it is written hourly, and late.
const PENDING: i64 = 2 * 3_600_000;

/// From, to, in milliseconds.
pub(super) type Span = (i64, i64);

/// Hours covered, and holes between the digests of a chain.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// Of all chains, sorted, merged.
    spans: Vec<Span>,
    /// Of backfill digests, by trail.
    backfilled: BTreeMap<String, Vec<Span>>,
    gaps: Vec<(ChainId, Span)>,
}

/// Where a time lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covered {
    Yes,
    No,
    /// The next digest will cover it.
    Soon,
}

impl Coverage {
    pub(super) fn add(&mut self, chain: &ChainId, span: Span) {
        insert(&mut self.spans, span);
        if chain.backfill {
            insert(
                self.backfilled.entry(chain.trail.clone()).or_default(),
                span,
            );
        }
    }

    /// Notes a hole between two digests of a chain, if there is one.
    pub(super) fn hole(&mut self, chain: &ChainId, from: i64, to: i64) {
        if from < to && !chain.backfill {
            self.gaps.push((chain.clone(), (from, to)));
        }
    }

    pub(super) fn of(&self, at: i64) -> Covered {
        if self
            .spans
            .iter()
            .any(|(from, to)| (*from..*to).contains(&at))
        {
            return Covered::Yes;
        }
        match self.spans.last() {
            Some((_, to)) if (*to..*to + PENDING).contains(&at) => Covered::Soon,
            _ => Covered::No,
        }
    }

    /// From the first to the last hour.
    pub(super) fn ends(&self) -> Option<(String, String)> {
        let ((from, _), (_, to)) = (self.spans.first()?, self.spans.last()?);
        Some((rfc3339(*from), rfc3339(*to)))
    }

    pub(super) fn last(&self) -> Option<i64> {
        self.spans.last().map(|(_, to)| *to)
    }

    pub(super) fn first(&self) -> Option<i64> {
        self.spans.first().map(|(from, _)| *from)
    }

    /// Holes that no backfill digest of the trail fills.
    pub(super) fn holes(&self) -> impl Iterator<Item = &(ChainId, Span)> {
        self.gaps.iter().filter(|(chain, (from, to))| {
            let fills = |span: &Span| span.0 <= *from && *to <= span.1;
            !self
                .backfilled
                .get(&chain.trail)
                .is_some_and(|spans| spans.iter().any(fills))
        })
    }
}

/// Keeps spans sorted and merged.
fn insert(spans: &mut Vec<Span>, (mut from, mut to): Span) {
    let at = spans.partition_point(|span| span.1 < from);
    let end = spans.partition_point(|span| span.0 <= to);
    if let Some(touched) = spans.get(at..end.max(at)) {
        for span in touched {
            (from, to) = (from.min(span.0), to.max(span.1));
        }
    }
    spans.splice(at..end.max(at), [(from, to)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(backfill: bool) -> ChainId {
        ChainId {
            trail: "t".into(),
            home_region: "r".into(),
            backfill,
        }
    }

    #[test]
    fn spans_merge() {
        let mut coverage = Coverage::default();
        for span in [(10, 20), (40, 50), (20, 30), (35, 36), (0, 5), (29, 41)] {
            coverage.add(&chain(false), span);
        }
        assert_eq!(coverage.spans, [(0, 5), (10, 50)]);
        assert_eq!(coverage.of(5), Covered::No);
        assert_eq!(coverage.of(49), Covered::Yes);
        assert_eq!(coverage.of(50), Covered::Soon);
        assert_eq!(coverage.of(50 + PENDING), Covered::No);
    }

    #[test]
    fn a_backfill_fills_a_hole() {
        let mut coverage = Coverage::default();
        coverage.hole(&chain(false), 10, 20);
        coverage.hole(&chain(false), 20, 20);
        coverage.hole(&chain(false), 30, 40);
        coverage.add(&chain(true), (5, 15));
        coverage.add(&chain(true), (15, 25));
        let holes: Vec<Span> = coverage.holes().map(|(_, span)| *span).collect();
        assert_eq!(holes, [(30, 40)]);
    }
}

//! Groups: the accesses of one usage line, added up.

use crate::bottom::{Distinct, Smallest};
pub(crate) use iam::usage::NAMES;
use iam::usage::{Outcome, Usage, Via};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Event ids listed on a line.
pub(crate) const EVIDENCE: usize = 3;

/// Texts that recur, each held once.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashMap<Arc<str>, ()>);

impl Texts {
    pub(crate) fn share(&mut self, text: &str) -> Arc<str> {
        if let Some((held, ())) = self.0.get_key_value(text) {
            return Arc::clone(held);
        }
        let text: Arc<str> = text.into();
        self.0.insert(Arc::clone(&text), ());
        text
    }
}

/// What the accesses of a usage line have in common, in the order in which lines are sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) principal: Arc<str>,
    pub(crate) principal_id: Arc<str>,
    pub(crate) action: Arc<str>,
    pub(crate) template: Option<Arc<str>>,
    pub(crate) outcome: Outcome,
    pub(crate) via: Via,
}

/// Accesses of a group that somebody else has added up, but for their resources.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) count: u64,
    pub(crate) mfa_count: u64,
    pub(crate) endpoint_count: u64,
    pub(crate) span: (i64, i64),
    pub(crate) days: Vec<i32>,
    pub(crate) regions: Vec<String>,
    pub(crate) evidence: Vec<String>,
    pub(crate) error_codes: Vec<String>,
    pub(crate) invoked_by: Vec<String>,
    pub(crate) vpc_endpoints: Vec<String>,
    pub(crate) calls: Vec<String>,
}

/// The sum of the accesses of a group. Grows with the days of the window and otherwise not beyond its limits.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) count: u64,
    pub(crate) mfa_count: u64,
    pub(crate) endpoint_count: u64,
    pub(crate) span: Option<(i64, i64)>,
    pub(crate) days: BTreeSet<i32>,
    pub(crate) regions: Smallest,
    pub(crate) resources: Distinct,
    pub(crate) evidence: Smallest,
    pub(crate) error_codes: Smallest,
    pub(crate) invoked_by: Smallest,
    pub(crate) vpc_endpoints: Smallest,
    pub(crate) calls: Smallest,
}

impl Group {
    /// What the parts say.
    pub(crate) fn of(parts: Parts) -> Self {
        Self::with_resources(parts, Distinct::default())
    }

    /// The same, with resources.
    pub(crate) fn with_resources(parts: Parts, resources: Distinct) -> Self {
        Self {
            count: parts.count,
            mfa_count: parts.mfa_count,
            endpoint_count: parts.endpoint_count,
            span: Some(parts.span),
            days: parts.days.into_iter().collect(),
            regions: Smallest::of(&parts.regions, NAMES),
            evidence: Smallest::of(&parts.evidence, EVIDENCE),
            error_codes: Smallest::of(&parts.error_codes, NAMES),
            invoked_by: Smallest::of(&parts.invoked_by, NAMES),
            vpc_endpoints: Smallest::of(&parts.vpc_endpoints, NAMES),
            calls: Smallest::of(&parts.calls, NAMES),
            resources,
        }
    }

    /// No accesses, but their resources: all that there are, or the `sample` smallest and one more.
    pub(crate) fn of_resources(resources: &[String], sample: usize) -> Self {
        let mut group = Self::default();
        for resource in resources {
            group.resources.insert(resource, sample);
        }
        group
    }

    /// Adds what another thread has of the same group.
    pub(crate) fn merge(&mut self, other: Self, sample: usize) {
        self.count += other.count;
        self.mfa_count += other.mfa_count;
        self.endpoint_count += other.endpoint_count;
        self.span = widen(self.span, other.span);
        self.days.extend(other.days);
        self.regions.merge(other.regions, NAMES);
        self.resources.merge(other.resources, sample);
        self.evidence.merge(other.evidence, EVIDENCE);
        self.error_codes.merge(other.error_codes, NAMES);
        self.invoked_by.merge(other.invoked_by, NAMES);
        self.vpc_endpoints.merge(other.vpc_endpoints, NAMES);
        self.calls.merge(other.calls, NAMES);
    }

    /// UTC days with an access, in order.
    pub(crate) fn days(&self) -> impl Iterator<Item = i32> {
        self.days.iter().copied()
    }

    /// The line.
    pub(crate) fn into_usage(self, key: Key) -> Usage {
        let (first, last) = self.span.unwrap_or_default();
        Usage {
            principal: key.principal.as_ref().to_owned(),
            principal_id: key.principal_id.as_ref().to_owned(),
            action: key.action.as_ref().to_owned(),
            template: key.template.map(|template| template.as_ref().to_owned()),
            outcome: key.outcome,
            via: key.via,
            count: self.count,
            active_days: u32::try_from(self.days.len()).unwrap_or(u32::MAX),
            first_seen: rfc3339(first),
            last_seen: rfc3339(last),
            regions: self.regions.into_texts(),
            resources_total: self.resources.total(),
            resources: self.resources.into_texts(),
            evidence: self.evidence.into_texts(),
            error_codes: self.error_codes.into_texts(),
            invoked_by: self.invoked_by.into_texts(),
            vpc_endpoints: self.vpc_endpoints.into_texts(),
            mfa_count: self.mfa_count,
            endpoint_count: self.endpoint_count,
            calls: self.calls.into_texts(),
        }
    }
}

/// The smallest span of times that holds both.
pub(crate) fn widen(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}

/// UTC day since 1970.
pub(crate) fn day(millis: i64) -> i32 {
    i32::try_from(millis.div_euclid(86_400_000)).unwrap_or(i32::MAX)
}

/// RFC 3339 in UTC, with milliseconds only when there are any.
pub(crate) fn rfc3339(millis: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

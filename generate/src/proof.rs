//! Proofs: that a proposal keeps what was observed, and gives nothing that today's policies do not.

use crate::config::Kind;
use crate::digest::Digest;
use iam::catalogue::Catalogue;
use iam::policy::{Answer, PolicySet, Statement, subsumes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The proofs of a role, as `proof.json` has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proof {
    pub(crate) role: String,
    pub(crate) catalogue_version: String,
    /// What the proposal is.
    pub(crate) kind: Kind,
    /// What it was proven from and for.
    pub(crate) inputs: Inputs,
    /// Every observed access that today's policies explain is allowed by the proposal.
    pub(crate) observed_within_proposed: Check,
    /// Every request that the proposal allows is allowed today.
    pub(crate) proposed_within_current: Check,
    /// The action wildcards of the proposal mean exactly the actions that were chosen, in this catalogue.
    pub(crate) compact_equals_explicit: Check,
    /// Accesses that stay allowed only under a condition or through a variable, which the log cannot confirm.
    pub(crate) rest_on_conditions: Vec<Access>,
    /// Why the proposal is withheld.
    pub(crate) withheld: Option<String>,
}

/// What a proof is about, by SHA-256: to be found again, wherever it lies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inputs {
    /// The role's usage lines.
    pub(crate) usage: Digest,
    /// Its documents of today, its permissions boundary last; none: they were not given.
    pub(crate) current: Option<Digest>,
    /// The files of the proposal, in order.
    pub(crate) proposal: Vec<FileDigest>,
    /// The actions that the proposal's Allow statements name, by statement.
    pub(crate) actions: Option<Digest>,
}

/// A file of the role's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileDigest {
    pub(crate) file: String,
    pub(crate) sha256: String,
}

/// One proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Check {
    pub(crate) result: Holds,
    /// Accesses replayed, where that is how it was proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replayed: Option<usize>,
    /// A request that disproves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) witness: Option<Access>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

/// How a proof ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Holds {
    Yes,
    No,
    Unknown,
    /// There are no policies of today to compare with.
    NotApplicable,
}

/// An action on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Access {
    pub(crate) action: String,
    pub(crate) resource: String,
}

impl Check {
    pub(crate) fn plain(result: Holds, why: Option<String>) -> Self {
        Self {
            result,
            replayed: None,
            witness: None,
            why,
        }
    }
}

impl Proof {
    /// Why the proposal must not be written, if so.
    pub(crate) fn objection(&self) -> Option<String> {
        let told = |name: &str, check: &Check| {
            let at = check
                .witness
                .as_ref()
                .map(|w| format!("`{}` on `{}`", w.action, w.resource));
            let why = at.or_else(|| check.why.clone()).unwrap_or_default();
            match check.result {
                Holds::Yes | Holds::NotApplicable => None,
                Holds::No => Some(format!("not proven: {name} is false: {why}")),
                Holds::Unknown => Some(format!("not proven: {name} is undecided: {why}")),
            }
        };
        told("observed ⊆ proposed", &self.observed_within_proposed)
            .or_else(|| told("proposed ⊆ current", &self.proposed_within_current))
            .or_else(|| told("compact = explicit", &self.compact_equals_explicit))
    }
}

/// Compares the proposal with the policies of today.
pub(crate) fn within_current(outer: &PolicySet, inner: &PolicySet, catalogue: &Catalogue) -> Check {
    match subsumes(outer, inner, catalogue) {
        Answer::Yes => Check::plain(Holds::Yes, None),
        Answer::Unknown(why) => Check::plain(Holds::Unknown, Some(why)),
        Answer::No(witness) => Check {
            witness: Some(Access {
                action: witness.request.action,
                resource: witness.request.resource,
            }),
            ..Check::plain(Holds::No, Some(witness.why))
        },
    }
}

/// Compares action wildcards with the names that they stand for, statement by statement.
pub(crate) fn compact_equals_explicit(
    compact: &[Statement],
    explicit: &[Statement],
    catalogue: &Catalogue,
) -> Check {
    let mut count = 0;
    for (short, long) in compact.iter().zip(explicit) {
        let (short, long) = (named(short, catalogue), named(long, catalogue));
        count += long.len();
        if let Some(action) = short.symmetric_difference(&long).next() {
            let why = format!("`{action}` is in only one of the two");
            return Check::plain(Holds::No, Some(why));
        }
    }
    if compact.len() != explicit.len() {
        return Check::plain(
            Holds::No,
            Some("different numbers of statements".to_owned()),
        );
    }
    Check {
        replayed: Some(count),
        ..Check::plain(Holds::Yes, None)
    }
}

/// The current actions that a statement names, and names that are none.
pub(crate) fn named(statement: &Statement, catalogue: &Catalogue) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for pattern in statement.action.patterns() {
        let known = catalogue.expand(pattern).into_iter();
        let before = names.len();
        names.extend(known.filter_map(|id| Some(catalogue.get(id)?.name().to_owned())));
        if names.len() == before && !pattern.contains(['*', '?']) {
            names.insert(pattern.clone());
        }
    }
    names
}

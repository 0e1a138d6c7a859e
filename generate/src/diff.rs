//! The semantic diff of a role: what each grant of today becomes, and on what evidence.

use crate::draft::{Kept, kept};
use crate::grants::{Gap, Grant, Grants, label};
use crate::rule::Rule;
use crate::verdict::Verdict;
use iam::catalogue::{Catalogue, Risk};
use iam::usage::{Outcome, Usage};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// `diff.json`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Diff {
    pub(crate) role: String,
    /// Allow statements of today, in order.
    pub(crate) statements: Vec<StatementDiff>,
    /// Successes that today's identity policies do not explain: reported, never added.
    pub(crate) gaps: Vec<GapEntry>,
    /// Attempts that were denied: no reason to grant anything.
    pub(crate) denied: Vec<Seen>,
    /// What earlier roles of the same name did: no evidence.
    pub(crate) previous_incarnations: Vec<Former>,
}

/// An Allow statement and what stays of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StatementDiff {
    pub(crate) policy: String,
    pub(crate) statement: String,
    pub(crate) conditional: bool,
    pub(crate) kept: Vec<KeptEntry>,
    pub(crate) removed: Vec<RemovedEntry>,
}

/// A grant that stays.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct KeptEntry {
    pub(crate) action: String,
    /// `kept` or `narrowed`.
    pub(crate) change: &'static str,
    pub(crate) verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) risks: Vec<&'static str>,
    /// The statement's resources, when they become fewer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) from: Vec<String>,
    pub(crate) to: Vec<String>,
    /// `to` are the exceptions of a `NotResource`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) not_resource: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) evidence: Option<Evidence>,
}

/// Grants that go, for one reason.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RemovedEntry {
    pub(crate) verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) risks: Vec<&'static str>,
    pub(crate) actions: Vec<String>,
}

/// What the archive holds about a grant.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Evidence {
    pub(crate) count: u64,
    pub(crate) last_seen: String,
    pub(crate) event_ids: Vec<String>,
}

/// Accesses of one action and outcome.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Seen {
    pub(crate) action: String,
    pub(crate) resource: Option<String>,
    pub(crate) error_codes: Vec<String>,
    pub(crate) evidence: Evidence,
}

/// A gap.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GapEntry {
    pub(crate) action: String,
    pub(crate) resource: Option<String>,
    pub(crate) via: iam::usage::Via,
    pub(crate) likely_cause: String,
    pub(crate) evidence: Evidence,
}

/// An earlier role of the same name.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Former {
    pub(crate) principal: String,
    pub(crate) principal_id: String,
    pub(crate) accesses: u64,
    pub(crate) actions: BTreeSet<String>,
    pub(crate) last_seen: String,
}

/// Why a grant goes: verdict, explanation and risks.
type Reason = (Verdict, Option<String>, Vec<&'static str>);

/// What a diff is made from.
pub(crate) struct Source<'a> {
    pub(crate) role: &'a str,
    /// Names of the documents, by index.
    pub(crate) policies: &'a [String],
    pub(crate) allows: &'a [Rule],
    pub(crate) grants: &'a Grants,
    pub(crate) rows: &'a [&'a Usage],
    pub(crate) former: &'a [&'a Usage],
    pub(crate) catalogue: &'a Catalogue,
}

impl Source<'_> {
    /// The diff.
    pub(crate) fn diff(&self) -> Diff {
        let statements = self.allows.iter().zip(&self.grants.of_rule);
        Diff {
            role: self.role.to_owned(),
            statements: statements
                .map(|(rule, grants)| self.statement(rule, grants))
                .collect(),
            gaps: self
                .grants
                .gaps
                .iter()
                .filter_map(|gap| self.gap(gap))
                .collect(),
            denied: denied(self.rows),
            previous_incarnations: former(self.former),
        }
    }

    fn statement(&self, rule: &Rule, grants: &[Grant]) -> StatementDiff {
        let mut stays = Vec::new();
        let mut removed: BTreeMap<Reason, Vec<String>> = BTreeMap::new();
        for grant in grants {
            match kept(rule, grant) {
                Some(kept) => stays.push(self.kept(rule, grant, kept)),
                None => {
                    let key = (
                        grant.verdict,
                        grant.why.clone(),
                        risks(self.catalogue, &grant.action),
                    );
                    removed.entry(key).or_default().push(grant.action.clone());
                }
            }
        }
        let removed = removed
            .into_iter()
            .map(|((verdict, why, risks), actions)| RemovedEntry {
                verdict,
                why,
                risks,
                actions,
            });
        StatementDiff {
            policy: self
                .policies
                .get(rule.document)
                .cloned()
                .unwrap_or_default(),
            statement: label(rule),
            conditional: rule.conditional(),
            kept: stays,
            removed: removed.collect(),
        }
    }

    fn kept(&self, rule: &Rule, grant: &Grant, kept: Kept) -> KeptEntry {
        let same = kept.all_but == rule.scope.all_but && kept.resources == rule.scope.texts;
        let rows = grant
            .rows
            .iter()
            .filter_map(|at| self.rows.get(*at).copied());
        KeptEntry {
            action: grant.action.clone(),
            change: if same { "kept" } else { "narrowed" },
            verdict: grant.verdict,
            why: grant.why.clone(),
            risks: risks(self.catalogue, &grant.action),
            from: if same {
                Vec::new()
            } else {
                rule.scope.texts.clone()
            },
            to: kept.resources,
            not_resource: kept.all_but,
            evidence: evidence(rows),
        }
    }

    fn gap(&self, gap: &Gap) -> Option<GapEntry> {
        let row = self.rows.get(gap.row)?;
        Some(GapEntry {
            action: row.action.clone(),
            resource: gap.resource.clone(),
            via: row.via,
            likely_cause: format!(
                "{}: a resource policy, an earlier version of the policies, or a service's own access",
                gap.why
            ),
            evidence: evidence(std::iter::once(*row))?,
        })
    }
}

/// The risk labels of an action.
pub(crate) fn risks(catalogue: &Catalogue, action: &str) -> Vec<&'static str> {
    let risks = catalogue.action(action).map(|action| action.risks());
    risks
        .unwrap_or_default()
        .into_iter()
        .map(Risk::as_str)
        .collect()
}

fn evidence<'u>(rows: impl Iterator<Item = &'u Usage>) -> Option<Evidence> {
    let mut count = 0_u64;
    let (mut last, mut ids) = (None, BTreeSet::new());
    for row in rows {
        count = count.saturating_add(row.count);
        last = last.max(Some(&row.last_seen));
        ids.extend(row.evidence.iter().cloned());
    }
    Some(Evidence {
        count,
        last_seen: last?.clone(),
        event_ids: ids.into_iter().take(3).collect(),
    })
}

/// The denied accesses of rows.
pub(crate) fn denied(rows: &[&Usage]) -> Vec<Seen> {
    let denied = rows.iter().filter(|row| row.outcome == Outcome::Denied);
    let mut seen: Vec<Seen> = denied
        .filter_map(|row| {
            Some(Seen {
                action: row.action.clone(),
                resource: row.template.clone(),
                error_codes: row.error_codes.clone(),
                evidence: evidence(std::iter::once(*row))?,
            })
        })
        .collect();
    seen.sort_by(|a, b| (&a.action, &a.resource).cmp(&(&b.action, &b.resource)));
    seen
}

/// Earlier roles, from their rows.
pub(crate) fn former(rows: &[&Usage]) -> Vec<Former> {
    let mut by_id: BTreeMap<(&str, &str), Former> = BTreeMap::new();
    for row in rows {
        let entry = by_id
            .entry((&row.principal, &row.principal_id))
            .or_insert_with(|| Former {
                principal: row.principal.clone(),
                principal_id: row.principal_id.clone(),
                accesses: 0,
                actions: BTreeSet::new(),
                last_seen: String::new(),
            });
        entry.accesses = entry.accesses.saturating_add(row.count);
        entry.actions.insert(row.action.clone());
        entry.last_seen = entry.last_seen.clone().max(row.last_seen.clone());
    }
    by_id.into_values().collect()
}

//! The semantic diff of a role: what each grant of today becomes, and on what evidence.

use crate::capability::ByService;
use crate::cause::Circumstances;
use crate::confidence::{Chance, Confidence};
use crate::cover::Covers;
use crate::current::Document;
use crate::draft::{Kept, kept};
use crate::grants::{Gap, Grant, Grants, label};
use crate::intent::Declared;
use crate::rule::Rule;
use crate::summary::Status;
use crate::verdict::Verdict;
use crate::width::Wildcard;
use iam::catalogue::{Catalogue, Risk};
use iam::usage::{Outcome, Usage};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// `diff.json`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Diff {
    pub(crate) role: String,
    /// What became of the role: only of a proposed change is anything removed.
    pub(crate) status: Status,
    /// Allow statements of today, in order.
    pub(crate) statements: Vec<StatementDiff>,
    /// What the silence of unused grants is worth.
    pub(crate) confidence: Confidence,
    /// What the role can do in each service, before and after.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) capabilities: ByService,
    /// The resource wildcards of the proposal.
    pub(crate) wildcards: Vec<Wildcard>,
    /// What became of the rules of declared intent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) intent: Vec<Declared>,
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

/// Grants that stay: one with its evidence, or all that stay for the same reason.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct KeptEntry {
    #[serde(flatten)]
    pub(crate) named: Named,
    /// `kept` or `narrowed`.
    pub(crate) change: &'static str,
    pub(crate) verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// Those with a risk label, by label.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) risks: Risks,
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
    #[serde(flatten)]
    pub(crate) named: Named,
    pub(crate) verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// Those with a risk label, by label.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) risks: Risks,
}

/// Actions, many of them as patterns that match no other action of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Named {
    pub(crate) count: usize,
    /// Of what goes as unused: the highest probability that one of them is needed in the days ahead; null: unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) needed: Option<Chance>,
    pub(crate) actions: Vec<String>,
}

/// Actions by risk label.
pub(crate) type Risks = BTreeMap<&'static str, Named>;

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
    pub(crate) likely_cause: &'static str,
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

/// Why a grant goes.
type Reason = (Verdict, Option<String>);

/// What grants that stay without evidence have in common: verdict, reason, and what is kept.
type Silent = (Reason, Kept);

/// What a diff is made from.
pub(crate) struct Source<'a> {
    pub(crate) role: &'a str,
    /// End of the evidence, RFC 3339.
    pub(crate) window_end: Option<&'a str>,
    pub(crate) documents: &'a [Document],
    pub(crate) allows: &'a [Rule],
    pub(crate) grants: &'a Grants,
    pub(crate) rows: &'a [&'a Usage],
    pub(crate) former: &'a [&'a Usage],
    pub(crate) covers: &'a Covers<'a>,
}

impl Source<'_> {
    /// The diff.
    pub(crate) fn diff(&self, status: Status, confidence: Confidence) -> Diff {
        let statements = self.allows.iter().zip(&self.grants.of_rule);
        Diff {
            role: self.role.to_owned(),
            status,
            statements: statements
                .map(|(rule, grants)| self.statement(rule, grants))
                .collect(),
            confidence,
            capabilities: ByService::new(),
            wildcards: Vec::new(),
            intent: Vec::new(),
            gaps: self
                .grants
                .gaps
                .iter()
                .filter_map(|gap| self.gap(gap))
                .collect(),
            denied: denied(self.rows, &self.circumstances()),
            previous_incarnations: former(self.former),
        }
    }

    fn circumstances(&self) -> Circumstances<'_> {
        Circumstances {
            role: self.role,
            window_end: self.window_end,
            allows: self.allows,
            former: self.former,
        }
    }

    fn statement(&self, rule: &Rule, grants: &[Grant]) -> StatementDiff {
        let mut stays = Vec::new();
        let mut silent: BTreeMap<Silent, Vec<&Grant>> = BTreeMap::new();
        let mut removed: BTreeMap<Reason, Vec<&Grant>> = BTreeMap::new();
        for grant in grants {
            let reason = (grant.verdict, grant.why.clone());
            let rows = grant.rows.iter();
            let evidence = evidence(rows.filter_map(|at| self.rows.get(*at).copied()));
            match (kept(rule, grant), evidence) {
                (Some(kept), Some(evidence)) => {
                    stays.push(self.kept(rule, (reason, kept), &[grant], Some(evidence)));
                }
                (Some(kept), None) => silent.entry((reason, kept)).or_default().push(grant),
                (None, _) => removed.entry(reason).or_default().push(grant),
            }
        }
        let silent = silent.into_iter();
        stays.extend(silent.map(|(key, grants)| self.kept(rule, key, &grants, None)));
        let removed = removed.into_iter();
        let removed = removed.map(|((verdict, why), grants)| RemovedEntry {
            named: self.named(&grants),
            verdict,
            why,
            risks: self.risks(&grants),
        });
        let document = self.documents.get(rule.document);
        StatementDiff {
            policy: document.map(|d| d.name.clone()).unwrap_or_default(),
            statement: label(rule),
            conditional: rule.conditional(),
            kept: stays,
            removed: removed.collect(),
        }
    }

    fn kept(
        &self,
        rule: &Rule,
        ((verdict, why), kept): Silent,
        grants: &[&Grant],
        evidence: Option<Evidence>,
    ) -> KeptEntry {
        let same = kept.all_but == rule.scope.all_but && kept.resources == rule.scope.texts;
        KeptEntry {
            named: self.named(grants),
            change: if same { "kept" } else { "narrowed" },
            verdict,
            why,
            risks: self.risks(grants),
            from: if same {
                Vec::new()
            } else {
                rule.scope.texts.clone()
            },
            to: kept.resources,
            not_resource: kept.all_but,
            evidence,
        }
    }

    fn named(&self, grants: &[&Grant]) -> Named {
        let actions: Vec<String> = grants.iter().map(|grant| grant.action.clone()).collect();
        Named {
            count: actions.len(),
            needed: grants.iter().filter_map(|grant| grant.needed).max(),
            actions: self.covers.cover(&actions, &|_| true),
        }
    }

    fn risks(&self, grants: &[&Grant]) -> Risks {
        let mut by_label: BTreeMap<&'static str, Vec<&Grant>> = BTreeMap::new();
        for grant in grants {
            for risk in &grant.risks {
                by_label.entry(risk.as_str()).or_default().push(grant);
            }
        }
        let named = by_label.into_iter();
        named
            .map(|(label, grants)| (label, self.named(&grants)))
            .collect()
    }

    fn gap(&self, gap: &Gap) -> Option<GapEntry> {
        let row = self.rows.get(gap.row)?;
        Some(GapEntry {
            action: row.action.clone(),
            resource: gap.resource.clone(),
            via: row.via,
            likely_cause: self
                .circumstances()
                .of_gap(row, gap.resource.as_deref(), gap.why),
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
pub(crate) fn denied(rows: &[&Usage], circumstances: &Circumstances<'_>) -> Vec<Seen> {
    let denied = rows.iter().filter(|row| row.outcome == Outcome::Denied);
    let mut seen: Vec<Seen> = denied
        .filter_map(|row| {
            Some(Seen {
                action: row.action.clone(),
                resource: row.template.clone(),
                error_codes: row.error_codes.clone(),
                likely_cause: circumstances.of_denial(row),
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

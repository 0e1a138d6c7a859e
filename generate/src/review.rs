//! The review of a role: what a person needs to approve the proposal, and no more.

use crate::current::Role;
use crate::diff::{Diff, Evidence, KeptEntry, StatementDiff};
use crate::markdown::{fenced_json, text};
use crate::need::Granularity;
use crate::plan::Plan;
use crate::proof::{Check, Holds, Proof};
use crate::summary::{RoleSummary, Status};
use crate::verdict::Verdict;
use iam::policy::{Policy, Statement};
use iam::usage::Header;
use similar::TextDiff;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Names listed in one cell; the rest is counted. `diff.json` has them all.
const LISTED: usize = 12;

/// Everything a review speaks of.
pub(crate) struct Review<'a> {
    pub(crate) header: &'a Header,
    pub(crate) summary: &'a RoleSummary,
    /// None: greenfield.
    pub(crate) role: Option<&'a Role>,
    pub(crate) diff: &'a Diff,
    pub(crate) proof: &'a Proof,
    pub(crate) plan: Option<&'a Plan>,
    /// Actions granted on `*` because the log does not name the resource.
    pub(crate) kept_unknown: Vec<String>,
}

impl Review<'_> {
    /// The review as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n", text(&self.summary.role));
        self.headline(&mut out);
        self.proofs(&mut out);
        self.removals(&mut out);
        self.kept(&mut out);
        self.gaps(&mut out);
        self.denied(&mut out);
        self.former(&mut out);
        self.changes(&mut out);
        out
    }

    fn headline(&self, out: &mut String) {
        let summary = self.summary;
        let window = match (&self.header.window_start, &self.header.window_end) {
            (Some(start), Some(end)) => format!("from {} to {}", text(start), text(end)),
            _ => "of an empty archive".to_owned(),
        };
        let state = match (summary.status, &summary.reason) {
            (Status::RemoveAll, _) => {
                "Nothing needs to stay: all policies of this role can be detached and deleted. IAM \
                accepts no empty policy; `policy.json` is empty only to say so."
                    .to_owned()
            }
            (_, Some(reason)) => format!("**No policy is proposed:** {}.", text(reason)),
            (_, None) => format!("Proposed: {} policy document(s).", summary.documents),
        };
        let _ = writeln!(out, "{state} Evidence: events {window}.");
        if let Some(before) = summary.grants_before {
            let _ = writeln!(
                out,
                "Grants: {before} → {} ({} → {} with a risk label).",
                summary.grants_after,
                summary.risky_before.unwrap_or(0),
                summary.risky_after
            );
        } else {
            let _ = writeln!(
                out,
                "Written from usage alone, since no policies of today were given: {} actions.",
                summary.grants_after
            );
        }
        if let Some(boundary) = self.role.and_then(|role| role.boundary.as_ref()) {
            let known = if boundary.policy.is_some() {
                ""
            } else {
                ", whose text the account dump lacks"
            };
            let _ = writeln!(
                out,
                "The permissions boundary {}{known} stays as it is.",
                text(&boundary.arn)
            );
        }
        self.coarseness(out);
    }

    fn coarseness(&self, out: &mut String) {
        let Some(plan) = self.plan else {
            return;
        };
        let resources = match plan.granularity {
            Granularity::Exact => None,
            Granularity::Template => Some("Resources are written as templates"),
            Granularity::Statement => Some("Resources are those of today's statements"),
        };
        if let Some(resources) = resources {
            let _ = writeln!(
                out,
                "{resources}, because closer ones exceed the size quotas."
            );
        }
        if plan.compacted {
            let version = text(&self.proof.catalogue_version);
            let _ = writeln!(
                out,
                "Actions are written as wildcards where these match nothing else in catalogue {version}, because names exceed the size quotas."
            );
        }
        if !self.kept_unknown.is_empty() {
            let names = names(&self.kept_unknown);
            let _ = writeln!(
                out,
                "The log does not name the resource of {names}: granted on any."
            );
        }
    }

    fn proofs(&self, out: &mut String) {
        let _ = writeln!(out, "\n## Proofs\n\n| claim | result |\n|---|---|");
        let mut row = |claim: &str, check: &Check| {
            let result = match check.result {
                Holds::Yes => "yes",
                Holds::No => "**no**",
                Holds::Unknown => "**undecided**",
                Holds::NotApplicable => "not applicable",
            };
            let replayed = check
                .replayed
                .map(|n| format!(", {n} requests replayed"))
                .unwrap_or_default();
            let witness = check
                .witness
                .as_ref()
                .map(|w| format!(": {} on {}", text(&w.action), text(&w.resource)));
            let why = check.why.as_ref().map(|why| format!(": {}", text(why)));
            let _ = writeln!(
                out,
                "| {claim} | {result}{replayed}{}{} |",
                witness.unwrap_or_default(),
                why.unwrap_or_default()
            );
        };
        row(
            "everything observed stays allowed",
            &self.proof.observed_within_proposed,
        );
        row(
            "nothing is allowed that is not allowed today",
            &self.proof.proposed_within_current,
        );
        let conditional = &self.proof.rest_on_conditions;
        if !conditional.is_empty() {
            let _ = writeln!(
                out,
                "\n{} observed accesses are allowed only under conditions or through policy variables, which are carried over unchanged; `proof.json` lists them.",
                conditional.len()
            );
        }
    }

    fn removals(&self, out: &mut String) {
        let mut rows: BTreeMap<(bool, String, String, Verdict, String), Vec<String>> =
            BTreeMap::new();
        for statement in &self.diff.statements {
            for removed in &statement.removed {
                let risks = removed.risks.join(", ");
                let why = removed.why.clone().unwrap_or_default();
                let key = (
                    risks.is_empty(),
                    risks,
                    place(statement),
                    removed.verdict,
                    why,
                );
                rows.entry(key)
                    .or_default()
                    .extend(removed.actions.iter().cloned());
            }
        }
        if rows.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "\n## Removed\n\n| risk | statement | actions | verdict |\n|---|---|---|---|"
        );
        for ((_, risks, place, verdict, why), actions) in &rows {
            let why = if why.is_empty() {
                String::new()
            } else {
                format!(": {}", text(why))
            };
            let risks = if risks.is_empty() { "–" } else { risks };
            let _ = writeln!(
                out,
                "| {risks} | {} | {} | {verdict}{why} |",
                text(place),
                names(actions)
            );
        }
    }

    fn kept(&self, out: &mut String) {
        let entries = || {
            self.diff
                .statements
                .iter()
                .flat_map(|s| s.kept.iter().map(move |kept| (s, kept)))
        };
        if entries().next().is_none() {
            return;
        }
        let _ = writeln!(
            out,
            "\n## Kept\n\n| statement | action | on | evidence |\n|---|---|---|---|"
        );
        let mut silent: BTreeMap<(String, String, Vec<String>), Vec<String>> = BTreeMap::new();
        for (statement, kept) in entries() {
            match &kept.evidence {
                Some(evidence) => evident(out, statement, kept, evidence),
                None => {
                    let why = kept.why.clone().unwrap_or_default();
                    let key = (place(statement), why, kept.to.clone());
                    silent.entry(key).or_default().push(kept.action.clone());
                }
            }
        }
        for ((place, why, to), actions) in &silent {
            let _ = writeln!(
                out,
                "| {} | {} | {} | unobservable: {} |",
                text(place),
                names(actions),
                names(to),
                text(why)
            );
        }
    }

    fn gaps(&self, out: &mut String) {
        if self.diff.gaps.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "\n## Gaps\n\nThese calls succeeded although no identity policy of today allows them. Nothing was added for them.\n\n| action | resource | likely cause | evidence |\n|---|---|---|---|"
        );
        for gap in &self.diff.gaps {
            let resource = gap.resource.as_deref().map_or("unknown".to_owned(), text);
            let _ = writeln!(
                out,
                "| {} | {resource} | {} | {} |",
                text(&gap.action),
                text(&gap.likely_cause),
                told(&gap.evidence)
            );
        }
    }

    fn denied(&self, out: &mut String) {
        if self.diff.denied.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "\n## Denied\n\nAn attempt is no grant.\n\n| action | resource | evidence |\n|---|---|---|"
        );
        for seen in &self.diff.denied {
            let resource = seen.resource.as_deref().map_or("unknown".to_owned(), text);
            let _ = writeln!(
                out,
                "| {} | {resource} | {} |",
                text(&seen.action),
                told(&seen.evidence)
            );
        }
    }

    fn former(&self, out: &mut String) {
        if self.diff.previous_incarnations.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "\n## Previous incarnations\n\nEarlier roles of this name. What they did is no evidence for this role.\n\n| id | accesses | last seen | actions |\n|---|---|---|---|"
        );
        for former in &self.diff.previous_incarnations {
            let actions: Vec<String> = former.actions.iter().cloned().collect();
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                text(&former.principal_id),
                former.accesses,
                text(&former.last_seen),
                names(&actions)
            );
        }
    }

    /// The unified diff of all statements of today against all proposed ones.
    fn changes(&self, out: &mut String) {
        let (Some(plan), None) = (self.plan, &self.proof.withheld) else {
            return;
        };
        let today = self
            .role
            .iter()
            .flat_map(|role| &role.documents)
            .map(|document| &document.policy);
        let (old, new) = (combined(today), combined(plan.documents.iter()));
        let diff = TextDiff::from_lines(&old, &new);
        let unified = diff
            .unified_diff()
            .context_radius(3)
            .header("current", "proposal")
            .to_string();
        if unified.is_empty() {
            let _ = writeln!(out, "\n## Changes\n\nNone.");
        } else {
            let _ = writeln!(out, "\n## Changes\n\n```diff\n{}```", fenced_json(&unified));
        }
    }
}

fn combined<'p>(policies: impl Iterator<Item = &'p Policy>) -> String {
    let statements: Vec<Statement> = policies
        .flat_map(|policy| policy.statements.iter().cloned())
        .collect();
    let policy = Policy {
        version: Some("2012-10-17".to_owned()),
        statements,
        ..Policy::default()
    };
    policy.to_json()
}

fn evident(out: &mut String, statement: &StatementDiff, kept: &KeptEntry, evidence: &Evidence) {
    let all_but = if kept.not_resource { "all but " } else { "" };
    let why = kept
        .why
        .as_ref()
        .map(|why| format!("; {}", text(why)))
        .unwrap_or_default();
    let _ = writeln!(
        out,
        "| {} | {} | {all_but}{} | {}: {}{why} |",
        text(&place(statement)),
        text(&kept.action),
        names(&kept.to),
        kept.verdict,
        told(evidence)
    );
}

fn place(statement: &StatementDiff) -> String {
    let conditional = if statement.conditional {
        ", conditional"
    } else {
        ""
    };
    format!(
        "{} / {}{conditional}",
        statement.policy, statement.statement
    )
}

fn told(evidence: &Evidence) -> String {
    let ids: Vec<String> = evidence.event_ids.iter().map(|id| text(id)).collect();
    format!(
        "{} times, last {}; events {}",
        evidence.count,
        text(&evidence.last_seen),
        ids.join(", ")
    )
}

/// Names, escaped; many are cut short and counted.
fn names(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| text(name)).collect();
    let more = names.len().saturating_sub(LISTED);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

//! The review of a role: what a person needs to approve the proposal, and no more.

mod confidence;
mod tables;

use crate::current::{Document, Role};
use crate::diff::Diff;
use crate::markdown::{fenced_json, text};
use crate::need::Granularity;
use crate::plan::Plan;
use crate::proof::{Check, Holds, Proof};
use crate::summary::{RoleSummary, Status};
use iam::policy::{Policy, Statement};
use iam::usage::Header;
use similar::TextDiff;
use std::collections::BTreeSet;
use std::fmt::Write;
use tables::names;

/// Services listed in the paragraph of capabilities.
const SERVICES: usize = 12;

/// Lines of the unified diff that a review shows.
const DIFF_LINES: usize = 400;

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
    /// Why only JSON is written, if so.
    pub(crate) unwritten: Option<String>,
    /// Conditions were to be learned from the evidence.
    pub(crate) learned: bool,
}

impl Review<'_> {
    /// The review as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n", text(&self.summary.role));
        self.headline(&mut out);
        self.capabilities(&mut out);
        self.proofs(&mut out);
        self.removals(&mut out);
        self.confidence(&mut out);
        self.kept(&mut out);
        self.intent(&mut out);
        self.wildcards(&mut out);
        self.gaps(&mut out);
        self.denied(&mut out);
        self.former(&mut out);
        self.changes(&mut out);
        self.rollback(&mut out);
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
                "**Nothing needs to stay:** detach the managed policies of this role and delete its inline ones. \
                There is no `policy.json`, since IAM accepts no empty policy."
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
        if let Some(why) = &self.unwritten {
            let _ = writeln!(out, "Only JSON is written: {}.", text(why));
        }
        self.coarseness(out);
    }

    /// One paragraph: what the role can do in each service, before and after.
    fn capabilities(&self, out: &mut String) {
        let services = &self.diff.capabilities;
        if services.is_empty() || self.proof.withheld.is_some() {
            return;
        }
        let told = services.iter().take(SERVICES).map(|(service, own)| {
            let list = |all: &BTreeSet<&str>| all.iter().copied().collect::<Vec<_>>().join(", ");
            let (before, after) = (list(&own.before), list(&own.after));
            let resources: Vec<String> = own.resources.iter().cloned().collect();
            let after = match (after.is_empty(), before == after) {
                (true, _) => "nothing".to_owned(),
                (false, true) => format!("the same on {}", names(&resources)),
                (false, false) => format!("{after} on {}", names(&resources)),
            };
            format!("**{}**: {before} → {after}", text(service))
        });
        let told: Vec<String> = told.collect();
        let more = services.len().saturating_sub(SERVICES);
        let more = match more {
            0 => String::new(),
            more => format!("; {more} more services: see `diff.json`"),
        };
        let _ = writeln!(
            out,
            "\nWhat it can do, by service: {}{more}.",
            told.join("; ")
        );
    }

    fn rollback(&self, out: &mut String) {
        let Some(role) = self.role.filter(|_| self.proof.withheld.is_none()) else {
            return;
        };
        let (managed, inline): (Vec<_>, Vec<_>) = role
            .documents
            .iter()
            .partition(|document| document.arn.is_some());
        let list = |documents: Vec<&Document>| -> Vec<String> {
            documents
                .into_iter()
                .map(|document| document.name.clone())
                .collect()
        };
        let (managed, inline) = (list(managed), list(inline));
        let _ = writeln!(out, "\n## Roll back\n");
        if !managed.is_empty() {
            let _ = writeln!(out, "- Attach again: {}.", names(&managed));
        }
        if !inline.is_empty() {
            let names = names(&inline);
            let _ = writeln!(out, "- Put back inline, from the account dump: {names}.");
        }
        let _ = writeln!(
            out,
            "- Then detach what is proposed here. `--format cli` writes both ways as scripts."
        );
    }

    fn coarseness(&self, out: &mut String) {
        let Some(plan) = self.plan else {
            return;
        };
        let resources = match plan.granularity {
            Granularity::Exact => "one by one",
            Granularity::Template => "as templates",
            Granularity::Container => "as all that their bucket, log group and so on holds",
            Granularity::Type => "as all of their type",
            Granularity::Statement => "as in today's statements",
        };
        if plan.coarsened {
            let _ = writeln!(
                out,
                "Resources are written {resources}, because closer ones exceed the size quotas."
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
                "\n{} observed accesses are allowed only under conditions or through policy variables, which are carried over unchanged{}; `proof.json` lists them.",
                conditional.len(),
                if self.learned {
                    " or agree with all of the evidence (`--condition`)"
                } else {
                    ""
                }
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
        let mut unified = diff
            .unified_diff()
            .context_radius(3)
            .header("current", "proposal")
            .to_string();
        if unified.is_empty() {
            let _ = writeln!(out, "\n## Changes\n\nNone.");
        } else {
            let all = unified.lines().count();
            if let Some((end, _)) = unified.match_indices('\n').nth(DIFF_LINES) {
                unified.truncate(end + 1);
            }
            let _ = writeln!(out, "\n## Changes\n\n```diff\n{}```", fenced_json(&unified));
            if all > DIFF_LINES {
                let more = all - DIFF_LINES;
                let _ = writeln!(out, "\n{more} more lines: see the policy files.");
            }
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

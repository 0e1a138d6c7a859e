//! The tables of a review: what goes, what stays, and what no policy explains.

use super::Review;
use crate::confidence::Chance;
use crate::current::Role;
use crate::diff::{Evidence, Named, StatementDiff};
use crate::markdown::text;
use crate::summary::Status;
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Names listed in one cell; the rest is counted. `diff.json` has them all.
const LISTED: usize = 12;

/// A line of the list of removals: risk, statement, and verdict with its reason.
type Key = (Option<&'static str>, String, String);

/// What a line of the list of removals adds up.
#[derive(Default)]
struct Line {
    count: usize,
    needed: Option<Chance>,
    actions: Vec<String>,
}

impl Review<'_> {
    pub(super) fn removals(&self, out: &mut String) {
        let Some(heading) = self.heading() else {
            return;
        };
        let mut lines: BTreeMap<Key, Line> = BTreeMap::new();
        for statement in &self.diff.statements {
            for removed in &statement.removed {
                let told = verdict(removed.verdict, removed.why.as_deref());
                let mut add = |risk: Option<&'static str>, named: &Named| {
                    let key = (risk, place(statement), told.clone());
                    let line = lines.entry(key).or_default();
                    line.count += named.count;
                    line.needed = line.needed.max(named.needed);
                    line.actions.extend(named.actions.iter().cloned());
                };
                removed
                    .risks
                    .iter()
                    .for_each(|(risk, named)| add(Some(risk), named));
                add(None, &removed.named);
            }
        }
        if lines.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "\n## {heading}\n\n| risk | statement | actions | which | verdict | needed |\n|---|---|---|---|---|---|"
        );
        let (risky, all): (Vec<_>, Vec<_>) = lines.iter().partition(|(key, _)| key.0.is_some());
        for ((risk, place, told), line) in risky.into_iter().chain(all) {
            let risk = risk.unwrap_or("all");
            let _ = writeln!(
                out,
                "| {risk} | {} | {} | {} | {} | {} |",
                text(place),
                line.count,
                names(&line.actions),
                text(told),
                chance(line.needed)
            );
        }
    }

    /// What the list of unneeded grants means for this role.
    pub(super) fn heading(&self) -> Option<&'static str> {
        let linked = self.role.is_some_and(Role::is_service_linked);
        match self.summary.status {
            Status::Proposed | Status::RemoveAll => Some("Removed"),
            Status::Withheld => Some("Would be removed"),
            Status::ReportOnly => (!linked).then_some("Not needed, but not ours to remove"),
        }
    }

    pub(super) fn kept(&self, out: &mut String) {
        let statements = self.diff.statements.iter();
        let mut entries = statements.flat_map(|s| s.kept.iter().map(move |kept| (s, kept)));
        let Some(first) = entries.next() else {
            return;
        };
        let _ = writeln!(
            out,
            "\n## Kept\n\n| statement | action | on | evidence |\n|---|---|---|---|"
        );
        let (evident, silent): (Vec<_>, Vec<_>) = std::iter::once(first)
            .chain(entries)
            .partition(|(_, kept)| kept.evidence.is_some());
        for (statement, kept) in evident.into_iter().chain(silent) {
            let all_but = if kept.not_resource { "all but " } else { "" };
            let why = verdict(kept.verdict, kept.why.as_deref());
            let evidence = kept.evidence.as_ref().map(|e| format!("; {}", told(e)));
            let _ = writeln!(
                out,
                "| {} | {} | {all_but}{} | {}{} |",
                text(&place(statement)),
                names(&kept.named.actions),
                names(&kept.to),
                text(&why),
                evidence.unwrap_or_default()
            );
        }
    }

    pub(super) fn intent(&self, out: &mut String) {
        if self.diff.intent.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "\n## Declared intent\n\n| actions | on | reason | until | state |\n|---|---|---|---|---|"
        );
        for declared in &self.diff.intent {
            let until = declared.expires.as_deref().unwrap_or("–");
            let outside = declared.outside.as_ref();
            let outside = outside.map(|why| format!(": {}; nothing is added", text(why)));
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {}{} |",
                names(&declared.actions),
                names(&declared.resources),
                text(&declared.reason),
                text(until),
                declared.state,
                outside.unwrap_or_default()
            );
        }
    }

    pub(super) fn wildcards(&self, out: &mut String) {
        if self.diff.wildcards.is_empty() || self.proof.withheld.is_some() {
            return;
        }
        let _ = writeln!(
            out,
            "\n## Wildcards\n\n| resource | stands for | adds | from |\n|---|---|---|---|"
        );
        for wildcard in &self.diff.wildcards {
            let mut seen = format!("{} seen", wildcard.seen);
            if wildcard.unnamed {
                seen.push_str(", and calls whose resource the log does not name");
            }
            let adds = match wildcard.adds_known {
                Some(0) => "names not seen yet".to_owned(),
                Some(known) => format!(
                    "names not seen yet, and {known} that only others used: {}",
                    names(&wildcard.examples)
                ),
                None => "not counted: more than one container".to_owned(),
            };
            let from = if wildcard.of_today {
                "today's policy"
            } else {
                "the evidence"
            };
            let _ = writeln!(
                out,
                "| {} | {seen} | {adds} | {from} |",
                text(&wildcard.pattern)
            );
        }
    }

    pub(super) fn gaps(&self, out: &mut String) {
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

    pub(super) fn denied(&self, out: &mut String) {
        if self.diff.denied.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "\n## Denied\n\nAn attempt is no grant.\n\n| action | resource | likely cause | evidence |\n|---|---|---|---|"
        );
        for seen in &self.diff.denied {
            let resource = seen.resource.as_deref().map_or("unknown".to_owned(), text);
            let _ = writeln!(
                out,
                "| {} | {resource} | {} | {} |",
                text(&seen.action),
                text(seen.likely_cause),
                told(&seen.evidence)
            );
        }
    }

    pub(super) fn former(&self, out: &mut String) {
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
}

/// How probable a need is; a dash where removing changes nothing that works today.
fn chance(needed: Option<Chance>) -> String {
    needed.map_or("–".to_owned(), |chance| chance.to_string())
}

fn verdict(verdict: Verdict, why: Option<&str>) -> String {
    match why {
        Some(why) => format!("{verdict}: {why}"),
        None => verdict.to_string(),
    }
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
pub(super) fn names(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| text(name)).collect();
    let more = names.len().saturating_sub(LISTED);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

//! The report of a comparison for people: in a terminal, and as Markdown for a pull request.

use super::report::{ChangeReport, Proof, Report, RequestReport, RowReport, SubjectReport};
use crate::output::plain;
use generate::markdown as safe;
use std::fmt::Write as _;

/// Actions listed before "and n more".
const LISTED: usize = 6;

/// For a terminal.
pub(super) fn terminal(report: &Report, all: bool) -> String {
    let mut out = String::new();
    for subject in &report.subjects {
        let title = subject.principal.as_deref().unwrap_or("the policy");
        if subject.is_unchanged() && !all {
            let _ = writeln!(out, "{}: allows the same as before", plain(title));
            text_of(&mut out, subject);
            continue;
        }
        let _ = writeln!(out, "{}", plain(title));
        for (name, proof) in proofs(subject) {
            let _ = writeln!(out, "  {name}: {}", plain(&told(proof)));
        }
        for change in shown(subject, all) {
            let _ = writeln!(out, "\n  {:<9} {}", change.change, plain(&change.says));
            let _ = writeln!(out, "            {}", plain(&actions(change)));
            for (sign, row) in rows(change) {
                let _ = writeln!(out, "          {sign} {}", plain(&row_text(row)));
            }
            for (name, request) in requests(change) {
                let _ = writeln!(out, "            {name}: {}", plain(&request_text(request)));
            }
            if let Some(why) = &change.why {
                let _ = writeln!(out, "            not decided: {}", plain(why));
            }
        }
        out.push('\n');
        let _ = writeln!(out, "  {}", counts(subject));
        text_of(&mut out, subject);
    }
    out
}

fn text_of(out: &mut String, subject: &SubjectReport) {
    if !subject.text.is_empty() {
        let _ = writeln!(out, "\n{}", plain(&subject.text));
    }
}

/// For a pull request.
pub(super) fn markdown(report: &Report, all: bool) -> String {
    let mut out = String::from("## What the policies allow, before and after\n");
    for subject in &report.subjects {
        let title = subject.principal.as_deref().unwrap_or("The policy");
        let _ = writeln!(out, "\n### {}\n", safe(title));
        for (name, proof) in proofs(subject) {
            let _ = writeln!(out, "- {name}: {}", safe(&told(proof)));
        }
        let _ = writeln!(out, "- {}", safe(&counts(subject)));
        let mut changes = shown(subject, all).peekable();
        if changes.peek().is_some() {
            out.push_str("\n| change | actions | from → to | shown by |\n|---|---|---|---|\n");
        }
        for change in changes {
            let rows = rows(change).map(|(sign, row)| safe(&format!("{sign} {}", row_text(row))));
            let why = change.why.iter().map(|why| format!("not decided: {why}"));
            let shown = requests(change)
                .map(|(name, request)| format!("{name}: {}", request_text(request)))
                .chain(why)
                .map(|text| safe(&text));
            let _ = writeln!(
                out,
                "| **{}**: {} | {} | {} | {} |",
                change.change,
                safe(&change.says),
                safe(&actions(change)),
                rows.collect::<Vec<_>>().join("<br>"),
                shown.collect::<Vec<_>>().join("<br>"),
            );
        }
    }
    out
}

fn proofs(subject: &SubjectReport) -> [(&'static str, &Proof); 2] {
    [
        (
            "new within old (nothing is gained)",
            &subject.new_within_old,
        ),
        ("old within new (nothing is lost)", &subject.old_within_new),
    ]
}

fn told(proof: &Proof) -> String {
    match (&proof.why, &proof.witness) {
        (Some(why), _) => format!("{}: {why}", proof.answer),
        (_, Some(witness)) => format!("{}: {}", proof.answer, request_text(witness)),
        _ => format!("{}, proven", proof.answer),
    }
}

fn shown(subject: &SubjectReport, all: bool) -> impl Iterator<Item = &ChangeReport> {
    let changes = subject.changes.iter();
    changes.filter(move |change| all || change.change != "unchanged")
}

fn actions(change: &ChangeReport) -> String {
    let mut told: Vec<String> = change.actions.iter().take(LISTED).cloned().collect();
    let more = change.actions.len().saturating_sub(LISTED);
    if more > 0 {
        told.push(format!("{more} more"));
    }
    let unlisted = change.unlisted.iter();
    told.extend(unlisted.map(|pattern| format!("whatever else `{pattern}` may come to mean")));
    told.join(", ")
}

/// Rows that only one side has.
fn rows(change: &ChangeReport) -> impl Iterator<Item = (char, &RowReport)> {
    let only = |own: &RowReport, others: &[RowReport]| {
        let text = row_text(own);
        !others.iter().any(|other| row_text(other) == text)
    };
    let gone = change.from.iter().filter(move |row| only(row, &change.to));
    let come = change.to.iter().filter(move |row| only(row, &change.from));
    gone.map(|row| ('-', row)).chain(come.map(|row| ('+', row)))
}

fn row_text(row: &RowReport) -> String {
    let mut text = String::new();
    if !row.resources.is_empty() {
        text.push_str(&row.resources.join(", "));
    }
    if !row.not_resources.is_empty() {
        let _ = write!(text, "all but {}", row.not_resources.join(", "));
    }
    if !row.condition.is_null() {
        let _ = write!(text, " if {}", row.condition);
    }
    text
}

fn requests(change: &ChangeReport) -> impl Iterator<Item = (&'static str, &RequestReport)> {
    let lost = change.lost.iter().map(|request| ("no longer", request));
    lost.chain(change.gained.iter().map(|request| ("new", request)))
}

/// A request in one line.
pub(in crate::command) fn request_text(request: &RequestReport) -> String {
    let mut text = format!("{} on {}", request.action, request.resource);
    if let Some(principal) = &request.principal {
        let _ = write!(text, " by {principal}");
    }
    if !request.context.is_empty() {
        let told = request.context.iter();
        let told = told.map(|(key, values)| format!("{key} = {}", values.join(" and ")));
        let _ = write!(text, " with {}", told.collect::<Vec<_>>().join(", "));
    }
    text
}

fn counts(subject: &SubjectReport) -> String {
    let (old, new) = (&subject.granted_before, &subject.granted_after);
    let mut text = format!("actions granted: {} → {}", old.actions, new.actions);
    let risks = old.risks.keys().chain(new.risks.keys());
    for risk in risks.collect::<std::collections::BTreeSet<_>>() {
        let count = |tally: &iam::policy::Tally| tally.risks.get(risk).copied().unwrap_or_default();
        let _ = write!(text, ", {risk}: {} → {}", count(old), count(new));
    }
    text
}

//! The closing tables: what a step did, for people.

use super::run::Outcome;
use super::verify;
use crate::output::plain;
use comfy_table::{CellAlignment, Table, presets};
use generate::{RoleSummary, Status};
use std::fmt::Write as _;

/// List price of Athena in most regions (aws.amazon.com/athena/pricing, 2026).
const DOLLARS_A_TERABYTE: f64 = 5.0;
/// Roles listed before the table is cut.
const LISTED_ROLES: usize = 40;
/// Quarantined places listed.
const LISTED_PLACES: usize = 10;

/// The table of the whole job.
pub(super) fn run(outcome: &Outcome) -> String {
    let mut text = generate(&outcome.generate);
    let _ = write!(text, "\n{}", ingest(&outcome.ingest));
    text
}

/// What ingest did.
pub(super) fn ingest(report: &::ingest::Report) -> String {
    let mut text = format!(
        "{} events in {} objects ({} unchanged since an earlier run); {} duplicates dropped, {} rows written.\n",
        report.events,
        report.objects.read,
        report.objects.unchanged,
        report.duplicates,
        report.rows
    );
    counts(&mut text, "objects passed over", &report.objects.ignored);
    counts(&mut text, "records skipped", &report.skipped);
    counts(&mut text, "events without access", &report.no_access);
    if report.conflicting_ids > 0 {
        let _ = writeln!(
            text,
            "different events with one id: {}",
            report.conflicting_ids
        );
    }
    for object in &report.objects.unreadable {
        let _ = writeln!(
            text,
            "not fetched: {}: {}",
            plain(&object.object),
            plain(&object.reason)
        );
    }
    quarantine(&mut text, report);
    if let Some(verification) = &report.verification {
        verify::findings(&mut text, verification);
        verify::verdict(&mut text, verification);
    }
    text
}

fn counts(text: &mut String, what: &str, counts: &std::collections::BTreeMap<String, u64>) {
    if counts.is_empty() {
        return;
    }
    let listed: Vec<String> = counts
        .iter()
        .map(|(name, n)| format!("{} {n}", plain(name)))
        .collect();
    let _ = writeln!(text, "{what}: {}", listed.join(", "));
}

fn quarantine(text: &mut String, report: &::ingest::Report) {
    let quarantined = &report.quarantined;
    if quarantined.count == 0 {
        let _ = writeln!(text, "quarantined: nothing");
        return;
    }
    counts(text, "quarantined", &quarantined.by_reason);
    for place in quarantined.first.iter().take(LISTED_PLACES) {
        let _ = writeln!(
            text,
            "  {} at byte {}: {}",
            plain(&place.object),
            place.offset,
            plain(&place.detail)
        );
    }
    let listed = quarantined.first.iter().take(LISTED_PLACES);
    let listed: u64 = listed.map(|place| place.count).sum();
    let more = quarantined.count.saturating_sub(listed);
    if more > 0 {
        let _ = writeln!(
            text,
            "  and {more} more, listed in the archive's _quarantine folder"
        );
    }
}

/// What analyze found.
pub(super) fn analyze(summary: &::analyze::Summary) -> String {
    let header = &summary.header;
    let window = match (&header.window_start, &header.window_end) {
        (Some(start), Some(end)) => format!("{start} to {end}"),
        _ => "an empty window".to_owned(),
    };
    let mut text = format!(
        "{} events, {window}; {} principals, {} usage lines.\n",
        header.events, summary.principals, summary.lines
    );
    counts(&mut text, "events without access", &header.without_access);
    counts(&mut text, "unknown events", &header.unknown_events);
    if let Some(done) = &summary.scan {
        let expected = done.estimated.map(scan);
        let expected = expected.map_or_else(String::new, |bytes| format!(" (expected {bytes})"));
        let _ = writeln!(text, "scanned {}{expected}", scan(done.scanned));
    }
    if let Some(losses) = &summary.raw {
        raw(&mut text, losses);
    }
    text
}

/// What of a raw table was no evidence.
fn raw(text: &mut String, losses: &::analyze::RawLosses) {
    counts(text, "rows skipped", &losses.skipped);
    counts(text, "rows that are no events", &losses.unreadable);
    if losses.without_parameters > 0 {
        let _ = writeln!(
            text,
            "events whose request parameters are no JSON, so that their resources are unknown: {}",
            losses.without_parameters
        );
    }
    for (column, lost) in &losses.lacking {
        let _ = writeln!(text, "the table has no {column}: {lost}");
    }
}

/// Scanned bytes, and what Athena asks for them at its list price. It bills at least 10 MB a statement.
pub(super) fn scan(bytes: u64) -> String {
    let dollars = bytes as f64 / 1e12 * DOLLARS_A_TERABYTE;
    format!("{bytes} bytes, about {dollars:.4} USD at {DOLLARS_A_TERABYTE} USD a TB")
}

/// What generate proposes.
pub(super) fn generate(summary: &::generate::Summary) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["role", "status", "grants", "risky", "gaps"]);
    for role in summary.roles.iter().take(LISTED_ROLES) {
        table.add_row(row(role));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let totals = &summary.totals;
    let mut text = format!(
        "{table}\n{} roles: grants {} → {}, risky grants removed {}, gaps {}.\n",
        totals.roles,
        totals.grants_before,
        totals.grants_after,
        totals.risky_before.saturating_sub(totals.risky_after),
        totals.gaps
    );
    let more = summary.roles.len().saturating_sub(LISTED_ROLES);
    if more > 0 {
        let _ = writeln!(text, "the other {more} roles are in summary.json");
    }
    text
}

fn row(role: &RoleSummary) -> [String; 5] {
    let was = |before: Option<usize>| before.map_or_else(String::new, |n| format!("{n} → "));
    [
        plain(&role.role),
        status(role.status).to_owned(),
        format!("{}{}", was(role.grants_before), role.grants_after),
        format!("{}{}", was(role.risky_before), role.risky_after),
        role.gaps.to_string(),
    ]
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Proposed => "proposed",
        Status::RemoveAll => "remove all",
        Status::Withheld => "withheld",
        Status::ReportOnly => "report only",
    }
}

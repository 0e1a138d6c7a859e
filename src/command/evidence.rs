//! What is known about the evidence besides the archive: trails, last-accessed reports, days that are missing.

use crate::error::Failure;
use crate::output::plain;
use comfy_table::{CellAlignment, Table, presets};
use iam::coverage::{Shown, State, Trail, read_trails};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Rows of the coverage table before it is cut.
const LISTED: usize = 40;

/// The trails that fed the archive.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TrailArgs {
    /// The trails that fed the archive, so that coverage is known rather than inferred: output of `aws cloudtrail
    /// describe-trails`, `get-trail` or `get-event-selectors` (repeatable)
    #[arg(long, value_name = "JSON")]
    trails: Vec<PathBuf>,
}

impl TrailArgs {
    /// Reads the files; none: no trails were given.
    pub(super) fn read(&self) -> Result<Option<Vec<Trail>>, Failure> {
        if self.trails.is_empty() {
            return Ok(None);
        }
        let mut files = Vec::new();
        for path in &self.trails {
            let name = path.display().to_string();
            let content = std::fs::read(path)
                .map_err(|error| Failure::from_room(format!("cannot read `{name}`"), error))?;
            files.push((name, content));
        }
        let files = files
            .iter()
            .map(|(name, content)| (name.as_str(), content.as_slice()));
        read_trails(files).map(Some).map_err(|error| {
            Failure::from_room("cannot use the trail configuration", error).hint(
                "write it with: aws cloudtrail describe-trails > trails.json, and for each trail aws cloudtrail get-event-selectors --trail-name ARN > selectors.json",
            )
        })
    }
}

/// What else IAM and its operator know.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DoubtArgs {
    /// Last-accessed reports: output of `aws iam get-service-last-accessed-details` (repeatable). What a report has used
    /// and the logs have not is kept
    #[arg(long, value_name = "JSON")]
    last_accessed: Vec<PathBuf>,
    /// Let silence count as "unused" although up to so many days of the window are missing in the logs
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    missing_days: u32,
}

impl DoubtArgs {
    /// Puts what is known into the configuration.
    pub(super) fn configure(&self, config: &mut generate::Config) -> Result<(), Failure> {
        config.missing_days = self.missing_days;
        for path in &self.last_accessed {
            config.last_accessed.read(path).map_err(|error| {
                Failure::from_room("cannot use the last-accessed report", error).hint(
                    "write it with: aws iam get-service-last-accessed-details --job-id ID --output json > accessed.json",
                )
            })?;
        }
        Ok(())
    }
}

/// The coverage table, with what is not covered first when it has to be cut.
pub(super) fn coverage(shown: &[Shown]) -> String {
    if shown.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "account",
        "events of class",
        "coverage",
        "events",
        "regions",
        "why",
    ]);
    let mut rows: Vec<&Shown> = shown.iter().collect();
    if rows.len() > LISTED {
        rows.sort_by_key(|row| std::cmp::Reverse(row.state));
    }
    for row in rows.iter().take(LISTED) {
        table.add_row([
            plain(&row.account),
            plain(&row.class),
            row.state.as_str().to_owned(),
            row.events.to_string(),
            plain(&row.regions.join(", ")),
            plain(row.why.as_deref().unwrap_or_default()),
        ]);
    }
    if let Some(column) = table.column_mut(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = format!("{table}\n");
    let mut left: BTreeMap<State, usize> = BTreeMap::new();
    for row in rows.iter().skip(LISTED) {
        *left.entry(row.state).or_default() += 1;
    }
    for (state, number) in left {
        let _ = writeln!(text, "and {number} more {}: see --json", state.as_str());
    }
    text.push_str("Data events of every type not listed: not covered.\n");
    text
}

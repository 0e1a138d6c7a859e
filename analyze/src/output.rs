//! `usage.jsonl`, and the summary of what went into it.

use crate::config::Config;
use crate::error::{At, Error};
use crate::group::{Group, Key, rfc3339};
use crate::lines::Lines;
use crate::raw::RawLosses;
use crate::tally::Tally;
use iam::coverage::Shown;
use iam::usage::{Header, SCHEMA_VERSION};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

/// Unknown events that the header lists: the most frequent.
const UNKNOWN_EVENTS: usize = 1000;

/// What an analysis found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The header of the written file: window, counts, coverage.
    #[serde(flatten)]
    pub header: Header,
    /// Usage lines written.
    pub lines: u64,
    /// Distinct principals with usage.
    pub principals: u64,
    /// Events without an attributable principal: services' own calls, callers of other accounts, anonymous ones.
    pub without_principal: u64,
    /// Owners' copies of cross-account calls that were not counted again.
    pub cross_account_copies: u64,
    /// What the archive could have shown, by account and class of events.
    pub shown: Vec<Shown>,
    /// Versions of the catalogue that resolved the archive; more than one, or another than the present: resolve anew.
    pub catalogue_versions: Vec<String>,
    /// What a warehouse scanned, where that is paid for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan: Option<Scan>,
    /// What of a raw table was no evidence, where one was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawLosses>,
}

/// Bytes that a warehouse scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Scan {
    /// Expected beforehand, from the sizes of the columns in the archive's files; of a raw table nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated: Option<u64>,
    /// Scanned.
    pub scanned: u64,
}

/// Writes the usage; the file appears whole or not at all.
pub(crate) fn write(mut tally: Tally, config: &Config) -> Result<Summary, Error> {
    let mut groups: Vec<(Key, Group)> = tally.groups.drain().collect();
    groups.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    write_lines(tally, groups.into_iter().map(Ok), config)
}

/// The same, of groups that come in the order of their keys; those of the tally do not count.
pub(crate) fn write_lines(
    tally: Tally,
    groups: impl Iterator<Item = Result<(Key, Group), Error>> + Send,
    config: &Config,
) -> Result<Summary, Error> {
    let folder = folder(&config.out)?;
    let window = tally.covered.window();
    let mut lines = Lines::new(&folder, window.map(|(_, end)| end))?;
    lines.add_all(groups)?;
    let header = Header {
        schema_version: SCHEMA_VERSION,
        window_start: window.map(|(first, _)| rfc3339(first)),
        window_end: window.map(|(_, last)| rfc3339(last)),
        catalogue_version: tally
            .catalogues
            .iter()
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
        events: tally.events,
        without_access: tally.without_access,
        unknown_events: most_frequent(tally.unknown_events),
        coverage: tally.covered.into_rows(),
        trails: config.trails.clone(),
        pauses: std::mem::take(&mut lines.pauses).into_rows(),
    };
    let (number, principals) = (lines.number, lines.principals);
    lines.finish(&header, &config.out)?;
    Ok(Summary {
        shown: iam::coverage::table(&header),
        header,
        lines: number,
        principals,
        without_principal: tally.without_principal,
        cross_account_copies: tally.copies,
        catalogue_versions: tally.catalogues.into_iter().collect(),
        scan: None,
        raw: None,
    })
}

fn most_frequent(events: HashMap<String, u64>) -> BTreeMap<String, u64> {
    let mut events: Vec<(String, u64)> = events.into_iter().collect();
    events.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    events.truncate(UNKNOWN_EVENTS);
    events.into_iter().collect()
}

/// The folder of a file, made when there is none.
pub(crate) fn folder(of: &Path) -> Result<PathBuf, Error> {
    let folder = of.parent().unwrap_or(Path::new(""));
    if folder.as_os_str().is_empty() {
        return Ok(PathBuf::from("."));
    }
    fs::create_dir_all(folder).at(folder)?;
    Ok(folder.to_owned())
}

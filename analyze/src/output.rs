//! `usage.jsonl`, and the summary of what went into it.

use crate::config::Config;
use crate::error::{At, Error};
use crate::group::{Group, Key, rfc3339};
use crate::pauses::Pauses;
use crate::raw::RawLosses;
use crate::tally::Tally;
use iam::coverage::Shown;
use iam::usage::{Header, SCHEMA_VERSION, Usage};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::BufWriter;
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
pub(crate) fn write(tally: Tally, config: &Config) -> Result<Summary, Error> {
    let Tally {
        groups,
        covered,
        events,
        copies,
        without_principal,
        without_access,
        unknown_events,
        catalogues,
        ..
    } = tally;
    let window = covered.window();
    let mut groups: Vec<(Key, Group)> = groups.into_iter().collect();
    groups.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let pauses = window.map(|(_, end)| Pauses::of(&groups, end));
    let header = Header {
        schema_version: SCHEMA_VERSION,
        window_start: window.map(|(first, _)| rfc3339(first)),
        window_end: window.map(|(_, last)| rfc3339(last)),
        catalogue_version: catalogues.iter().cloned().collect::<Vec<_>>().join(", "),
        events,
        without_access,
        unknown_events: most_frequent(unknown_events),
        coverage: covered.into_rows(),
        trails: config.trails.clone(),
        pauses: pauses.unwrap_or_default().into_rows(),
    };
    let lines = groups.len() as u64;
    let principals = groups
        .chunk_by(|(one, _), (other, _)| one.principal == other.principal)
        .count() as u64;
    let usage = groups.into_iter().map(|(key, group)| group.into_usage(key));
    write_atomically(&config.out, &header, usage)?;
    Ok(Summary {
        shown: iam::coverage::table(&header),
        header,
        lines,
        principals,
        without_principal,
        cross_account_copies: copies,
        catalogue_versions: catalogues.into_iter().collect(),
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

fn write_atomically(
    out: &Path,
    header: &Header,
    usage: impl Iterator<Item = Usage>,
) -> Result<(), Error> {
    if let Some(folder) = out.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).at(folder)?;
    }
    let unfinished = unfinished(out);
    let written = File::create(&unfinished).and_then(|file| {
        let mut writer = BufWriter::new(file);
        iam::usage::write(&mut writer, header, usage)?;
        writer.into_inner()?.sync_all()?;
        fs::rename(&unfinished, out)
    });
    written
        .inspect_err(|_| drop(fs::remove_file(&unfinished)))
        .at(out)
}

/// A name beside the file, of this process alone.
fn unfinished(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.unfinished", std::process::id()));
    out.with_file_name(name)
}

//! Small files of a date merged into large ones. New files and the removal of the old are one commit.

use super::entry::{Entry, NUMBER};
use super::files;
use super::ledger::Ledger;
use super::location::ArchiveLocation;
use super::merge::Merge;
use super::rewrite::Input;
use super::schema::{PARTITION_COLUMN, SCHEMA_VERSION};
use super::shelf::IDS;
use super::store::{self, Store};
use crate::config::{Cancel, S3Options};
use crate::error::{Error, IoContext};
use parquet::arrow::ArrowWriter;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

/// Files merged at a time: each has a page a column in memory.
const INPUTS: usize = 16;

/// What a compaction is told.
#[derive(Debug, Clone)]
pub struct CompactConfig {
    /// The archive.
    pub archive: ArchiveLocation,
    /// How S3 is reached; unused for a folder.
    pub s3: S3Options,
    /// Target size of a file in bytes; files of half of it are left as they are.
    pub file_bytes: u64,
}

/// What a compaction did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CompactReport {
    /// Data files before.
    pub files_before: u64,
    /// Data files now.
    pub files_after: u64,
    /// Bytes of data files that were merged.
    pub merged_bytes: u64,
    /// Rows that were written again.
    pub rows: u64,
    /// It was asked to stop; another takes the rest.
    pub cancelled: bool,
}

/// Merges the small files of each date. Ingests may go on meanwhile.
///
/// # Errors
/// The archive cannot be read or written.
pub fn compact(config: &CompactConfig, cancel: &Cancel) -> Result<CompactReport, Error> {
    let store = store::open(&config.archive, &config.s3)?;
    let mut ledger = Ledger::open(Arc::clone(&store), "")?;
    let visible = store.list(&format!("{PARTITION_COLUMN}="), "")?;
    let shelf = ledger.shelf();
    // A process that was slow to make its commit visible may have brought one back.
    let back = visible.iter().map(|file| &file.name);
    let back = back.filter(|name| shelf.replaced().contains(*name));
    store.remove(&back.cloned().collect::<Vec<_>>())?;
    let mut report = CompactReport {
        files_before: shelf.data().count() as u64,
        ..CompactReport::default()
    };
    let mut sizes: BTreeMap<String, u64> = visible
        .into_iter()
        .map(|file| (file.name, file.size))
        .collect();
    let mut days: Vec<String> = shelf.data().filter_map(day_of).map(str::to_owned).collect();
    days.dedup();
    let mut task = Compaction {
        config,
        store: store.as_ref(),
        ledger: &mut ledger,
        sizes: &mut sizes,
    };
    for day in days {
        while !cancel.is_cancelled() && task.merge_some(&day, &mut report)? {}
    }
    report.cancelled = cancel.is_cancelled();
    report.files_after = ledger.shelf().data().count() as u64;
    Ok(report)
}

/// `YYYY-MM-DD` of a data file.
fn day_of(name: &str) -> Option<&str> {
    let (partition, _) = name.split_once('/')?;
    Some(partition.split_once('=')?.1)
}

struct Compaction<'c> {
    config: &'c CompactConfig,
    store: &'c dyn Store,
    ledger: &'c mut Ledger,
    /// Bytes of data files.
    sizes: &'c mut BTreeMap<String, u64>,
}

/// Files that become one.
struct Group {
    names: Vec<String>,
    catalogue_version: String,
}

impl Compaction<'_> {
    /// Merges a group of a date's files; false when nothing is to be merged.
    fn merge_some(&mut self, day: &str, report: &mut CompactReport) -> Result<bool, Error> {
        let merged = self.group(day).and_then(|group| match group {
            None => Ok(false),
            Some(group) => self.merge(day, &group, report).map(|()| true),
        });
        match merged {
            // Others have replaced a file meanwhile: what is there now is looked at again.
            Err(Error::Overtaken) => Ok(true),
            Err(Error::Replaced { .. }) if !self.ledger.catch_up()?.is_empty() => Ok(true),
            other => other,
        }
    }

    /// The first small files that one catalogue resolved, as many as fit into a file.
    fn group(&self, day: &str) -> Result<Option<Group>, Error> {
        let shelf = self.ledger.shelf();
        let mut groups: BTreeMap<String, (u64, Vec<String>)> = BTreeMap::new();
        for name in shelf.data_of(day) {
            // One that came since the start is left to the next compaction.
            let Some(size) = self
                .sizes
                .get(name)
                .filter(|size| **size < self.config.file_bytes / 2)
            else {
                continue;
            };
            let version = Input::of_shelf(&shelf, name)?
                .catalogue_version()
                .to_owned();
            let (bytes, names) = groups.entry(version).or_default();
            if names.len() < INPUTS && *bytes + size <= self.config.file_bytes {
                *bytes += size;
                names.push(name.to_owned());
            }
        }
        let mut groups = groups.into_iter();
        let group = groups.find(|(_, (_, names))| names.len() > 1);
        Ok(group.map(|(catalogue_version, (_, names))| Group {
            names,
            catalogue_version,
        }))
    }

    /// Writes one file for many, commits it, and takes note of what it is.
    fn merge(&mut self, day: &str, group: &Group, report: &mut CompactReport) -> Result<(), Error> {
        let (staging, shelf) = (self.ledger.begin()?, self.ledger.shelf());
        let name = format!("{PARTITION_COLUMN}={day}/part-{NUMBER}-0001.parquet");
        let path = staging.join(&name);
        let mut inputs = Vec::new();
        for name in &group.names {
            inputs.push(Input::of_file(&shelf.fetch(name)?)?);
        }
        let rows = write(inputs, &path, &group.catalogue_version)?;
        let mut entry = Entry {
            schema_version: SCHEMA_VERSION,
            catalogue_version: group.catalogue_version.clone(),
            files: vec![name],
            removed: group.names.clone(),
            ..Entry::default()
        };
        let ids: Vec<String> = shelf.ids_of(day).map(str::to_owned).collect();
        if ids.len() > 1 {
            let name = format!("{IDS}/{day}/{NUMBER}.ids");
            let paths = ids.iter().map(|name| shelf.fetch(name));
            concatenate(paths, &staging.join(&name))?;
            entry.files.push(name);
            entry.removed.extend(ids);
        }
        self.ledger.stage(&entry.files)?;
        while let Some(news) = self.ledger.commit(&mut entry)? {
            if news.iter().any(|news| entry.collides(news)) {
                return Err(Error::Overtaken);
            }
        }
        self.store.forget(&entry.removed);
        self.note(day, group, rows, report)
    }

    fn note(
        &mut self,
        day: &str,
        group: &Group,
        rows: u64,
        report: &mut CompactReport,
    ) -> Result<(), Error> {
        report.rows += rows;
        for name in &group.names {
            report.merged_bytes += self.sizes.remove(name).unwrap_or(0);
        }
        for file in self.store.list(&format!("{PARTITION_COLUMN}={day}/"), "")? {
            self.sizes.insert(file.name, file.size);
        }
        Ok(())
    }
}

/// Merges inputs to a file; the number of rows.
fn write(inputs: Vec<Input>, path: &Path, catalogue_version: &str) -> Result<u64, Error> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).at(folder)?;
    let mut properties = files::properties(catalogue_version).into_builder();
    if !inputs.iter().all(Input::is_sorted) {
        properties = properties.set_sorting_columns(None);
    }
    let parquet = |source| Error::Parquet {
        path: path.to_owned(),
        source,
    };
    let arrow = |source| Error::Arrow {
        path: path.to_owned(),
        source,
    };
    let file = File::create(path).at(path)?;
    let schema = super::schema::schema();
    let mut writer =
        ArrowWriter::try_new(file, schema, Some(properties.build())).map_err(parquet)?;
    let mut merge = Merge::new(&inputs).map_err(arrow)?;
    let mut rows = 0;
    while let Some(batch) = merge.next().map_err(arrow)? {
        rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(parquet)?;
    }
    writer.into_inner().map_err(parquet)?.sync_all().at(path)?;
    Ok(rows)
}

fn concatenate(
    from: impl Iterator<Item = Result<std::path::PathBuf, Error>>,
    to: &Path,
) -> Result<(), Error> {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).at(folder)?;
    let mut whole = File::create(to).at(to)?;
    for path in from {
        let path = path?;
        std::io::copy(&mut File::open(&path).at(&path)?, &mut whole).at(&path)?;
    }
    whole.sync_all().at(to)
}

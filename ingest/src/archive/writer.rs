//! The one writer of a run: drops duplicates, buffers rows by date, writes the largest date when memory is short.
//!
//! All decisions depend on the order of the input alone, so the same input gives the same files.

use super::amendment::{self, Amendments, Files};
use super::column::Column;
use super::entry::{Entry, NUMBER, Taken};
use super::files;
use super::ids::{Ids, Known, staged_name};
use super::ledger::Ledger;
use super::reconcile::Batch;
use super::row::{Row, RowBuffer};
use super::schema::{PARTITION_COLUMN, SCHEMA_VERSION};
use super::waiting::{Blocks, Waiting};
use crate::config::Config;
use crate::error::{Error, IoContext};
use crate::memory::Memory;
use crate::quarantine::Quarantine;
use crate::report::Report;
use crate::source::Object;
use crate::time::Day;
use parquet::file::properties::WriterProperties;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Amendments that may wait.
const WAITING_AMENDMENTS: usize = 10_000;

/// Stored bytes after which a long run commits what it has.
const COMMIT_BYTES: u64 = 4 << 30;

/// Writes one run into an archive.
pub(crate) struct Writer<'w> {
    config: &'w Config,
    memory: Memory,
    ledger: &'w mut Ledger,
    staging: PathBuf,
    properties: WriterProperties,
    ids: Ids,
    waiting: BTreeMap<Day, Waiting>,
    buffered: usize,
    spare: Blocks,
    /// Wait, so that a file is written again once for many of them.
    amendments: BTreeMap<(Day, u128), RowBuffer>,
    parts: BTreeMap<Day, u32>,
    quarantine: Option<(PathBuf, BufWriter<File>)>,
    taken_bytes: u64,
    entry: Entry,
    /// Dates with different events of one id, of this batch.
    conflicting: BTreeSet<Day>,
    committed: Report,
}

impl<'w> Writer<'w> {
    /// `report` is of what is committed already.
    pub(crate) fn new(
        config: &'w Config,
        memory: Memory,
        ledger: &'w mut Ledger,
        report: &Report,
    ) -> Result<Self, Error> {
        let catalogue_version = report.catalogue_version.as_str();
        let entry = Entry {
            schema_version: SCHEMA_VERSION,
            catalogue_version: catalogue_version.to_owned(),
            source: config.source.to_string(),
            ..Entry::default()
        };
        let staging = ledger.begin()?;
        Ok(Self {
            config,
            memory,
            properties: files::properties(catalogue_version),
            ids: Ids::new(ledger.shelf(), &staging, memory.ids),
            staging,
            ledger,
            waiting: BTreeMap::new(),
            buffered: 0,
            spare: Blocks::within(memory.rows),
            amendments: BTreeMap::new(),
            parts: BTreeMap::new(),
            quarantine: None,
            taken_bytes: 0,
            entry,
            conflicting: BTreeSet::new(),
            committed: report.clone(),
        })
    }

    /// The report as it was when the last batch was committed.
    pub(crate) fn into_committed(self) -> Report {
        self.committed
    }

    /// Takes rows in the order of the input.
    pub(crate) fn add(&mut self, rows: &RowBuffer, report: &mut Report) -> Result<(), Error> {
        for row in rows.rows() {
            self.add_row(row, report)?;
        }
        while self.buffered > self.memory.rows {
            let largest = self
                .waiting
                .iter()
                .max_by_key(|(_, rows)| rows.bytes())
                .map(|(day, _)| *day);
            let Some(day) = largest else { break };
            self.flush(day, report)?;
        }
        Ok(())
    }

    fn add_row(&mut self, row: Row<'_>, report: &mut Report) -> Result<(), Error> {
        let head = row.head();
        let day = Day::of(head.time);
        if head.amends {
            return self.add_amendment(day, row, report);
        }
        match self.ids.insert(day, head.id, head.fingerprint)? {
            Known::Duplicate => {
                report.duplicates += 1;
                return Ok(());
            }
            Known::Conflict => {
                report.conflicting_ids += 1;
                self.conflicting.insert(day);
            }
            Known::New => {}
        }
        self.count(row, report);
        self.buffer(day, row);
        Ok(())
    }

    fn count(&self, row: Row<'_>, report: &mut Report) {
        report.rows += 1;
        if let Some(reason) = row.text(Column::NoAccess) {
            *report.no_access.entry(reason.to_owned()).or_default() += 1;
        }
    }

    fn add_amendment(&mut self, day: Day, row: Row<'_>, report: &mut Report) -> Result<(), Error> {
        let id = row.head().id;
        if self.ids.is_amended(day, id)? || self.amendments.contains_key(&(day, id)) {
            report.duplicates += 1;
            return Ok(());
        }
        let mut alone = RowBuffer::default();
        alone.push_row(row);
        self.amendments.insert((day, id), alone);
        if self.amendments.len() >= WAITING_AMENDMENTS {
            self.settle_amendments(report)?;
        }
        Ok(())
    }

    fn buffer(&mut self, day: Day, row: Row<'_>) {
        let rows = self.waiting.entry(day).or_default();
        let before = rows.bytes();
        rows.push(row, &mut self.spare);
        self.buffered += rows.bytes() - before;
    }

    /// Notes broken input.
    pub(crate) fn quarantine(&mut self, entry: &Quarantine) -> Result<(), Error> {
        if self.quarantine.is_none() {
            let name = format!("_quarantine/{NUMBER}.jsonl");
            let path = self.staging.join(&name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).at(parent)?;
            }
            self.quarantine = Some((path.clone(), BufWriter::new(File::create(&path).at(&path)?)));
            self.entry.files.push(name);
        }
        let Some((path, writer)) = &mut self.quarantine else {
            return Ok(());
        };
        serde_json::to_writer(&mut *writer, entry).map_err(|source| Error::Ledger {
            path: path.clone(),
            source,
        })?;
        writer.write_all(b"\n").at(path)
    }

    /// Notes that an object has been read to its end, and commits when enough have been.
    pub(crate) fn take(
        &mut self,
        object: &Object,
        verdict: Option<&str>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let Object { key, size, tag } = object.clone();
        self.taken_bytes += size;
        self.entry.objects.push(Taken {
            key,
            size,
            tag,
            verdict: verdict.map(str::to_owned),
        });
        if self.entry.objects.len() >= self.config.commit_objects
            || self.taken_bytes >= COMMIT_BYTES
        {
            self.commit(report)?;
        }
        Ok(())
    }

    /// Writes everything and commits it.
    pub(crate) fn commit(&mut self, report: &mut Report) -> Result<(), Error> {
        self.settle_amendments(report)?;
        let days: Vec<Day> = self.waiting.keys().copied().collect();
        for day in days {
            self.flush(day, report)?;
        }
        if let Some((path, mut writer)) = self.quarantine.take() {
            writer.flush().at(&path)?;
            writer.get_ref().sync_all().at(&path)?;
        }
        let days = self.ids.save()?;
        self.entry
            .files
            .extend(days.iter().copied().map(staged_name));
        if self.entry.objects.is_empty() && self.entry.files.is_empty() {
            return Ok(());
        }
        self.ledger.stage(&self.entry.files)?;
        while let Some(news) = self.ledger.commit(&mut self.entry)? {
            let mut batch = Batch {
                staging: &self.staging,
                shelf: self.ledger.shelf(),
                properties: &self.properties,
                entry: &mut self.entry,
                days: &days,
                conflicting: &self.conflicting,
            };
            let changed = batch.reconcile(&news, report)?;
            self.ledger.stage(&changed)?;
        }
        self.committed.clone_from(report);
        self.begin()
    }

    /// What follows is another batch.
    fn begin(&mut self) -> Result<(), Error> {
        self.staging = self.ledger.begin()?;
        self.ids = Ids::new(self.ledger.shelf(), &self.staging, self.memory.ids);
        self.parts.clear();
        self.conflicting.clear();
        self.taken_bytes = 0;
        self.entry.files.clear();
        self.entry.removed.clear();
        self.entry.objects.clear();
        Ok(())
    }

    /// The amended row is the event's only row: it takes the place of the original in memory or in a file, or stands
    /// alone when the original has not come yet, which is then a duplicate. So the order of the two does not matter.
    fn settle_amendments(&mut self, report: &mut Report) -> Result<(), Error> {
        let mut in_files: BTreeMap<Day, Amendments> = BTreeMap::new();
        for ((day, id), amendment) in std::mem::take(&mut self.amendments) {
            let Some(row) = amendment.row(0) else {
                continue;
            };
            let known = self.ids.contains(day, id)?;
            self.ids.insert_amended(day, id)?;
            if !known {
                self.count(row, report);
                self.buffer(day, row);
                continue;
            }
            report.amended += 1;
            if !self
                .waiting
                .get_mut(&day)
                .is_some_and(|rows| rows.replace(id, row))
            {
                let event_id = row.text(Column::EventId).unwrap_or_default().to_owned();
                in_files.entry(day).or_default().insert(event_id, amendment);
            }
        }
        for (day, amendments) in in_files {
            let own = format!("{PARTITION_COLUMN}={day}/");
            let staged = self.entry.files.iter();
            let staged = staged.filter(|name| name.starts_with(&own)).cloned();
            let shelf = self.ledger.shelf();
            let files = Files {
                staging: &self.staging,
                staged: staged.collect(),
                shelf: &shelf,
                replaced: &self.entry.removed,
                day,
            };
            let part = self.parts.entry(day).or_default();
            let next_name = || part_name(day, part);
            let written = amendment::rewrite(&files, &amendments, &self.properties, next_name)?;
            for (old, new) in written {
                self.entry.removed.push(old);
                self.entry.files.push(new);
            }
        }
        Ok(())
    }

    fn flush(&mut self, day: Day, report: &mut Report) -> Result<(), Error> {
        let Some(waiting) = self.waiting.remove(&day) else {
            return Ok(());
        };
        self.buffered = self.buffered.saturating_sub(waiting.bytes());
        let rows = waiting.sorted();
        let part = self.parts.entry(day).or_default();
        let (staging, written) = (&self.staging, &mut self.entry.files);
        let mut next_path = || {
            let name = part_name(day, part);
            let path = staging.join(&name);
            written.push(name);
            report.files += 1;
            path
        };
        report.file_bytes += files::write(
            &rows,
            &self.properties,
            self.config.file_bytes,
            &mut next_path,
        )?;
        drop(rows);
        self.spare.put(waiting);
        Ok(())
    }
}

/// The name of the next data file of a date.
fn part_name(day: Day, part: &mut u32) -> String {
    *part += 1;
    format!("{PARTITION_COLUMN}={day}/part-{NUMBER}-{part:04}.parquet")
}

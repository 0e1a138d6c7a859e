//! The one writer of a run: drops duplicates, buffers rows by date, writes the largest date when memory is short.
//!
//! All decisions depend on the order of the input alone, so the same input gives the same files.

use super::amendment::{self, Amendments};
use super::files;
use super::ids::{Ids, Known};
use super::ledger::{Entry, Ledger, Taken};
use super::row::{Row, RowBuffer};
use super::schema::{Column, PARTITION_COLUMN, SCHEMA_VERSION};
use crate::config::Config;
use crate::error::{Error, IoContext};
use crate::report::{Quarantine, Report};
use crate::source::Object;
use crate::time::Day;
use parquet::file::properties::WriterProperties;
use std::collections::BTreeMap;
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
    ledger: &'w mut Ledger,
    staging: PathBuf,
    properties: WriterProperties,
    ids: Ids,
    buffers: BTreeMap<Day, RowBuffer>,
    buffered: usize,
    /// Wait, so that a file is written again once for many of them.
    amendments: BTreeMap<(Day, u128), RowBuffer>,
    parts: BTreeMap<Day, u32>,
    quarantine: Option<(PathBuf, BufWriter<File>)>,
    taken_bytes: u64,
    entry: Entry,
}

impl<'w> Writer<'w> {
    pub(crate) fn new(config: &'w Config, ledger: &'w mut Ledger, catalogue_version: &str) -> Self {
        let entry = Entry {
            schema_version: SCHEMA_VERSION,
            catalogue_version: catalogue_version.to_owned(),
            source: config.source.to_string(),
            ..Entry::default()
        };
        Self {
            config,
            properties: files::properties(catalogue_version),
            ids: ids(config, ledger),
            staging: ledger.staging(),
            ledger,
            buffers: BTreeMap::new(),
            buffered: 0,
            amendments: BTreeMap::new(),
            parts: BTreeMap::new(),
            quarantine: None,
            taken_bytes: 0,
            entry,
        }
    }

    /// Takes rows in the order of the input.
    pub(crate) fn add(&mut self, rows: &RowBuffer, report: &mut Report) -> Result<(), Error> {
        for row in rows.rows() {
            self.add_row(row, report)?;
        }
        while self.buffered > self.config.memory_bytes / 4 {
            let largest = self
                .buffers
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
            Known::Conflict => report.conflicting_ids += 1,
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
        let buffer = self.buffers.entry(day).or_default();
        let before = buffer.bytes();
        buffer.push_row(row);
        self.buffered += buffer.bytes() - before;
    }

    /// Notes broken input.
    pub(crate) fn quarantine(&mut self, entry: &Quarantine) -> Result<(), Error> {
        if self.quarantine.is_none() {
            let name = format!("_quarantine/{:06}.jsonl", self.ledger.sequence());
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
        let days: Vec<Day> = self.buffers.keys().copied().collect();
        for day in days {
            self.flush(day, report)?;
        }
        if let Some((path, mut writer)) = self.quarantine.take() {
            writer.flush().at(&path)?;
            writer.get_ref().sync_all().at(&path)?;
        }
        self.entry.files.extend(self.ids.save()?);
        if self.entry.objects.is_empty() && self.entry.files.is_empty() {
            return Ok(());
        }
        self.ledger.commit(&self.entry)?;
        self.ids = ids(self.config, self.ledger);
        self.staging = self.ledger.staging();
        self.parts.clear();
        self.taken_bytes = 0;
        self.entry.files.clear();
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
                .buffers
                .get_mut(&day)
                .is_some_and(|buffer| buffer.replace(id, row))
            {
                let event_id = row.text(Column::EventId).unwrap_or_default().to_owned();
                in_files.entry(day).or_default().insert(event_id, amendment);
            }
        }
        for (day, amendments) in in_files {
            let rewritten = amendment::rewrite(
                &self.config.archive,
                &self.staging,
                day,
                &amendments,
                &self.properties,
            )?;
            let entry = &mut self.entry.files;
            entry.extend(
                rewritten
                    .into_iter()
                    .filter(|name| !entry.contains(name))
                    .collect::<Vec<_>>(),
            );
        }
        Ok(())
    }

    fn flush(&mut self, day: Day, report: &mut Report) -> Result<(), Error> {
        let Some(buffer) = self.buffers.remove(&day) else {
            return Ok(());
        };
        self.buffered = self.buffered.saturating_sub(buffer.bytes());
        let rows = buffer.sorted();
        let part = self.parts.entry(day).or_default();
        let (sequence, staging, written) =
            (self.ledger.sequence(), &self.staging, &mut self.entry.files);
        let mut next_path = || {
            *part += 1;
            let name = format!("{PARTITION_COLUMN}={day}/part-{sequence:06}-{part:04}.parquet");
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
        Ok(())
    }
}

fn ids(config: &Config, ledger: &Ledger) -> Ids {
    Ids::new(
        &config.archive,
        &ledger.staging(),
        ledger.sequence(),
        config.memory_bytes / 4,
    )
}

//! A batch brought in line with what others have committed since it began.
//!
//! Events that they have are dropped from the batch, as if it had begun after them. Where more than that is the matter
//! (the same objects, amendments, different events of one id, files that both replace) the batch is given up, and what
//! is left of its objects is read again.

use super::entry::Entry;
use super::id_file::{self, Id};
use super::ids::{AMENDED, staged_name};
use super::ledger::{News, identity};
use super::rewrite::{self, Input};
use super::schema::PARTITION_COLUMN;
use super::shelf::{IDS, Shelf};
use crate::encode::numeric_id;
use crate::error::{Error, IoContext};
use crate::report::Report;
use crate::time::Day;
use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use parquet::file::properties::WriterProperties;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

/// A batch that is staged.
pub(crate) struct Batch<'b> {
    pub(crate) staging: &'b Path,
    pub(crate) shelf: Shelf,
    pub(crate) properties: &'b WriterProperties,
    pub(crate) entry: &'b mut Entry,
    /// Dates with new ids.
    pub(crate) days: &'b [Day],
    /// Dates with different events of one id.
    pub(crate) conflicting: &'b BTreeSet<Day>,
}

impl Entry {
    /// Whether the same objects were taken or the same files replaced.
    pub(crate) fn collides(&self, news: &News) -> bool {
        let mut objects = self.objects.iter();
        self.removed.iter().any(|name| news.removed.contains(name))
            || objects.any(|object| {
                news.taken
                    .contains(&identity(&object.key, object.size, &object.tag))
            })
    }
}

/// What dropped rows were counted as.
#[derive(Default)]
struct Dropped {
    rows: u64,
    no_access: BTreeMap<String, u64>,
}

impl Batch<'_> {
    /// Drops what others have. The files that changed.
    pub(crate) fn reconcile(
        &mut self,
        news: &[News],
        report: &mut Report,
    ) -> Result<Vec<String>, Error> {
        if news.iter().any(|news| self.entry.collides(news)) {
            return Err(Error::Overtaken);
        }
        let mut changed = Vec::new();
        for day in self.days {
            let shared = self.shared(*day, news)?;
            if !shared.is_empty() {
                self.drop_ids(*day, &shared)?;
                changed.push(staged_name(*day));
                changed.extend(self.drop_rows(*day, &shared, report)?);
            }
        }
        Ok(changed)
    }

    /// New ids of a date that others have committed.
    fn shared(&self, day: Day, news: &[News]) -> Result<HashSet<Id>, Error> {
        let below = format!("{IDS}/{day}/");
        let theirs = news.iter().flat_map(|news| &news.files);
        let theirs: Vec<&String> = theirs.filter(|name| name.starts_with(&below)).collect();
        let (mut mine, mut shared) = (HashMap::new(), HashSet::new());
        if theirs.is_empty() {
            return Ok(shared);
        }
        id_file::for_each(&self.staging.join(staged_name(day)), |id, fingerprint| {
            mine.insert(id, fingerprint);
            Ok(())
        })?;
        let mut same = true;
        for name in theirs {
            id_file::for_each(&self.shelf.fetch(name)?, |id, theirs| {
                if let Some(mine) = mine.get(&id) {
                    same &= *mine != AMENDED && (*mine == theirs || theirs == AMENDED);
                    shared.insert(id);
                }
                Ok(())
            })?;
        }
        if shared.is_empty() || (same && !self.conflicting.contains(&day)) {
            return Ok(shared);
        }
        Err(Error::Overtaken)
    }

    fn drop_ids(&self, day: Day, shared: &HashSet<Id>) -> Result<(), Error> {
        let path = self.staging.join(staged_name(day));
        let temporary = path.with_extension("rewritten");
        let mut writer = BufWriter::new(File::create(&temporary).at(&temporary)?);
        id_file::for_each(&path, |id, fingerprint| match shared.contains(&id) {
            true => Ok(()),
            false => id_file::write_one(&mut writer, id, fingerprint).at(&temporary),
        })?;
        writer.flush().at(&temporary)?;
        writer.get_ref().sync_all().at(&temporary)?;
        fs::rename(&temporary, &path).at(&path)
    }

    /// Drops rows from the date's files; the files that have others left.
    fn drop_rows(
        &mut self,
        day: Day,
        shared: &HashSet<Id>,
        report: &mut Report,
    ) -> Result<Vec<String>, Error> {
        let own = format!("{PARTITION_COLUMN}={day}/");
        let files = self.entry.files.iter();
        let files: Vec<String> = files
            .filter(|name| name.starts_with(&own))
            .cloned()
            .collect();
        let mut changed = Vec::new();
        for name in files {
            let path = self.staging.join(&name);
            let before = fs::metadata(&path).at(&path)?.len();
            let dropped = RefCell::new(Dropped::default());
            let input = Input::of_file(&path)?;
            let left = rewrite::write(&input, &path, self.properties, |rows| {
                let keep =
                    rewrite::ids_of(rows).map(|id| !shared.contains(&numeric_id(id).to_le_bytes()));
                let keep: Vec<bool> = keep.collect();
                let reasons = rewrite::texts_of(rows, "no_access");
                dropped.borrow_mut().count(&keep, reasons);
                filter_record_batch(rows, &BooleanArray::from(keep))
            })?;
            dropped.into_inner().subtract_from(report);
            let after = fs::metadata(&path).at(&path)?.len();
            report.file_bytes = (report.file_bytes + after).saturating_sub(before);
            if left > 0 {
                changed.push(name);
            } else {
                self.entry.files.retain(|file| *file != name);
                report.files = report.files.saturating_sub(1);
                report.file_bytes = report.file_bytes.saturating_sub(after);
            }
        }
        Ok(changed)
    }
}

impl Dropped {
    fn count<'r>(&mut self, keep: &[bool], reasons: impl Iterator<Item = Option<&'r str>>) {
        for (_, reason) in keep.iter().zip(reasons).filter(|(keep, _)| !**keep) {
            self.rows += 1;
            if let Some(reason) = reason {
                *self.no_access.entry(reason.to_owned()).or_default() += 1;
            }
        }
    }

    /// What counted as rows are duplicates.
    fn subtract_from(self, report: &mut Report) {
        report.rows = report.rows.saturating_sub(self.rows);
        report.duplicates += self.rows;
        for (reason, rows) in self.no_access {
            if let Some(count) = report.no_access.get_mut(&reason) {
                *count = count.saturating_sub(rows);
            }
        }
        report.no_access.retain(|_, count| *count > 0);
    }
}

//! The ids that an archive holds, by date: what makes ingest exactly-once across objects, trails and runs.
//!
//! Each date has a file of ids a commit, `_ids/<date>/<number>.ids`; once an id is amended, it stays so. Beyond the budget
//! small dates not in use leave memory, and large ones move to sorted runs on disk.

use super::date_ids::DateIds;
use super::entry::NUMBER;
use super::id_file::{self, write_one};
use super::shelf::{IDS, Shelf};
use crate::error::{Error, IoContext};
use crate::time::Day;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// New entries of a date that wait for their file; as many are read from files between looks at the budget.
const UNSAVED: usize = 16_384;
/// A date of no more ids is soon read again, and leaves memory when it rests.
const SMALL: usize = 65_536;
/// A date stays in memory for this many look-ups after its last, whatever the budget: were dates asked for in turn,
/// each look-up would load a file.
const REST: u64 = 65_536;
/// Fingerprint of an id whose row is an amendment: any other record with the id is a former version of it.
pub(crate) const AMENDED: u64 = u64::MAX;

/// What the archive knows of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Not seen before; now it is.
    New,
    /// The same event.
    Duplicate,
    /// Another event with the same id.
    Conflict,
}

/// The ids of an archive.
pub(crate) struct Ids {
    shelf: Shelf,
    staging: PathBuf,
    budget: usize,
    dates: BTreeMap<Day, DateIds>,
    clock: u64,
    staged: BTreeMap<Day, PathBuf>,
}

impl Ids {
    /// Ids of the committed archive; new ones go to `staging`, and what does not fit into `budget` bytes.
    pub(crate) fn new(shelf: Shelf, staging: &Path, budget: usize) -> Self {
        Self {
            shelf,
            staging: staging.to_owned(),
            budget,
            dates: BTreeMap::new(),
            clock: 0,
            staged: BTreeMap::new(),
        }
    }

    /// Whether the event is known; it is from now on. A second event with a known id is remembered under an id
    /// made of both, so that its own copies are known too.
    pub(crate) fn insert(&mut self, day: Day, id: u128, fingerprint: u64) -> Result<Known, Error> {
        let fingerprint = fingerprint.min(AMENDED - 1);
        let Some(first) = self.get_or_add(day, id, fingerprint)? else {
            return Ok(Known::New);
        };
        if first == fingerprint || first == AMENDED {
            return Ok(Known::Duplicate);
        }
        let other = conflicting_id(id, fingerprint);
        Ok(match self.get_or_add(day, other, fingerprint)? {
            Some(_) => Known::Duplicate,
            None => Known::Conflict,
        })
    }

    /// Whether there is an event with this id.
    pub(crate) fn contains(&mut self, day: Day, id: u128) -> Result<bool, Error> {
        Ok(self.get(day, id)?.is_some())
    }

    /// Whether the row with this id is an amendment.
    pub(crate) fn is_amended(&mut self, day: Day, id: u128) -> Result<bool, Error> {
        Ok(self.get(day, id)? == Some(AMENDED))
    }

    /// Notes that the row with this id is an amendment.
    pub(crate) fn insert_amended(&mut self, day: Day, id: u128) -> Result<(), Error> {
        self.add(day, id, AMENDED)
    }

    /// Writes everything new; the days that have some.
    pub(crate) fn save(&mut self) -> Result<Vec<Day>, Error> {
        let days: Vec<Day> = self.dates.keys().copied().collect();
        for day in days {
            self.save_date(day)?;
        }
        for path in self.staged.values() {
            File::open(path).at(path)?.sync_all().at(path)?;
        }
        Ok(self.staged.keys().copied().collect())
    }

    fn get(&mut self, day: Day, id: u128) -> Result<Option<u64>, Error> {
        let found = self.date(day)?.get(id.to_le_bytes());
        found.at(&self.staging)
    }

    /// What is known of an id, which is known from now on.
    fn get_or_add(&mut self, day: Day, id: u128, fingerprint: u64) -> Result<Option<u64>, Error> {
        let date = self.date(day)?;
        let known = date.get(id.to_le_bytes());
        if matches!(known, Ok(None)) {
            date.add(id.to_le_bytes(), fingerprint);
            let full = date.unsaved() >= UNSAVED;
            self.make_room(full.then_some(day))?;
        }
        known.at(&self.staging)
    }

    fn add(&mut self, day: Day, id: u128, fingerprint: u64) -> Result<(), Error> {
        let date = self.date(day)?;
        date.add(id.to_le_bytes(), fingerprint);
        let full = date.unsaved() >= UNSAVED;
        self.make_room(full.then_some(day))
    }

    fn make_room(&mut self, full: Option<Day>) -> Result<(), Error> {
        let Some(day) = full else { return Ok(()) };
        self.save_date(day)?;
        self.shrink()
    }

    /// The ids of a date, loaded when need be.
    fn date(&mut self, day: Day) -> Result<&mut DateIds, Error> {
        self.clock += 1;
        if !self.dates.contains_key(&day) {
            self.shrink()?;
            let loaded = self.load(day);
            if loaded.is_err() {
                self.dates.remove(&day);
            }
            loaded?;
        }
        Ok(self.touch(day))
    }

    fn touch(&mut self, day: Day) -> &mut DateIds {
        let date = self.dates.entry(day).or_default();
        date.touched = self.clock;
        date
    }

    fn load(&mut self, day: Day) -> Result<(), Error> {
        let committed = self.shelf.ids_of(day).map(|name| self.shelf.fetch(name));
        let mut paths = committed.collect::<Result<Vec<_>, _>>()?;
        paths.extend(self.staged.get(&day).cloned());
        self.touch(day);
        for path in paths {
            id_file::for_each(&path, |id, fingerprint| {
                let date = self.touch(day);
                let news = date.read(id, fingerprint).at(&path)?;
                if news && date.recent().is_multiple_of(UNSAVED) {
                    self.shrink()?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Takes ids out of memory until the budget is kept: small dates that rest, then the largest date.
    fn shrink(&mut self) -> Result<(), Error> {
        while self.sum(DateIds::recent_bytes) + self.sum(DateIds::filter_bytes) > self.budget {
            let small = |date: &DateIds| !date.is_on_disk() && date.recent() <= SMALL;
            if let Some(day) = self.rested(small) {
                self.save_date(day)?;
                self.dates.remove(&day);
                continue;
            }
            let largest = self.dates.iter().max_by_key(|(_, date)| date.recent());
            match largest.filter(|(_, date)| date.recent() > 0) {
                Some((day, _)) => self.spill(*day)?,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// The date that rests longest of those that `suit`.
    fn rested(&self, suit: impl Fn(&DateIds) -> bool) -> Option<Day> {
        let rested = |date: &DateIds| date.touched + REST < self.clock && suit(date);
        let dates = self.dates.iter().filter(|(_, date)| rested(date));
        dates
            .min_by_key(|(_, date)| date.touched)
            .map(|(day, _)| *day)
    }

    /// Moves a date's recent ids to disk. The filters of all dates take half the budget; for their sake dates that rest
    /// are forgotten until they are asked for.
    fn spill(&mut self, day: Day) -> Result<(), Error> {
        let folder = self.staging.clone();
        fs::create_dir_all(&folder).at(&folder)?;
        while self.sum(DateIds::filter_bytes) > self.budget / 4
            && let Some(rested) = self.rested(DateIds::is_on_disk)
            && rested != day
        {
            self.save_date(rested)?;
            self.dates.remove(&rested);
        }
        let room = (self.budget / 2).saturating_sub(self.sum(DateIds::filter_bytes));
        let date = self.dates.entry(day).or_default();
        date.spill(&folder, room).at(&folder)
    }

    fn sum(&self, of: impl Fn(&DateIds) -> usize) -> usize {
        self.dates.values().map(of).sum()
    }

    fn save_date(&mut self, day: Day) -> Result<(), Error> {
        let unsaved = self.dates.get_mut(&day).map(DateIds::take_unsaved);
        let Some(unsaved) = unsaved.filter(|unsaved| !unsaved.is_empty()) else {
            return Ok(());
        };
        let path = self.staging.join(staged_name(day));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).at(parent)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .at(&path)?;
        let mut writer = BufWriter::new(file);
        for (id, fingerprint) in unsaved {
            write_one(&mut writer, id, fingerprint).at(&path)?;
        }
        writer.flush().at(&path)?;
        self.staged.insert(day, path);
        Ok(())
    }
}

/// The name of a date's new ids.
pub(crate) fn staged_name(day: Day) -> String {
    format!("{IDS}/{day}/{NUMBER}.ids")
}

/// The id under which a second, different event with the same id is remembered.
fn conflicting_id(id: u128, fingerprint: u64) -> u128 {
    let bytes: Vec<u8> = id
        .to_le_bytes()
        .into_iter()
        .chain(fingerprint.to_le_bytes())
        .collect();
    xxhash_rust::xxh3::xxh3_128(&bytes)
}

#[cfg(test)]
#[path = "ids_tests.rs"]
mod tests;

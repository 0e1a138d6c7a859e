//! The ids of one date: the recent ones in memory, the others in sorted runs on disk.

use super::id_file::{Entry, Id, number_of};
use super::ids::AMENDED;
use super::run::Run;
use foldhash::quality::RandomState;
use std::collections::HashMap;
use std::io;
use std::path::Path;

/// Bytes of an entry in memory at the table's usual load, overhead included.
const ENTRY_IN_MEMORY: usize = 48;

/// What is known of a date. Event ids are random, and the hasher is keyed at random: no input made before can crowd the table.
#[derive(Default)]
pub(crate) struct DateIds {
    recent: HashMap<Id, u64, RandomState>,
    /// From the oldest to the newest, each more than twice as long as the next. An id is in two only when the newer
    /// says that it is amended.
    runs: Vec<Run>,
    unsaved: Vec<Entry>,
    /// When it was last asked for, in look-ups.
    pub(crate) touched: u64,
}

impl DateIds {
    /// The fingerprint of an id.
    pub(crate) fn get(&self, id: Id) -> io::Result<Option<u64>> {
        if let Some(fingerprint) = self.recent.get(&id) {
            return Ok(Some(*fingerprint));
        }
        for run in self.runs.iter().rev() {
            if let Some(fingerprint) = run.get(id)? {
                return Ok(Some(fingerprint));
            }
        }
        Ok(None)
    }

    /// Notes what no file has yet: an id that is not known, or that a known one is amended.
    pub(crate) fn add(&mut self, id: Id, fingerprint: u64) {
        self.recent.insert(id, fingerprint);
        self.unsaved.push((id, fingerprint));
    }

    /// Notes an entry of a file; true when it was not known.
    pub(crate) fn read(&mut self, id: Id, fingerprint: u64) -> io::Result<bool> {
        let news = match self.get(id)? {
            None => true,
            Some(known) => fingerprint == AMENDED && known != AMENDED,
        };
        if news {
            self.recent.insert(id, fingerprint);
        }
        Ok(news)
    }

    /// What no file has yet; from now on one has.
    pub(crate) fn take_unsaved(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.unsaved)
    }

    /// Number of entries that no file has yet.
    pub(crate) fn unsaved(&self) -> usize {
        self.unsaved.len()
    }

    /// Number of entries in memory.
    pub(crate) fn recent(&self) -> usize {
        self.recent.len()
    }

    /// Whether some of it is in runs.
    pub(crate) fn is_on_disk(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Bytes of the entries in memory.
    pub(crate) fn recent_bytes(&self) -> usize {
        self.recent.len() * ENTRY_IN_MEMORY
    }

    /// Bytes of the runs' filters.
    pub(crate) fn filter_bytes(&self) -> usize {
        self.runs.iter().map(Run::filter_bytes).sum()
    }

    /// Moves the recent ids to a run in `folder`. `room`: bytes for more filters.
    pub(crate) fn spill(&mut self, folder: &Path, room: usize) -> io::Result<()> {
        let all_room = room + self.filter_bytes();
        let mut sorted: Vec<Entry> = std::mem::take(&mut self.recent).into_iter().collect();
        sorted.sort_unstable_by_key(|(id, _)| number_of(*id));
        let most = sorted.len();
        let run = Run::write(folder, sorted.into_iter().map(Ok), most, room)?;
        self.runs.push(run);
        while let [.., older, newer] = self.runs.as_slice()
            && older.len() <= 2 * newer.len()
        {
            let others = self.filter_bytes() - older.filter_bytes() - newer.filter_bytes();
            let merged = Run::merge(older, newer, folder, all_room.saturating_sub(others))?;
            self.runs.truncate(self.runs.len() - 2);
            self.runs.push(merged);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "date_ids_tests.rs"]
mod tests;

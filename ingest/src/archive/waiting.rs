//! The rows of a date that wait for their file.

use super::column::Column;
use super::row::{Row, RowBuffer};
use foldhash::quality::RandomState;
use std::collections::HashMap;

/// Bytes of a block, but for its last row.
const BLOCK: usize = 64 << 10;

/// Empty blocks, to be used again: what grows anew for each file costs more than what is put in.
#[derive(Debug)]
pub(crate) struct Blocks {
    kept: Vec<RowBuffer>,
    /// Blocks kept at most.
    most: usize,
}

impl Blocks {
    /// Keeps blocks of about so many bytes together.
    pub(crate) fn within(bytes: usize) -> Self {
        Self {
            kept: Vec::new(),
            most: bytes / BLOCK,
        }
    }

    fn take(&mut self) -> RowBuffer {
        let kept = self.kept.pop();
        kept.unwrap_or_else(|| RowBuffer::with_room(BLOCK))
    }

    /// Takes blocks back; one with long rows is dropped.
    pub(crate) fn put(&mut self, rows: Waiting) {
        let room = self.most.saturating_sub(self.kept.len());
        let usual = |block: &RowBuffer| block.bytes() < 2 * BLOCK;
        for mut block in rows.blocks.into_iter().filter(usual).take(room) {
            block.clear();
            self.kept.push(block);
        }
    }
}

/// Rows of a date, in blocks.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    blocks: Vec<RowBuffer>,
    bytes: usize,
}

impl Waiting {
    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Appends a row.
    pub(crate) fn push(&mut self, row: Row<'_>, spare: &mut Blocks) {
        let full = |block: &RowBuffer| block.bytes() >= BLOCK;
        if self.blocks.last().is_none_or(full) {
            self.blocks.push(spare.take());
        }
        if let Some(block) = self.blocks.last_mut() {
            let before = block.bytes();
            block.push_row(row);
            self.bytes += block.bytes() - before;
        }
    }

    /// Puts a row in the place of the row with this id; false when there is none.
    pub(crate) fn replace(&mut self, id: u128, with: Row<'_>) -> bool {
        self.blocks.iter_mut().any(|block| block.replace(id, with))
    }

    /// All rows by (principal, event source, event name, time, id), equal ones in order of arrival.
    pub(crate) fn sorted(&self) -> Vec<Row<'_>> {
        let rows: Vec<Row<'_>> = self.blocks.iter().flat_map(RowBuffer::rows).collect();
        let ranks = ranks(&rows);
        let times = rows.iter().map(|row| row.head().time);
        let mut keys: Vec<(u32, i64, usize)> = ranks
            .zip(times)
            .enumerate()
            .map(|(index, (rank, time))| (rank, time, index))
            .collect();
        let id = |index: usize| rows.get(index).and_then(|row| row.text(Column::EventId));
        keys.sort_unstable_by(|a, b| {
            let texts = || id(a.2).cmp(&id(b.2)).then(a.2.cmp(&b.2));
            (a.0, a.1).cmp(&(b.0, b.1)).then_with(texts)
        });
        let picked = keys.iter().filter_map(|(_, _, index)| rows.get(*index));
        picked.copied().collect()
    }
}

/// Of each row, the place of its leading texts among those of all.
fn ranks<'r>(rows: &'r [Row<'_>]) -> impl Iterator<Item = u32> + use<'r> {
    let mut distinct: HashMap<[Option<&'r str>; 3], u32, RandomState> = HashMap::default();
    let numbers: Vec<u32> = rows
        .iter()
        .map(|row| {
            let next = u32::try_from(distinct.len()).unwrap_or(u32::MAX);
            *distinct.entry(row.leading()).or_insert(next)
        })
        .collect();
    let mut ordered: Vec<_> = distinct.into_iter().collect();
    ordered.sort_unstable();
    let mut ranks = vec![0; ordered.len()];
    for (rank, (_, number)) in (0..).zip(&ordered) {
        if let Some(slot) = ranks.get_mut(*number as usize) {
            *slot = rank;
        }
    }
    numbers
        .into_iter()
        .map(move |number| ranks.get(number as usize).copied().unwrap_or_default())
}

#[cfg(test)]
#[path = "waiting_tests.rs"]
mod tests;

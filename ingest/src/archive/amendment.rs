//! Amendments of events that are in a file already: the file is written again with the amended row.

use super::columns::batch;
use super::rewrite::{self, Input};
use super::row::RowBuffer;
use super::shelf::Shelf;
use crate::error::Error;
use crate::time::Day;
use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use arrow::error::ArrowError;
use parquet::file::properties::WriterProperties;
use std::collections::BTreeMap;
use std::path::Path;

/// Amended rows of one date, each alone in its buffer, by event id.
pub(crate) type Amendments = BTreeMap<String, RowBuffer>;

/// The files of a date that an amended event may be in.
pub(crate) struct Files<'f> {
    /// Of this batch, below its folder.
    pub(crate) staging: &'f Path,
    pub(crate) staged: Vec<String>,
    /// Of the archive.
    pub(crate) shelf: &'f Shelf,
    /// Those that this batch has replaced.
    pub(crate) replaced: &'f [String],
    pub(crate) day: Day,
}

/// Files that hold an amended event are written again: those of the batch in their places, those of the archive
/// under names that `next_name` gives. The names of the latter, `(old, new)`.
pub(crate) fn rewrite(
    files: &Files<'_>,
    amendments: &Amendments,
    properties: &WriterProperties,
    mut next_name: impl FnMut() -> String,
) -> Result<Vec<(String, String)>, Error> {
    // The amended row may belong elsewhere in the order: the file no longer claims to be sorted.
    let properties = properties
        .clone()
        .into_builder()
        .set_sorting_columns(None)
        .build();
    let amended = |rows: &RecordBatch| amend(rows, amendments);
    for name in &files.staged {
        let path = files.staging.join(name);
        if holds_any(&Input::of_file(&path)?, amendments)? {
            let input = Input::of_file(&path)?;
            rewrite::write(&input, &path, &properties, amended)?;
        }
    }
    let mut written = Vec::new();
    for old in files.shelf.data_of(files.day) {
        if files.replaced.iter().any(|replaced| replaced == old) {
            continue;
        }
        let input = Input::of_shelf(files.shelf, old)?;
        if holds_any(&input, amendments)? {
            let new = next_name();
            let path = files.staging.join(&new);
            rewrite::write(&input, &path, &properties, amended)?;
            written.push((old.to_owned(), new));
        }
    }
    Ok(written)
}

fn holds_any(input: &Input, amendments: &Amendments) -> Result<bool, Error> {
    for rows in input.event_ids()? {
        let rows = rows.map_err(|source| input.arrow_error(source))?;
        if rewrite::ids_of(&rows).any(|id| amendments.contains_key(id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The rows with amended ones in the places of the old ones.
fn amend(old: &RecordBatch, amendments: &Amendments) -> Result<RecordBatch, ArrowError> {
    let mut sources = vec![old.clone()];
    let mut picks = Vec::with_capacity(old.num_rows());
    for (row, id) in rewrite::ids_of(old).enumerate() {
        let amended = amendments.get(id).and_then(|rows| rows.row(0));
        picks.push(match amended {
            None => (0, row),
            Some(amended) => {
                sources.push(batch(&[amended])?);
                (sources.len() - 1, 0)
            }
        });
    }
    interleave_record_batch(&sources.iter().collect::<Vec<_>>(), &picks)
}

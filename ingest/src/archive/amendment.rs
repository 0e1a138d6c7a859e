//! Amendments of events that are in a file already: the file is written again with the amended row.

use super::columns::batch;
use super::row::RowBuffer;
use super::schema::PARTITION_COLUMN;
use crate::error::{Error, IoContext};
use crate::time::Day;
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::interleave_record_batch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::properties::WriterProperties;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Amended rows of one date, each alone in its buffer, by event id.
pub(crate) type Amendments = BTreeMap<String, RowBuffer>;

/// The date's files in `archive` and `staging` that hold an amended event are written to `staging`; the names of
/// those that came from `archive`, relative to it.
pub(crate) fn rewrite(
    archive: &Path,
    staging: &Path,
    day: Day,
    amendments: &Amendments,
    properties: &WriterProperties,
) -> Result<Vec<String>, Error> {
    let folder = format!("{PARTITION_COLUMN}={day}");
    let mut rewritten = Vec::new();
    for root in [staging, archive] {
        for path in files(&root.join(&folder))? {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let name = format!("{folder}/{name}");
            // Amended before in this run: the staged file is the one that counts.
            if root == archive && staging.join(&name).exists() {
                continue;
            }
            if holds_any(&path, amendments)? {
                write_amended(&path, &staging.join(&name), amendments, properties)?;
                if root == archive {
                    rewritten.push(name);
                }
            }
        }
    }
    Ok(rewritten)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder).at(folder)? {
            paths.push(entry.at(folder)?.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn holds_any(path: &Path, amendments: &Amendments) -> Result<bool, Error> {
    for batch in read(path)? {
        let batch = batch.map_err(|source| Error::Arrow {
            path: path.to_owned(),
            source,
        })?;
        if event_ids(&batch).any(|id| amendments.contains_key(id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn write_amended(
    from: &Path,
    to: &Path,
    amendments: &Amendments,
    properties: &WriterProperties,
) -> Result<(), Error> {
    let temporary = to.with_extension("amended");
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).at(parent)?;
    }
    let parquet = |source| Error::Parquet {
        path: to.to_owned(),
        source,
    };
    let arrow = |source| Error::Arrow {
        path: to.to_owned(),
        source,
    };
    // The amended row may belong elsewhere in the order: the file no longer claims to be sorted.
    let properties = properties
        .clone()
        .into_builder()
        .set_sorting_columns(None)
        .build();
    let file = File::create(&temporary).at(&temporary)?;
    let mut writer =
        ArrowWriter::try_new(file, super::schema::schema(), Some(properties)).map_err(parquet)?;
    for old in read(from)? {
        let new = amend(&old.map_err(arrow)?, amendments).map_err(arrow)?;
        writer.write(&new).map_err(parquet)?;
    }
    writer
        .into_inner()
        .map_err(parquet)?
        .sync_all()
        .at(&temporary)?;
    fs::rename(&temporary, to).at(to)
}

/// The batch with amended rows in the places of the old ones.
fn amend(
    old: &RecordBatch,
    amendments: &Amendments,
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let mut sources = vec![old.clone()];
    let mut picks = Vec::with_capacity(old.num_rows());
    for (row, id) in event_ids(old).enumerate() {
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

fn read(path: &Path) -> Result<ParquetRecordBatchReader, Error> {
    let file = File::open(path).at(path)?;
    ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| builder.build())
        .map_err(|source| Error::Parquet {
            path: path.to_owned(),
            source,
        })
}

fn event_ids(batch: &RecordBatch) -> impl Iterator<Item = &str> {
    let column = batch
        .column_by_name("event_id")
        .and_then(|column| column.as_string_opt::<i32>());
    column
        .into_iter()
        .flat_map(|ids| ids.iter().map(Option::unwrap_or_default))
}

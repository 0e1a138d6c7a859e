//! Parquet files of the archive: one writer per flushed partition, rotating at the target size.

use super::columns::batch;
use super::row::Row;
use super::schema::{
    CATALOGUE_VERSION_KEY, COLUMNS, Kind, SCHEMA_VERSION, SCHEMA_VERSION_KEY, Values, schema,
};
use crate::error::{Error, IoContext};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use std::fs::{self, File};
use std::path::Path;

/// Rows converted at a time, and the bytes of text after which fewer do.
const BATCH_ROWS: usize = 2048;
const BATCH_BYTES: usize = 4 << 20;
/// Memory of a row group after which it ends early.
const ROW_GROUP_BYTES: usize = 32 << 20;
/// Rows of a row group: small enough to be held while it is written, large enough to scan fast.
const ROW_GROUP_ROWS: usize = 65_536;
/// Columns by which rows are sorted inside a file.
pub(super) const SORT_KEY: [&str; 5] = [
    "principal",
    "event_source",
    "event_name",
    "event_time",
    "event_id",
];

/// Columns of which nobody asks for a range, or whose least and greatest value would tell nothing: they are long, or
/// random, or of few values that every file holds.
const WITHOUT_STATISTICS: [&str; 13] = [
    "event_version",
    "event_type",
    "event_category",
    "error_message",
    "principal_type",
    "principal_id",
    "session_name",
    "access_key_id",
    "source_ip",
    "user_agent",
    "request_parameters",
    "request_id",
    "source_object",
];
/// Leaves of `accesses`.
const ACCESS_LEAVES: [&str; 4] = ["action", "resource", "template", "via"];

/// Parquet settings of the archive.
pub(crate) fn properties(catalogue_version: &str) -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_sorting_columns(Some(sorting_columns()))
        .set_key_value_metadata(Some(vec![
            KeyValue::new(SCHEMA_VERSION_KEY.to_owned(), SCHEMA_VERSION.to_string()),
            KeyValue::new(
                CATALOGUE_VERSION_KEY.to_owned(),
                catalogue_version.to_owned(),
            ),
        ]));
    for column in COLUMNS {
        let path = ColumnPath::from(column.name);
        builder = match column.values {
            Values::Few => builder.set_column_compression(path, Compression::UNCOMPRESSED),
            Values::Some => builder,
            Values::Many => builder.set_column_dictionary_enabled(path, false),
        };
    }
    for name in SORT_KEY {
        builder =
            builder.set_column_statistics_enabled(ColumnPath::from(name), EnabledStatistics::Page);
    }
    let accesses =
        ACCESS_LEAVES.map(|leaf| ["accesses", "list", "element", leaf].map(str::to_owned));
    let wide = WITHOUT_STATISTICS.map(ColumnPath::from);
    for path in wide
        .into_iter()
        .chain(accesses.map(|path| ColumnPath::new(path.to_vec())))
    {
        builder = builder.set_column_statistics_enabled(path, EnabledStatistics::None);
    }
    builder.build()
}

/// Positions among the leaf columns; `accesses` has four leaves, all other columns one.
fn sorting_columns() -> Vec<SortingColumn> {
    let position = |name: &str| {
        let before = COLUMNS.iter().take_while(|column| column.name != name);
        before
            .map(|column| {
                if matches!(column.kind, Kind::Accesses) {
                    ACCESS_LEAVES.len()
                } else {
                    1
                }
            })
            .sum::<usize>()
    };
    SORT_KEY
        .iter()
        .map(|name| SortingColumn {
            column_idx: i32::try_from(position(name)).unwrap_or(0),
            descending: false,
            nulls_first: true,
        })
        .collect()
}

/// Writes sorted rows to files that `next_path` names, a new one whenever `file_bytes` is reached.
pub(crate) fn write(
    rows: &[Row<'_>],
    properties: &WriterProperties,
    file_bytes: usize,
    next_path: &mut dyn FnMut() -> std::path::PathBuf,
) -> Result<u64, Error> {
    let mut total = 0;
    let mut batches = batches(rows).peekable();
    while batches.peek().is_some() {
        let path = next_path();
        let mut writer = open(&path, properties)?;
        for rows in batches.by_ref() {
            let batch = batch(rows).map_err(|source| Error::Arrow {
                path: path.clone(),
                source,
            })?;
            let mut written = writer.write(&batch);
            if written.is_ok() && writer.memory_size() >= ROW_GROUP_BYTES {
                written = writer.flush();
            }
            written.map_err(|source| Error::Parquet {
                path: path.clone(),
                source,
            })?;
            if writer.bytes_written() + writer.in_progress_size() >= file_bytes {
                break;
            }
        }
        let file = writer.into_inner().map_err(|source| Error::Parquet {
            path: path.clone(),
            source,
        })?;
        file.sync_all().at(&path)?;
        total += file.metadata().at(&path)?.len();
    }
    Ok(total)
}

/// The rows in batches that are small in rows and in bytes; at least one row each.
fn batches<'r, 'b>(mut rows: &'r [Row<'b>]) -> impl Iterator<Item = &'r [Row<'b>]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |row: &&Row<'_>| {
            let fits = bytes < BATCH_BYTES;
            bytes += row.text_bytes();
            fits
        };
        let count = rows.iter().take(BATCH_ROWS).take_while(fits).count();
        let (batch, rest) = rows.split_at_checked(count)?;
        rows = rest;
        (!batch.is_empty()).then_some(batch)
    })
}

fn open(path: &Path, properties: &WriterProperties) -> Result<ArrowWriter<File>, Error> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).at(parent)?;
    }
    let file = File::create(path).at(path)?;
    ArrowWriter::try_new(file, schema(), Some(properties.clone())).map_err(|source| {
        Error::Parquet {
            path: path.to_owned(),
            source,
        }
    })
}

//! Parquet files of the archive: one writer per flushed partition, rotating at the target size.

use super::columns::batch;
use super::row::Row;
use super::schema::{
    CATALOGUE_VERSION_KEY, COLUMNS, Kind, SCHEMA_VERSION, SCHEMA_VERSION_KEY, schema,
};
use crate::error::{Error, IoContext};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use std::fs::{self, File};
use std::path::Path;

/// Rows converted at a time.
const BATCH_ROWS: usize = 2048;
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
        if matches!(column.kind, Kind::Text(_)) && !column.dictionary {
            builder = builder.set_column_dictionary_enabled(ColumnPath::from(column.name), false);
        }
    }
    for name in SORT_KEY {
        builder =
            builder.set_column_statistics_enabled(ColumnPath::from(name), EnabledStatistics::Page);
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
                    4
                } else {
                    1
                }
            })
            .sum()
    };
    SORT_KEY
        .iter()
        .map(|name| SortingColumn {
            column_idx: position(name),
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
    let mut batches = rows.chunks(BATCH_ROWS).peekable();
    while batches.peek().is_some() {
        let path = next_path();
        let mut writer = open(&path, properties)?;
        for rows in batches.by_ref() {
            let batch = batch(rows).map_err(|source| Error::Arrow {
                path: path.clone(),
                source,
            })?;
            writer.write(&batch).map_err(|source| Error::Parquet {
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

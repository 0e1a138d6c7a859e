//! A data file written again with other rows.

use super::data::DataReader;
use super::schema::CATALOGUE_VERSION_KEY;
use super::shelf::Shelf;
use crate::error::{Error, IoContext};
use arrow::array::{AsArray, RecordBatch};
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Rows changed at a time.
const ROWS: usize = 1024;

/// A data file to be read.
pub(crate) struct Input {
    path: PathBuf,
    reader: DataReader,
    metadata: ArrowReaderMetadata,
}

impl Input {
    /// A file on this machine.
    pub(crate) fn of_file(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).at(path)?;
        Self::new(path.to_owned(), DataReader::of_file(file))
    }

    /// A file of the archive.
    pub(crate) fn of_shelf(shelf: &Shelf, name: &str) -> Result<Self, Error> {
        Self::new(PathBuf::from(name), shelf.open(name)?)
    }

    fn new(path: PathBuf, reader: DataReader) -> Result<Self, Error> {
        let metadata = ArrowReaderMetadata::load(&reader, ArrowReaderOptions::new());
        let metadata = metadata.map_err(|source| parquet_error(&path, source))?;
        Ok(Self {
            path,
            reader,
            metadata,
        })
    }

    /// All rows, so many at a time.
    pub(crate) fn batches(&self, rows: usize) -> Result<ParquetRecordBatchReader, Error> {
        let (reader, metadata) = (self.reader.clone(), self.metadata.clone());
        ParquetRecordBatchReaderBuilder::new_with_metadata(reader, metadata)
            .with_batch_size(rows)
            .build()
            .map_err(|source| parquet_error(&self.path, source))
    }

    /// The catalogue that resolved its accesses.
    pub(crate) fn catalogue_version(&self) -> &str {
        let metadata = self.metadata.metadata().file_metadata();
        let mut properties = metadata.key_value_metadata().into_iter().flatten();
        let version = properties.find(|property| property.key == CATALOGUE_VERSION_KEY);
        version
            .and_then(|version| version.value.as_deref())
            .unwrap_or_default()
    }

    /// Whether it claims that its rows are in order.
    pub(crate) fn is_sorted(&self) -> bool {
        let groups = self.metadata.metadata().row_groups();
        groups.iter().all(|group| group.sorting_columns().is_some())
    }

    /// The ids of all rows.
    pub(crate) fn event_ids(&self) -> Result<ParquetRecordBatchReader, Error> {
        let (reader, metadata) = (self.reader.clone(), self.metadata.clone());
        let mask = ProjectionMask::columns(metadata.parquet_schema(), ["event_id"]);
        ParquetRecordBatchReaderBuilder::new_with_metadata(reader, metadata)
            .with_projection(mask)
            .build()
            .map_err(|source| parquet_error(&self.path, source))
    }

    /// The error, with its place.
    pub(crate) fn arrow_error(&self, source: ArrowError) -> Error {
        let path = self.path.clone();
        Error::Arrow { path, source }
    }
}

fn parquet_error(path: &Path, source: ParquetError) -> Error {
    let path = path.to_owned();
    Error::Parquet { path, source }
}

/// Writes what becomes of each batch of rows; the number of rows. The file is there whole or not at all.
pub(crate) fn write(
    input: &Input,
    to: &Path,
    properties: &WriterProperties,
    change: impl Fn(&RecordBatch) -> Result<RecordBatch, ArrowError>,
) -> Result<u64, Error> {
    let temporary = to.with_extension("rewritten");
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).at(parent)?;
    }
    let parquet = |source| parquet_error(to, source);
    let file = File::create(&temporary).at(&temporary)?;
    let properties = Some(properties.clone());
    let mut writer =
        ArrowWriter::try_new(file, super::schema::schema(), properties).map_err(parquet)?;
    let mut rows = 0;
    for old in input.batches(ROWS)? {
        let old = old.map_err(|source| input.arrow_error(source))?;
        let new = change(&old).map_err(|source| input.arrow_error(source))?;
        rows += new.num_rows() as u64;
        writer.write(&new).map_err(parquet)?;
    }
    let file = writer.into_inner().map_err(parquet)?;
    file.sync_all().at(&temporary)?;
    fs::rename(&temporary, to).at(to)?;
    Ok(rows)
}

/// The event ids of rows, in order.
pub(crate) fn ids_of(rows: &RecordBatch) -> impl Iterator<Item = &str> {
    texts_of(rows, "event_id").map(Option::unwrap_or_default)
}

/// A text column of rows.
pub(crate) fn texts_of<'r>(
    rows: &'r RecordBatch,
    name: &str,
) -> impl Iterator<Item = Option<&'r str>> {
    let column = rows.column_by_name(name);
    let column = column.and_then(|column| column.as_string_opt::<i32>());
    column.into_iter().flat_map(|texts| texts.iter())
}

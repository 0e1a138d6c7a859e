//! The archive's files by day, and what their footers say.

use crate::config::Config;
use crate::copies::Copies;
use crate::error::{At, Error};
use chrono::NaiveDate;
use ingest::{CATALOGUE_VERSION_KEY, PARTITION_COLUMN, SCHEMA_VERSION, SCHEMA_VERSION_KEY};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 4096;

/// One partition of the archive.
#[derive(Debug)]
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    /// Its Parquet files, sorted.
    pub(crate) files: Vec<PathBuf>,
    /// The cross-account copies of the day, read when the first is met.
    pub(crate) copies: OnceLock<Copies>,
}

/// The days that the configuration selects, in order. Names that begin with `_` or `.` are not the archive's rows.
pub(crate) fn days(config: &Config) -> Result<Vec<Day>, Error> {
    let mut days = Vec::new();
    for folder in entries(&config.archive)? {
        if let Some(date) = partition(&folder).filter(|date| config.has_day(*date)) {
            let mut files = entries(&folder)?;
            files.retain(|path| path.extension().is_some_and(|end| end == "parquet"));
            days.push(Day {
                date,
                files,
                copies: OnceLock::new(),
            });
        }
    }
    Ok(days)
}

/// What the archive's footers say of the selected days.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// First and last day.
    pub(crate) days: Option<(NaiveDate, NaiveDate)>,
    /// Catalogues that resolved the accesses.
    pub(crate) catalogues: BTreeSet<String>,
    pub(crate) rows: u64,
    /// Stored bytes.
    pub(crate) bytes: u64,
    /// Stored bytes of each column.
    pub(crate) columns: BTreeMap<String, u64>,
}

/// Reads the footers of the selected days.
pub(crate) fn survey(config: &Config) -> Result<Survey, Error> {
    let mut survey = Survey::default();
    for day in days(config)? {
        let first = survey.days.map_or(day.date, |(first, _)| first);
        survey.days = Some((first, day.date));
        for path in &day.files {
            let footer = Footer::read(path)?;
            let rows = footer.metadata.metadata().file_metadata().num_rows();
            survey.rows += u64::try_from(rows).unwrap_or(0);
            survey.bytes += fs::metadata(path).at(path)?.len();
            footer.add_column_bytes(&mut survey.columns);
            survey
                .catalogues
                .extend(footer.catalogue_version().map(str::to_owned));
        }
    }
    Ok(survey)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).at(folder)? {
        let entry = entry.at(folder)?;
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(b"_") && !name.as_encoded_bytes().starts_with(b".")
        {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn partition(folder: &Path) -> Option<NaiveDate> {
    let (column, date) = folder.file_name()?.to_str()?.split_once('=')?;
    (column == PARTITION_COLUMN && folder.is_dir()).then(|| date.parse().ok())?
}

/// One open Parquet file.
#[derive(Debug, Clone)]
pub(crate) struct Footer {
    pub(crate) path: Arc<Path>,
    pub(crate) metadata: ArrowReaderMetadata,
}

impl Footer {
    /// Reads the footer and checks that the file is one we understand.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).at(path)?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).at(path)?;
        let footer = Self {
            path: path.into(),
            metadata,
        };
        let found = footer.property(SCHEMA_VERSION_KEY).unwrap_or("1");
        if found
            .parse::<u32>()
            .is_ok_and(|version| version <= SCHEMA_VERSION)
        {
            return Ok(footer);
        }
        let found = found.to_owned();
        Err(Error::SchemaVersion {
            path: path.to_owned(),
            found,
            supported: SCHEMA_VERSION,
        })
    }

    /// The catalogue that resolved the accesses.
    pub(crate) fn catalogue_version(&self) -> Option<&str> {
        self.property(CATALOGUE_VERSION_KEY)
    }

    /// Adds the stored bytes of each column.
    fn add_column_bytes(&self, columns: &mut BTreeMap<String, u64>) {
        for group in self.metadata.metadata().row_groups() {
            for column in group.columns() {
                let path = column.column_path().parts();
                let name = path.first().cloned().unwrap_or_default();
                *columns.entry(name).or_default() +=
                    u64::try_from(column.compressed_size()).unwrap_or(0);
            }
        }
    }

    fn property(&self, key: &str) -> Option<&str> {
        let properties = self
            .metadata
            .metadata()
            .file_metadata()
            .key_value_metadata()?;
        properties
            .iter()
            .find(|property| property.key == key)?
            .value
            .as_deref()
    }

    /// Whether the statistics say that the column of the row group holds nulls only.
    pub(crate) fn is_all_null(&self, group: usize, column: &str) -> bool {
        let metadata = self.metadata.metadata();
        let Some(group) = metadata.row_groups().get(group) else {
            return false;
        };
        let rows = u64::try_from(group.num_rows()).unwrap_or(u64::MAX);
        let mut columns = group.columns().iter();
        let column = columns.find(|found| found.column_path().string() == column);
        let nulls = column.and_then(|column| column.statistics()?.null_count_opt());
        nulls == Some(rows)
    }

    /// Opens one row group with only these columns.
    pub(crate) fn rows(
        &self,
        group: usize,
        columns: &[&'static str],
    ) -> Result<ParquetRecordBatchReader, Error> {
        let file = File::open(&self.path).at(&self.path)?;
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), columns.iter().copied());
        ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_projection(mask)
            .with_row_groups(vec![group])
            .with_batch_size(BATCH_ROWS)
            .build()
            .at(&self.path)
    }
}

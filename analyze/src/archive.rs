//! The archive's files by day, and what their footers say.

use crate::config::Config;
use crate::copies::Copies;
use crate::error::{At, Error};
use arrow::datatypes::{DataType, FieldRef, Fields, Schema};
use chrono::NaiveDate;
use ingest::{
    Archive, ArchiveLocation, CATALOGUE_VERSION_KEY, DataFile, DataReader, SCHEMA_VERSION,
    SCHEMA_VERSION_KEY,
};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::statistics::Statistics;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 4096;

/// Texts that hardly ever recur.
const UNLIKE: [&str; 3] = ["event_id", "shared_event_id", "resource"];

/// One partition of the archive.
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    /// Its Parquet files, sorted by name.
    pub(crate) files: Vec<DataFile>,
    /// The cross-account copies of the day, read when the first is met.
    pub(crate) copies: OnceLock<Copies>,
    archive: Arc<Archive>,
}

/// The days that the configuration selects, in order.
pub(crate) fn days(config: &Config) -> Result<Vec<Day>, Error> {
    let location = ArchiveLocation::parse(&config.archive.to_string_lossy())?;
    if let Some(folder) = location.folder() {
        fs::read_dir(folder).at(folder)?;
    }
    let archive = Arc::new(Archive::open(&location, &config.s3)?);
    let mut days: BTreeMap<NaiveDate, Vec<DataFile>> = BTreeMap::new();
    for file in archive.files()? {
        if config.has_day(file.day) {
            days.entry(file.day).or_default().push(file);
        }
    }
    let day = |(date, files)| Day {
        date,
        files,
        copies: OnceLock::new(),
        archive: Arc::clone(&archive),
    };
    Ok(days.into_iter().map(day).collect())
}

impl Day {
    /// Opens a file of the day.
    pub(crate) fn open(&self, file: &DataFile) -> Result<Footer, Error> {
        let reader = self.archive.read(file)?;
        Footer::read(reader, &self.archive.place(&file.name))
    }
}

/// What the archive's footers say of the selected days.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// The days, in order.
    pub(crate) days: Vec<NaiveDate>,
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
        survey.days.push(day.date);
        for file in &day.files {
            let footer = day.open(file)?;
            let rows = footer.metadata.metadata().file_metadata().num_rows();
            survey.rows += u64::try_from(rows).unwrap_or(0);
            survey.bytes += file.size;
            footer.add_column_bytes(&mut survey.columns);
            survey
                .catalogues
                .extend(footer.catalogue_version().map(str::to_owned));
        }
    }
    Ok(survey)
}

/// The same, but that recurring texts are read as the numbers of a dictionary, as they are stored. None: the file has
/// columns of other types than `ingest` writes, and is read as it is.
fn coded(metadata: &ArrowReaderMetadata) -> Option<ArrowReaderMetadata> {
    let schema = metadata.schema();
    let fields: Fields = schema.fields().iter().map(coded_field).collect();
    let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).ok()
}

fn coded_field(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Utf8 if !UNLIKE.contains(&field.name().as_str()) => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        DataType::List(item) => DataType::List(coded_field(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(coded_field).collect()),
        other => other.clone(),
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type))
}

/// One open Parquet file.
#[derive(Clone)]
pub(crate) struct Footer {
    pub(crate) path: Arc<Path>,
    reader: DataReader,
    pub(crate) metadata: ArrowReaderMetadata,
}

impl Footer {
    /// Reads the footer and checks that the file is one we understand.
    fn read(reader: DataReader, path: &Path) -> Result<Self, Error> {
        let metadata = ArrowReaderMetadata::load(&reader, ArrowReaderOptions::new()).at(path)?;
        let metadata = coded(&metadata).unwrap_or(metadata);
        let footer = Self {
            path: path.into(),
            reader,
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
        let rows = metadata
            .row_groups()
            .get(group)
            .map(|group| group.num_rows());
        let nulls = self
            .statistics(group, column)
            .and_then(Statistics::null_count_opt);
        nulls.is_some() && nulls == rows.and_then(|rows| u64::try_from(rows).ok())
    }

    /// Whether the statistics leave room for an event that the filters let pass.
    pub(crate) fn may_count(&self, group: usize, config: &Config) -> bool {
        let filters = [("account", &config.accounts), ("region", &config.regions)];
        filters
            .iter()
            .all(|(column, wanted)| wanted.is_empty() || self.may_hold(group, column, wanted))
    }

    fn may_hold(&self, group: usize, column: &str, wanted: &BTreeSet<String>) -> bool {
        let bounds = self
            .statistics(group, column)
            .and_then(|statistics| statistics.min_bytes_opt().zip(statistics.max_bytes_opt()));
        let within = |(smallest, largest): (&[u8], &[u8])| {
            let mut wanted = wanted.iter().map(String::as_bytes);
            // Null counts as the empty text, which no bounds tell of.
            wanted.any(|value| value.is_empty() || (smallest <= value && value <= largest))
        };
        bounds.is_none_or(within)
    }

    fn statistics(&self, group: usize, column: &str) -> Option<&Statistics> {
        let mut columns = self
            .metadata
            .metadata()
            .row_groups()
            .get(group)?
            .columns()
            .iter();
        columns
            .find(|found| found.column_path().string() == column)?
            .statistics()
    }

    /// Opens one row group with only these columns.
    pub(crate) fn rows(
        &self,
        group: usize,
        columns: &[&'static str],
    ) -> Result<ParquetRecordBatchReader, Error> {
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), columns.iter().copied());
        ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.reader.clone(),
            self.metadata.clone(),
        )
        .with_projection(mask)
        .with_row_groups(vec![group])
        .with_batch_size(BATCH_ROWS)
        .build()
        .at(&self.path)
    }
}

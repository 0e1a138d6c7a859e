//! A source folder and an archive in a temporary directory, and a reader of the archive.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code, and each test file uses a part of it"
)]

use arrow::array::{Array, AsArray};
use arrow::datatypes::TimestampMillisecondType;
use flate2::{Compression, write::GzEncoder};
use leastwise_ingest::{Cancel, Config, Report, Silent, Source, ingest};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) struct House {
    directory: tempfile::TempDir,
}

impl House {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("logs")).unwrap();
        Self { directory }
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.directory.path().join("logs")
    }

    pub(crate) fn archive(&self) -> PathBuf {
        self.directory.path().join("archive")
    }

    pub(crate) fn write(&self, key: &str, bytes: &[u8]) {
        let path = self.logs().join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A gzip object of records.
    pub(crate) fn put(&self, key: &str, records: &[String]) {
        self.write(
            key,
            &gzip(&format!("{{\"Records\":[{}]}}", records.join(","))),
        );
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new(Source::Folder(self.logs()), self.archive());
        config.threads = 2;
        config
    }

    pub(crate) fn ingest(&self) -> Report {
        ingest(&self.config(), &Silent, &Cancel::default()).unwrap()
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        rows(&self.archive())
    }
}

pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A record with the given members besides the mandatory ones; later members win.
pub(crate) fn record(id: &str, members: serde_json::Value) -> String {
    let mut record = serde_json::json!({
        "eventVersion": "1.08",
        "eventID": id,
        "eventTime": "2023-07-10T12:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "eventType": "AwsApiCall",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/a", "accountId": "111122223333"},
        "requestParameters": {"bucketName": "b", "key": "k"},
        "responseElements": {"secret": "never-written"},
    });
    for (name, value) in members.as_object().unwrap() {
        record
            .as_object_mut()
            .unwrap()
            .insert(name.clone(), value.clone());
    }
    record.to_string()
}

/// Text columns of a row by name; null columns are absent. `event_date` is the folder, `event_time` the milliseconds.
pub(crate) type Row = BTreeMap<String, String>;

/// All rows, sorted.
pub(crate) fn rows(archive: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    for path in parquet_files(archive) {
        let folder = path
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let date = folder.strip_prefix("event_date=").unwrap().to_owned();
        rows.extend(file_rows(&path).into_iter().map(|mut row| {
            row.insert("event_date".into(), date.clone());
            row
        }));
    }
    rows.sort();
    rows
}

/// The rows of a file in its order.
pub(crate) fn file_rows(path: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        for index in 0..batch.num_rows() {
            let mut row = Row::new();
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                if column.is_null(index) {
                    continue;
                }
                if let Some(texts) = column.as_string_opt::<i32>() {
                    row.insert(field.name().clone(), texts.value(index).to_owned());
                } else if let Some(times) = column.as_primitive_opt::<TimestampMillisecondType>() {
                    row.insert(field.name().clone(), times.value(index).to_string());
                } else if let Some(flags) = column.as_boolean_opt() {
                    row.insert(field.name().clone(), flags.value(index).to_string());
                }
            }
            rows.push(row);
        }
    }
    rows
}

/// Visible data files, sorted.
pub(crate) fn parquet_files(archive: &Path) -> Vec<PathBuf> {
    let files = all_files(archive).into_iter();
    files
        .filter(|path| path.extension().is_some_and(|e| e == "parquet"))
        .filter(|path| !path.to_str().unwrap().contains("_staging"))
        .collect()
}

pub(crate) fn all_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.sort();
    files
}

/// The values of a column.
pub(crate) fn column<'r>(rows: &'r [Row], name: &str) -> Vec<&'r str> {
    rows.iter()
        .map(|row| row.get(name).map_or("", String::as_str))
        .collect()
}

//! Where a test's archive is, and what any reader sees of it there.

use crate::server::Server;
use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

pub(crate) const BUCKET: &str = "acme-archive";

/// A folder, or a prefix on a server.
pub(crate) enum Place<'s> {
    Folder(PathBuf),
    Prefix(&'s Bucket, String),
}

/// A bucket that tests look into with the SDK alone.
pub(crate) struct Bucket {
    pub(crate) server: Server,
    client: aws_sdk_s3::Client,
    runtime: tokio::runtime::Runtime,
}

impl Bucket {
    /// Starts a server; `None` when none is installed.
    pub(crate) fn start(data: &Path) -> Option<Self> {
        std::fs::create_dir_all(data).unwrap();
        let mut server = Server::start(data)?;
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let client = runtime.block_on(async {
            let client = server.client().await;
            client.create_bucket().bucket(BUCKET).send().await.unwrap();
            client
        });
        Some(Self {
            server,
            client,
            runtime,
        })
    }

    /// Everything below a prefix.
    pub(crate) fn objects(&self, prefix: &str) -> BTreeMap<String, Vec<u8>> {
        self.runtime.block_on(async {
            let mut found = BTreeMap::new();
            let request = self.client.list_objects_v2().bucket(BUCKET).prefix(prefix);
            let mut pages = request.into_paginator().send();
            while let Some(page) = pages.next().await {
                for object in page.unwrap().contents() {
                    let key = object.key().unwrap().to_owned();
                    let get = self.client.get_object().bucket(BUCKET).key(&key);
                    // Gone since the listing, as any reader may find.
                    if let Ok(object) = get.send().await {
                        found.insert(key, object.body.collect().await.unwrap().to_vec());
                    }
                }
            }
            found
        })
    }
}

impl Place<'_> {
    /// The arguments that name it, through this endpoint or the server's own.
    pub(crate) fn name_in(&self, command: &mut Command, endpoint: Option<&str>) {
        match self {
            Self::Folder(path) => {
                command.arg("--archive").arg(path);
            }
            Self::Prefix(bucket, prefix) => {
                let endpoint = endpoint.unwrap_or(&bucket.server.url);
                command.args(["--archive", &format!("s3://{BUCKET}/{prefix}")]);
                command.args(["--endpoint-url", endpoint]);
                command.envs(bucket.server.environment());
            }
        }
    }

    /// All files, by name.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        match self {
            Self::Folder(path) if path.exists() => fixtures::tree::read(path, &[]).unwrap(),
            Self::Folder(_) => BTreeMap::new(),
            Self::Prefix(bucket, prefix) => {
                let above = format!("{prefix}/");
                let objects = bucket.objects(&above).into_iter();
                let relative = |key: String| key.strip_prefix(&above).unwrap().to_owned();
                objects
                    .map(|(key, content)| (relative(key), content))
                    .collect()
            }
        }
    }

    /// The rows that a reader of the layout finds, each as text, sorted. Every file that it finds must be whole.
    pub(crate) fn rows(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for (name, content) in self.files() {
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", &name));
            if folder.starts_with("event_date=") && !file.starts_with(['_', '.']) {
                read(folder, content, &mut rows);
            }
        }
        rows.sort();
        rows
    }
}

fn read(folder: &str, content: Vec<u8>, rows: &mut Vec<String>) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(content)).unwrap();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        let options = FormatOptions::default().with_null("∅");
        // A time with a zone has no text here, but a number.
        let columns = batch
            .columns()
            .iter()
            .map(|column| match column.data_type() {
                DataType::Timestamp(..) => cast(column, &DataType::Int64).unwrap(),
                _ => Arc::clone(column),
            });
        let columns: Vec<ArrayRef> = columns.collect();
        let columns: Vec<ArrayFormatter> = columns
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
            .collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            let texts = columns.iter().map(|column| column.value(row).to_string());
            let texts: Vec<String> = std::iter::once(folder.to_owned()).chain(texts).collect();
            texts.join("|")
        }));
    }
}

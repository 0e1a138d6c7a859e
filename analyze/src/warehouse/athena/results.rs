//! Results that Athena unloads to S3: read object by object, and removed afterwards.

use super::super::{Failed, Interrupted, Rows};
use crate::error::Error;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::io::{Seek, Write};
use std::time::{SystemTime, UNIX_EPOCH};
use xxhash_rust::xxh3::xxh3_64;

/// A prefix of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    bucket: String,
    /// Empty, or with a slash at its end.
    prefix: String,
}

impl Place {
    pub(super) fn parse(url: &str) -> Result<Self, Error> {
        let parts = url
            .strip_prefix("s3://")
            .map(|rest| rest.split_once('/').unwrap_or((rest, "")));
        match parts {
            Some((bucket, prefix)) if !bucket.is_empty() => {
                let prefix = prefix.trim_matches('/');
                let slash = if prefix.is_empty() { "" } else { "/" };
                Ok(Self {
                    bucket: bucket.to_owned(),
                    prefix: format!("{prefix}{slash}"),
                })
            }
            _ => Err(Error::Warehouse(Failed {
                advice: "give s3://bucket/prefix with --results".to_owned(),
                ..Failed::new(format!("`{url}` is no place for results"))
            })),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix)
    }
}

/// Where results go.
pub(super) struct Results {
    client: Client,
    root: Place,
    run: String,
}

impl Results {
    pub(super) fn new(config: &SdkConfig, root: Place) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config)
            .force_path_style(
                config.endpoint_url().is_some()
                    || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some(),
            )
            .build();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let seed = format!("{} {}", std::process::id(), now.as_nanos());
        Self {
            client: Client::from_conf(s3),
            root,
            run: format!("{:08x}-{:016x}", now.as_secs(), xxh3_64(seed.as_bytes())),
        }
    }

    pub(super) fn root(&self) -> &Place {
        &self.root
    }

    /// A name of this run alone.
    pub(super) fn run(&self) -> &str {
        &self.run
    }

    /// A place of this run and statement alone.
    pub(super) fn fresh(&self, statement: &str) -> Place {
        let name = xxh3_64(statement.as_bytes());
        Place {
            bucket: self.root.bucket.clone(),
            prefix: format!("{}leastwise-{}-{name:016x}/", self.root.prefix, self.run),
        }
    }

    /// Reads the first column of each row.
    pub(super) async fn read(
        &self,
        place: &Place,
        interrupted: Interrupted<'_>,
        rows: Rows<'_>,
    ) -> Result<(), Error> {
        for key in self
            .keys(place)
            .await
            .map_err(|error| failed(place, error))?
        {
            let file = tokio::select! {
                file = self.fetch(place, &key) => file?,
                () = interrupted.wait() => return Err(Error::Cancelled),
            };
            each_row(file, &key, rows)?;
        }
        Ok(())
    }

    async fn keys(
        &self,
        place: &Place,
    ) -> Result<Vec<String>, SdkError<aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Error>>
    {
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(&place.bucket)
            .prefix(&place.prefix)
            .into_paginator()
            .send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let objects = page?.contents.unwrap_or_default().into_iter();
            keys.extend(objects.filter_map(|object| object.key));
        }
        Ok(keys)
    }

    /// The object as a scratch file that nobody else sees.
    async fn fetch(&self, place: &Place, key: &str) -> Result<File, Error> {
        let answer = self
            .client
            .get_object()
            .bucket(&place.bucket)
            .key(key)
            .send()
            .await;
        let mut body = answer.map_err(|error| failed(place, error))?.body;
        let scratch = |source| Error::Io {
            path: std::env::temp_dir(),
            source,
        };
        let mut file = tempfile::tempfile().map_err(scratch)?;
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(|error| {
                Error::Warehouse(Failed {
                    source: Some(Box::new(error)),
                    ..Failed::new(format!(
                        "the result s3://{}/{key} broke off: run again",
                        place.bucket
                    ))
                })
            })?;
            file.write_all(&bytes).map_err(scratch)?;
        }
        file.rewind().map_err(scratch)?;
        Ok(file)
    }

    /// Deletes what the statement left; what stays is harmless and named after us.
    pub(super) async fn remove(&self, place: &Place) {
        let Ok(keys) = self.keys(place).await else {
            return;
        };
        for keys in keys.chunks(1000) {
            let objects = keys
                .iter()
                .filter_map(|key| ObjectIdentifier::builder().key(key).build().ok());
            let Ok(delete) = Delete::builder()
                .set_objects(Some(objects.collect()))
                .quiet(true)
                .build()
            else {
                return;
            };
            drop(
                self.client
                    .delete_objects()
                    .bucket(&place.bucket)
                    .delete(delete)
                    .send()
                    .await,
            );
        }
    }
}

fn each_row(file: File, key: &str, rows: Rows<'_>) -> Result<(), Error> {
    let parquet = |source| Error::Parquet {
        path: key.into(),
        source,
    };
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
    for records in reader.map_err(parquet)? {
        let records = records.map_err(|source| Error::Arrow {
            path: key.into(),
            source,
        })?;
        let lines = records.columns().first().and_then(crate::batch::Texts::of);
        let lines = lines.ok_or_else(|| Error::Column {
            path: key.into(),
            column: "line",
        })?;
        for row in 0..records.num_rows() {
            rows(lines.get(row).unwrap_or_default())?;
        }
    }
    Ok(())
}

fn failed<E>(place: &Place, error: SdkError<E>) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    let space = if code.is_empty() { "" } else { ": " };
    Error::Warehouse(Failed {
        what: format!("cannot read the results at {}{space}{code}", place.url()),
        statement: String::new(),
        advice: "the credentials must be allowed to list, read and delete below it; give another place with --results".to_owned(),
        source: Some(Box::new(error)),
    })
}

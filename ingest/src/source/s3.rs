//! An S3 prefix.

use super::{Listing, Object, Objects};
use crate::config::{Cancel, S3Options};
use crate::error::Error;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::RequestChecksumCalculation;
use std::io::{Cursor, Read};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Attempts of one request, and of one body.
const ATTEMPTS: u32 = 5;

pub(super) struct Bucket {
    client: Client,
    bucket: String,
    prefix: String,
    runtime: Runtime,
}

impl Bucket {
    pub(super) fn new(bucket: &str, prefix: &str, options: &S3Options) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.map_err(|source| Error::S3 {
            bucket: bucket.to_owned(),
            key: prefix.to_owned(),
            source: Box::new(source),
        })?;
        let client = runtime.block_on(client(options));
        Ok(Self {
            client,
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            runtime,
        })
    }

    fn error(&self, key: &str, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::S3 {
            bucket: self.bucket.clone(),
            key: key.to_owned(),
            source: Box::new(source),
        }
    }

    /// Key relative to the prefix; `None` outside it (`logs2/` is outside `logs`).
    fn relative<'k>(&self, key: &'k str) -> Option<&'k str> {
        let rest = key.strip_prefix(&self.prefix)?;
        if rest.is_empty() {
            return key.rsplit('/').next();
        }
        if self.prefix.is_empty() || self.prefix.ends_with('/') {
            return Some(rest);
        }
        rest.strip_prefix('/')
    }

    fn absolute(&self, key: &str) -> String {
        let last = self.prefix.rsplit('/').next().unwrap_or_default();
        match self.prefix.as_str() {
            "" => key.to_owned(),
            prefix if prefix.ends_with('/') => format!("{prefix}{key}"),
            // The prefix is the object itself.
            prefix if last == key => prefix.to_owned(),
            prefix => format!("{prefix}/{key}"),
        }
    }

    async fn list_all(&self, cancel: &Cancel) -> Result<Listing, Error> {
        let mut listing = Listing::default();
        let request = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(&self.prefix);
        let mut pages = request.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.error(&self.prefix, error))?;
            for object in page.contents() {
                let key = object
                    .key()
                    .and_then(|key| self.relative(key))
                    .filter(|key| !key.ends_with('/'));
                let Some(key) = key else { continue };
                listing.add(Object {
                    key: key.to_owned(),
                    size: object
                        .size()
                        .and_then(|size| u64::try_from(size).ok())
                        .unwrap_or(0),
                    tag: object
                        .e_tag()
                        .unwrap_or_default()
                        .trim_matches('"')
                        .to_owned(),
                });
            }
            if cancel.is_cancelled() {
                break;
            }
        }
        listing.sort();
        Ok(listing)
    }

    async fn fetch(&self, key: &str) -> Result<Vec<u8>, Error> {
        let response = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await;
        let response = response.map_err(|error| self.error(key, error))?;
        let body = response
            .body
            .collect()
            .await
            .map_err(|error| self.error(key, error))?;
        Ok(body.to_vec())
    }

    /// The client retries a failed request; a body that breaks off is asked for again here.
    async fn fetch_again(&self, key: &str) -> Result<Vec<u8>, Error> {
        let mut pause = Duration::from_millis(200);
        for _ in 1..ATTEMPTS {
            match self.fetch(key).await {
                Err(Error::S3 { source, .. })
                    if source.is::<aws_sdk_s3::primitives::ByteStreamError>() =>
                {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                other => return other,
            }
        }
        self.fetch(key).await
    }
}

impl Objects for Bucket {
    fn list(&self, cancel: &Cancel) -> Result<Listing, Error> {
        self.runtime.block_on(self.list_all(cancel))
    }

    fn open(&self, object: &Object) -> Result<Box<dyn Read + '_>, Error> {
        let bytes = self
            .runtime
            .block_on(self.fetch_again(&self.absolute(&object.key)))?;
        Ok(Box::new(Cursor::new(bytes)))
    }
}

async fn client(options: &S3Options) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts);
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(endpoint) = &options.endpoint_url {
        loader = loader.endpoint_url(endpoint);
    }
    let shared = loader.load().await;
    let mut config = aws_sdk_s3::config::Builder::from(&shared)
        .force_path_style(options.path_style || options.endpoint_url.is_some())
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
    if shared.region().is_none() {
        config = config.region(Region::new("us-east-1"));
    }
    Client::from_conf(config.build())
}

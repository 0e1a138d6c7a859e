//! An S3 prefix.

mod ahead;
mod browse;
mod list;
mod pace;
mod part;

use super::days::DeliveryDays;
use super::{Listing, Object, Objects, Opened};
use crate::config::{Cancel, S3Options};
use crate::error::Error;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::primitives::ByteStream;
use std::io::{self, Cursor, Read};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Attempts of one request, and breaks of one body.
const ATTEMPTS: u32 = 5;
/// Before the rest of a broken body is asked for; doubled each time.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Bucket {
    client: Client,
    /// As `client`, but it does not try again by itself.
    once: Client,
    /// Longest time without progress.
    patience: Duration,
    bucket: String,
    prefix: String,
    runtime: Runtime,
}

impl Bucket {
    pub(super) fn new(
        bucket: &str,
        prefix: &str,
        options: &S3Options,
        unsigned: bool,
    ) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.map_err(|source| Error::S3 {
            bucket: bucket.to_owned(),
            key: prefix.to_owned(),
            source: Box::new(source),
        })?;
        let client = runtime.block_on(client(options, unsigned));
        let once = client.config().to_builder();
        let once = Client::from_conf(once.retry_config(RetryConfig::disabled()).build());
        Ok(Self {
            client,
            once,
            patience: options.patience,
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

    /// Asks for an object from an offset on, as it was when it was listed.
    async fn get(&self, key: &str, tag: &str, offset: u64) -> Result<ByteStream, Error> {
        let mut request = self.client.get_object().bucket(&self.bucket).key(key);
        if !tag.is_empty() {
            request = request.if_match(format!("\"{tag}\""));
        }
        if offset > 0 {
            request = request.range(format!("bytes={offset}-"));
        }
        let response = request
            .send()
            .await
            .map_err(|error| self.error(key, error))?;
        Ok(response.body)
    }
}

/// The body of an object. Where it breaks off, the rest is asked for again.
struct Body<'b> {
    bucket: &'b Bucket,
    key: String,
    tag: String,
    stream: ByteStream,
    chunk: Cursor<Vec<u8>>,
    offset: u64,
    breaks: u32,
}

impl Body<'_> {
    /// The next bytes; empty at the end.
    async fn next(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.stream.next().await {
                None => return Ok(Vec::new()),
                Some(Ok(bytes)) if bytes.is_empty() => {}
                Some(Ok(bytes)) => return Ok(bytes.to_vec()),
                Some(Err(error)) if self.breaks >= ATTEMPTS => return Err(io::Error::other(error)),
                Some(Err(_)) => self.resume().await?,
            }
        }
    }

    async fn resume(&mut self) -> io::Result<()> {
        tokio::time::sleep(PAUSE * 2_u32.saturating_pow(self.breaks)).await;
        self.breaks += 1;
        let stream = self.bucket.get(&self.key, &self.tag, self.offset).await;
        self.stream = stream.map_err(io::Error::other)?;
        Ok(())
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.chunk.position() >= self.chunk.get_ref().len() as u64 {
            let bucket = self.bucket;
            let bytes = bucket.runtime.block_on(self.next())?;
            self.offset += bytes.len() as u64;
            self.chunk = Cursor::new(bytes);
        }
        self.chunk.read(buffer)
    }
}

impl Objects for Bucket {
    fn list(&self, days: &DeliveryDays, cancel: &Cancel) -> Result<Listing, Error> {
        self.runtime.block_on(self.list_parts(days, cancel))
    }

    fn open_all<'s>(
        &'s self,
        objects: &'s [Object],
        bytes: usize,
        cancel: &Cancel,
    ) -> Box<dyn Opened + 's> {
        Box::new(ahead::Ahead::new(self, objects, (bytes, cancel)))
    }
}

/// AWS's own configuration chain with our timeouts, retries and options.
pub(crate) async fn shared_config(options: &S3Options, unsigned: bool) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5).min(options.patience / 4))
        .read_timeout(options.patience / 4)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts);
    if unsigned {
        loader = loader.no_credentials();
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(endpoint) = &options.endpoint_url {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

pub(crate) async fn client(options: &S3Options, unsigned: bool) -> Client {
    let shared = shared_config(options, unsigned).await;
    let mut config = aws_sdk_s3::config::Builder::from(&shared)
        .force_path_style(options.path_style || options.endpoint_url.is_some())
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
    if shared.region().is_none() {
        config = config.region(Region::new("us-east-1"));
    }
    Client::from_conf(config.build())
}

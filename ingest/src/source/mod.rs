//! Where logs come from: a folder or an S3 prefix. Keys are relative to it, so that both give the same archive.

pub(crate) mod browse;
mod days;
mod folder;
mod s3;

pub use days::DeliveryDays;
pub(crate) use s3::{client as s3_client, shared_config};

use crate::config::{Cancel, Config};
use crate::error::Error;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

/// Folders beside `CloudTrail` that hold no events, and the name under which their objects are counted.
const SIBLINGS: [&str; 4] = [
    "CloudTrail-Digest",
    "CloudTrail-Insight",
    "CloudTrail-NetworkActivity",
    "CloudTrail-Aggregated",
];
/// Endings of log objects.
const ENDINGS: [&str; 5] = [".json.gz", ".json", ".jsonl", ".ndjson", ".gz"];

/// A folder (or single file) or an S3 prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder or a file.
    Folder(PathBuf),
    /// `s3://bucket/prefix`.
    S3 {
        /// The bucket.
        bucket: String,
        /// Prefix without leading slash; may be empty.
        prefix: String,
    },
}

impl Source {
    /// `s3://bucket/prefix` or a path.
    ///
    /// # Errors
    /// An S3 address without bucket.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let Some(rest) = text.strip_prefix("s3://") else {
            return Ok(Self::Folder(PathBuf::from(text)));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(Error::NoSource(text.to_owned()));
        }
        Ok(Self::S3 {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_start_matches('/').to_owned(),
        })
    }

    pub(crate) fn open(config: &Config) -> Result<Box<dyn Objects>, Error> {
        Ok(match &config.source {
            Self::Folder(path) => Box::new(folder::Folder::new(path, config.archive_folder())?),
            Self::S3 { bucket, prefix } => Box::new(s3::Bucket::new(
                bucket,
                prefix,
                &config.s3,
                config.unsigned,
            )?),
        })
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

/// A log object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// Relative to the source, `/` between segments.
    pub(crate) key: String,
    /// Stored bytes.
    pub(crate) size: u64,
    /// Changes with the content: the ETag, or the time of modification.
    pub(crate) tag: String,
}

/// What a source holds.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Parts that could not be listed, and why.
    pub(crate) unlisted: Vec<(String, Error)>,
    /// Logs in order of reading.
    pub(crate) objects: Vec<Object>,
    /// Other objects by kind.
    pub(crate) ignored: BTreeMap<String, u64>,
}

impl Listing {
    /// Adds an object, or counts it when it is no log.
    fn add(&mut self, object: Object) {
        match kind_of_other(&object.key) {
            None => self.objects.push(object),
            Some(kind) => self.ignore(kind),
        }
    }

    /// Adds an object, or counts it when it was not delivered on the days wanted.
    fn add_delivered(&mut self, object: Object, days: &DeliveryDays) {
        if days.admit(delivery_day(&object.key)) {
            self.add(object);
        } else {
            self.ignore("other-days");
        }
    }

    fn ignore(&mut self, kind: &str) {
        *self.ignored.entry(kind.to_owned()).or_default() += 1;
    }

    /// By day of delivery, then key: events of one date lie together whatever the account and region.
    fn sort(&mut self) {
        let day = |key: &str| -> Option<[u8; 10]> { delivery_day(key)?.as_bytes().try_into().ok() };
        self.objects.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        // Stable, and finds the day of each but once.
        self.objects.sort_by_cached_key(|object| day(&object.key));
    }
}

/// Finds and reads objects.
pub(crate) trait Objects: Sync {
    /// The objects that were delivered on these days, and those that tell no day.
    fn list(&self, days: &DeliveryDays, cancel: &Cancel) -> Result<Listing, Error>;
    /// The objects, to be opened in their order; as many `bytes` of them as given may be read before they are asked for.
    fn open_all<'s>(
        &'s self,
        objects: &'s [Object],
        bytes: usize,
        cancel: &Cancel,
    ) -> Box<dyn Opened + 's>;
}

/// Objects in their order; used by several threads at once.
pub(crate) trait Opened: Sync {
    /// The stored bytes of one. Each is opened once, and no other before those of lower index are, or are about to be.
    fn open(&self, index: usize) -> Result<Box<dyn Read + '_>, Error>;
}

/// Whether ingest would read an object of this key.
pub(crate) fn is_log(key: &str) -> bool {
    kind_of_other(key).is_none()
}

/// Why an object is no log; `None` for a log.
fn kind_of_other(key: &str) -> Option<&'static str> {
    let sibling = SIBLINGS
        .iter()
        .find(|sibling| key.split('/').any(|segment| segment == **sibling));
    if let Some(sibling) = sibling {
        return Some(sibling);
    }
    let lower = key.to_ascii_lowercase();
    if ENDINGS.iter().any(|ending| lower.ends_with(ending)) {
        None
    } else {
        Some("other-file")
    }
}

/// `YYYY/MM/DD` of a CloudTrail key.
pub(crate) fn delivery_day(key: &str) -> Option<&str> {
    let mut segments = key.split('/');
    let mut at = 0;
    loop {
        let year = segments.next()?;
        let mut next = segments.clone();
        let (month, day) = (next.next()?, next.next()?);
        if digits(year, 4) && digits(month, 2) && digits(day, 2) {
            return key.get(at..at + "YYYY/MM/DD".len());
        }
        at += year.len() + 1;
    }
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;

    #[test]
    fn sources_are_paths_or_s3() {
        let s3 = |bucket: &str, prefix: &str| Source::S3 {
            bucket: bucket.into(),
            prefix: prefix.into(),
        };
        assert_eq!(Source::parse("s3://b").unwrap(), s3("b", ""));
        assert_eq!(
            Source::parse("s3://b/AWSLogs/1/").unwrap(),
            s3("b", "AWSLogs/1/")
        );
        assert_eq!(
            Source::parse("logs").unwrap(),
            Source::Folder("logs".into())
        );
        assert!(Source::parse("s3:///x").is_err());
    }

    #[test]
    fn t29_siblings_are_no_logs() {
        let check =
            |key: &str, expect: Option<&str>| assert_eq!(kind_of_other(key), expect, "{key}");
        check("AWSLogs/1/CloudTrail/us-east-1/2020/01/01/x.json.gz", None);
        check(
            "AWSLogs/1/CloudTrail-Digest/us-east-1/2020/01/01/x.json.gz",
            Some("CloudTrail-Digest"),
        );
        check(
            "AWSLogs/1/CloudTrail-Insight/x.json.gz",
            Some("CloudTrail-Insight"),
        );
        check("CloudTrail-Digest.json", None);
        check("README.md", Some("other-file"));
        check("a.JSON", None);
    }

    #[test]
    fn objects_are_read_by_day() {
        let key = |day: &str, region: &str| {
            format!("AWSLogs/1/CloudTrail/{region}/2020/01/{day}/x.json.gz")
        };
        let mut listing = Listing::default();
        for name in [
            key("02", "eu"),
            key("01", "us"),
            key("01", "eu"),
            "plain.json".to_owned(),
        ] {
            listing.add(Object {
                key: name,
                size: 0,
                tag: String::new(),
            });
        }
        listing.sort();
        let keys: Vec<&str> = listing
            .objects
            .iter()
            .map(|object| object.key.as_str())
            .collect();
        assert_eq!(
            keys,
            [
                "plain.json",
                &key("01", "eu"),
                &key("01", "us"),
                &key("02", "eu")
            ]
        );
        assert_eq!(delivery_day("2020/1/01/x"), None);
    }
}

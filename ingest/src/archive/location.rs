//! Where an archive is: a folder or an S3 prefix.

use crate::error::Error;
use crate::source::Source;
use std::fmt;
use std::path::{Path, PathBuf};

/// A folder or `s3://bucket/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveLocation {
    /// A folder.
    Folder(PathBuf),
    /// An S3 prefix.
    S3 {
        /// The bucket.
        bucket: String,
        /// Before every name in the archive: empty, or ending in `/`.
        prefix: String,
    },
}

impl ArchiveLocation {
    /// `s3://bucket/prefix` or a path; with or without a slash at the end.
    ///
    /// # Errors
    /// An S3 address without bucket.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let Some(rest) = text.strip_prefix("s3://") else {
            return Ok(Self::Folder(PathBuf::from(text)));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(Error::NoArchive(text.to_owned()));
        }
        let prefix = prefix.trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        Ok(Self::S3 {
            bucket: bucket.to_owned(),
            prefix: format!("{prefix}{slash}"),
        })
    }

    /// The folder, when it is one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(path) => Some(path),
            Self::S3 { .. } => None,
        }
    }
}

/// What an archive has at its top.
const TOP: [&str; 6] = [
    "_ids/",
    "_ledger/",
    "_probe/",
    "_quarantine/",
    "_staging/",
    "event_date=",
];

impl ArchiveLocation {
    /// Whether an object of a source is part of the archive, which may lie below the source.
    pub(crate) fn holds(&self, source: &Source, key: &str) -> bool {
        let (
            Self::S3 { bucket, prefix },
            Source::S3 {
                bucket: other,
                prefix: above,
            },
        ) = (self, source)
        else {
            return false;
        };
        let slash = if above.is_empty() || above.ends_with('/') {
            ""
        } else {
            "/"
        };
        let key = format!("{above}{slash}{key}");
        let inside = key.strip_prefix(prefix).filter(|_| bucket == other);
        inside.is_some_and(|name| TOP.iter().any(|top| name.starts_with(top)))
    }
}

impl From<PathBuf> for ArchiveLocation {
    fn from(path: PathBuf) -> Self {
        Self::Folder(path)
    }
}

impl fmt::Display for ArchiveLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;

    #[test]
    fn archives_are_paths_or_s3() {
        let check = |text: &str, expect: &str| {
            assert_eq!(ArchiveLocation::parse(text).unwrap().to_string(), expect);
        };
        check("archive/", "archive/");
        check("s3://b", "s3://b/");
        check("s3://b/", "s3://b/");
        check("s3://b/a/c", "s3://b/a/c/");
        check("s3://b/a/c//", "s3://b/a/c/");
        assert!(ArchiveLocation::parse("s3:///a").is_err());
    }

    #[test]
    fn an_archive_below_its_source_is_not_part_of_it() {
        let check = |archive: &str, source: &str, key: &str, expect: bool| {
            let archive = ArchiveLocation::parse(archive).unwrap();
            let source = Source::parse(source).unwrap();
            assert_eq!(archive.holds(&source, key), expect, "{key}");
        };
        check("s3://b/a", "s3://b", "a/_ledger/000001.json", true);
        check("s3://b/x/a", "s3://b/x", "a/_quarantine/1.jsonl", true);
        check("s3://b/x/a", "s3://b/x/", "a/_ids/1.json", true);
        check("s3://b/a", "s3://c", "a/_ledger/000001.json", false);
        check("s3://b", "s3://b", "AWSLogs/1.json.gz", false);
        check("s3://b/a", "s3://b", "ab/_ledger/1.json", false);
        check("a", "s3://b", "a/_ledger/1.json", false);
    }
}

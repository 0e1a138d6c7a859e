//! Where CloudTrail delivered what a source holds: the same place, unless the source is a copy.

use super::file::Digest;
use crate::source::browse::Location;

/// Maps keys of delivery to keys of the source.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// `None` for a copy whose origin nobody told: digests are then believed as to the bucket and what comes before
    /// the source's keys.
    delivered: Option<Location>,
}

impl Origin {
    pub(super) fn new(delivered: Option<Location>) -> Self {
        Self { delivered }
    }

    /// What comes before the source's keys where the digest was delivered; `None` when the digest was moved.
    pub(super) fn prefix(&self, digest: &Digest, key: &str) -> Option<String> {
        let prefix = digest.object.strip_suffix(key)?;
        let right = match &self.delivered {
            Some(there) => there.bucket == digest.bucket && there.prefix == prefix,
            None => prefix.is_empty() || prefix.ends_with('/'),
        };
        right.then(|| prefix.to_owned())
    }

    /// The source's key of a delivered object; `None` when it is not in the source.
    pub(super) fn key<'o>(&self, prefix: &str, bucket: &str, object: &'o str) -> Option<&'o str> {
        let here = self
            .delivered
            .as_ref()
            .is_none_or(|there| there.bucket == bucket);
        object.strip_prefix(prefix).filter(|_| here)
    }

    /// The bucket, where it is known without asking the digests.
    pub(super) fn bucket(&self) -> Option<String> {
        self.delivered.as_ref().map(|there| there.bucket.clone())
    }

    /// The delivered key of a source's key, as far as known.
    pub(super) fn full_key(&self, key: &str) -> String {
        match &self.delivered {
            Some(there) => format!("{}{key}", there.prefix),
            None => key.to_owned(),
        }
    }
}

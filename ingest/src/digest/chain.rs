//! Digests that name each other, from the oldest on.

use super::load::{Loaded, Sha256};
use super::origin::Origin;
use std::collections::VecDeque;

/// Digests remembered, to tell what a digest names when it does not name the one before.
const REMEMBERED: usize = 8;

/// A digest that was met.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) key: String,
    pub(super) end: Option<i64>,
    /// `None` when it could not be read.
    pub(super) sha256: Option<Sha256>,
    /// As its metadata has it.
    pub(super) signature: Option<String>,
}

/// How a digest hangs on those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    /// It names none: validation was switched on.
    Start,
    /// It names one of another bucket, or above the source.
    Elsewhere,
    /// It names the last one, rightly.
    Follows,
    /// It names the last one, whose hash or signature is another.
    Differs(String),
    /// It names an older one; these lie between, and nothing vouches for them.
    Skips(Vec<String>),
    /// It names one that was not met: its key in the source.
    Unmet(String),
}

/// The chain of one trail in one region.
#[derive(Default)]
pub(super) struct Chain {
    recent: VecDeque<Seen>,
    /// The last digest, while only its successor can say its signature.
    pub(super) open: Option<Loaded>,
}

impl Chain {
    /// The last digest met.
    pub(super) fn last(&self) -> Option<&Seen> {
        self.recent.back()
    }

    pub(super) fn push(&mut self, seen: Seen) {
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(seen);
    }

    /// How the next digest hangs on this chain.
    pub(super) fn link(&self, next: &Loaded, origin: &Origin) -> Link {
        let digest = &next.digest;
        if digest.is_start() {
            return Link::Start;
        }
        let (bucket, object) = (&digest.previous_bucket, &digest.previous_object);
        let (Some(bucket), Some(object)) = (bucket, object) else {
            return Link::Differs("it names its predecessor only in part".to_owned());
        };
        let Some(key) = origin.key(&next.prefix, bucket, object) else {
            return Link::Elsewhere;
        };
        match self.recent.iter().rposition(|seen| seen.key == key) {
            None => Link::Unmet(key.to_owned()),
            Some(at) if at + 1 == self.recent.len() => self.compare(next),
            Some(at) => {
                let between = self.recent.iter().skip(at + 1);
                Link::Skips(between.map(|seen| seen.key.clone()).collect())
            }
        }
    }

    /// Strictly: hash and signature of the last digest against what the next one says of them.
    fn compare(&self, next: &Loaded) -> Link {
        let Some(last) = self.last() else {
            return Link::Start;
        };
        let digest = &next.digest;
        let hash = digest.previous_digest_hash_value.as_deref().map(unhex_hash);
        if last.sha256.is_some_and(|sha256| hash != Some(Some(sha256))) {
            return Link::Differs(format!("it gives another hash for `{}`", last.key));
        }
        let said = digest.previous_digest_signature.as_deref();
        let same = |kept: &String| said.is_some_and(|said| said.eq_ignore_ascii_case(kept));
        if last.signature.as_ref().is_some_and(|kept| !same(kept)) {
            return Link::Differs(format!("it gives another signature for `{}`", last.key));
        }
        Link::Follows
    }
}

/// A SHA-256 in hexadecimal.
pub(super) fn unhex_hash(text: &str) -> Option<Sha256> {
    super::file::unhex(text)?.try_into().ok()
}

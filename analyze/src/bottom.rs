//! Bounded sets: the smallest texts, and the distinct texts with the smallest hashes.
//!
//! What they hold depends on the set of texts alone, not on order or threads, so that any engine can compute the same.

use xxhash_rust::xxh64::xxh64;

/// Memory of a text that is held besides itself: its place, with the room that lists keep free, and the allocator's own.
const TEXT_BYTES: usize = 48;

/// The smallest distinct texts, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Smallest(Vec<Box<str>>);

impl Smallest {
    pub(crate) fn of(texts: &[String], limit: usize) -> Self {
        let mut smallest = Self::default();
        for text in texts {
            smallest.insert(text, limit);
        }
        smallest
    }

    /// Returns the bytes of memory that it took.
    pub(crate) fn insert(&mut self, text: &str, limit: usize) -> usize {
        let full = self.0.len() >= limit;
        if full && self.0.last().is_some_and(|last| last.as_ref() < text) {
            return 0;
        }
        if let Err(at) = self.0.binary_search_by(|held| held.as_ref().cmp(text))
            && at < limit
        {
            self.0.truncate(limit.saturating_sub(1));
            self.0.insert(at, text.into());
            return if full { 0 } else { text.len() + TEXT_BYTES };
        }
        0
    }

    pub(crate) fn texts(&self) -> &[Box<str>] {
        &self.0
    }

    pub(crate) fn merge(&mut self, other: Self, limit: usize) {
        for text in other.0 {
            self.insert(&text, limit);
        }
    }

    pub(crate) fn into_texts(self) -> Vec<String> {
        self.0.into_iter().map(String::from).collect()
    }
}

/// Distinct texts: all of them while they are few, else those with the smallest xxhash64 (seed 0), from which their
/// number is estimated (bottom-k sketch).
#[derive(Debug, Clone, Default)]
pub(crate) struct Distinct {
    items: Vec<(u64, Box<str>)>,
    /// More were seen than are held.
    overflow: bool,
}

impl Distinct {
    /// Returns the bytes of memory that it took.
    pub(crate) fn insert(&mut self, text: &str, limit: usize) -> usize {
        self.insert_hashed(xxh64(text.as_bytes(), 0), text, limit)
    }

    fn insert_hashed(&mut self, hash: u64, text: &str, limit: usize) -> usize {
        let full = self.items.len() >= limit;
        if full && self.items.last().is_some_and(|last| last.0 < hash) {
            self.overflow = true;
            return 0;
        }
        let key = |held: &(u64, Box<str>)| (held.0, held.1.as_ref()).cmp(&(hash, text));
        let Err(at) = self.items.binary_search_by(key) else {
            return 0;
        };
        self.overflow |= full;
        if at < limit {
            self.items.truncate(limit.saturating_sub(1));
            self.items.insert(at, (hash, text.into()));
            return if full { 0 } else { text.len() + TEXT_BYTES };
        }
        0
    }

    /// The texts held, those with the smallest hashes, and whether there were more.
    pub(crate) fn parts(&self) -> (impl ExactSizeIterator<Item = &str>, bool) {
        (
            self.items.iter().map(|(_, text)| text.as_ref()),
            self.overflow,
        )
    }

    /// What [`Distinct::parts`] gave.
    pub(crate) fn of_parts(texts: Vec<Box<str>>, overflow: bool) -> Self {
        let hashed = |text: Box<str>| (xxh64(text.as_bytes(), 0), text);
        Self {
            items: texts.into_iter().map(hashed).collect(),
            overflow,
        }
    }

    pub(crate) fn merge(&mut self, other: Self, limit: usize) {
        self.overflow |= other.overflow;
        for (hash, text) in other.items {
            self.insert_hashed(hash, &text, limit);
        }
    }

    /// Number of distinct texts: exact while all are held, else `(k - 1) · 2^64 / largest held hash`.
    pub(crate) fn total(&self) -> u64 {
        let held = self.items.len() as u64;
        match self.items.last() {
            Some((largest, _)) if self.overflow => {
                let estimate =
                    (u128::from(held.saturating_sub(1)) << 64) / u128::from((*largest).max(1));
                u64::try_from(estimate).unwrap_or(u64::MAX).max(held + 1)
            }
            _ => held,
        }
    }

    pub(crate) fn into_texts(self) -> Vec<String> {
        let mut texts: Vec<String> = self
            .items
            .into_iter()
            .map(|(_, text)| text.into())
            .collect();
        texts.sort();
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn distinct(numbers: impl IntoIterator<Item = u32>, limit: usize) -> Distinct {
        let mut set = Distinct::default();
        for number in numbers {
            set.insert(&number.to_string(), limit);
        }
        set
    }

    #[test]
    fn few_are_exact() {
        let set = distinct((0..64).chain(0..64), 64);
        assert_eq!(set.total(), 64);
        assert_eq!(set.into_texts().len(), 64);
    }

    #[test]
    fn one_more_is_an_estimate_and_never_looks_exact() {
        let set = distinct(0..65, 64);
        assert!(set.total() >= 65);
        assert_eq!(set.into_texts().len(), 64);
    }

    #[test]
    fn many_are_estimated_and_the_sample_is_the_smallest_hashes() {
        let set = distinct(0..100_000, 1024);
        assert!((90_000..110_000).contains(&set.total()), "{}", set.total());
        let mut hashes: Vec<(u64, String)> = (0..100_000)
            .map(|n: u32| (xxh64(n.to_string().as_bytes(), 0), n.to_string()))
            .collect();
        hashes.sort();
        let expect: BTreeSet<String> = hashes
            .into_iter()
            .take(1024)
            .map(|(_, text)| text)
            .collect();
        assert_eq!(set.into_texts(), expect.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn merging_is_inserting() {
        for limit in [2, 10, 64, 200] {
            let mut merged = distinct(0..60, limit);
            merged.merge(distinct(40..120, limit), limit);
            let whole = distinct((0..120).rev(), limit);
            assert_eq!(
                (merged.total(), merged.into_texts()),
                (whole.total(), whole.into_texts())
            );
        }
    }

    #[test]
    fn smallest_texts() {
        let mut set = Smallest::default();
        for text in ["d", "b", "c", "b", "a", "e"] {
            set.insert(text, 3);
        }
        assert_eq!(set.into_texts(), ["a", "b", "c"]);
    }
}

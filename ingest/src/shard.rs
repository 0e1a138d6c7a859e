//! A share of a source: one of several processes that ingest it at once.

use crate::source::delivery_day;
use xxhash_rust::xxh3::xxh3_64;

/// Part `index` of `count`, by the account and day of an object's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// `index` counts from 1; `None` when there is no such part.
    pub fn new(index: u32, count: u32) -> Option<Self> {
        (1..=count)
            .contains(&index)
            .then_some(Self { index, count })
    }

    /// Whether an object is in this part. All objects of an account and day are in the same; one whose key tells neither is
    /// by its key.
    pub(crate) fn has(self, key: &str) -> bool {
        let (account, day) = (account(key), delivery_day(key));
        let hash = match (account, day) {
            (None, None) => xxh3_64(key.as_bytes()),
            (account, day) => {
                let (account, day) = (account.unwrap_or_default(), day.unwrap_or_default());
                xxh3_64(format!("{account}/{day}").as_bytes())
            }
        };
        hash % u64::from(self.count) == u64::from(self.index - 1)
    }
}

/// The account of a CloudTrail key: the last segment of twelve digits.
fn account(key: &str) -> Option<&str> {
    let is_account =
        |segment: &&str| segment.len() == 12 && segment.bytes().all(|byte| byte.is_ascii_digit());
    key.rsplit('/').find(is_account)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]
    use super::*;

    fn part_of(key: &str, count: u32) -> u32 {
        let parts = (1..=count).filter(|index| Shard::new(*index, count).unwrap().has(key));
        let parts: Vec<u32> = parts.collect();
        assert_eq!(parts.len(), 1, "{key} is in {parts:?}");
        parts[0]
    }

    #[test]
    fn each_object_is_in_one_part_and_an_account_and_day_together() {
        let key = |account: &str, day: u32, region: &str| {
            format!("AWSLogs/o-abc/{account}/CloudTrail/{region}/2026/03/{day:02}/x.json.gz")
        };
        let mut parts = std::collections::BTreeSet::new();
        for account in ["111122223333", "222233334444"] {
            for day in 1..=28 {
                let part = part_of(&key(account, day, "eu-west-1"), 7);
                assert_eq!(part, part_of(&key(account, day, "us-east-1"), 7));
                parts.insert(part);
            }
        }
        assert_eq!(parts.len(), 7);
        for n in 0..20 {
            part_of(&format!("plain-{n}.json"), 3);
        }
        assert_eq!(part_of("x", 1), 1);
    }

    #[test]
    fn parts_count_from_one() {
        assert!(Shard::new(0, 3).is_none() && Shard::new(4, 3).is_none());
        assert!(Shard::new(3, 3).is_some() && Shard::new(1, 0).is_none());
    }
}

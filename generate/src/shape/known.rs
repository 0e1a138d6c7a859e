//! What is known to exist in a container: all that any principal was seen to use there.

use crate::place::Places;
use iam::policy::Pattern;
use iam::usage::Usage;
use std::collections::{BTreeMap, HashMap};

/// Names kept of a container: those with the smallest hashes.
const KEPT: usize = 1_024;
/// A branch with so many known names can show that a wildcard is too wide.
const SUPPORT: usize = 3;

/// The names seen in each container, bounded.
#[derive(Debug, Default)]
pub(crate) struct Known<'u> {
    by_container: HashMap<&'u str, BTreeMap<u64, &'u str>>,
}

impl<'u> Known<'u> {
    /// What the usage shows.
    pub(crate) fn new(usage: &'u [Usage], places: &Places) -> Self {
        let mut known = Self::default();
        for resource in usage.iter().flat_map(|row| &row.resources) {
            if let Some(place) = places.of(resource) {
                let names = known.by_container.entry(place.container).or_default();
                names.insert(hash(place.leaf), place.leaf);
                if names.len() > KEPT {
                    names.pop_last();
                }
            }
        }
        known
    }

    /// The names known in a container.
    pub(crate) fn names(&self, container: &str) -> impl Iterator<Item = &'u str> {
        let names = self.by_container.get(container).into_iter();
        names.flat_map(BTreeMap::values).copied()
    }

    /// The names of a container that are not in use: those that none of `used` stands for.
    pub(crate) fn admitted(&self, container: &str, used: &[&str]) -> Admitted {
        let used: Vec<Pattern> = used.iter().map(|text| Pattern::new(text)).collect();
        let names = self
            .names(container)
            .map(|name| Pattern::new(name).sample(""));
        let unused = names.filter(|name| !used.iter().any(|used| used.matches(name)));
        Admitted {
            unused: unused.collect(),
            used: used.iter().map(|used| used.sample("")).collect(),
        }
    }
}

/// FNV-1a: small, and the same everywhere.
fn hash(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Names of a container, used and not.
#[derive(Debug)]
pub(crate) struct Admitted {
    unused: Vec<String>,
    used: Vec<String>,
}

impl Admitted {
    /// How many known names the pattern stands for that are not in use.
    pub(crate) fn count(&self, pattern: &str) -> usize {
        if self.unused.is_empty() || !pattern.contains('*') {
            return 0;
        }
        let pattern = Pattern::new(pattern);
        self.unused
            .iter()
            .filter(|name| pattern.matches(name))
            .count()
    }

    /// Whether most of what the pattern stands for is in use, in each well-known branch below its first `*` too.
    pub(crate) fn reliable(&self, pattern: &str) -> bool {
        if self.unused.is_empty() {
            return true;
        }
        let fixed = pattern.split('*').next().unwrap_or_default();
        let fixed = fixed
            .rfind('/')
            .and_then(|at| fixed.get(..=at))
            .unwrap_or_default();
        let pattern = Pattern::new(pattern);
        let mut branches: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let names = self.used.iter().map(|name| (name, true));
        for (name, used) in names.chain(self.unused.iter().map(|name| (name, false))) {
            if !pattern.matches(name) {
                continue;
            }
            let below = name.strip_prefix(fixed).unwrap_or(name);
            let branch = below.split_inclusive('/').next().unwrap_or_default();
            let counts = branches.entry(branch).or_default();
            if used {
                counts.0 += 1;
            } else {
                counts.1 += 1;
            }
        }
        let sum = |of: fn(&(usize, usize)) -> usize| branches.values().map(of).sum::<usize>();
        let dense = |(used, unused): &(usize, usize)| used >= unused || used + unused < SUPPORT;
        sum(|counts| counts.0) >= sum(|counts| counts.1) && branches.values().all(dense)
    }
}

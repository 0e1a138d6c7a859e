//! Contexts that pass some condition blocks and fail others.

use super::condition::{Context, Test};
use super::operator::Quantifier;
use super::values::{Literal, values};
use std::collections::BTreeSet;

/// Whether there is a context as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// There is none.
    Nothing,
    /// This one, as far as the tests are modelled.
    Context(Context),
    /// Only with several values of this key, which may be one that has a single value.
    Several(String),
    /// The allotted work was not enough.
    Exhausted,
}

/// Keys documented to hold several values. Source: IAM User Guide, global condition context keys.
const SEVERAL: [&str; 6] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:tagkeys",
    "aws:sourceorgpaths",
];

struct Search<'t> {
    blocks: Vec<Vec<&'t Test>>,
    several: BTreeSet<&'t str>,
}

/// A context that passes all the tests of `within` and fails at least one test of every block of `except`.
pub(super) fn find(within: &[&Test], except: &[&[Test]], work: &mut usize) -> Found {
    let mut blocks: Vec<Vec<&Test>> = Vec::new();
    for block in except {
        let open: Vec<&Test> = block.iter().filter(|t| !within.contains(t)).collect();
        if open.is_empty() {
            return Found::Nothing;
        }
        if !blocks.contains(&open) {
            blocks.push(open);
        }
    }
    blocks.sort_by_key(Vec::len);
    let keys: BTreeSet<&str> = all(within, &blocks).map(|test| test.key.as_str()).collect();
    let mut search = Search {
        several: certain(all(within, &blocks)),
        blocks,
    };
    match search.run(within, work) {
        Found::Nothing => {}
        other => return other,
    }
    let doubtful = |key: &&str| !key.starts_with("aws:") && !search.several.contains(key);
    let doubtful: Vec<&str> = keys.into_iter().filter(doubtful).collect();
    let Some(first) = doubtful.first() else {
        return Found::Nothing;
    };
    search.several.extend(&doubtful);
    match search.run(within, work) {
        Found::Context(context) => {
            let many = context.into_iter().find(|(_, values)| values.len() > 1);
            Found::Several(many.map_or_else(|| (*first).to_owned(), |(key, _)| key))
        }
        other => other,
    }
}

fn all<'s, 't>(
    within: &'s [&'t Test],
    blocks: &'s [Vec<&'t Test>],
) -> impl Iterator<Item = &'t Test> + use<'s, 't> {
    within.iter().chain(blocks.iter().flatten()).copied()
}

/// Keys that may hold several values: documented, or some operator says so.
fn certain<'t>(tests: impl Iterator<Item = &'t Test>) -> BTreeSet<&'t str> {
    let quantified = |test: &&Test| {
        let operator = test.operator;
        operator.is_some_and(|operator| operator.quantifier != Quantifier::Single)
            || SEVERAL.contains(&test.key.as_str())
    };
    let tests = tests.filter(quantified);
    tests.map(|test| test.key.as_str()).collect()
}

impl<'t> Search<'t> {
    fn run(&self, within: &[&'t Test], work: &mut usize) -> Found {
        let mut literals: Vec<Literal<'t>> = Vec::new();
        for test in within.iter().copied() {
            literals.push(Literal { test, holds: true });
        }
        let keys: BTreeSet<&str> = within.iter().map(|test| test.key.as_str()).collect();
        for key in keys {
            if self.key(key, &literals, work).is_none() {
                return Found::Nothing;
            }
        }
        match self.descend(0, &mut literals, work) {
            None => Found::Exhausted,
            Some(false) => Found::Nothing,
            Some(true) => Found::Context(self.context(&literals, work)),
        }
    }

    /// Makes one test of each block from `at` on fail. None: out of work.
    fn descend(
        &self,
        at: usize,
        literals: &mut Vec<Literal<'t>>,
        work: &mut usize,
    ) -> Option<bool> {
        let Some(block) = self.blocks.get(at) else {
            return Some(true);
        };
        *work = work.checked_sub(50)?;
        let failed = |l: &Literal<'t>| !l.holds && block.contains(&l.test);
        if literals.iter().any(failed) {
            return self.descend(at + 1, literals, work);
        }
        for test in block.iter().copied() {
            literals.push(Literal { test, holds: false });
            let possible = self.key(&test.key, literals, work).is_some();
            if possible && self.descend(at + 1, literals, work)? {
                return Some(true);
            }
            literals.pop();
        }
        Some(false)
    }

    fn key(&self, key: &str, literals: &[Literal<'t>], work: &mut usize) -> Option<Vec<String>> {
        let own: Vec<Literal<'t>> = literals
            .iter()
            .filter(|literal| literal.test.key == key)
            .copied()
            .collect();
        let contradictory = own.iter().any(|a| {
            let mut others = own.iter();
            others.any(|b| a.holds != b.holds && a.test == b.test)
        });
        if contradictory {
            return None;
        }
        values(&own, self.several.contains(key), work)
    }

    fn context(&self, literals: &[Literal<'t>], work: &mut usize) -> Context {
        let keys: BTreeSet<&str> = literals.iter().map(|l| l.test.key.as_str()).collect();
        let mut context = Context::new();
        for key in keys {
            let found = self.key(key, literals, work).unwrap_or_default();
            if !found.is_empty() {
                context.insert(key.to_owned(), found);
            }
        }
        context
    }
}

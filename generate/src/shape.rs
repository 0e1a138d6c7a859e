//! Shapes: many names below one container as few patterns.
//!
//! Names that differ only in their numbers are a counter. Other names form a trie over `/`: where many branches do the
//! same, they become one `*`; the cheapest description wins, counted in characters of a policy. A wildcard must be
//! reliable: of the names known in the container, those that it stands for are mostly in use, in each of its branches too.

mod common;
mod known;

pub(crate) use known::Known;

use common::{common, numberless};
use known::Admitted;
use std::collections::{BTreeMap, BTreeSet};

/// From so many names that differ only in a number on, there will be more.
const COUNTER: usize = 3;
/// Fewer names than this are listed.
const MANY: usize = 8;
/// Fewer names than this are listed when they have nothing in common, not even a folder.
const MANY_UNLIKE: usize = 64;
/// More names than this are not looked at one by one.
const MOST: usize = 2_048;
/// Levels of a path that are looked at one by one.
const DEPTH: usize = 12;
/// What a `*` over several levels must save, in characters.
const WIDE: usize = 64;
/// What a known name that is not in use costs under a wildcard, in characters: about one listed ARN.
const UNUSED: usize = 48;

/// A pattern and the names that it stands for, by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) pattern: String,
    pub(crate) members: Vec<usize>,
}

/// The names as patterns. Each name is a policy pattern itself, and lies in the pattern that stands for it.
pub(crate) fn shapes(names: &[&str], known: &Known<'_>, container: &str) -> Vec<Shape> {
    if names.len() > MOST {
        return vec![Shape {
            pattern: format!("{}*", folder(names)),
            members: (0..names.len()).collect(),
        }];
    }
    let admitted = known.admitted(container, names);
    let mut shapes = counters(names, &admitted);
    if shapes.len() >= MANY {
        let texts: Vec<String> = shapes.iter().map(|shape| shape.pattern.clone()).collect();
        let items = texts.iter().enumerate();
        let items = items.map(|(id, text)| Item {
            rest: text.split_inclusive('/').collect(),
            ids: BTreeSet::from([id]),
        });
        let trie = Trie {
            admitted: &admitted,
            head: container.len(),
        };
        let found = trie.node("", items.collect(), 0);
        shapes = found
            .into_iter()
            .map(|found| found.shape(&shapes))
            .collect();
    }
    shapes
}

/// Names that differ only in their numbers, together; the others alone.
fn counters(names: &[&str], admitted: &Admitted) -> Vec<Shape> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (id, name) in names.iter().enumerate() {
        groups.entry(numberless(name)).or_default().push(id);
    }
    let mut shapes = Vec::new();
    for members in groups.into_values() {
        let texts: Vec<&str> = members
            .iter()
            .filter_map(|id| names.get(*id).copied())
            .collect();
        let pattern = common::counter(&texts);
        if members.len() >= COUNTER && admitted.reliable(&pattern) {
            shapes.push(Shape { pattern, members });
        } else {
            shapes.extend(members.iter().zip(texts).map(|(id, text)| Shape {
                pattern: text.to_owned(),
                members: vec![*id],
            }));
        }
    }
    shapes.sort_by_key(|shape| shape.members.first().copied());
    shapes
}

/// The folder that holds all names.
fn folder(names: &[&str]) -> String {
    let Some(first) = names.first() else {
        return String::new();
    };
    let parents = first.match_indices('/').map(|(at, _)| at + 1).rev();
    let mut parents = parents.filter_map(|end| first.get(..end));
    let holds = |parent: &&str| names.iter().all(|name| name.starts_with(*parent));
    parents.find(holds).unwrap_or_default().to_owned()
}

/// A name, or what is left of it below a node of the trie.
#[derive(Debug, Clone)]
struct Item<'t> {
    rest: Vec<&'t str>,
    ids: BTreeSet<usize>,
}

/// What a node came to: a text below the node's prefix.
#[derive(Debug, Clone)]
struct Found {
    text: String,
    ids: BTreeSet<usize>,
    /// Characters, and the price of what it adds.
    cost: usize,
}

impl Found {
    fn shape(self, of: &[Shape]) -> Shape {
        let shapes = self.ids.iter().filter_map(|id| of.get(*id));
        let mut members: Vec<usize> = shapes.flat_map(|shape| shape.members.clone()).collect();
        members.sort_unstable();
        Shape {
            pattern: self.text,
            members,
        }
    }
}

fn cost(found: &[Found]) -> usize {
    found.iter().map(|found| found.cost).sum()
}

struct Trie<'t> {
    admitted: &'t Admitted,
    /// Characters of the container, which each listed name repeats.
    head: usize,
}

impl Trie<'_> {
    fn node(&self, prefix: &str, items: Vec<Item<'_>>, depth: usize) -> Vec<Found> {
        if items.len() < MANY || depth >= DEPTH {
            return self.list(prefix, &items);
        }
        let mut children: BTreeMap<&str, Vec<Item<'_>>> = BTreeMap::new();
        let ids: BTreeSet<usize> = items.iter().flat_map(|item| item.ids.clone()).collect();
        for item in items {
            let (first, rest) = item
                .rest
                .split_first()
                .map_or(("", &[][..]), |(f, r)| (*f, r));
            let below = children.entry(first).or_default();
            below.push(Item {
                rest: rest.to_vec(),
                ids: item.ids,
            });
        }
        let (folders, files): (BTreeMap<_, _>, BTreeMap<_, _>) = children
            .into_iter()
            .partition(|(name, _)| name.ends_with('/'));
        let mut found = self.branches(prefix, folders, depth);
        found.extend(self.branches(prefix, files, depth));
        let enough = !prefix.is_empty() || ids.len() >= MANY_UNLIKE;
        let whole = self.found(prefix, "*", ids, WIDE);
        if enough && whole.cost < cost(&found) && self.admitted.reliable(&format!("{prefix}*")) {
            return vec![whole];
        }
        found
    }

    /// Branches one by one, or as one `*` when there are many of them.
    fn branches(
        &self,
        prefix: &str,
        children: BTreeMap<&str, Vec<Item<'_>>>,
        depth: usize,
    ) -> Vec<Found> {
        let merged = (children.len() >= MANY).then(|| self.merged(prefix, &children, depth));
        if let Some(Some(found)) = merged {
            return found;
        }
        let each = children.into_iter().flat_map(|(name, items)| {
            let below = self.node(&format!("{prefix}{name}"), items, depth + 1);
            below.into_iter().map(move |found| Found {
                text: format!("{name}{}", found.text),
                ..found
            })
        });
        each.collect()
    }

    fn merged(
        &self,
        prefix: &str,
        children: &BTreeMap<&str, Vec<Item<'_>>>,
        depth: usize,
    ) -> Option<Vec<Found>> {
        let names: Vec<&str> = children.keys().copied().collect();
        let wild = common(&names);
        let mut below: BTreeMap<&[&str], BTreeSet<usize>> = BTreeMap::new();
        for item in children.values().flatten() {
            let ids = below.entry(item.rest.as_slice()).or_default();
            ids.extend(&item.ids);
        }
        let items = below.into_iter().map(|(rest, ids)| Item {
            rest: rest.to_vec(),
            ids,
        });
        let inner = format!("{prefix}{wild}");
        let found = self.node(&inner, items.collect(), depth + 1);
        let reliable = |found: &Found| {
            let pattern = format!("{inner}{}", found.text);
            let like = pattern.bytes().any(|b| b.is_ascii_alphanumeric());
            (like || found.ids.len() >= MANY_UNLIKE) && self.admitted.reliable(&pattern)
        };
        if !found.iter().all(reliable) {
            return None;
        }
        let found = found.into_iter();
        Some(
            found
                .map(|found| self.found(prefix, &format!("{wild}{}", found.text), found.ids, 0))
                .collect(),
        )
    }

    fn list(&self, prefix: &str, items: &[Item<'_>]) -> Vec<Found> {
        let texts = items.iter().map(|item| (item.rest.concat(), item));
        texts
            .map(|(text, item)| self.found(prefix, &text, item.ids.clone(), 0))
            .collect()
    }

    fn found(&self, prefix: &str, text: &str, ids: BTreeSet<usize>, more: usize) -> Found {
        let unused = self.admitted.count(&format!("{prefix}{text}"));
        Found {
            cost: self.head + prefix.len() + text.len() + more + UNUSED * unused,
            text: text.to_owned(),
            ids,
        }
    }
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;

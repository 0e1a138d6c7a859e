//! The words of a service's action names, and the patterns that can be made of them.

use super::FRAME;
use iam::catalogue::Catalogue;

/// Most words of an ending that a pattern may fix: `Get*PublicAccessBlock`.
const ENDING: usize = 2;
/// Most words in the middle that a pattern may fix: `*Snapshot*`.
const MIDDLE: usize = 2;

/// The current actions of one service.
pub(super) struct Service {
    prefix: String,
    /// Names without prefix, sorted.
    names: Vec<String>,
    lower: Vec<String>,
    /// Patterns without prefix, with the names that they are made of; at least two, ascending.
    candidates: Vec<(String, Vec<usize>)>,
    /// By name: the candidates of which it is the first.
    led: Vec<Vec<usize>>,
}

impl Service {
    pub(super) fn new(prefix: &str, catalogue: &Catalogue) -> Self {
        let ids = catalogue.expand(&format!("{prefix}:*")).into_iter();
        let actions = ids.filter_map(|id| catalogue.get(id));
        let names = actions.filter_map(|action| action.name().split_once(':'));
        let mut names: Vec<String> = names.map(|(_, name)| name.to_owned()).collect();
        names.sort();
        let candidates = candidates(&names);
        let mut led = vec![Vec::new(); names.len()];
        for (at, (_, members)) in candidates.iter().enumerate() {
            let first = members.first().and_then(|first| led.get_mut(*first));
            first.into_iter().for_each(|led| led.push(at));
        }
        Self {
            led,
            prefix: prefix.to_owned(),
            lower: names.iter().map(|name| name.to_ascii_lowercase()).collect(),
            candidates,
            names,
        }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.names
            .binary_search_by(|own| own.as_str().cmp(name))
            .ok()
    }

    /// The candidates that are made of these names only, in order.
    pub(super) fn candidates(&self, wanted: impl Fn(usize) -> bool) -> Vec<(&str, &[usize])> {
        let led = self.led.iter().enumerate();
        let led = led.filter(|(index, _)| wanted(*index));
        let mut led: Vec<usize> = led.flat_map(|(_, led)| led).copied().collect();
        led.sort_unstable();
        led.iter()
            .filter_map(|at| self.candidates.get(*at))
            .filter(|(_, members)| members.iter().all(|index| wanted(*index)))
            .map(|(pattern, members)| (pattern.as_str(), members.as_slice()))
            .collect()
    }

    /// The names that the pattern really matches, in any letter case.
    pub(super) fn matched(&self, pattern: &str) -> Vec<usize> {
        let pattern = pattern.to_ascii_lowercase();
        let parts: Vec<&str> = pattern.split('*').collect();
        let matches = |name: &str| match parts.as_slice() {
            ["", middle, ""] => name.contains(middle),
            [front, back] => name
                .strip_prefix(front)
                .is_some_and(|rest| rest.ends_with(back)),
            _ => false,
        };
        let names = self.lower.iter().enumerate();
        names
            .filter(|(_, name)| matches(name))
            .map(|(index, _)| index)
            .collect()
    }

    /// Characters of a name in a list.
    pub(super) fn cost(&self, index: usize) -> usize {
        let name = self.names.get(index).map_or("", String::as_str);
        self.cost_of(name)
    }

    /// Characters of a pattern in a list.
    pub(super) fn cost_of(&self, pattern: &str) -> usize {
        self.prefix.len() + 1 + pattern.len() + FRAME
    }

    /// `Get*` as `s3:Get*`.
    pub(super) fn written(&self, pattern: &str) -> String {
        format!("{}:{pattern}", self.prefix)
    }

    pub(super) fn action(&self, index: usize) -> String {
        self.written(self.names.get(index).map_or("", String::as_str))
    }
}

/// A pattern to be: what stands before and after its `*`, or between two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shape<'n> {
    Ends(&'n str, &'n str),
    Middle(&'n str),
}

impl Shape<'_> {
    fn text(self) -> String {
        match self {
            Self::Ends(front, back) => [front, "*", back].concat(),
            Self::Middle(words) => ["*", words, "*"].concat(),
        }
    }
}

/// The patterns that at least two names can be made to, with these names.
fn candidates(names: &[String]) -> Vec<(String, Vec<usize>)> {
    let mut made: Vec<(Shape<'_>, usize)> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        made.extend(shapes(name).into_iter().map(|shape| (shape, index)));
    }
    made.sort_unstable();
    made.dedup();
    let families = made.chunk_by(|(one, _), (other, _)| one == other);
    families
        .filter(|family| family.len() > 1)
        .filter_map(|family| {
            let (shape, _) = family.first()?;
            Some((
                shape.text(),
                family.iter().map(|(_, index)| *index).collect(),
            ))
        })
        .collect()
}

/// `*`, `Get*`, `*Policy`, `Get*Policy`, `*Bucket*` for `GetBucketPolicy`.
fn shapes(name: &str) -> Vec<Shape<'_>> {
    let starts = starts(name);
    let part = |from: usize, to: usize| {
        let at = |word: usize| starts.get(word).copied().unwrap_or(name.len());
        name.get(at(from)..at(to)).unwrap_or_default()
    };
    let count = starts.len();
    let mut shapes = Vec::new();
    for head in 0..=count {
        for tail in 0..=(count - head).min(ENDING) {
            shapes.push(Shape::Ends(part(0, head), part(count - tail, count)));
        }
    }
    for from in 1..count {
        for to in (from + 1)..(from + 1 + MIDDLE).min(count) {
            shapes.push(Shape::Middle(part(from, to)));
        }
    }
    shapes
}

/// Where words begin: `Describe|DB|Instances`.
fn starts(name: &str) -> Vec<usize> {
    let bytes = name.as_bytes();
    let upper = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    let lower = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
    let begins = |at: &usize| match at.checked_sub(1) {
        None => true,
        Some(before) => upper(*at) && (!upper(before) || lower(at + 1)),
    };
    (0..bytes.len()).filter(begins).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_patterns() {
        let check = |name: &str, expect: &[usize]| assert_eq!(starts(name), expect, "{name}");
        check("DescribeDBInstances", &[0, 8, 10]);
        check("GetObject", &[0, 3]);
        check("ListMFA", &[0, 4]);
        check("", &[]);
        let made = shapes("GetBucketPolicy").into_iter();
        let made: Vec<String> = made.map(Shape::text).collect();
        for pattern in [
            "*",
            "Get*",
            "*Policy",
            "Get*Policy",
            "*Bucket*",
            "GetBucketPolicy*",
        ] {
            assert!(made.iter().any(|made| made == pattern), "{pattern}");
        }
        assert!(
            !made
                .iter()
                .any(|made| made == "G*" || made == "GetBucketPolicy")
        );
    }
}

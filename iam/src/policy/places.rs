//! Places: where each element of a JSON text stands, by its JSON pointer (RFC 6901).

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Where the lines of a text start.
#[derive(Debug, Clone)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of a text.
    pub fn of(text: &'t str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(after).collect(),
        }
    }

    /// The place of a byte of the text.
    pub fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        Place {
            line,
            column: before.chars().count() + 1,
        }
    }

    /// The byte at a line and a column in bytes, both from 1, as JSON errors have them.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line));
        let start = start.copied().unwrap_or(0);
        (start + column.saturating_sub(1)).min(self.text.len())
    }
}

/// Most levels of arrays and objects that are looked into; a policy has six.
const MAX_DEPTH: usize = 32;

#[derive(Debug, Clone)]
struct Span {
    name: Option<usize>,
    value: Range<usize>,
}

/// The elements of a JSON text and where they stand.
#[derive(Debug, Clone, Default)]
pub struct Places {
    spans: BTreeMap<String, Span>,
}

impl Places {
    /// The elements of a JSON text; none when it is not JSON. Of a name that is there twice, the last.
    pub fn of(text: &str) -> Self {
        let mut places = Self::default();
        if let Ok(root) = serde_json::from_str::<&RawValue>(text) {
            let start = text.as_ptr().addr();
            places.add(String::new(), None, root, start, MAX_DEPTH);
        }
        places
    }

    fn add(
        &mut self,
        pointer: String,
        name: Option<usize>,
        raw: &RawValue,
        start: usize,
        depth: usize,
    ) {
        let at = offset(raw, start);
        for child in children(raw).into_iter().take_while(|_| depth > 0) {
            let name = child.name.map(|name| offset(name, start));
            let pointer = format!("{pointer}/{}", child.step);
            self.add(pointer, name, child.value, start, depth - 1);
        }
        let value = at..at + raw.get().len();
        self.spans.insert(pointer, Span { name, value });
    }

    /// The byte at which the value starts; when it is not there, the nearest that encloses it.
    pub fn value(&self, pointer: &str) -> usize {
        self.nearest(pointer).map_or(0, |span| span.value.start)
    }

    /// The byte at which the name of an object's member starts, or its value when it has no name.
    pub fn name(&self, pointer: &str) -> usize {
        self.nearest(pointer)
            .map_or(0, |span| span.name.unwrap_or(span.value.start))
    }

    fn nearest(&self, pointer: &str) -> Option<&Span> {
        let mut pointer = pointer;
        loop {
            if let Some(span) = self.spans.get(pointer) {
                return Some(span);
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }
}

/// A member of an object or an item of an array.
pub(crate) struct Child<'t> {
    /// Its step in a JSON pointer.
    pub(crate) step: String,
    name: Option<&'t RawValue>,
    /// Its text.
    pub(crate) value: &'t RawValue,
}

/// The members or items of a value; none of a scalar.
pub(crate) fn children(raw: &RawValue) -> Vec<Child<'_>> {
    let text = raw.get();
    if let Ok(Members(members)) = serde_json::from_str(text) {
        let named = members.into_iter().map(|(name, value)| Child {
            step: escape(&serde_json::from_str::<String>(name.get()).unwrap_or_default()),
            name: Some(name),
            value,
        });
        return named.collect();
    }
    let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
    let item = |(at, value): (usize, _)| Child {
        step: at.to_string(),
        name: None,
        value,
    };
    items.into_iter().enumerate().map(item).collect()
}

/// A name as one step of a JSON pointer.
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn offset(raw: &RawValue, start: usize) -> usize {
    raw.get().as_ptr().addr().saturating_sub(start)
}

/// The members of an object in order, names unread.
struct Members<'t>(Vec<(&'t RawValue, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements() {
        let text = "{ \"Statement\": [\n  {\"é\": 1, \"a/b\" :\n[ \"x\"]}\n]}";
        let (places, lines) = (Places::of(text), Lines::of(text));
        let check = |pointer: &str, value: (usize, usize), name: (usize, usize)| {
            let place = |at| lines.place(at);
            let (v, n) = (place(places.value(pointer)), place(places.name(pointer)));
            assert_eq!((v.line, v.column), value, "{pointer}");
            assert_eq!((n.line, n.column), name, "{pointer}");
        };
        check("", (1, 1), (1, 1));
        check("/Statement", (1, 16), (1, 3));
        check("/Statement/0", (2, 3), (2, 3));
        check("/Statement/0/a~1b", (3, 1), (2, 12));
        check("/Statement/0/a~1b/0", (3, 3), (3, 3));
        check("/Statement/0/a~1b/7/z", (3, 1), (2, 12));
        check("/Nothing", (1, 1), (1, 1));
        assert_eq!(lines.offset(3, 3), places.value("/Statement/0/a~1b/0"));
    }

    #[test]
    fn hostile_texts() {
        for text in ["", "{", "[[[", "\u{feff}{}"] {
            assert_eq!(Places::of(text).value("/Statement"), 0);
        }
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(Places::of(&deep).value(&"/0".repeat(5_000)), MAX_DEPTH);
    }
}

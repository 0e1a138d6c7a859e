//! The resources of an event as they are found: pieces of one text, so that finding them allocates nothing.

use super::params::VALUES;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// The piece of the text that the span was made for.
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// A resource: where it is written, the position of its type, and whether some of its variables are unknown.
#[derive(Debug, Clone, Copy)]
struct Entry {
    span: Span,
    at: usize,
    partial: bool,
}

/// What is found for one action, behind what the actions before it found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    text: String,
    entries: Vec<Entry>,
    values: Values,
}

impl Found {
    /// Forgets everything; keeps the capacity unless a giant left it.
    pub(crate) fn next_event(&mut self) {
        const KEPT: usize = 1 << 20;
        self.text.clear();
        if self.text.capacity() > KEPT {
            self.text.shrink_to(KEPT);
        }
        self.entries.clear();
    }

    /// Forgets the resources; their text stays.
    pub(crate) fn next_action(&mut self) {
        self.entries.clear();
    }

    /// All that was written for the event.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn covers(&self, at: usize) -> bool {
        self.entries.iter().any(|entry| entry.at == at)
    }

    /// A resource of the type at `at`.
    pub(crate) fn add(&mut self, at: usize, write: impl FnOnce(&mut String)) {
        self.add_row(at, false, |out, _| write(out));
    }

    /// A resource written from the values; only so many are kept.
    pub(crate) fn add_row(
        &mut self,
        at: usize,
        partial: bool,
        write: impl FnOnce(&mut String, &Values),
    ) {
        if self.entries.len() < VALUES {
            let start = self.text.len();
            write(&mut self.text, &self.values);
            let span = Span::new(start, self.text.len());
            self.entries.push(Entry { span, at, partial });
        }
    }

    /// Values of the variables of the format that is being filled.
    pub(crate) fn values(&mut self) -> &mut Values {
        &mut self.values
    }

    /// Back to `len` resources.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.entries.truncate(len);
    }

    /// Of two ways to write a type, from `first` and from `second` on, keeps the one that leaves less unknown.
    pub(crate) fn keep_fuller(&mut self, first: usize, second: usize) {
        let partial = |at: usize| self.entries.get(at).map(|entry| entry.partial);
        match (partial(first).filter(|_| first < second), partial(second)) {
            (Some(true), Some(false)) => drop(self.entries.drain(first..second)),
            (Some(_), _) => self.entries.truncate(second),
            (None, _) => {}
        }
    }

    /// Positions of types, and whether their resource is partial.
    pub(crate) fn types(&self) -> impl Iterator<Item = (usize, bool)> {
        self.entries.iter().map(|entry| (entry.at, entry.partial))
    }

    /// Keeps the resources whose type and partiality pass, from `from` on.
    pub(crate) fn retain_from(&mut self, from: usize, keep: impl Fn(usize, bool) -> bool) {
        let mut position = 0;
        self.entries.retain(|entry| {
            position += 1;
            position <= from || keep(entry.at, entry.partial)
        });
    }

    /// In the order of their text, each once.
    pub(crate) fn sort(&mut self) {
        let text = &self.text;
        self.entries
            .sort_unstable_by(|a, b| a.span.of(text).cmp(b.span.of(text)));
        self.entries
            .dedup_by(|a, b| a.span.of(text) == b.span.of(text));
    }

    /// The resources: where they are written, and the positions of their types.
    pub(crate) fn get(&self, index: usize) -> Option<(Span, usize)> {
        self.entries.get(index).map(|entry| (entry.span, entry.at))
    }

    /// Adds a resource, or gives the one of the same text the type at `at` if that comes first.
    pub(crate) fn add_once(&mut self, at: usize, write: impl FnOnce(&mut String)) {
        let before = self.len();
        self.add(at, write);
        let Some((added, _)) = self.get(before) else {
            return;
        };
        let text = &self.text;
        let same = |entry: &&mut Entry| entry.span.of(text) == added.of(text);
        if let Some(known) = self.entries.iter_mut().take(before).find(same) {
            known.at = known.at.min(at);
            self.entries.truncate(before);
        }
    }
}

/// Values of the variables of one format, in the order of the variables.
#[derive(Debug, Default)]
pub(crate) struct Values {
    text: String,
    /// Variable, value as logged, and the part of it that the variable is.
    values: Vec<(usize, Span, Span)>,
}

impl Values {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.values.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// A value of the variable, which is that of the last value or a later one; and the part of it that counts.
    pub(crate) fn add(&mut self, variable: usize, value: &str, part: &str) {
        if self.values.len() < VALUES {
            let [value, part] = [value, part].map(|text| self.push(text));
            self.values.push((variable, value, part));
        }
    }

    fn push(&mut self, text: &str) -> Span {
        let start = self.text.len();
        self.text.push_str(text);
        Span::new(start, self.text.len())
    }

    /// Number of values of a variable.
    pub(crate) fn count(&self, variable: usize) -> usize {
        self.first(variable + 1) - self.first(variable)
    }

    /// The value of that position, else the variable's first one; and the part of it that counts.
    pub(crate) fn get(&self, variable: usize, row: usize) -> Option<(&str, &str)> {
        let first = self.first(variable);
        let own = |at: usize| self.values.get(at).filter(|(of, ..)| *of == variable);
        let (_, value, part) = own(first + row).or_else(|| own(first))?;
        Some((value.of(&self.text), part.of(&self.text)))
    }

    fn first(&self, variable: usize) -> usize {
        self.values.partition_point(|(of, ..)| *of < variable)
    }
}

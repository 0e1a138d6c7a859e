//! Groups: the accesses of one thread by what they have in common, in symbols.

use super::event::{Event, SymbolKey};
use super::symbols::{Mixing, Symbol, Symbols};
use crate::group::Key;
use std::collections::HashMap;

/// Memory of a group's place in the table, with the room that tables keep free.
const PLACE_BYTES: usize = 64;

/// What is summed of a group.
pub(crate) trait State: Default + Send {
    /// The sum, with its texts.
    type Sum: Send;

    /// Adds an access, with its resource; returns the bytes of memory that it took. Of the resources of a group about
    /// `sample` are kept.
    fn add(
        &mut self,
        event: &Event<'_>,
        resource: Option<&str>,
        sample: usize,
        symbols: &mut Symbols,
    ) -> usize;

    /// The sum.
    fn into_sum(self, symbols: &Symbols) -> Self::Sum;
}

/// Groups in the order in which they were met.
pub(crate) struct Groups<S> {
    places: HashMap<SymbolKey, usize, Mixing>,
    groups: Vec<(SymbolKey, S)>,
    bytes: usize,
}

impl<S> Default for Groups<S> {
    fn default() -> Self {
        Self {
            places: HashMap::default(),
            groups: Vec::new(),
            bytes: 0,
        }
    }
}

impl<S: State> Groups<S> {
    /// Memory taken, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds an access.
    pub(crate) fn add(
        &mut self,
        key: SymbolKey,
        (event, resource): (&Event<'_>, Option<&str>),
        sample: usize,
        symbols: &mut Symbols,
    ) {
        let at = *self.places.entry(key).or_insert(self.groups.len());
        if at == self.groups.len() {
            self.groups.push((key, S::default()));
            self.bytes += size_of::<(SymbolKey, S)>() + PLACE_BYTES;
        }
        if let Some((_, state)) = self.groups.get_mut(at) {
            self.bytes += state.add(event, resource, sample, symbols);
        }
    }

    /// The sums in the order of their keys.
    pub(crate) fn into_sorted(self, symbols: Symbols) -> Sorted<S> {
        drop(self.places);
        let ranks = symbols.ranks();
        let rank = |symbol: Option<Symbol>| {
            let number = usize::try_from(Symbol::number(symbol)).unwrap_or(0);
            ranks.get(number).copied().unwrap_or(0)
        };
        let mut groups = self.groups;
        groups.sort_by_cached_key(|(key, _)| {
            (
                rank(Some(key.principal)),
                rank(Some(key.principal_id)),
                rank(Some(key.action)),
                rank(key.template),
                key.outcome,
                key.via,
            )
        });
        Sorted {
            groups: groups.into_iter(),
            symbols,
        }
    }
}

/// Groups in the order of their keys.
pub(crate) struct Sorted<S> {
    groups: std::vec::IntoIter<(SymbolKey, S)>,
    symbols: Symbols,
}

impl<S: State> Iterator for Sorted<S> {
    type Item = (Key, S::Sum);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, state) = self.groups.next()?;
        let symbols = &self.symbols;
        let key = Key {
            principal: symbols.text(key.principal),
            principal_id: symbols.text(key.principal_id),
            action: symbols.text(key.action),
            template: key.template.map(|template| symbols.text(template)),
            outcome: key.outcome,
            via: key.via,
        };
        Some((key, state.into_sum(symbols)))
    }
}

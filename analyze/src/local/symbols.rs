//! Symbols: texts that recur, as numbers, so that rows are compared and grouped by number.

use crate::batch::Texts;
use arrow::array::{Array, StringArray};
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::num::NonZeroU32;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Memory of a symbol besides its text: two counters, a pointer in each table, the allocator's own.
const SYMBOL_BYTES: usize = 72;

/// A text of a [`Symbols`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Symbol(NonZeroU32);

impl Symbol {
    /// The number, 0 for none.
    pub(crate) fn number(symbol: Option<Self>) -> u32 {
        symbol.map_or(0, |Self(number)| number.get())
    }

    fn index(self) -> usize {
        usize::try_from(self.0.get() - 1).unwrap_or(usize::MAX)
    }
}

/// Hashes texts with a seed that nobody outside can know.
#[derive(Debug)]
struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Seeded {
    type Hasher = Text;

    fn build_hasher(&self) -> Text {
        Text(self.0)
    }
}

/// The hash of one text: XXH3.
struct Text(u64);

impl Hasher for Text {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    /// What ends a text: there is only one.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Texts and their numbers.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    numbers: HashMap<Arc<str>, Symbol, Seeded>,
    texts: Vec<Arc<str>>,
    bytes: usize,
}

impl Symbols {
    /// The symbol of a text. Memory ends long before numbers do.
    pub(crate) fn of(&mut self, text: &str) -> Symbol {
        if let Some(symbol) = self.numbers.get(text) {
            return *symbol;
        }
        let next = u32::try_from(self.texts.len() + 1).unwrap_or(u32::MAX);
        let symbol = Symbol(NonZeroU32::new(next).unwrap_or(NonZeroU32::MAX));
        let text: Arc<str> = text.into();
        self.bytes += text.len() + SYMBOL_BYTES;
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, symbol);
        symbol
    }

    pub(crate) fn text(&self, symbol: Symbol) -> Arc<str> {
        let text = self.texts.get(symbol.index());
        text.map_or_else(|| Arc::from(""), Arc::clone)
    }

    /// The same, borrowed.
    pub(crate) fn str(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.index()).map_or("", AsRef::as_ref)
    }

    /// Memory taken.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// By number (0: none, the first), the place of each text in byte order.
    pub(crate) fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<(&str, usize)> = self.texts.iter().map(AsRef::as_ref).zip(1..).collect();
        order.sort_unstable();
        let mut ranks = vec![0; order.len() + 1];
        for (rank, (_, number)) in (1..).zip(order) {
            if let Some(place) = ranks.get_mut(number) {
                *place = rank;
            }
        }
        ranks
    }
}

/// The symbols of a column, by the numbers of its dictionary.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    /// Held so that no other dictionary comes to lie where it lies.
    dictionary: Option<StringArray>,
    symbols: Vec<Option<Symbol>>,
}

impl Codes {
    /// Turns to the dictionary of a batch.
    pub(crate) fn follow(&mut self, column: &Texts) {
        let Some(dictionary) = column.dictionary() else {
            return;
        };
        let same = |held: &StringArray| {
            held.len() == dictionary.len()
                && held.value_data().as_ptr() == dictionary.value_data().as_ptr()
                && held.value_offsets().as_ptr() == dictionary.value_offsets().as_ptr()
        };
        if !self.dictionary.as_ref().is_some_and(same) {
            self.symbols.clear();
            self.symbols.resize(dictionary.len(), None);
            self.dictionary = Some(dictionary.clone());
        }
    }

    /// The symbol of a row's text; null as `None`.
    pub(crate) fn symbol(
        &mut self,
        column: &Texts,
        row: usize,
        symbols: &mut Symbols,
    ) -> Option<Symbol> {
        let at = column.at(row)?;
        if column.dictionary().is_none() {
            return column.get(row).map(|text| symbols.of(text));
        }
        let known = self.symbols.get_mut(at)?;
        if known.is_none() {
            *known = column.get(row).map(|text| symbols.of(text));
        }
        *known
    }
}

/// A hash for numbers that we assigned ourselves: a multiplication a word (the constant is 2^64 divided by the golden
/// ratio).
#[derive(Debug, Default)]
pub(crate) struct Mixed(u64);

/// Builds [`Mixed`].
pub(crate) type Mixing = BuildHasherDefault<Mixed>;

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number.unsigned_abs() as u64);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0.rotate_left(23) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 29);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

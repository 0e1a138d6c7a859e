//! The accesses of one usage line by day and resource: while they are counted, and as a row of the table.

use super::{Cell, OTHER};
use crate::group::day;
use crate::local::{Event, State, Stored, Symbol, Symbols, codec};
use std::collections::BTreeMap;
use std::sync::Arc;
use xxhash_rust::xxh64::xxh64;

/// Memory of a day besides its resources, and of a resource on a day, with the room that lists keep free.
const DAY_BYTES: usize = 96;
const RESOURCE_BYTES: usize = 32;

/// The days of a line, in order.
#[derive(Debug, Default)]
pub(crate) struct Held(Vec<(i32, OfDay)>);

/// Accesses by resource, in the order of the resources' xxhash64. Those with the smallest are held.
#[derive(Debug, Default)]
struct OfDay {
    resources: Vec<(u64, Symbol, u32)>,
    others: u32,
}

impl OfDay {
    /// Returns the bytes that it took.
    fn add(&mut self, resource: Option<&str>, limit: usize, symbols: &mut Symbols) -> usize {
        let Some(resource) = resource else {
            self.others = self.others.saturating_add(1);
            return 0;
        };
        let hash = xxh64(resource.as_bytes(), 0);
        let place = |held: &(u64, Symbol, u32)| {
            held.0
                .cmp(&hash)
                .then_with(|| symbols.str(held.1).cmp(resource))
        };
        let at = match self.resources.binary_search_by(place) {
            Ok(at) => {
                if let Some((_, _, count)) = self.resources.get_mut(at) {
                    *count = count.saturating_add(1);
                }
                return 0;
            }
            Err(at) => at,
        };
        if at >= limit {
            self.others = self.others.saturating_add(1);
            return 0;
        }
        self.resources.insert(at, (hash, symbols.of(resource), 1));
        if self.resources.len() > limit
            && let Some((_, _, count)) = self.resources.pop()
        {
            self.others = self.others.saturating_add(count);
        }
        RESOURCE_BYTES
    }
}

impl State for Held {
    type Sum = Cells;

    fn add(
        &mut self,
        event: &Event<'_>,
        resource: Option<&str>,
        sample: usize,
        symbols: &mut Symbols,
    ) -> usize {
        let day = day(event.millis);
        let (at, mut grown) = match self.0.last() {
            Some((last, _)) if *last == day => (self.0.len() - 1, 0),
            _ => match self.0.binary_search_by_key(&day, |(day, _)| *day) {
                Ok(at) => (at, 0),
                Err(at) => {
                    self.0.insert(at, (day, OfDay::default()));
                    (at, DAY_BYTES)
                }
            },
        };
        if let Some((_, of_day)) = self.0.get_mut(at) {
            grown += of_day.add(resource, sample, symbols);
        }
        grown
    }

    fn into_sum(self, symbols: &Symbols) -> Cells {
        let mut numbers: BTreeMap<Arc<str>, u32> = BTreeMap::new();
        for (_, symbol, _) in self.0.iter().flat_map(|(_, day)| &day.resources) {
            numbers.insert(symbols.text(*symbol), 0);
        }
        (0..)
            .zip(numbers.values_mut())
            .for_each(|(at, number)| *number = at);
        let mut cells = Vec::new();
        for (day, of_day) in self.0 {
            let named = of_day.resources.into_iter().map(|(_, symbol, count)| {
                let resource = numbers.get(symbols.str(symbol));
                (resource.copied().unwrap_or(OTHER), count)
            });
            let others = (of_day.others > 0).then_some((OTHER, of_day.others));
            let all = named.chain(others);
            cells.extend(all.map(|(resource, count)| Cell {
                day,
                resource,
                count,
            }));
        }
        cells.sort_unstable();
        Cells {
            resources: numbers.into_keys().collect(),
            cells,
        }
    }
}

/// Accesses by day and resource.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Cells {
    /// In byte order.
    pub(crate) resources: Vec<Arc<str>>,
    /// By day, then resource.
    pub(crate) cells: Vec<Cell>,
}

impl Cells {
    /// The same cells, their resources numbered by another list, which has all of them.
    fn numbered(self, by: &[Arc<str>]) -> impl Iterator<Item = Cell> {
        let number = |text: &Arc<str>| {
            let at = by.binary_search(text).ok();
            at.and_then(|at| u32::try_from(at).ok()).unwrap_or(OTHER)
        };
        let numbers: Vec<u32> = self.resources.iter().map(number).collect();
        self.cells.into_iter().map(move |cell| {
            let at = usize::try_from(cell.resource).ok();
            let resource = at.and_then(|at| numbers.get(at));
            Cell {
                resource: resource.copied().unwrap_or(OTHER),
                ..cell
            }
        })
    }

    /// Of a day's cells those with the smallest hashes as they are, the others counted together.
    fn cut(&self, cells: &[Cell], sample: usize, out: &mut Vec<Cell>) {
        let (mut named, others): (Vec<Cell>, Vec<Cell>) =
            cells.iter().partition(|cell| cell.resource != OTHER);
        let mut more = Vec::new();
        if named.len() > sample {
            let hash = |cell: &Cell| {
                let at = usize::try_from(cell.resource).unwrap_or(usize::MAX);
                let text = self.resources.get(at).map_or("", AsRef::as_ref);
                (xxh64(text.as_bytes(), 0), cell.resource)
            };
            named.sort_by_cached_key(hash);
            more = named.split_off(sample);
            named.sort_unstable();
        }
        out.append(&mut named);
        let others = others.iter().chain(&more).map(|cell| cell.count);
        let count = others.fold(0, u32::saturating_add);
        if count > 0 {
            let day = cells.first().map_or(0, |cell| cell.day);
            out.push(Cell {
                day,
                resource: OTHER,
                count,
            });
        }
    }

    /// Resources that no cell has are dropped.
    fn without_idle(self) -> Self {
        let mut used: Vec<u32> = self.cells.iter().map(|cell| cell.resource).collect();
        used.sort_unstable();
        used.dedup();
        let text = |at: &u32| self.resources.get(usize::try_from(*at).ok()?).cloned();
        let resources: Vec<Arc<str>> = used.iter().filter_map(text).collect();
        let cells = self.numbered(&resources).collect();
        Self { resources, cells }
    }
}

impl Stored for Cells {
    fn put(&self, out: &mut Vec<u8>) {
        codec::put_number(self.resources.len() as u64, out);
        for text in &self.resources {
            codec::put_text(text, out);
        }
        codec::put_number(self.cells.len() as u64, out);
        for cell in &self.cells {
            codec::put_signed(i64::from(cell.day), out);
            codec::put_number(u64::from(cell.resource.wrapping_add(1)), out);
            codec::put_number(u64::from(cell.count), out);
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = codec::take_length(bytes)?;
        let text = |_| codec::take_text(bytes).map(Arc::from);
        let resources: Option<Vec<Arc<str>>> = (0..length).map(text).collect();
        let length = codec::take_length(bytes)?;
        let cell = |_| {
            let day = i32::try_from(codec::take_signed(bytes)?).ok()?;
            let resource = u32::try_from(codec::take_number(bytes)?).ok()?;
            let count = u32::try_from(codec::take_number(bytes)?).ok()?;
            Some(Cell {
                day,
                resource: resource.wrapping_sub(1),
                count,
            })
        };
        let cells: Option<Vec<Cell>> = (0..length).map(cell).collect();
        Some(Self {
            resources: resources?,
            cells: cells?,
        })
    }

    fn merge(&mut self, other: Self, sample: usize) {
        let own = std::mem::take(self);
        let mut resources: Vec<Arc<str>> = own.resources.clone();
        resources.extend(other.resources.iter().cloned());
        resources.sort_unstable();
        resources.dedup();
        let mut both: Vec<Cell> = own.numbered(&resources).collect();
        both.extend(other.numbered(&resources));
        both.sort_unstable();
        both.dedup_by(|next, held| {
            let same = (next.day, next.resource) == (held.day, held.resource);
            if same {
                held.count = held.count.saturating_add(next.count);
            }
            same
        });
        let all = Self {
            resources,
            cells: Vec::new(),
        };
        let mut cells = Vec::with_capacity(both.len());
        for of_day in both.chunk_by(|one, other| one.day == other.day) {
            all.cut(of_day, sample, &mut cells);
        }
        *self = Self { cells, ..all }.without_idle();
    }
}

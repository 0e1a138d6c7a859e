//! Seen: the events of a row group by place and class, before they are added to what the archive covers.

use super::event::{Column, Rows};
use super::symbols::{Mixing, Symbol, Symbols};
use crate::coverage::{Span, Traits, type_words};
use crate::group::day;
use crate::tally::Tally;
use std::collections::{BTreeSet, HashMap};

/// Classes by type words that are remembered of a kind of event.
const REMEMBERED: usize = 32;

/// What a class depends on, but for the resource: category, event source, action, and whether it only reads.
pub(super) type Kind = ([Option<Symbol>; 3], Option<bool>);

/// The class of a kind of event.
#[derive(Debug)]
enum ClassOf {
    /// Whatever the resource.
    Any(&'static str),
    /// By the words of the resource's ARN that may name types.
    Words(Vec<([Box<str>; 2], &'static str)>),
}

/// Account, region, and where the name of the class lies.
type Place = ([Option<Symbol>; 2], usize);

/// Events of one class in one place.
#[derive(Debug)]
struct Events {
    place: [Option<Symbol>; 2],
    class: &'static str,
    number: u64,
    times: (i64, i64),
    day: i32,
    days: BTreeSet<i32>,
}

/// The events of the row group at hand.
#[derive(Debug, Default)]
pub(super) struct Seen {
    classes: HashMap<Kind, ClassOf, Mixing>,
    places: HashMap<Place, usize, Mixing>,
    events: Vec<Events>,
    last: Option<(Place, usize)>,
}

impl Seen {
    /// Counts an event.
    pub(super) fn add(&mut self, place: [Option<Symbol>; 2], class: &'static str, millis: i64) {
        let key = (place, class.as_ptr().addr());
        let at = match self.last {
            Some((last, at)) if last == key => at,
            _ => *self.places.entry(key).or_insert(self.events.len()),
        };
        self.last = Some((key, at));
        let day = day(millis);
        let Some(events) = self.events.get_mut(at) else {
            self.events.push(Events {
                place,
                class,
                number: 1,
                times: (millis, millis),
                day,
                days: BTreeSet::from([day]),
            });
            return;
        };
        events.number += 1;
        events.times = (events.times.0.min(millis), events.times.1.max(millis));
        if events.day != day {
            events.day = day;
            events.days.insert(day);
        }
    }

    /// The class of an event of this kind.
    pub(super) fn class(
        &mut self,
        kind: Kind,
        (rows, row): (&Rows, usize),
        tally: &mut Tally,
    ) -> &'static str {
        let class = self.classes.entry(kind);
        let class = class.or_insert_with(|| {
            let class = tally.classes.of_any_resource(traits(rows, row));
            class.map_or(ClassOf::Words(Vec::new()), ClassOf::Any)
        });
        let known = match class {
            ClassOf::Any(class) => return class,
            ClassOf::Words(known) => known,
        };
        let traits = traits(rows, row);
        let words = type_words(traits.access.and_then(|(_, resource)| resource));
        let is_of =
            |held: &&([Box<str>; 2], &str)| held.0.iter().zip(words).all(|(h, w)| **h == *w);
        if let Some((_, class)) = known.iter().find(is_of) {
            return class;
        }
        let class = tally.classes.of(traits);
        if known.len() < REMEMBERED {
            known.push((words.map(Box::from), class));
        }
        class
    }

    /// Adds what was seen to the tally.
    pub(super) fn flush(&mut self, symbols: &Symbols, tally: &mut Tally) {
        for events in self.events.drain(..) {
            let [account, region] = events
                .place
                .map(|symbol| symbol.map_or("", |symbol| symbols.str(symbol)));
            let days = events.days.into_iter().collect();
            let span = Span::of(events.number, events.times, days);
            tally.add_seen((account, region), events.class, span);
        }
        self.places.clear();
        self.last = None;
    }

    /// Forgets symbols.
    pub(super) fn forget(&mut self) {
        self.classes.clear();
    }
}

fn traits(rows: &Rows, row: usize) -> Traits<'_> {
    let accesses = &rows.accesses;
    let access = |at| Some((accesses.action.get(at)?, accesses.resource.get(at)));
    Traits {
        category: rows.text(Column::Category, row),
        read_only: rows.read_only(row),
        event_source: rows.text(Column::EventSource, row).unwrap_or_default(),
        access: accesses.of(row).next().and_then(access),
    }
}

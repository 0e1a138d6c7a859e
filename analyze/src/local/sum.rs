//! Sums: what a usage line says of its accesses, while they are counted. [`Group`] is the same with texts.

use super::event::Event;
use super::groups::State;
use super::symbols::{Symbol, Symbols};
use crate::bottom::{Distinct, Smallest};
use crate::group::{EVIDENCE, Group, NAMES, Parts, day};

/// Memory of a list besides what it holds.
const LIST_BYTES: usize = 32;

/// The sum of the accesses of a group.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    count: u64,
    mfa_count: u64,
    endpoint_count: u64,
    span: Option<(i64, i64)>,
    /// Those of the last access.
    circumstances: u64,
    last_day: Option<i32>,
    days: Days,
    names: [Few; 5],
    resources: Distinct,
    evidence: Smallest,
}

impl State for Sum {
    type Sum = Group;

    fn add(
        &mut self,
        event: &Event<'_>,
        resource: Option<&str>,
        sample: usize,
        symbols: &mut Symbols,
    ) -> usize {
        let [.., vpc_endpoint, _] = event.names;
        self.count += 1;
        self.mfa_count += u64::from(event.mfa);
        self.endpoint_count += u64::from(vpc_endpoint.is_some());
        let (first, last) = self.span.unwrap_or((event.millis, event.millis));
        self.span = Some((first.min(event.millis), last.max(event.millis)));
        let mut grown = self.evidence.insert(event.event_id, EVIDENCE);
        let day = day(event.millis);
        if self.last_day != Some(day) {
            self.last_day = Some(day);
            grown += self.days.insert(day);
        }
        if self.circumstances != event.circumstances {
            self.circumstances = event.circumstances;
            for (names, name) in self.names.iter_mut().zip(event.names) {
                grown += name.map_or(0, |name| names.insert(name, symbols));
            }
        }
        grown + resource.map_or(0, |resource| self.resources.insert(resource, sample))
    }

    fn into_sum(self, symbols: &Symbols) -> Group {
        let [regions, error_codes, invoked_by, vpc_endpoints, calls] =
            self.names.map(|names| names.into_texts(symbols));
        let parts = Parts {
            count: self.count,
            mfa_count: self.mfa_count,
            endpoint_count: self.endpoint_count,
            span: self.span.unwrap_or_default(),
            days: self.days.into_days(),
            regions,
            evidence: self.evidence.into_texts(),
            error_codes,
            invoked_by,
            vpc_endpoints,
            calls,
        };
        Group::with_resources(parts, self.resources)
    }
}

/// Days since 1970, 64 a word.
#[derive(Debug, Default)]
struct Days(Vec<(i32, u64)>);

impl Days {
    /// Returns the bytes that it took.
    fn insert(&mut self, day: i32) -> usize {
        let (word, bit) = (day.div_euclid(64), 1 << day.rem_euclid(64));
        match self.0.binary_search_by_key(&word, |(word, _)| *word) {
            Ok(at) => {
                if let Some((_, bits)) = self.0.get_mut(at) {
                    *bits |= bit;
                }
                0
            }
            Err(at) => {
                self.0.insert(at, (word, bit));
                size_of::<(i32, u64)>() * if self.0.len() == 1 { 4 } else { 2 }
            }
        }
    }

    fn into_days(self) -> Vec<i32> {
        let of_word = |(word, bits): (i32, u64)| {
            let days = (0..64).filter(move |bit| bits & (1 << bit) != 0);
            days.map(move |bit| word.saturating_mul(64).saturating_add(bit))
        };
        self.0.into_iter().flat_map(of_word).collect()
    }
}

/// The [`NAMES`] smallest of a set of names, which nearly always is one name.
#[derive(Debug, Default)]
enum Few {
    #[default]
    None,
    One(Symbol),
    Some(Vec<Symbol>),
}

impl Few {
    /// Returns the bytes that it took.
    fn insert(&mut self, name: Symbol, symbols: &Symbols) -> usize {
        match self {
            Self::None => {
                *self = Self::One(name);
                0
            }
            Self::One(held) if *held == name => 0,
            Self::One(held) => {
                *self = Self::Some(vec![*held, name]);
                LIST_BYTES
            }
            Self::Some(names) => {
                if names.contains(&name) {
                    return 0;
                }
                names.push(name);
                if names.len() > NAMES {
                    let largest = names.iter().enumerate();
                    let largest = largest.max_by_key(|(_, name)| symbols.str(**name));
                    if let Some((at, _)) = largest {
                        names.swap_remove(at);
                    }
                }
                2 * size_of::<Symbol>()
            }
        }
    }

    fn into_texts(self, symbols: &Symbols) -> Vec<String> {
        let text = |name: Symbol| symbols.str(name).to_owned();
        match self {
            Self::None => Vec::new(),
            Self::One(name) => vec![text(name)],
            Self::Some(names) => names.into_iter().map(text).collect(),
        }
    }
}

//! The tally: everything counted so far, by one thread or by a warehouse.

use crate::archive::Footer;
use crate::coverage::{Classes, Covered, Span, Traits};
use crate::group::{Group, Key, Texts};
use iam::usage::{Outcome, Via};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Everything counted so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) groups: HashMap<Key, Group>,
    pub(crate) covered: Covered,
    pub(crate) events: u64,
    pub(crate) copies: u64,
    pub(crate) without_principal: u64,
    pub(crate) without_access: BTreeMap<String, u64>,
    pub(crate) unknown_events: HashMap<String, u64>,
    pub(crate) catalogues: BTreeSet<String>,
    pub(crate) classes: Classes,
    pub(crate) texts: Texts,
}

impl Tally {
    /// Notes the file's catalogue.
    pub(crate) fn add_footer(&mut self, footer: &Footer) {
        if let Some(version) = footer.catalogue_version() {
            self.catalogues.insert(version.to_owned());
        }
    }

    /// Counts events of one class.
    pub(crate) fn add_class(&mut self, place: (&str, &str), traits: Traits<'_>, seen: Span) {
        let class = self.classes.of(traits);
        self.add_seen(place, class, seen);
    }

    /// The same, of a class that is known.
    pub(crate) fn add_seen(&mut self, place: (&str, &str), class: &'static str, seen: Span) {
        self.events += seen.events();
        self.covered.add(&mut self.texts, place, class, seen);
    }

    /// Counts events that gave no access; `unknown` is the name of those whose action nobody knows.
    pub(crate) fn add_without_access(
        &mut self,
        reason: &str,
        event_source: &str,
        unknown: Option<&str>,
        events: u64,
    ) {
        match self.without_access.get_mut(reason) {
            Some(number) => *number += events,
            None => drop(self.without_access.insert(reason.to_owned(), events)),
        }
        if let Some(name) = unknown {
            let event = format!("{event_source}:{name}");
            *self.unknown_events.entry(event).or_default() += events;
        }
    }

    /// Adds accesses that are already summed.
    pub(crate) fn add_group(&mut self, key: Key, group: Group, sample: usize) {
        self.groups.entry(key).or_default().merge(group, sample);
    }

    /// Adds what another thread counted.
    pub(crate) fn merge(&mut self, other: Self, sample: usize) {
        for (key, theirs) in other.groups {
            self.add_group(key, theirs, sample);
        }
        self.covered.merge(other.covered);
        self.events += other.events;
        self.copies += other.copies;
        self.without_principal += other.without_principal;
        for (reason, number) in other.without_access {
            *self.without_access.entry(reason).or_default() += number;
        }
        for (event, number) in other.unknown_events {
            *self.unknown_events.entry(event).or_default() += number;
        }
        self.catalogues.extend(other.catalogues);
    }
}

/// Outcomes by the names that the archive has for them, in their order.
pub(crate) const OUTCOMES: [(&str, Outcome); 3] = [
    ("allowed", Outcome::Allowed),
    ("denied", Outcome::Denied),
    ("failed", Outcome::Failed),
];

/// How accesses were derived, likewise.
pub(crate) const VIAS: [(&str, Via); 4] = [
    ("direct", Via::Direct),
    ("passed-role", Via::PassedRole),
    ("forwarded", Via::Forwarded),
    ("inferred", Via::Inferred),
];

pub(crate) fn parse_outcome(text: &str) -> Option<Outcome> {
    let known = OUTCOMES.iter().find(|(name, _)| *name == text);
    known.map(|(_, outcome)| *outcome)
}

pub(crate) fn parse_via(text: &str) -> Option<Via> {
    let known = VIAS.iter().find(|(name, _)| *name == text);
    known.map(|(_, via)| *via)
}

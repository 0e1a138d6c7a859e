//! Scores: the accesses of the replayed days put to a proposal, as sums of whole numbers.
//!
//! Only accesses that today's policies explain count towards the under-grant: what a resource policy or an older
//! policy allowed, the proposal never had to keep. At the level of **actions**, one is missed when the proposal lets it
//! nowhere; of **resources**, when the proposal does not let it on the resource. Accesses whose resource the archive's
//! daily table does not hold are put to the proposal by their template, those without template as "some resource".

use super::Candidate;
use crate::daily::{Cell, PrincipalDays, Row};
use iam::usage::Outcome;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A proposal, as far as a backtest asks it.
pub trait Proposed {
    /// Whether the action is allowed on any resource.
    fn allows_action(&self, action: &str) -> bool;
    /// Whether the action is allowed on all of a resource pattern; none: the log does not name the resource.
    fn allows(&self, action: &str, resource: Option<&str>) -> bool;
    /// Actions granted today, and by the proposal, of those that the archive could have shown. None today: not known.
    fn granted(&self) -> (Option<u64>, u64);
    /// The same of actions with a risk label.
    fn risky(&self) -> (Option<u64>, u64);
    /// Documents, and their characters without white space.
    fn size(&self) -> (u64, u64);
}

/// Answers that were given, by action and resource.
pub(super) type Answers<'p> = RefCell<HashMap<(&'p str, Option<&'p str>), bool>>;

/// A proposal and whom it is for; what one was asked before it is not asked again.
pub(super) struct Asked<'c, 'p> {
    candidate: &'c dyn Candidate,
    explained: &'c Answers<'p>,
    proposed: &'c dyn Proposed,
    allows: Answers<'p>,
}

impl<'c, 'p> Asked<'c, 'p> {
    pub(super) fn new(
        (candidate, explained): (&'c dyn Candidate, &'c Answers<'p>),
        proposed: &'c dyn Proposed,
    ) -> Self {
        Self {
            candidate,
            explained,
            proposed,
            allows: Answers::default(),
        }
    }

    fn explained(&self, action: &'p str, resource: Option<&'p str>) -> bool {
        let ask = || self.candidate.explained(action, resource);
        *self
            .explained
            .borrow_mut()
            .entry((action, resource))
            .or_insert_with(ask)
    }

    fn allows(&self, action: &'p str, resource: Option<&'p str>) -> bool {
        let ask = || self.proposed.allows(action, resource);
        *self
            .allows
            .borrow_mut()
            .entry((action, resource))
            .or_insert_with(ask)
    }
}

/// Missed and all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) part: u64,
    pub(crate) all: u64,
}

impl Share {
    fn count(&mut self, is_part: bool, number: u64) {
        self.part += if is_part { number } else { 0 };
        self.all += number;
    }

    fn add(&mut self, other: Self) {
        self.part += other.part;
        self.all += other.all;
    }
}

/// Everything that is summed over windows and roles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) windows: u64,
    /// Windows in which nothing was missed at the level of resources.
    pub(crate) unharmed: u64,
    /// Distinct actions missed of those exercised; then events.
    pub(crate) actions: Share,
    pub(crate) action_events: Share,
    /// Distinct pairs of action and resource missed of those exercised; then events.
    pub(crate) pairs: Share,
    pub(crate) pair_events: Share,
    /// Distinct denied pairs that the proposal lets through; then events.
    pub(crate) denied: Share,
    pub(crate) denied_events: Share,
    /// Events that today's policies do not explain.
    pub(crate) gap_events: u64,
    /// Actions that the proposal grants (`part`: of these, the ones used in the window), and the ones used.
    pub(crate) granted: Share,
    pub(crate) used: u64,
    /// Actions granted after (`part`) and before, where today's policies are known; the same with a risk label.
    pub(crate) left: Share,
    pub(crate) risky_left: Share,
    pub(crate) documents: u64,
    pub(crate) characters: u64,
}

impl Sums {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.windows += other.windows;
        self.unharmed += other.unharmed;
        self.gap_events += other.gap_events;
        self.used += other.used;
        self.documents += other.documents;
        self.characters += other.characters;
        for (own, theirs) in [
            (&mut self.actions, other.actions),
            (&mut self.action_events, other.action_events),
            (&mut self.pairs, other.pairs),
            (&mut self.pair_events, other.pair_events),
            (&mut self.denied, other.denied),
            (&mut self.denied_events, other.denied_events),
            (&mut self.granted, other.granted),
            (&mut self.left, other.left),
            (&mut self.risky_left, other.risky_left),
        ] {
            own.add(theirs);
        }
    }
}

/// Accesses of one kind by action and resource, with their number.
type Pairs<'r> = BTreeMap<(&'r str, Option<&'r str>), u64>;

/// Adds a window: observed from `start`, replayed from `cut` up to but not including `end`.
pub(super) fn add<'p>(
    sums: &mut Sums,
    principal: &'p PrincipalDays,
    asked: &Asked<'_, 'p>,
    (start, cut, end): (i64, i64, i64),
) {
    let pairs = pairs(principal, Outcome::Allowed, (cut, end));
    let mut missed_actions: BTreeMap<&str, (bool, u64)> = BTreeMap::new();
    let missed_before = sums.pairs.part;
    for ((action, resource), count) in &pairs {
        if !asked.explained(action, *resource) {
            sums.gap_events += count;
            continue;
        }
        let missed = !asked.allows(action, *resource);
        sums.pairs.count(missed, 1);
        sums.pair_events.count(missed, *count);
        let of_action = missed_actions.entry(action);
        let of_action = of_action.or_insert_with(|| (!asked.proposed.allows_action(action), 0));
        of_action.1 += count;
    }
    for (missed, count) in missed_actions.values() {
        sums.actions.count(*missed, 1);
        sums.action_events.count(*missed, *count);
    }
    for ((action, resource), count) in pairs_of_denied(principal, (cut, end)) {
        let opened = asked.allows(action, resource);
        sums.denied.count(opened, 1);
        sums.denied_events.count(opened, count);
    }
    sums.windows += 1;
    sums.unharmed += u64::from(sums.pairs.part == missed_before);
    add_size(sums, principal, asked.proposed, (start, end));
}

fn add_size(
    sums: &mut Sums,
    principal: &PrincipalDays,
    proposed: &dyn Proposed,
    (start, end): (i64, i64),
) {
    let rows = principal.rows.iter().filter(|row| row.is(Outcome::Allowed));
    let rows = rows.filter(|row| !row.within(start, end).is_empty());
    let used: BTreeSet<&str> = rows.map(|row| row.key.action.as_ref()).collect();
    let of_granted = used.iter().filter(|action| proposed.allows_action(action));
    let (before, after) = proposed.granted();
    sums.granted.add(Share {
        part: of_granted.count() as u64,
        all: after,
    });
    sums.used += used.len() as u64;
    let (risky_before, risky_after) = proposed.risky();
    let pairs = [
        (&mut sums.left, before, after),
        (&mut sums.risky_left, risky_before, risky_after),
    ];
    for (left, before, after) in pairs {
        if let Some(all) = before {
            left.add(Share { part: after, all });
        }
    }
    let (documents, characters) = proposed.size();
    sums.documents += documents;
    sums.characters += characters;
}

fn pairs_of_denied(principal: &PrincipalDays, days: (i64, i64)) -> Pairs<'_> {
    pairs(principal, Outcome::Denied, days)
}

fn pairs(principal: &PrincipalDays, outcome: Outcome, (cut, end): (i64, i64)) -> Pairs<'_> {
    let mut pairs = Pairs::new();
    for row in principal.rows.iter().filter(|row| row.is(outcome)) {
        for cell in row.within(cut, end) {
            let pair = (row.key.action.as_ref(), asked(row, cell));
            *pairs.entry(pair).or_default() += u64::from(cell.count);
        }
    }
    pairs
}

/// The resource of a cell, or the template in its place.
fn asked<'r>(row: &'r Row, cell: &Cell) -> Option<&'r str> {
    row.resource(cell).or(row.key.template.as_deref())
}

//! The semantic difference of two sets of policies: which actions lose, keep or gain what, each with a witness.

use super::grants::{Class, Row, Tally, classes, rows};
use super::request::PolicySet;
use super::subsume::{Answer, Witness, subsumes};
use crate::catalogue::Catalogue;

/// What happens to a class of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Allowed on more requests than before.
    Widened,
    /// Not allowed before.
    Added,
    /// Some requests are allowed that were not, and the other way round.
    Exchanged,
    /// Not decided.
    Unknown,
    /// Allowed on fewer requests than before.
    Narrowed,
    /// No longer allowed.
    Removed,
    /// Allowed on the same requests.
    Unchanged,
}

impl Change {
    /// The word of reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Widened => "widened",
            Self::Added => "added",
            Self::Exchanged => "exchanged",
            Self::Unknown => "unknown",
            Self::Narrowed => "narrowed",
            Self::Removed => "removed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// A class of actions and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What happens.
    pub change: Change,
    /// To which actions.
    pub class: Class,
    /// What the old set grants.
    pub from: Vec<Row>,
    /// What the new set grants.
    pub to: Vec<Row>,
    /// A request that the old set allows and the new one does not.
    pub lost: Option<Witness>,
    /// A request that the new set allows and the old one does not.
    pub gained: Option<Witness>,
    /// Why it is not decided.
    pub why: Option<String>,
}

/// The difference of two sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Whether the old set allows all that the new one does: nothing is gained.
    pub new_within_old: Answer,
    /// Whether the new set allows all that the old one does: nothing is lost.
    pub old_within_new: Answer,
    /// Every action that either set grants, in classes; gains first.
    pub changes: Vec<Changed>,
    /// What the old set grants, counted.
    pub old: Tally,
    /// What the new set grants, counted.
    pub new: Tally,
}

/// Compares two sets.
pub fn difference(old: &PolicySet, new: &PolicySet, catalogue: &Catalogue) -> Difference {
    let (new_within_old, old_within_new) =
        (subsumes(old, new, catalogue), subsumes(new, old, catalogue));
    let mut changes: Vec<Changed> = classes(&[old, new], catalogue)
        .into_iter()
        .filter_map(|class| changed(class, old, new, catalogue))
        .collect();
    let missed = [
        (&new_within_old, changes.iter().all(|c| c.gained.is_none())),
        (&old_within_new, changes.iter().all(|c| c.lost.is_none())),
    ];
    for class in missed.into_iter().filter_map(unseen).collect::<Vec<_>>() {
        changes.extend(changed(class, old, new, catalogue));
    }
    changes.sort_by_key(|changed| changed.change);
    let tally = |granted: fn(&Changed) -> bool| {
        let granting = changes.iter().filter(|changed| granted(changed));
        let actions = granting.flat_map(|changed| &changed.class.actions);
        Tally::of(actions, catalogue)
    };
    Difference {
        new_within_old,
        old_within_new,
        old: tally(|changed| !changed.from.is_empty()),
        new: tally(|changed| !changed.to.is_empty()),
        changes,
    }
}

/// The class of a witness that no other class shows: an action at which only several wildcards together arrive.
fn unseen((answer, missed): (&Answer, bool)) -> Option<Class> {
    let Answer::No(Witness { request, .. }) = answer else {
        return None;
    };
    missed.then(|| Class {
        actions: Vec::new(),
        unlisted: vec![request.action.clone()],
        representative: request.action.clone(),
    })
}

/// None when neither set grants anything to the class.
fn changed(
    class: Class,
    old: &PolicySet,
    new: &PolicySet,
    catalogue: &Catalogue,
) -> Option<Changed> {
    let action = class.representative.as_str();
    let (from, to) = (rows(old, action, catalogue), rows(new, action, catalogue));
    if from.is_empty() && to.is_empty() {
        return None;
    }
    let (before, after) = (old.about(action), new.about(action));
    let gained = subsumes(&before, &after, catalogue);
    let lost = subsumes(&after, &before, catalogue);
    let change = match (&gained, &lost) {
        (Answer::Unknown(_), _) | (_, Answer::Unknown(_)) => Change::Unknown,
        (Answer::Yes, Answer::Yes) => Change::Unchanged,
        (Answer::Yes, Answer::No(_)) if to.is_empty() => Change::Removed,
        (Answer::Yes, Answer::No(_)) => Change::Narrowed,
        (Answer::No(_), Answer::Yes) if from.is_empty() => Change::Added,
        (Answer::No(_), Answer::Yes) => Change::Widened,
        (Answer::No(_), Answer::No(_)) => Change::Exchanged,
    };
    let why = [&gained, &lost]
        .into_iter()
        .find_map(|answer| match answer {
            Answer::Unknown(why) => Some(why.clone()),
            _ => None,
        });
    Some(Changed {
        change,
        class,
        from,
        to,
        lost: witness(lost),
        gained: witness(gained),
        why,
    })
}

fn witness(answer: Answer) -> Option<Witness> {
    match answer {
        Answer::No(witness) => Some(witness),
        _ => None,
    }
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;

//! Subsumption: whether every request that one set of policies allows is allowed by another.
//!
//! The outer set refuses a request when one of its layers has no Allow for it, or one of its Deny statements matches. So
//! each Allow of the inner set, less the inner set's Deny statements, is searched for a request outside each outer layer
//! and inside each outer Deny. `Yes` is a proof by exhaustion, under both readings of `*` in an ARN. `No` comes with a
//! request that evaluation confirms on both sides. Everything else is `Unknown`.

use super::clause::{Clause, Reading};
use super::document::{Effect, Policy, Statement};
use super::evaluate::{Decision, Evaluator};
use super::region::{Means, Region, Search};
use super::request::{PolicySet, Request};
use super::spelling::Spelling;
use super::values::fresh;
use crate::catalogue::Catalogue;
use std::cell::LazyCell;

/// Whether the outer set allows all that the inner one allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It does.
    Yes,
    /// It does not: the inner set allows this request, the outer one does not.
    No(Witness),
    /// Not decided; why.
    Unknown(String),
}

/// A request that tells two sets of policies apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The request.
    pub request: Request,
    /// Which part of the inner set allows it.
    pub why: String,
}

/// Work allotted to one comparison under one reading, in positions looked at: half a second or less.
const MAX_WORK: usize = 3_000_000;

/// Whether every request that `inner` allows is allowed by `outer`.
pub fn subsumes(outer: &PolicySet, inner: &PolicySet, catalogue: &Catalogue) -> Answer {
    let judges = LazyCell::new(|| (Evaluator::new(outer), Evaluator::new(inner)));
    let confirm = |request: &Request| {
        let (outer, inner) = &*judges;
        let refused = [Decision::ImplicitDeny, Decision::ExplicitDeny];
        refused.contains(&outer.decide(request)) && inner.decide(request) == Decision::Allowed
    };
    match Comparison::new(outer, inner, Reading::Whole).run(catalogue, &confirm) {
        Answer::Yes => {}
        other => return other,
    }
    match Comparison::new(outer, inner, Reading::ByPart).run(catalogue, &|_| false) {
        Answer::Yes => Answer::Yes,
        _ => Answer::Unknown("it depends on whether a `*` in an ARN runs across colons".to_owned()),
    }
}

/// The Allow statements of a set's layers, each of which must allow; and its Deny statements.
struct Layers<'a> {
    allows: Vec<Vec<Clause<'a>>>,
    denies: Vec<Clause<'a>>,
}

impl<'a> Layers<'a> {
    fn new(set: &'a PolicySet, reading: Reading) -> Self {
        let clauses = |policies: &mut dyn Iterator<Item = &'a Policy>, effect: Effect| {
            let mut clauses = Vec::new();
            for policy in policies {
                let statements = policy.statements.iter().filter(|s| s.effect == effect);
                clauses.extend(statements.map(|s| Clause::new(policy, s, reading)));
            }
            clauses
        };
        let layers = layers(set).into_iter();
        Self {
            allows: layers
                .map(|layer| clauses(&mut layer.into_iter(), Effect::Allow))
                .collect(),
            denies: clauses(&mut set.all(), Effect::Deny),
        }
    }
}

/// The layers of a set: identity policies, then what limits them.
fn layers(set: &PolicySet) -> Vec<Vec<&Policy>> {
    let mut layers = vec![set.identity.iter().collect()];
    layers.extend(set.boundary.as_ref().map(|policy| vec![policy]));
    if !set.session.is_empty() {
        layers.push(set.session.iter().collect());
    }
    layers.extend(set.scps.iter().map(|level| level.iter().collect()));
    layers
}

struct Comparison<'a> {
    outer: Layers<'a>,
    inner: Layers<'a>,
    /// Outer layers that the inner set has too: what it allows, they allow.
    shared: Vec<bool>,
}

impl<'a> Comparison<'a> {
    fn new(outer: &'a PolicySet, inner: &'a PolicySet, reading: Reading) -> Self {
        let own = layers(inner);
        let shared = layers(outer)
            .iter()
            .map(|layer| own.contains(layer))
            .collect();
        Self {
            outer: Layers::new(outer, reading),
            inner: Layers::new(inner, reading),
            shared,
        }
    }

    fn run(&self, catalogue: &Catalogue, confirm: &dyn Fn(&Request) -> bool) -> Answer {
        let unnamed = || {
            let clauses = self.outer.clauses().chain(self.inner.clauses());
            fresh(clauses.flat_map(Clause::patterns))
        };
        let fresh = LazyCell::new(Box::new(unnamed) as Box<dyn FnOnce() -> char>);
        let mut means = Means {
            spelling: Spelling { catalogue, fresh },
            work: MAX_WORK,
            confirm,
        };
        let mut unknown = None;
        for allow in self.inner.allows.first().into_iter().flatten() {
            match self.widening(allow, &mut means) {
                Search::Empty => {}
                Search::Unsure(why) => {
                    let why = format!("statement {}: {why}", name(allow.statement));
                    unknown = unknown.or(Some(why));
                }
                Search::Request(request) => return witness(request, allow.statement, catalogue),
            }
        }
        unknown.map_or(Answer::Yes, Answer::Unknown)
    }

    /// Looks for a request that the statement allows and the outer set does not.
    fn widening(&self, allow: &Clause<'a>, means: &mut Means<'_>) -> Search {
        let mut unsure = None;
        for region in self.regions(allow) {
            match self.refined(&region, 1, means) {
                Search::Empty => {}
                Search::Unsure(why) => unsure = unsure.or(Some(why)),
                request => return request,
            }
        }
        unsure.map_or(Search::Empty, Search::Unsure)
    }

    /// What the statement allows outside of each outer layer, and inside of each outer Deny.
    fn regions<'r>(&'r self, allow: &'r Clause<'a>) -> impl Iterator<Item = Region<'r, 'a>> {
        let denies: Vec<&Clause<'a>> = self.inner.denies.iter().collect();
        let layers = self.outer.allows.iter().zip(&self.shared);
        let missing = layers.filter(|(_, shared)| !**shared).map({
            let denies = denies.clone();
            move |(layer, _)| Region {
                within: vec![allow],
                except: denies.iter().copied().chain(layer).collect(),
            }
        });
        let denied = self.outer.denies.iter().map(move |deny| Region {
            within: vec![allow, deny],
            except: denies.clone(),
        });
        missing.chain(denied)
    }

    /// Searches a region; if that leaves it undecided, its parts that the inner set's other layers allow.
    fn refined(&self, region: &Region<'_, 'a>, layer: usize, means: &mut Means<'_>) -> Search {
        let why = match region.search(means) {
            Search::Unsure(why) => why,
            other => return other,
        };
        let Some(limits) = self.inner.allows.get(layer) else {
            return Search::Unsure(why);
        };
        let mut unsure = None;
        for limit in limits {
            let mut part = region.clone();
            part.within.push(limit);
            match self.refined(&part, layer + 1, means) {
                Search::Empty => {}
                Search::Unsure(why) => unsure = unsure.or(Some(why)),
                request => return request,
            }
        }
        unsure.map_or(Search::Empty, Search::Unsure)
    }
}

impl<'a> Layers<'a> {
    fn clauses(&self) -> impl Iterator<Item = &Clause<'a>> {
        self.allows.iter().flatten().chain(&self.denies)
    }
}

fn witness(request: Request, statement: &Statement, catalogue: &Catalogue) -> Answer {
    let mut why = format!("allowed by statement {}", name(statement));
    if catalogue.action(&request.action).is_none() {
        why.push_str(", which also allows actions that the catalogue does not know (yet)");
    }
    Answer::No(Witness { request, why })
}

fn name(statement: &Statement) -> String {
    let sid = statement.sid.as_ref().filter(|sid| !sid.is_empty());
    sid.map_or_else(|| "without Sid".to_owned(), |sid| format!("`{sid}`"))
}

#[cfg(test)]
#[path = "subsume_tests.rs"]
mod tests;

//! A region of requests: those that some statements all match, less those that other statements match. Searched for one
//! request, dimension by dimension: caller, action, resource, context.
//!
//! Whatever is not exactly modelled makes the region larger, never smaller: "empty" is a proof. What is found is only a
//! candidate until evaluation confirms it.

use super::clause::{Clause, Set};
use super::condition::{Test, Truth};
use super::context::{self, Found};
use super::glob::Pattern;
use super::language::{Cell, Exhausted, Letter, Member, Question};
use super::principal::callers;
use super::request::Request;
use super::spelling::Spelling;

/// Requests matched by all of `within` and by none of `except`.
#[derive(Debug, Clone)]
pub(super) struct Region<'r, 'a> {
    pub(super) within: Vec<&'r Clause<'a>>,
    pub(super) except: Vec<&'r Clause<'a>>,
}

/// What a search of a region came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    /// The region is empty.
    Empty,
    /// A request that was confirmed.
    Request(Request),
    /// Neither; why.
    Unsure(String),
}

/// What a search may use.
pub(super) struct Means<'m> {
    pub(super) spelling: Spelling<'m>,
    /// Work left.
    pub(super) work: usize,
    /// Whether a request is one that was asked for.
    pub(super) confirm: &'m dyn Fn(&Request) -> bool,
}

/// A resource, and a context in which nothing of `except` matches it.
struct Place {
    text: Vec<Letter>,
    context: Found,
}

/// Statements with the same tests: one set of resources.
struct Group<'e> {
    set: Set,
    tests: &'e [Test],
    /// The tests hold anyway.
    settles: bool,
}

const TOO_MUCH: &str = "the policies are too entangled to compare within the allotted work";

/// Most places tried in a region before it is left undecided.
const MAX_PLACES: usize = 100;

impl<'r, 'a> Region<'r, 'a> {
    /// Looks for a request.
    pub(super) fn search(&self, means: &mut Means<'_>) -> Search {
        let contained = |own: &&Clause<'_>| self.except.iter().any(|except| except.contains(own));
        if self.within.iter().any(contained) {
            return Search::Empty;
        }
        self.walk(means)
            .unwrap_or_else(|Exhausted| Search::Unsure(TOO_MUCH.to_owned()))
    }

    fn walk(&self, means: &mut Means<'_>) -> Result<Search, Exhausted> {
        let clauses = self.within.iter().chain(&self.except);
        let mut unsure = None;
        for caller in callers(clauses.map(|clause| clause.statement.principal.as_ref())) {
            let caller = caller.as_deref();
            let about = |truth: Truth, clause: &&Clause<'_>| truth.and(|| clause.about(caller));
            let found = match self.within.iter().fold(Truth::Yes, about) {
                Truth::Yes => self.of_caller(caller, means)?,
                Truth::No => Search::Empty,
                Truth::Unknown(why) => Search::Unsure(why),
            };
            match found {
                Search::Empty => {}
                Search::Unsure(why) => unsure = unsure.or(Some(why)),
                request => return Ok(request),
            }
        }
        Ok(unsure.map_or(Search::Empty, Search::Unsure))
    }

    fn of_caller(&self, caller: Option<&str>, means: &mut Means<'_>) -> Result<Search, Exhausted> {
        let speaking = self.except.iter().copied();
        let speaking: Vec<&Clause<'_>> =
            speaking.filter(|c| c.about(caller) == Truth::Yes).collect();
        let mut unsure = None;
        for cell in self.actions(&speaking, &mut means.work)? {
            let at = |at: &usize| speaking.get(*at).copied();
            let matching: Vec<&Clause<'_>> = cell.members.iter().filter_map(at).collect();
            let places = self.places(&matching, &mut means.work)?;
            if places.is_empty() {
                continue;
            }
            let others = speaking.iter().enumerate();
            let others = others.filter(|(at, _)| !cell.members.contains(at));
            let others: Vec<&Set> = others.map(|(_, clause)| &clause.actions).collect();
            let own: Vec<&Set> = self.within.iter().map(|clause| &clause.actions).collect();
            let names = means.spelling.actions(&cell.text, &own, &others);
            match self.judge(caller, &names, &places, means) {
                Search::Unsure(why) => unsure = unsure.or(Some(why)),
                other => return Ok(other),
            }
        }
        Ok(unsure.map_or(Search::Empty, Search::Unsure))
    }

    /// Which combinations of `except` speak about some action of `within`.
    fn actions(&self, except: &[&Clause<'_>], work: &mut usize) -> Result<Vec<Cell>, Exhausted> {
        let own: Vec<&Set> = self.within.iter().map(|clause| &clause.actions).collect();
        let others = except.iter().map(|clause| clause.actions.member(false));
        cells(&own, others.collect(), work)
    }

    /// Resources of `within`, with contexts, that `except` leaves.
    fn places(&self, except: &[&Clause<'_>], work: &mut usize) -> Result<Vec<Place>, Exhausted> {
        let resources = self.resources(except);
        let own: Vec<&Set> = resources.iter().collect();
        let tests: Vec<&Test> = self
            .within
            .iter()
            .flat_map(|clause| &clause.tests)
            .collect();
        let groups = grouped(except, &tests);
        let members = groups.iter().map(|group| group.set.member(group.settles));
        let mut places = Vec::new();
        for cell in cells(&own, members.collect(), work)? {
            let group = |at: &usize| groups.get(*at).map(|group| group.tests);
            let blocks: Vec<&[Test]> = cell.members.iter().filter_map(group).collect();
            match context::find(&tests, &blocks, work) {
                Found::Nothing => {}
                Found::Exhausted => return Err(Exhausted),
                context => places.push(Place {
                    text: cell.text,
                    context,
                }),
            }
        }
        Ok(places)
    }

    /// The resources of each statement. A variable stays a symbol only where it is compared with unions of patterns: an
    /// intersection or a complement may depend on what its value is.
    fn resources(&self, except: &[&Clause<'_>]) -> Vec<Set> {
        let plain = except.iter().all(|clause| !clause.resources.negated);
        let alone = plain && self.within.len() == 1;
        let sets = self.within.iter().map(|clause| {
            let set = clause.resources.clone();
            if alone || set.negated {
                set
            } else {
                set.widened()
            }
        });
        sets.collect()
    }

    fn judge(
        &self,
        caller: Option<&str>,
        names: &[String],
        places: &[Place],
        means: &Means<'_>,
    ) -> Search {
        let mut why = None;
        let own: Vec<&Set> = self.within.iter().map(|clause| &clause.resources).collect();
        for place in places.iter().take(MAX_PLACES) {
            let context = match &place.context {
                Found::Context(context) => context,
                Found::Several(key) => {
                    let text = format!("it depends on whether `{key}` may hold several values");
                    why = why.or(Some(text));
                    continue;
                }
                Found::Nothing | Found::Exhausted => continue,
            };
            for name in names {
                for (resource, context) in
                    means.spelling.resources(name, &place.text, &own, context)
                {
                    let request = Request {
                        action: name.clone(),
                        resource,
                        context,
                        principal: caller.map(str::to_owned),
                    };
                    if (means.confirm)(&request) {
                        return Search::Request(request);
                    }
                }
            }
        }
        let action = names.first().map_or("an action", String::as_str);
        Search::Unsure(
            why.unwrap_or_else(|| {
                format!("`{action}` is not seen to be covered on every resource")
            }),
        )
    }
}

/// Least combinations of `members` over the texts that are in all of `own`.
fn cells(own: &[&Set], members: Vec<Member<'_>>, work: &mut usize) -> Result<Vec<Cell>, Exhausted> {
    let anything = Pattern::new("*");
    let mut question = Question {
        within: Vec::new(),
        members,
    };
    for set in own {
        if set.negated {
            question.members.push(set.outside());
        } else {
            question.within.push(set.patterns.iter().collect());
        }
    }
    if question.within.is_empty() {
        question.within.push(vec![&anything]);
    }
    question.cells(work)
}

fn grouped<'e>(except: &[&'e Clause<'_>], own: &[&Test]) -> Vec<Group<'e>> {
    let mut groups: Vec<Group<'e>> = Vec::new();
    for clause in except {
        let set = &clause.resources;
        let fits = |group: &&mut Group<'e>| {
            !set.negated && !group.set.negated && group.tests == clause.tests.as_slice()
        };
        if let Some(group) = groups.iter_mut().find(fits) {
            for pattern in &set.patterns {
                if !group.set.patterns.contains(pattern) {
                    group.set.patterns.push(pattern.clone());
                }
            }
            continue;
        }
        groups.push(Group {
            set: if set.negated {
                set.clone().widened()
            } else {
                set.clone()
            },
            tests: &clause.tests,
            settles: clause.tests.iter().all(|test| own.contains(&test)),
        });
    }
    groups
}

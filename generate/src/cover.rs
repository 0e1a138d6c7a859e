//! Covers: a set of actions in few characters, as patterns at word boundaries that match nothing else of the catalogue.
//!
//! Weighted greedy set cover, service by service. A pattern is a candidate only if every current action that it matches is
//! wanted, so the cover means the same as the list, in this version of the catalogue.

mod words;

use iam::catalogue::Catalogue;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use words::Service;

/// Characters around a pattern in a list: two quotes and a comma.
const FRAME: usize = 3;

/// The candidates of a catalogue, service by service, each made when first asked for.
pub(crate) struct Covers<'c> {
    catalogue: &'c Catalogue,
    services: BTreeMap<&'c str, OnceLock<Service>>,
}

impl<'c> Covers<'c> {
    /// Covers of a catalogue's actions.
    pub(crate) fn new(catalogue: &'c Catalogue) -> Self {
        let services = catalogue.services().map(|name| (name, OnceLock::new()));
        Self {
            catalogue,
            services: services.collect(),
        }
    }

    /// The actions in fewer characters, in order of the first that each pattern stands for. A pattern is used only if
    /// `permitted`. What is no current action of the catalogue stays as it is.
    pub(crate) fn cover(
        &self,
        actions: &[String],
        permitted: &dyn Fn(&str) -> bool,
    ) -> Vec<String> {
        let mut by_service: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
        let mut placed: Vec<(usize, String)> = Vec::new();
        for (at, action) in actions.iter().enumerate() {
            let known = self.catalogue.action(action).filter(|a| !a.retired());
            match known.and_then(|known| known.name().split_once(':')) {
                Some((service, name)) => by_service.entry(service).or_default().push((at, name)),
                None => placed.push((at, action.clone())),
            }
        }
        for (prefix, wanted) in by_service {
            let Some(slot) = self.services.get(prefix) else {
                continue;
            };
            // every pattern stands for two at least
            if let [(at, name)] = wanted.as_slice() {
                placed.push((*at, format!("{prefix}:{name}")));
                continue;
            }
            let service = slot.get_or_init(|| Service::new(prefix, self.catalogue));
            placed.extend(Choice::new(service, &wanted).cover(permitted));
        }
        placed.sort();
        placed.into_iter().map(|(_, pattern)| pattern).collect()
    }
}

/// How candidates are ranked; neither is always better.
#[derive(Clone, Copy)]
enum Rank {
    /// Most characters saved.
    Saving,
    /// Most characters covered for each written.
    Ratio,
}

/// The wanted actions of one service.
struct Choice<'s> {
    service: &'s Service,
    /// By index in the service: the position among the wanted, none for others.
    wanted: Vec<Option<usize>>,
}

/// A chosen pattern and the indices that it covers.
struct Chosen<'s> {
    pattern: &'s str,
    members: Vec<usize>,
}

impl<'s> Choice<'s> {
    fn new(service: &'s Service, wanted: &[(usize, &str)]) -> Self {
        let mut places = vec![None; service.names().len()];
        for (at, name) in wanted {
            let place = service.index(name).and_then(|index| places.get_mut(index));
            if let Some(place) = place {
                *place = place.or(Some(*at));
            }
        }
        Self {
            service,
            wanted: places,
        }
    }

    fn is_wanted(&self, index: usize) -> bool {
        self.wanted.get(index).copied().flatten().is_some()
    }

    fn place(&self, index: usize) -> usize {
        self.wanted
            .get(index)
            .copied()
            .flatten()
            .unwrap_or(usize::MAX)
    }

    fn cover(&self, permitted: &dyn Fn(&str) -> bool) -> Vec<(usize, String)> {
        let safe = self.service.candidates(|index| self.is_wanted(index));
        let tries = [Rank::Saving, Rank::Ratio].map(|rank| self.greedy(&safe, rank, permitted));
        let best = tries.into_iter().min_by_key(|tried| self.size(tried));
        self.placed(best.unwrap_or_default())
    }

    fn greedy(
        &self,
        safe: &[(&'s str, &'s [usize])],
        rank: Rank,
        permitted: &dyn Fn(&str) -> bool,
    ) -> Vec<Chosen<'s>> {
        let mut open: Vec<bool> = self.wanted.iter().map(Option::is_some).collect();
        let mut left = safe.to_vec();
        let mut chosen = Vec::new();
        loop {
            let gain = |members: &[usize]| -> usize {
                let uncovered = members.iter().filter(|m| open.get(**m) == Some(&true));
                uncovered.map(|m| self.service.cost(*m)).sum()
            };
            let scored = left
                .iter()
                .enumerate()
                .filter_map(|(at, (pattern, members))| {
                    let (gain, cost) = (gain(members), self.service.cost_of(pattern));
                    let score = match rank {
                        Rank::Saving => gain.saturating_sub(cost),
                        Rank::Ratio => gain.saturating_mul(1_000) / cost.max(1),
                    };
                    (gain > cost).then_some((score, std::cmp::Reverse(at)))
                });
            let Some((_, std::cmp::Reverse(at))) = scored.max() else {
                break;
            };
            let (pattern, _) = left.remove(at);
            let members = self.service.matched(pattern);
            let exact = members.iter().all(|index| self.is_wanted(*index));
            if exact && permitted(&self.service.written(pattern)) {
                for member in &members {
                    open.get_mut(*member)
                        .into_iter()
                        .for_each(|open| *open = false);
                }
                chosen.push(Chosen { pattern, members });
            }
        }
        self.pruned(chosen)
    }

    /// Without the patterns whose members all lie in others.
    fn pruned(&self, mut chosen: Vec<Chosen<'s>>) -> Vec<Chosen<'s>> {
        let mut times = vec![0_usize; self.wanted.len()];
        let count = |times: &mut Vec<usize>, chosen: &Chosen<'_>, by: isize| {
            for member in &chosen.members {
                if let Some(times) = times.get_mut(*member) {
                    *times = times.saturating_add_signed(by);
                }
            }
        };
        chosen.iter().for_each(|one| count(&mut times, one, 1));
        chosen.sort_by_key(|one| (one.members.len(), one.pattern));
        chosen.retain(|one| {
            let alone: usize = one
                .members
                .iter()
                .filter(|member| times.get(**member) == Some(&1))
                .map(|member| self.service.cost(*member))
                .sum();
            let stays = alone > self.service.cost_of(one.pattern);
            if !stays {
                count(&mut times, one, -1);
            }
            stays
        });
        chosen
    }

    fn covered(&self, chosen: &[Chosen<'_>]) -> Vec<bool> {
        let mut covered = vec![false; self.wanted.len()];
        for member in chosen.iter().flat_map(|one| &one.members) {
            covered.get_mut(*member).into_iter().for_each(|c| *c = true);
        }
        covered
    }

    /// Characters of the list.
    fn size(&self, chosen: &[Chosen<'_>]) -> usize {
        let covered = self.covered(chosen);
        let patterns = chosen.iter().map(|one| self.service.cost_of(one.pattern));
        let names = covered.iter().enumerate();
        let names = names.filter(|(index, covered)| !**covered && self.is_wanted(*index));
        patterns.sum::<usize>()
            + names
                .map(|(index, _)| self.service.cost(index))
                .sum::<usize>()
    }

    fn placed(&self, chosen: Vec<Chosen<'_>>) -> Vec<(usize, String)> {
        let covered = self.covered(&chosen);
        let patterns = chosen.iter().map(|one| {
            let places = one.members.iter().map(|member| self.place(*member));
            let first = places.min().unwrap_or(usize::MAX);
            (first, self.service.written(one.pattern))
        });
        let names = covered.iter().enumerate();
        let names = names.filter(|(index, covered)| !**covered && self.is_wanted(*index));
        let names = names.map(|(index, _)| (self.place(index), self.service.action(index)));
        patterns.chain(names).collect()
    }
}

#[cfg(test)]
#[path = "cover_tests.rs"]
mod tests;

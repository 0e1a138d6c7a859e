//! Outlooks: what would be proposed for a role on part of the evidence, in memory, to be put to a test.

use crate::config::Config;
use crate::current::{Account, Role};
use crate::diff::risks;
use crate::draft::{Item, items, kept};
use crate::error::Error;
use crate::evidence::{RoleName, is_role_id};
use crate::grants::{Basis, Grants, Idle, Named};
use crate::greenfield;
use crate::need::Surroundings;
use crate::pack::size_of;
use crate::passed;
use crate::plan::{Room, fit};
use crate::rule::{Limits, Reach, Rule};
use crate::shape;
use crate::sight::Sight;
use crate::tables::Tables;
use crate::verdict::Verdict;
use iam::catalogue::Catalogue;
use iam::coverage;
use iam::policy::{Pattern, Policy};
use iam::usage::{Header, Usage};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is the same for all parts of the evidence.
pub struct Outlook<'a> {
    config: &'a Config,
    catalogue: &'a Catalogue,
    tables: Tables<'a>,
    current: &'a [Account],
    roles: Vec<Known<'a>>,
    by_id: BTreeMap<&'a str, usize>,
    by_arn: BTreeMap<&'a str, usize>,
    sights: BTreeMap<&'a str, coverage::Sight>,
}

/// A role of today, its documents read.
struct Known<'a> {
    role: &'a Role,
    rules: Vec<Rule>,
    allows: Vec<Rule>,
    limits: Limits,
}

/// What proposals for one role share; see [`Outlook::standing`].
#[derive(Debug, Default)]
pub struct Standing(Option<Idle>);

/// What would be proposed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Prospect {
    /// Patterns of resources by lower-case action; `true`: all but these.
    allowed: BTreeMap<String, Vec<(bool, Vec<Pattern>)>>,
    /// Actions granted today, where known, and in the proposal, of those that the archive could have shown.
    pub granted: (Option<u64>, u64),
    /// The same of actions with a risk label.
    pub risky: (Option<u64>, u64),
    /// Documents, and their characters without white space.
    pub size: (u64, u64),
}

impl<'a> Outlook<'a> {
    /// Reads the policies of today; none: proposals come from usage alone.
    pub fn new(
        header: &Header,
        current: &'a [Account],
        config: &'a Config,
        catalogue: &'a Catalogue,
    ) -> Result<Self, Error> {
        let mut outlook = Self {
            config,
            catalogue,
            tables: Tables::new(catalogue),
            current,
            roles: Vec::new(),
            by_id: BTreeMap::new(),
            by_arn: BTreeMap::new(),
            sights: BTreeMap::new(),
        };
        for account in current {
            for role in &account.roles {
                let at = outlook.roles.len();
                if outlook.by_arn.insert(&role.arn, at).is_some() {
                    let arn = role.arn.clone();
                    return Err(Error::Twice { arn });
                }
                if is_role_id(&role.id) {
                    outlook.by_id.insert(&role.id, at);
                }
                let sight = || coverage::Sight::new(header, &role.account, config.missing_days);
                outlook.sights.entry(&role.account).or_insert_with(sight);
                outlook.roles.push(Known::new(role));
            }
        }
        Ok(outlook)
    }

    /// The number of the role that a principal is; none: no role of today. Without policies of today no role has one.
    pub fn role(&self, principal: &str, principal_id: &str) -> Option<usize> {
        if is_role_id(principal_id)
            && let Some(at) = self.by_id.get(principal_id)
        {
            return Some(*at);
        }
        let at = *self.by_arn.get(principal)?;
        let own = &self.roles.get(at)?.role.id;
        (!is_role_id(principal_id) || !is_role_id(own)).then_some(at)
    }

    /// The UTC day since 1970 on which the role was created, where known.
    pub fn created(&self, role: usize) -> Option<i64> {
        let created = self.roles.get(role)?.role.created.as_deref()?;
        coverage::day_of(created)
    }

    /// What proposals for the role share, whatever the usage.
    pub fn standing(&self, role: Option<usize>) -> Standing {
        let known = role.and_then(|at| self.roles.get(at));
        // A report's veto depends on what the usage has of the service.
        let known = known.filter(|known| !self.config.last_accessed.knows(&known.role.arn));
        let idle = known.and_then(|known| {
            let surroundings = Surroundings {
                known: shape::Known::new(&[], &self.tables.places),
                places: &self.tables.places,
            };
            let sight = self.sight(known, &[])?;
            Some(Idle::of(&self.basis(known, &[], (&sight, &surroundings))))
        });
        Standing(idle)
    }

    /// What would be proposed for the role with this usage alone; of no role of today, from the usage alone.
    /// `standing` is the role's own.
    pub fn propose(&self, role: Option<usize>, usage: &[Usage], standing: &Standing) -> Prospect {
        let usage = &*passed::named(usage, self.current);
        let rows: Vec<&Usage> = usage.iter().collect();
        let surroundings = Surroundings {
            known: shape::Known::new(usage, &self.tables.places),
            places: &self.tables.places,
        };
        match role.and_then(|at| self.roles.get(at)) {
            Some(known) => self.brownfield(known, &rows, &surroundings, standing),
            None => self.greenfield(&rows, &surroundings),
        }
    }

    /// Whether a role's policies of today, conditions aside, allow any of it.
    pub fn explained(&self, role: Option<usize>, action: &str, resource: Option<&str>) -> bool {
        let Some(known) = role.and_then(|at| self.roles.get(at)) else {
            return true;
        };
        let piece = resource.map(Pattern::new);
        known.allows.iter().any(|rule| {
            let reaches = |piece: &Pattern| rule.scope.reach(piece) != Reach::Nothing;
            rule.names(action) && piece.as_ref().is_none_or(reaches)
        })
    }

    fn sight<'s>(&'s self, known: &'s Known<'_>, rows: &[&Usage]) -> Option<Sight<'s>> {
        let account = self.sights.get(known.role.account.as_str())?;
        let created = known.role.created.as_deref().and_then(coverage::day_of);
        let reports = &self.config.last_accessed;
        Some(Sight::new(account, &known.role.arn, created, reports, rows))
    }

    fn basis<'s>(
        &'s self,
        known: &'s Known<'_>,
        rows: &'s [&'s Usage],
        (sight, surroundings): (&'s Sight<'s>, &'s Surroundings<'s>),
    ) -> Basis<'s> {
        Basis {
            allows: &known.allows,
            limits: &known.limits,
            rows,
            sight,
            fits: self.tables.kinds.fits(),
            catalogue: self.catalogue,
            surroundings,
            intent: &[],
        }
    }

    fn brownfield(
        &self,
        known: &Known<'_>,
        rows: &[&Usage],
        surroundings: &Surroundings<'_>,
        Standing(idle): &Standing,
    ) -> Prospect {
        let Some(sight) = self.sight(known, rows) else {
            return Prospect::default();
        };
        let basis = self.basis(known, rows, (&sight, surroundings));
        let documents = &known.role.documents;
        let inline = documents.iter().all(|document| document.arn.is_none());
        let room = self.room(documents.len(), inline);
        let judge = |granularity| match idle {
            Some(idle) => basis.judge_named(&basis.load(granularity), idle),
            None => (basis.judge(&basis.load(granularity)), Named::new()),
        };
        let mut last = self.config.granularity;
        let ((grants, named), plan) = fit(room, &self.tables.covers, |granularity| {
            last = granularity;
            let judged = judge(granularity);
            let items = items(&known.rules, &judged.0);
            (judged, items)
        });
        let Ok(plan) = plan else {
            // What does not fit is not proposed: everything stays as it is.
            return self.everything(known, &basis.judge(&basis.load(last)));
        };
        let none = Idle::default();
        let idle = idle.as_ref().unwrap_or(&none);
        let mut prospect = self.what_stays(known, &grants, (idle, &named));
        prospect.size = size(plan.documents);
        prospect
    }

    fn what_stays(
        &self,
        known: &Known<'_>,
        grants: &Grants,
        (idle, named): (&Idle, &Named),
    ) -> Prospect {
        let mut prospect = Prospect::default();
        let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
        for (rule, grants) in known.allows.iter().zip(&grants.of_rule) {
            for grant in grants {
                let stays = kept(rule, grant);
                if grant.verdict != Verdict::Unobservable && !idle.is_idle(&grant.action, named) {
                    before.insert(grant.action.as_str());
                    after.extend(stays.is_some().then_some(grant.action.as_str()));
                }
                if let Some(kept) = stays {
                    prospect.allow(&grant.action, kept.all_but, &kept.resources);
                }
            }
        }
        prospect.granted = (Some(before.len() as u64), after.len() as u64);
        prospect.risky = (Some(self.risky(&before)), self.risky(&after));
        idle.count(named, &mut prospect.granted, &mut prospect.risky);
        prospect
    }

    fn everything(&self, known: &Known<'_>, grants: &Grants) -> Prospect {
        let mut prospect = Prospect::default();
        let mut observable = BTreeSet::new();
        for (rule, grants) in known.allows.iter().zip(&grants.of_rule) {
            for grant in grants {
                if grant.verdict != Verdict::Unobservable {
                    observable.insert(grant.action.as_str());
                }
                prospect.allow(&grant.action, rule.scope.all_but, &rule.scope.texts);
            }
        }
        let (granted, risky) = (observable.len() as u64, self.risky(&observable));
        prospect.granted = (Some(granted), granted);
        prospect.risky = (Some(risky), risky);
        prospect
    }

    fn room(&self, today: usize, inline: bool) -> Room<'_> {
        Room {
            quotas: &self.config.quotas,
            finest: self.config.granularity,
            today,
            most: self.config.quotas.documents,
            inline,
        }
    }

    fn greenfield(&self, rows: &[&Usage], surroundings: &Surroundings<'_>) -> Prospect {
        let room = self.room(1, false);
        let (items, plan) = fit(room, &self.tables.covers, |granularity| {
            let items = greenfield::items(rows, granularity, surroundings, self.catalogue);
            (items.clone(), items)
        });
        let mut prospect = Prospect::default();
        if let Ok(plan) = plan {
            let parts = items.iter().filter_map(|item| match item {
                Item::Allow(part) => Some(part),
                Item::Deny(_) => None,
            });
            for (action, kept) in parts.flat_map(|part| &part.kept) {
                prospect.allow(action, kept.all_but, &kept.resources);
            }
            prospect.size = size(plan.documents);
        }
        let after: BTreeSet<&str> = prospect.allowed.keys().map(String::as_str).collect();
        let counted = (after.len() as u64, self.risky(&after));
        prospect.granted = (None, counted.0);
        prospect.risky = (None, counted.1);
        prospect
    }

    fn risky(&self, actions: &BTreeSet<&str>) -> u64 {
        let risky = |action: &&&str| !risks(self.catalogue, action).is_empty();
        actions.iter().filter(risky).count() as u64
    }
}

/// Whether a principal is a role, as far as its ARN tells.
pub fn is_role(principal: &str) -> bool {
    RoleName::parse(principal).is_some()
}

impl<'a> Known<'a> {
    fn new(role: &'a Role) -> Self {
        let rules = Rule::all(role.policies());
        let (allows, limits) = Limits::split(&rules, role.boundary.as_ref());
        Self {
            role,
            rules,
            allows,
            limits,
        }
    }
}

fn size(documents: Vec<Policy>) -> (u64, u64) {
    let written = documents.iter().filter(|one| !one.statements.is_empty());
    let sizes: Vec<u64> = written.map(|one| size_of(one) as u64).collect();
    (sizes.len() as u64, sizes.iter().sum())
}

impl Prospect {
    fn allow(&mut self, action: &str, all_but: bool, resources: &[String]) {
        let patterns = resources.iter().map(|text| Pattern::new(text)).collect();
        let entry = self.allowed.entry(action.to_ascii_lowercase());
        entry.or_default().push((all_but, patterns));
    }

    /// Whether the action is allowed on any resource, conditions aside.
    pub fn allows_action(&self, action: &str) -> bool {
        self.allowed.contains_key(&action.to_ascii_lowercase())
    }

    /// Whether the action is allowed on all of the resource pattern, conditions aside; none: on any resource.
    pub fn allows(&self, action: &str, resource: Option<&str>) -> bool {
        let Some(places) = self.allowed.get(&action.to_ascii_lowercase()) else {
            return false;
        };
        let Some(piece) = resource.map(Pattern::new) else {
            return true;
        };
        let text = piece.is_literal().then(|| piece.sample(""));
        let holds = |pattern: &Pattern| match &text {
            Some(text) if !pattern.has_variable() => pattern.matches(text),
            Some(_) => pattern.overlaps(&piece),
            None => pattern.subsumes(&piece),
        };
        places.iter().any(|(all_but, patterns)| match all_but {
            true => !patterns.iter().any(|pattern| pattern.overlaps(&piece)),
            false => patterns.iter().any(holds),
        })
    }
}

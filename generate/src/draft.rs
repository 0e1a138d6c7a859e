//! Drafts: what stays, as statements. Actions share a statement only when they share all else, so no pair is added.

use crate::compact::compact;
use crate::cover::Covers;
use crate::grants::{Grant, Grants, Keep};
use crate::need::is_wild;
use crate::rule::Rule;
use crate::sid::Sids;
use iam::policy::{ActionElement, Condition, Effect, Pattern, ResourceElement, Statement, Values};
use std::collections::BTreeMap;

/// One thing that a proposal says, in order.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    /// A Deny statement of today, word for word.
    Deny(Statement),
    /// What stays of an Allow statement.
    Allow(Part),
}

/// What stays of an Allow statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    pub(crate) sid: Option<String>,
    pub(crate) condition: Condition,
    /// The actions of the statements it came from, which action wildcards must not exceed; none: there is no limit.
    pub(crate) outer: Vec<ActionElement>,
    /// Single values are written without an array, as in the statement it came from.
    pub(crate) bare: (bool, bool),
    /// Actions and their resources, in order.
    pub(crate) kept: Vec<(String, Kept)>,
}

/// The resources of an action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kept {
    /// `NotResource`.
    pub(crate) all_but: bool,
    pub(crate) resources: Vec<String>,
}

/// The items of a proposal: all Deny statements, and what stays of each Allow.
pub(crate) fn items(rules: &[Rule], grants: &Grants) -> Vec<Item> {
    let mut of_rule = grants.of_rule.iter();
    let mut items = Vec::new();
    for rule in rules {
        match rule.statement.effect {
            Effect::Deny => items.push(Item::Deny(rule.statement.clone())),
            Effect::Allow => {
                let grants = of_rule.next().map_or(&[][..], Vec::as_slice);
                items.push(Item::Allow(part(rule, grants)));
            }
        }
    }
    items
}

fn part(rule: &Rule, grants: &[Grant]) -> Part {
    let statement = &rule.statement;
    let (ActionElement::Action(actions) | ActionElement::NotAction(actions)) = &statement.action;
    let resource_bare = match &statement.resource {
        Some(ResourceElement::Resource(values) | ResourceElement::NotResource(values)) => {
            values.bare
        }
        None => true,
    };
    let kept = grants
        .iter()
        .filter_map(|grant| Some((grant.action.clone(), kept(rule, grant)?)));
    Part {
        sid: statement.sid.clone(),
        condition: statement.condition.clone(),
        outer: vec![statement.action.clone()],
        bare: (actions.bare, resource_bare),
        kept: kept.collect(),
    }
}

/// Whether anything of a grant stays.
pub(crate) fn stays(grant: &Grant) -> bool {
    grant.keep != Keep::Nothing
}

/// The resources that a grant keeps, those of today first and in today's order.
pub(crate) fn kept(rule: &Rule, grant: &Grant) -> Option<Kept> {
    let today = &rule.scope.texts;
    match &grant.keep {
        Keep::Nothing => None,
        Keep::Whole if rule.scope.all_but => Some(Kept {
            all_but: true,
            resources: today.clone(),
        }),
        Keep::Whole => Some(Kept {
            all_but: false,
            resources: if grant.own.is_empty() {
                today.clone()
            } else {
                grant.own.clone()
            },
        }),
        Keep::Only(only) => {
            let mut resources: Vec<String> = today
                .iter()
                .filter(|text| only.contains(*text))
                .cloned()
                .collect();
            resources.extend(only.iter().filter(|text| !today.contains(text)).cloned());
            Some(Kept {
                all_but: false,
                resources: maximal(resources),
            })
        }
    }
}

/// The patterns without those that lie in another one.
pub(crate) fn maximal(texts: Vec<String>) -> Vec<String> {
    let single = texts.len() < 2;
    let wide: Vec<(usize, Pattern)> = texts
        .iter()
        .enumerate()
        .filter(|(_, text)| !single && is_wild(text))
        .map(|(at, text)| (at, Pattern::new(text)))
        .collect();
    if wide.is_empty() {
        return texts;
    }
    let inside = |at: usize, text: &str| {
        let mut others = wide.iter().filter(|(other, _)| *other != at).peekable();
        if others.peek().is_none() {
            return false;
        }
        let inner = Pattern::new(text);
        others
            .any(|(other, outer)| outer.subsumes(&inner) && (*other < at || !inner.subsumes(outer)))
    };
    let mut at = 0..;
    texts
        .iter()
        .filter(|text| at.next().is_some_and(|at| !inside(at, text)))
        .cloned()
        .collect()
}

/// The statements of items. With covers, actions are written as wildcards where these name nothing more.
pub(crate) fn statements(items: &[Item], covers: Option<&Covers<'_>>) -> Vec<Statement> {
    let denies = items.iter().filter_map(|item| match item {
        Item::Deny(statement) => statement.sid.as_deref(),
        Item::Allow(_) => None,
    });
    let mut sids = Sids::reserve(denies);
    let mut statements = Vec::new();
    for item in items {
        match item {
            Item::Deny(statement) => {
                let mut statement = statement.clone();
                statement.sid = sids.once(statement.sid.take());
                statements.push(statement);
            }
            Item::Allow(part) => statements.extend(part.statements(covers, &mut sids)),
        }
    }
    statements
}

impl Part {
    fn statements(&self, covers: Option<&Covers<'_>>, sids: &mut Sids) -> Vec<Statement> {
        grouped(&self.kept)
            .into_iter()
            .map(|(kept, actions)| {
                let actions = match covers {
                    Some(covers) => compact(&actions, &self.outer, covers),
                    None => actions,
                };
                let resources = values(kept.resources.clone(), self.bare.1);
                Statement {
                    sid: self.sid.as_deref().and_then(|sid| sids.next(sid)),
                    effect: Effect::Allow,
                    principal: None,
                    action: ActionElement::Action(values(actions, self.bare.0)),
                    resource: Some(if kept.all_but {
                        ResourceElement::NotResource(resources)
                    } else {
                        ResourceElement::Resource(resources)
                    }),
                    condition: self.condition.clone(),
                }
            })
            .collect()
    }
}

/// Actions with the very same resources, in order of their first.
fn grouped(kept: &[(String, Kept)]) -> Vec<(&Kept, Vec<String>)> {
    let mut place: BTreeMap<&Kept, usize> = BTreeMap::new();
    let mut groups: Vec<(&Kept, Vec<String>)> = Vec::new();
    for (action, kept) in kept {
        let at = *place.entry(kept).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((_, actions)) => actions.push(action.clone()),
            None => groups.push((kept, vec![action.clone()])),
        }
    }
    groups
}

fn values(items: Vec<String>, bare: bool) -> Values {
    Values {
        bare: bare && items.len() == 1,
        items,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn pairs(statements: &[Statement]) -> BTreeSet<(String, String)> {
        let mut pairs = BTreeSet::new();
        for statement in statements {
            for action in statement.action.patterns() {
                for resource in statement.resource.as_ref().unwrap().patterns() {
                    assert!(
                        pairs.insert((action.clone(), resource.clone())),
                        "a pair twice"
                    );
                }
            }
        }
        pairs
    }

    proptest! {
        #[test]
        fn merging_adds_no_pair_and_loses_none(
            grants in proptest::collection::btree_map("s3:[A-F]", proptest::collection::btree_set("arn:[a-d]", 1..4), 0..7)
        ) {
            let kept: Vec<(String, Kept)> = grants.iter().map(|(action, resources)| {
                (action.clone(), Kept { all_but: false, resources: resources.iter().cloned().collect() })
            }).collect();
            let wanted: BTreeSet<(String, String)> = grants.iter()
                .flat_map(|(action, resources)| resources.iter().map(move |r| (action.clone(), r.clone())))
                .collect();
            let item = Item::Allow(Part { kept, ..Part::default() });
            let written = statements(&[item], None);
            prop_assert_eq!(pairs(&written), wanted);
            let distinct: BTreeSet<_> = grants.values().collect();
            prop_assert_eq!(written.len(), distinct.len());
        }
    }

    #[test]
    fn what_lies_in_another_pattern_goes() {
        let check = |texts: &[&str], expect: &[&str]| {
            let texts = texts.iter().map(|&text| text.to_owned()).collect();
            assert_eq!(maximal(texts), expect);
        };
        check(&["a/*", "a/x", "b"], &["a/*", "b"]);
        check(&["a/x", "a/?", "a/*"], &["a/*"]);
        check(&["a/${*}", "a/x"], &["a/${*}", "a/x"]);
        check(&["a/**", "a/*"], &["a/**"]);
        check(&[], &[]);
    }
}

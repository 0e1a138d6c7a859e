//! Rewriting: a draft as if today's statements had never been: one part a service and condition, what takes no resource
//! apart.

use crate::draft::{Item, Kept, Part, maximal};
use crate::kinds::takes_none;
use crate::sid::of_service;
use iam::catalogue::Catalogue;
use iam::policy::{ActionElement, Condition};
use std::collections::BTreeMap;

/// The actions of a part and their resources, in order of their names.
type Actions = BTreeMap<String, Vec<Kept>>;

/// A part to be: the elements that limit its action wildcards, and its actions.
#[derive(Default)]
struct Sheaf {
    outer: Vec<ActionElement>,
    actions: Actions,
}

/// Service, condition, and whether the actions take no resource.
type Key = (String, Condition, bool);

/// Items that do not follow today's statements. Deny statements stay as they are, in front.
pub(crate) fn fresh(items: Vec<Item>, catalogue: &Catalogue) -> Vec<Item> {
    let mut parts: Vec<(Key, Sheaf)> = Vec::new();
    let mut fresh = Vec::new();
    for item in items {
        let part = match item {
            Item::Deny(_) => {
                fresh.push(item);
                continue;
            }
            Item::Allow(part) => part,
        };
        for (action, kept) in part.kept {
            let service = action.split(':').next().unwrap_or_default().to_owned();
            let key = (
                service,
                part.condition.clone(),
                catalogue.action(&action).is_some_and(takes_none),
            );
            let at = parts.iter().position(|(own, _)| *own == key);
            let at = at.unwrap_or_else(|| {
                parts.push((key, Sheaf::default()));
                parts.len() - 1
            });
            if let Some((_, sheaf)) = parts.get_mut(at) {
                sheaf.actions.entry(action).or_default().push(kept);
                let new = part
                    .outer
                    .iter()
                    .filter(|outer| !sheaf.outer.contains(outer));
                let new: Vec<ActionElement> = new.cloned().collect();
                sheaf.outer.extend(new);
            }
        }
    }
    parts.sort_by(|(a, _), (b, _)| {
        let rank = |key: &Key| (!key.1.is_empty(), key.2);
        (&a.0, rank(a)).cmp(&(&b.0, rank(b)))
    });
    fresh.extend(parts.into_iter().map(|((service, condition, _), sheaf)| {
        let kept = sheaf.actions.into_iter().flat_map(|(action, all)| {
            united(all)
                .into_iter()
                .map(move |kept| (action.clone(), kept))
        });
        Item::Allow(Part {
            sid: Some(of_service(&service)),
            condition,
            outer: sheaf.outer,
            kept: kept.collect(),
            ..Part::default()
        })
    }));
    fresh
}

/// A draft for a permissions boundary: what is allowed at all, since policies of today hold the Denies and conditions.
pub(crate) fn boundary(items: Vec<Item>, catalogue: &Catalogue) -> Vec<Item> {
    let allows = items.into_iter().filter_map(|item| match item {
        Item::Deny(_) => None,
        Item::Allow(part) => Some(Item::Allow(Part {
            condition: Condition::default(),
            outer: Vec::new(),
            ..part
        })),
    });
    fresh(allows.collect(), catalogue)
}

/// The resources of one action, from several statements; `NotResource` stays apart.
fn united(all: Vec<Kept>) -> Vec<Kept> {
    let (mut united, plain): (Vec<Kept>, Vec<Kept>) = all.into_iter().partition(|k| k.all_but);
    united.dedup();
    let mut resources: Vec<String> = plain.into_iter().flat_map(|kept| kept.resources).collect();
    resources.sort();
    resources.dedup();
    if !resources.is_empty() {
        united.push(Kept {
            all_but: false,
            resources: maximal(resources),
        });
    }
    united
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "test code")]
mod tests {
    use super::*;
    use crate::draft::statements;

    #[test]
    fn one_part_a_service_and_condition() {
        let kept = |all_but, resource: &str| Kept {
            all_but,
            resources: vec![resource.to_owned()],
        };
        let part = |kept: Vec<(&str, Kept)>| {
            Item::Allow(Part {
                sid: Some("Old".to_owned()),
                kept: kept.into_iter().map(|(a, k)| (a.to_owned(), k)).collect(),
                ..Part::default()
            })
        };
        let items = vec![
            part(vec![
                ("s3:GetObject", kept(false, "b/*")),
                ("sqs:SendMessage", kept(false, "q")),
            ]),
            part(vec![
                ("s3:GetObject", kept(false, "b/x")),
                ("s3:PutObject", kept(true, "c/*")),
                ("sqs:ListQueues", kept(false, "q")),
            ]),
        ];
        let written = statements(&fresh(items, Catalogue::embedded()), None);
        let text: Vec<String> = written
            .iter()
            .map(|s| serde_json::to_string(s).unwrap())
            .collect();
        assert_eq!(
            text,
            [
                r#"{"Sid":"S3","Effect":"Allow","Action":["s3:GetObject"],"Resource":["b/*"]}"#,
                r#"{"Sid":"S32","Effect":"Allow","Action":["s3:PutObject"],"NotResource":["c/*"]}"#,
                r#"{"Sid":"Sqs","Effect":"Allow","Action":["sqs:SendMessage"],"Resource":["q"]}"#,
                r#"{"Sid":"Sqs2","Effect":"Allow","Action":["sqs:ListQueues"],"Resource":["q"]}"#,
            ]
        );
    }
}

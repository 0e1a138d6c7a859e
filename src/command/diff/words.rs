//! A change in people's terms: "loses delete-data on bucket acme-logs".

use iam::catalogue::{Action, Capability, Catalogue};
use iam::policy::{Change, Changed, Pattern, ResourceElement, Row};
use std::collections::BTreeSet;

/// Resources named before "and n more".
const NAMED: usize = 3;

/// The sentence of a change.
pub(super) fn says(changed: &Changed) -> String {
    let rows = match changed.change {
        Change::Added | Change::Widened | Change::Unchanged => &changed.to,
        _ => &changed.from,
    };
    let actions: Vec<Action<'_>> = changed
        .class
        .actions
        .iter()
        .filter_map(|name| Catalogue::embedded().action(name))
        .collect();
    let verb = match changed.change {
        Change::Removed => "loses",
        Change::Narrowed => "loses some",
        Change::Added => "gains",
        Change::Widened => "gains more",
        Change::Exchanged => "gains some and loses some",
        Change::Unknown => "may gain or lose",
        Change::Unchanged => "keeps",
    };
    format!("{verb} {} on {}", what(&actions), places(rows, &actions))
}

fn what(actions: &[Action<'_>]) -> String {
    let capabilities: BTreeSet<&str> = actions
        .iter()
        .flat_map(|action| action.capabilities())
        .map(Capability::as_str)
        .collect();
    if capabilities.is_empty() {
        return "actions that the catalogue does not list".to_owned();
    }
    capabilities.into_iter().collect::<Vec<_>>().join(", ")
}

fn places(rows: &[Row], actions: &[Action<'_>]) -> String {
    let mut names = BTreeSet::new();
    for row in rows {
        match &row.resource {
            Some(ResourceElement::Resource(values)) => {
                names.extend(values.items.iter().map(|text| place(text, actions)));
            }
            Some(ResourceElement::NotResource(values)) => {
                let but = values.items.iter().map(|text| place(text, actions));
                names.insert(format!("all but {}", but.collect::<Vec<_>>().join(", ")));
            }
            None => {
                names.insert("every resource".to_owned());
            }
        }
    }
    let more = names.len().saturating_sub(NAMED);
    let mut told: Vec<String> = names.into_iter().take(NAMED).collect();
    if more > 0 {
        told.push(format!("{more} more"));
    }
    told.join(", ")
}

/// A resource as its type and name: `bucket acme-logs` for `arn:aws:s3:::acme-logs`.
fn place(resource: &str, actions: &[Action<'_>]) -> String {
    if resource == "*" {
        return "every resource".to_owned();
    }
    let Some(tail) = resource.splitn(6, ':').nth(5) else {
        return resource.to_owned();
    };
    let kinds = actions.iter().flat_map(|action| action.resources());
    let own = Pattern::new(resource);
    let fitting = kinds.filter_map(|(kind, _)| {
        let mut arns = kind.arns().map(template);
        let arn = arns.find(|arn| Pattern::new(arn).subsumes(&own))?;
        Some((arn.len(), kind.name()))
    });
    let Some((_, kind)) = fitting.max() else {
        return tail.to_owned();
    };
    let name = tail
        .strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix(['/', ':']));
    format!("{kind} {}", name.unwrap_or(tail))
}

/// An ARN format with `*` for its parts.
fn template(format: &str) -> String {
    let mut pattern = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        pattern.push_str(before);
        pattern.push('*');
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    pattern + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_types() {
        let check = |action: &str, resource: &str, expect: &str| {
            let actions: Vec<Action<'_>> =
                Catalogue::embedded().action(action).into_iter().collect();
            assert_eq!(place(resource, &actions), expect);
        };
        check(
            "s3:DeleteBucket",
            "arn:aws:s3:::acme-logs",
            "bucket acme-logs",
        );
        check(
            "s3:GetObject",
            "arn:aws:s3:::acme-logs/*",
            "object acme-logs/*",
        );
        check(
            "dynamodb:GetItem",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
            "table orders",
        );
        check(
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/app",
            "role app",
        );
        check("s3:GetObject", "*", "every resource");
        check("s3:GetObject", "oops", "oops");
        check("made:Up", "arn:aws:made:::up", "up");
    }
}

//! The summary: counts of what was derived, to compare with the recipe's expected numbers.

use super::facts::Facts;
use super::operations::{DerivedModel, DerivedOperation};
use super::resolution::Rule;
use super::roles::Passing;
use super::templates::TypeTemplate;
use std::collections::BTreeMap;

/// Counts by name.
pub(crate) fn count(facts: &Facts, models: &[DerivedModel]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    count_facts(facts, &mut counts);
    counts.insert("models", models.len());
    let without = models.iter().filter(|model| model.prefix.is_none());
    counts.insert("models without prefix", without.count());
    for operation in models.iter().flat_map(|model| model.operations.values()) {
        count_operation(operation, facts, &mut counts);
    }
    counts
}

fn count_facts(facts: &Facts, counts: &mut BTreeMap<&'static str, usize>) {
    let current = || facts.actions.values().filter(|action| !action.retired);
    let pairs = || current().flat_map(|action| action.resources.values());
    counts.insert("services", facts.services.len());
    counts.insert("actions", current().count());
    counts.insert("retired actions", facts.actions.len() - current().count());
    counts.insert("resource types", facts.types.len());
    counts.insert("action–resource pairs", pairs().count());
    counts.insert(
        "required pairs",
        pairs().filter(|required| **required).count(),
    );
    let without = current().filter(|action| action.resources.is_empty());
    counts.insert("actions without resource types", without.count());
    let joined = facts.types.values().filter(|kind| kind.arns.len() > 1);
    counts.insert("resource types with several ARNs", joined.count());
    let dependents = || current().filter(|action| !action.dependents.is_empty());
    counts.insert("actions with dependents", dependents().count());
    let entries = dependents().map(|action| action.dependents.len()).sum();
    counts.insert("dependent entries", entries);
}

fn count_operation(
    operation: &DerivedOperation,
    facts: &Facts,
    counts: &mut BTreeMap<&'static str, usize>,
) {
    let mut add = |name: &'static str| *counts.entry(name).or_default() += 1;
    add("operations");
    let rule = operation.resolution.as_ref().map(|found| found.rule);
    add(match rule {
        Some(Rule::ApiGateway) => "resolved by HTTP method",
        Some(Rule::SameName) => "resolved by same name",
        Some(Rule::OtherPrefix) => "resolved by same name, other prefix",
        Some(Rule::Map) => "resolved by map.json",
        Some(Rule::Documentation) => "resolved by documentation",
        None => "unresolved",
    });
    match operation.passing {
        Passing::Certain if operation.roles.is_empty() => add("PassRole certain, no parameter"),
        Passing::Certain => add("PassRole certain, with parameter"),
        Passing::Possible => add("PassRole possible"),
        Passing::No => {}
    }
    for template in &operation.templates {
        add(stored(template));
        for (_, _, pass) in &template.fills {
            add(pass_name(*pass));
        }
    }
    if rule.is_none_or(|rule| rule == Rule::ApiGateway) {
        return;
    }
    let first = operation
        .resolution
        .iter()
        .flat_map(|found| &found.actions)
        .next();
    let action = first.and_then(|name| facts.action(name));
    let full = |template: &TypeTemplate| {
        template.complete || template.arn_member.is_some() || template.arn.is_some()
    };
    add(
        if action.is_some_and(|action| action.resources.is_empty()) {
            "operations whose action takes no resource"
        } else if operation.templates.iter().any(full) {
            "operations with a full template"
        } else if operation.templates.is_empty() {
            "operations without template"
        } else {
            "operations with a partial template"
        },
    );
}

fn stored(template: &TypeTemplate) -> &'static str {
    match (&template.arn_member, template.complete, &template.arn) {
        (Some(_), true, _) => "templates: ARN member and all variables",
        (Some(_), false, _) => "templates: ARN member",
        (None, true, _) => "templates: all variables",
        (None, false, Some(_)) => "templates: ARN of map.json",
        (None, false, None) => "templates: some variables",
    }
}

fn pass_name(pass: usize) -> &'static str {
    match pass {
        1 => "variables filled by pass 1",
        2 => "variables filled by pass 2",
        3 => "variables filled by pass 3",
        4 => "variables filled by pass 4",
        5 => "variables filled by pass 5",
        6 => "variables filled by pass 6",
        _ => "variables filled by pass 7",
    }
}

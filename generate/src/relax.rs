//! Policies relaxed: what they could allow if every condition of an Allow held and none of a Deny.
//!
//! The log does not hold the tags, networks and sessions that conditions ask for. Conditions are carried over word for
//! word, so whether they held is the same question before and after; replay leaves it out on both sides. Those learned from
//! evidence (`narrow`) held whenever the log shows an access that they are for.

use iam::policy::{Effect, Policy, ResourceElement};

/// The policies with the conditions of Allow statements removed, conditional Denies removed, and variables as `*`.
pub(crate) fn relaxed<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Vec<Policy> {
    map(
        policies,
        |effect, conditional| effect == Effect::Allow || !conditional,
        true,
    )
}

/// The policies without any statement that holds only under conditions.
pub(crate) fn unconditional<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Vec<Policy> {
    map(policies, |_, conditional| !conditional, false)
}

/// Those statements that name the action: all that matters to a request for it.
pub(crate) fn about(policies: &[Policy], action: &str) -> Vec<Policy> {
    let mut policies = policies.to_vec();
    for policy in &mut policies {
        policy
            .statements
            .retain(|statement| iam::policy::action_applies(&statement.action, action));
    }
    policies
}

fn map<'p>(
    policies: impl IntoIterator<Item = &'p Policy>,
    stays: impl Fn(Effect, bool) -> bool,
    open: bool,
) -> Vec<Policy> {
    let mut out = Vec::new();
    for policy in policies {
        let mut policy = policy.clone();
        let variables = policy.has_variables();
        policy
            .statements
            .retain(|statement| stays(statement.effect, !statement.condition.is_empty()));
        for statement in &mut policy.statements {
            statement.condition.0.clear();
            if let Some(ResourceElement::Resource(values)) = &mut statement.resource
                && open
                && variables
                && statement.effect == Effect::Allow
            {
                values
                    .items
                    .iter_mut()
                    .for_each(|text| *text = opened(text));
            }
        }
        out.push(policy);
    }
    out
}

/// Policy variables as `*`; `${*}`, `${?}` and `${$}` stay.
fn opened(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        match name {
            "*" | "?" | "$" => out.extend(["${", name, "}"]),
            _ => out.push('*'),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::opened;

    #[test]
    fn variables_open_and_escapes_stay() {
        let check = |text, expect: &str| assert_eq!(opened(text), expect);
        check("a-${aws:username}/${*}/${$}{x}", "a-*/${*}/${$}{x}");
        check("a${", "a${");
        check("plain", "plain");
    }
}

//! Rules about which elements a statement has.

use super::super::document::{ActionElement, PrincipalElement, ResourceElement};
use super::Kind;
use super::subject::{Clause, Found, Subject};

/// A finding at each statement that the test objects to, at that element of it.
fn at<'s>(
    subject: &Subject<'s>,
    test: impl Fn(Clause<'s>) -> Option<(&'static str, &'static str)>,
) -> Vec<Found> {
    let found = subject.clauses().filter_map(|clause| {
        let (element, message) = test(clause)?;
        Some(Found::new(clause.pointer() + element, message))
    });
    found.collect()
}

fn principal(clause: Clause<'_>) -> Option<&'static str> {
    clause
        .statement
        .principal
        .as_ref()
        .map(|element| match element {
            PrincipalElement::Principal(_) => "/Principal",
            PrincipalElement::NotPrincipal(_) => "/NotPrincipal",
        })
}

fn resource(clause: Clause<'_>) -> Option<&'static str> {
    clause
        .statement
        .resource
        .as_ref()
        .map(|element| match element {
            ResourceElement::Resource(_) => "/Resource",
            ResourceElement::NotResource(_) => "/NotResource",
        })
}

pub(super) fn principal_unsupported(subject: &Subject<'_>) -> Vec<Found> {
    let named = subject.kind.names_principals();
    at(subject, |clause| {
        let element = principal(clause).filter(|_| !named)?;
        Some((
            element,
            "this kind of policy is about whoever has it, and names no principal",
        ))
    })
}

pub(super) fn principal_missing(subject: &Subject<'_>) -> Vec<Found> {
    let named = subject.kind.names_principals();
    at(subject, |clause| {
        let missing = named && principal(clause).is_none();
        missing.then_some((
            "",
            "no Principal: the statement does not say whom it is about",
        ))
    })
}

pub(super) fn resource_missing(subject: &Subject<'_>) -> Vec<Found> {
    at(subject, |clause| {
        let missing = subject.kind != Kind::Trust && resource(clause).is_none();
        missing.then_some((
            "",
            "no Resource: the statement does not say on which resources",
        ))
    })
}

pub(super) fn resource_unsupported(subject: &Subject<'_>) -> Vec<Found> {
    at(subject, |clause| {
        let element = resource(clause).filter(|_| subject.kind == Kind::Trust)?;
        Some((
            element,
            "a trust policy is about its role, and has no Resource",
        ))
    })
}

pub(super) fn empty(subject: &Subject<'_>) -> Vec<Found> {
    let statement = |clause: Clause<'_>| {
        let action = match &clause.statement.action {
            ActionElement::Action(values) => ("/Action", "matches no action", values),
            ActionElement::NotAction(values) => ("/NotAction", "matches every action", values),
        };
        let resource = match &clause.statement.resource {
            Some(ResourceElement::Resource(values)) => {
                Some(("/Resource", "matches no resource", values))
            }
            Some(ResourceElement::NotResource(values)) => {
                Some(("/NotResource", "matches every resource", values))
            }
            None => None,
        };
        let elements = [Some(action), resource].into_iter().flatten();
        let empty = elements.filter(|(_, _, values)| values.items.is_empty());
        let pointer = clause.pointer();
        empty
            .map(|(element, says, _)| {
                Found::new(
                    format!("{pointer}{element}"),
                    format!("an empty element {says}"),
                )
            })
            .collect::<Vec<_>>()
    };
    subject.clauses().flat_map(statement).collect()
}

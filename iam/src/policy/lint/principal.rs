//! Rules about principals.

use super::super::document::{Effect, PrincipalElement, Principals};
use super::Kind;
use super::subject::{Clause, Found, Subject, each};

/// Each principal that a statement names: where, its kind, its name.
fn named<'s>(clause: Clause<'s>) -> Vec<(String, &'s str, &'s str)> {
    let (element, principals) = match &clause.statement.principal {
        Some(PrincipalElement::Principal(principals)) => ("Principal", principals),
        Some(PrincipalElement::NotPrincipal(principals)) => ("NotPrincipal", principals),
        None => return Vec::new(),
    };
    let pointer = format!("{}/{element}", clause.pointer());
    match principals {
        Principals::Everyone => Vec::new(),
        Principals::Bare(name) => vec![(pointer, "", name)],
        Principals::Named(kinds) => {
            let kinds = kinds.iter().flat_map(|(kind, values)| {
                let names = each(format!("{pointer}/{kind}"), values).into_iter();
                names.map(move |(pointer, name)| (pointer, kind.as_str(), name))
            });
            kinds.collect()
        }
    }
}

fn at(subject: &Subject<'_>, test: impl Fn(&str, &str) -> Option<String>) -> Vec<Found> {
    let principals = subject.clauses().flat_map(named);
    let found =
        principals.filter_map(|(pointer, kind, name)| Some(Found::new(pointer, test(kind, name)?)));
    found.collect()
}

pub(super) fn malformed(subject: &Subject<'_>) -> Vec<Found> {
    at(subject, |kind, name| {
        let wild = name.contains(['*', '?']);
        let (fits, what) = match kind {
            "AWS" => (
                wild || is_account(name),
                "an account, a user, a role or a session",
            ),
            "Service" => (
                wild || is_service(name),
                "a service such as `ec2.amazonaws.com`",
            ),
            "Federated" => (!name.is_empty(), "an identity provider"),
            "CanonicalUser" => (!name.is_empty(), "a canonical user id"),
            "" => (false, "a principal: write `{\"AWS\": …}` or `\"*\"`"),
            kind => {
                let kinds = "AWS, Service, Federated or CanonicalUser";
                return Some(format!("`{kind}` is no kind of principal: {kinds}"));
            }
        };
        (!fits).then(|| format!("`{name}` is not {what}"))
    })
}

/// An account id, an ARN of IAM or STS that can call, or the unique id of a principal that was deleted.
fn is_account(name: &str) -> bool {
    let digits = name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit());
    let unique = name.len() > 15
        && name.starts_with('A')
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    digits || unique || is_caller(name)
}

fn is_caller(name: &str) -> bool {
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let ["arn", partition, service, "", _, resource] = parts.as_slice() else {
        return false;
    };
    let starts = |all: &[&str]| all.iter().any(|start| resource.starts_with(start));
    let known = match *service {
        "iam" => *resource == "root" || starts(&["user/", "role/"]),
        "sts" => starts(&["assumed-role/", "federated-user/", "self"]),
        _ => false,
    };
    partition.starts_with("aws") && known
}

fn is_service(name: &str) -> bool {
    let host = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let ends = [
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".amazon.com",
        ".aws.internal",
        ".aws",
    ];
    host && ends.iter().any(|end| name.ends_with(end))
}

pub(super) fn wildcard(subject: &Subject<'_>) -> Vec<Found> {
    at(subject, |kind, name| {
        let alone = name == "*" && kind != "Service";
        let wild = name.contains(['*', '?']) && matches!(kind, "AWS" | "Service");
        (wild && !alone)
            .then(|| format!("`{name}` has a wildcard: name `*`, or each principal in full"))
    })
}

pub(super) fn not_principal_allow(subject: &Subject<'_>) -> Vec<Found> {
    let clauses = subject.clauses().filter_map(|clause| {
        let not = matches!(
            clause.statement.principal,
            Some(PrincipalElement::NotPrincipal(_))
        );
        let wide = not && clause.statement.effect == Effect::Allow && subject.kind != Kind::Managed;
        let pointer = format!("{}/NotPrincipal", clause.pointer());
        wide.then(|| Found::new(pointer, "allows everyone but those named, strangers too"))
    });
    clauses.collect()
}

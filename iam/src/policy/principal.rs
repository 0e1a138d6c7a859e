//! Principals: whom the statements of resource and trust policies are about.

use super::condition::Truth;
use super::document::{PrincipalElement, Principals, Values};

/// Whether a statement is about the caller; without `Principal` it is about whoever has the policy.
pub(super) fn applies(element: Option<&PrincipalElement>, caller: Option<&str>) -> Truth {
    let (principals, wanted) = match element {
        None => return Truth::Yes,
        Some(PrincipalElement::Principal(principals)) => (principals, true),
        Some(PrincipalElement::NotPrincipal(principals)) => (principals, false),
    };
    let named = match principals {
        Principals::Everyone => return wanted.into(),
        Principals::Bare(name) => {
            return Truth::Unknown(format!("`{name}` is no principal of IAM's grammar"));
        }
        Principals::Named(named) => named,
    };
    let Some(caller) = caller else {
        return Truth::Unknown("the request does not say who calls".to_owned());
    };
    let names = || names(named);
    match (wanted, names().any(|(kind, name)| is(kind, name, caller))) {
        (true, named) => named.into(),
        (false, false) => Truth::Yes,
        (false, true) => spared(names(), caller),
    }
}

/// Whether `NotPrincipal` leaves out a caller that it names. IAM wants it to name the caller's account as well, and of a
/// session also the session itself. Source: IAM User Guide, JSON policy elements: NotPrincipal.
fn spared<'n>(names: impl Iterator<Item = (&'n str, &'n str)>, caller: &str) -> Truth {
    let (mut own, mut whole) = (false, account_of(caller).is_none());
    for (_, name) in names {
        own |= name == caller || name == "*";
        whole |= name == "*" || account(name).is_some_and(|id| account_of(caller) == Some(id));
    }
    if whole && (own || role_of(caller).is_none()) {
        return Truth::No;
    }
    let why = "NotPrincipal names the caller without its account, its role or its session";
    Truth::Unknown(why.to_owned())
}

/// The kind and the name of each principal.
fn names(named: &[(String, Values)]) -> impl Iterator<Item = (&str, &str)> {
    named.iter().flat_map(|(kind, values)| {
        let names = values.items.iter();
        names.map(move |name| (kind.as_str(), name.as_str()))
    })
}

/// How a statement names a caller, which decides what else must allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// The account, which passes the decision on to its identity policies.
    Account,
    /// The role, or everyone: boundaries and session policies still limit it.
    Role,
    /// The very user or session, or a service.
    Itself,
}

/// The closest way in which a `Principal` names the caller; None when it does not.
pub(super) fn naming(element: &PrincipalElement, caller: &str) -> Option<Naming> {
    let PrincipalElement::Principal(principals) = element else {
        return (applies(Some(element), Some(caller)) == Truth::Yes).then_some(Naming::Role);
    };
    let named = match principals {
        Principals::Everyone => return Some(Naming::Role),
        Principals::Bare(_) => return None,
        Principals::Named(named) => named,
    };
    let fitting = names(named).filter(|(kind, name)| is(kind, name, caller));
    let way = |(_, name): (&str, &str)| {
        if name == "*" {
            Naming::Role
        } else if account(name).is_some() {
            Naming::Account
        } else if role_named(name).is_some() {
            Naming::Role
        } else {
            Naming::Itself
        }
    };
    fitting.map(way).max()
}

/// Whether the caller is the root user of its account.
pub(super) fn is_root(caller: &str) -> bool {
    part(caller, 5) == Some("root")
}

/// The account of a caller or a resource, where its ARN names one.
pub(super) fn account_of(arn: &str) -> Option<&str> {
    part(arn, 4)
        .filter(|account| account.bytes().all(|b| b.is_ascii_digit()) && !account.is_empty())
}

/// Whether a named principal is the caller: itself, its account, or the role of the caller's session.
fn is(kind: &str, name: &str, caller: &str) -> bool {
    if name == caller {
        return true;
    }
    if kind != "AWS" {
        return false;
    }
    match account(name) {
        _ if name == "*" => caller.starts_with("arn:"),
        Some(account) => part(caller, 4) == Some(account),
        None => role_of(caller).is_some_and(|role| Some(role) == role_named(name)),
    }
}

/// The account that a principal such as `111122223333` or `arn:aws:iam::111122223333:root` stands for.
fn account(name: &str) -> Option<&str> {
    let bare = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
    if bare {
        return Some(name);
    }
    (part(name, 5) == Some("root")).then(|| part(name, 4))?
}

fn part(arn: &str, at: usize) -> Option<&str> {
    arn.splitn(6, ':').nth(at)
}

/// Account and name of the role behind `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
fn role_of(caller: &str) -> Option<(&str, &str)> {
    let session = part(caller, 5)?.strip_prefix("assumed-role/")?;
    Some((part(caller, 4)?, session.split('/').next()?))
}

/// Account and name of `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
fn role_named(name: &str) -> Option<(&str, &str)> {
    let role = part(name, 5)?.strip_prefix("role/")?;
    Some((part(name, 4)?, role.rsplit('/').next()?))
}

/// Callers that tell the principals of these elements apart: one for each name, and an outsider. None alone when no
/// statement names a principal.
pub(super) fn callers<'a>(
    elements: impl Iterator<Item = Option<&'a PrincipalElement>>,
) -> Vec<Option<String>> {
    let mut found = Vec::new();
    for element in elements.flatten() {
        let (PrincipalElement::Principal(principals) | PrincipalElement::NotPrincipal(principals)) =
            element;
        found.push(Some(OUTSIDER.to_owned()));
        let Principals::Named(named) = principals else {
            continue;
        };
        for (_, values) in named {
            found.extend(values.items.iter().map(|name| Some(caller(name))));
        }
    }
    if found.is_empty() {
        found.push(None);
    }
    found.sort_unstable();
    found.dedup();
    found
}

const OUTSIDER: &str = "arn:aws:iam::000000000000:user/leastwise-witness";

fn caller(name: &str) -> String {
    match account(name) {
        Some(account) => format!("arn:aws:iam::{account}:user/leastwise-witness"),
        None if name == "*" => OUTSIDER.to_owned(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |kind, name, caller, expect| {
            assert_eq!(is(kind, name, caller), expect, "{kind} {name} {caller}");
        };
        let user = "arn:aws:iam::111122223333:user/anna";
        let session = "arn:aws:sts::111122223333:assumed-role/web/i-1";
        check("AWS", user, user, true);
        check("AWS", "111122223333", user, true);
        check("AWS", "arn:aws:iam::111122223333:root", session, true);
        check("AWS", "arn:aws:iam::444455556666:root", user, false);
        check(
            "AWS",
            "arn:aws:iam::111122223333:role/app/web",
            session,
            true,
        );
        check(
            "AWS",
            "arn:aws:iam::111122223333:role/app/other",
            session,
            false,
        );
        check("AWS", "*", user, true);
        check("AWS", "*", "ec2.amazonaws.com", false);
        check("Service", "ec2.amazonaws.com", "ec2.amazonaws.com", true);
    }
}

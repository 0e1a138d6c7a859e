//! Differences by hand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

use super::super::Policy;
use super::*;

fn set(statements: &str) -> PolicySet {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    PolicySet::identity(vec![Policy::parse(&text).unwrap()])
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
}

fn check(old: &str, new: &str, expect: &[(Change, &str)]) -> Difference {
    let difference = difference(&set(old), &set(new), Catalogue::embedded());
    let told: Vec<(Change, &str)> = difference
        .changes
        .iter()
        .map(|changed| (changed.change, changed.class.representative.as_str()))
        .collect();
    assert_eq!(told, expect, "{old} → {new}");
    difference
}

#[test]
fn every_kind_of_change() {
    let (get, put) = (allow("s3:GetObject", "a*"), allow("s3:PutObject", "*"));
    check(&get, &get, &[(Change::Unchanged, "s3:GetObject")]);
    check(
        &get,
        &put,
        &[
            (Change::Added, "s3:PutObject"),
            (Change::Removed, "s3:GetObject"),
        ],
    );
    check(
        &get,
        &allow("s3:GetObject", "ab"),
        &[(Change::Narrowed, "s3:GetObject")],
    );
    check(
        &get,
        &allow("s3:GetObject", "*"),
        &[(Change::Widened, "s3:GetObject")],
    );
    check(
        &get,
        &allow("s3:GetObject", "b*"),
        &[(Change::Exchanged, "s3:GetObject")],
    );
}

#[test]
fn a_deny_narrows() {
    let get = allow("s3:GetObject", "*");
    let denied = format!("{get},{}", allow("s3:*", "a").replace("Allow", "Deny"));
    let difference = check(&get, &denied, &[(Change::Narrowed, "s3:GetObject")]);
    let lost = difference.changes[0].lost.as_ref().unwrap();
    assert_eq!(lost.request.resource, "a");
    assert_eq!(difference.new_within_old, Answer::Yes);
}

#[test]
fn a_list_instead_of_a_wildcard_loses_actions_to_come() {
    let listed: Vec<String> = Catalogue::embedded()
        .expand("s3:GetObject*")
        .into_iter()
        .map(|id| Catalogue::embedded().get(id).unwrap().name().to_owned())
        .collect();
    let list = format!(r#"{{"Effect":"Allow","Action":{listed:?},"Resource":"*"}}"#);
    let difference = check(
        &allow("s3:GetObject*", "*"),
        &list,
        &[
            (Change::Removed, "s3:getobjectleastwise-witness"),
            (Change::Unchanged, "s3:GetObject"),
        ],
    );
    assert!(difference.changes[0].class.actions.is_empty());
    assert_eq!(difference.changes[0].class.unlisted, ["s3:GetObject*"]);
    assert_eq!(difference.old, difference.new);
}

#[test]
fn what_is_not_decided_says_why() {
    let plain = r#"{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:*:q"}"#;
    let other = plain.replace("*:q", "*:*:q");
    let difference = check(plain, &other, &[(Change::Unknown, "sqs:SendMessage")]);
    assert!(
        difference.changes[0]
            .why
            .as_ref()
            .unwrap()
            .contains("colons")
    );
}

#[test]
fn an_action_that_only_two_wildcards_know_is_not_hidden() {
    let get = allow("s3:Get*", "*");
    let denied = format!("{get},{}", allow("s3:*Moon", "*").replace("Allow", "Deny"));
    let difference = difference(&set(&get), &set(&denied), Catalogue::embedded());
    let told = |c: &Changed| (c.change, c.class.representative.to_ascii_lowercase());
    let told: Vec<_> = difference.changes.iter().map(told).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].0 == Change::Removed && told[0].1.ends_with("moon"),
        "{told:?}"
    );
    assert_eq!(told[1].0, Change::Unchanged);
}

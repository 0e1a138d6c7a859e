//! Grants by hand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

use super::*;

fn set(statements: &str) -> PolicySet {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    PolicySet::identity(vec![Policy::parse(&text).unwrap()])
}

/// `actions on resources` of each grant; a class of many actions by its number of actions.
fn told(set: &PolicySet) -> Vec<String> {
    let told = grants(set, Catalogue::embedded()).into_iter().map(|grant| {
        let Class {
            actions, unlisted, ..
        } = grant.class;
        let mut names = actions.join(" ");
        if actions.len() > 3 {
            names = format!("{}…", actions[0]);
        }
        let rows = grant.rows.iter().map(|row| match &row.resource {
            Some(resource) => resource.patterns().join(" "),
            None => "any".to_owned(),
        });
        let rows: Vec<String> = rows.collect();
        format!("{names} {unlisted:?} on {}", rows.join("; "))
    });
    told.collect()
}

#[test]
fn a_wildcard_is_one_class_and_says_that_it_stands_for_more() {
    let policies =
        set(r#"{"Effect":"Allow","Action":["s3:GetObjec*","s3:putobject"],"Resource":"b"}"#);
    let all = grants(&policies, Catalogue::embedded());
    assert_eq!(all.len(), 1);
    assert!(all[0].class.actions.contains(&"s3:PutObject".to_owned()));
    assert!(all[0].class.actions.contains(&"s3:GetObjectAcl".to_owned()));
    assert_eq!(all[0].class.unlisted, ["s3:GetObjec*"]);
}

#[test]
fn statements_tell_actions_apart() {
    let policies = set(
        r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"a"},
           {"Effect":"Allow","Action":"s3:GetObject","Resource":"b"}"#,
    );
    assert_eq!(
        told(&policies),
        ["s3:PutObject [] on a", "s3:GetObject [] on a; b"]
    );
}

#[test]
fn what_is_denied_is_not_granted() {
    let policies = set(
        r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":["a","b"]},
           {"Effect":"Deny","Action":"s3:Put*","Resource":"*"},
           {"Effect":"Deny","Action":"s3:Delete*","Resource":"a"}"#,
    );
    assert_eq!(
        told(&policies),
        ["s3:GetObject [] on a b", "s3:DeleteObject [] on a b"]
    );
}

#[test]
fn a_boundary_limits_grants() {
    let mut policies =
        set(r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*"}"#);
    policies.boundary = set(r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#)
        .identity
        .pop();
    assert_eq!(told(&policies), ["s3:GetObject [] on *"]);
}

#[test]
fn every_action_of_a_not_action_is_counted() {
    let policies = set(r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#);
    let all = grants(&policies, Catalogue::embedded());
    let tally = Tally::of(
        all.iter().flat_map(|g| &g.class.actions),
        Catalogue::embedded(),
    );
    let iam = Catalogue::embedded().expand("iam:*").len();
    assert_eq!(tally.actions, Catalogue::embedded().actions().count() - iam);
    assert_eq!(tally.levels.values().sum::<usize>(), tally.actions);
}

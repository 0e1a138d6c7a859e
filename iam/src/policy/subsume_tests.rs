//! Subsumption by hand, and against every request of a small universe.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

use super::*;
use proptest::prelude::*;

fn set(statements: &str) -> PolicySet {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    PolicySet::identity(vec![Policy::parse(&text).unwrap()])
}

fn check(outer: &str, inner: &str) -> Answer {
    subsumes(&set(outer), &set(inner), Catalogue::embedded())
}

const READ: &str = r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}"#;
const DENY: &str = r#"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/secret/*"}"#;

#[test]
fn a_narrower_statement_is_inside() {
    let inner = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/x"}"#;
    assert_eq!(check(READ, inner), Answer::Yes);
    assert_eq!(check(READ, READ), Answer::Yes);
}

#[test]
fn two_statements_cover_together() {
    let outer = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b"},
                   {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b?*"}"#;
    let inner = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b*"}"#;
    assert_eq!(check(outer, inner), Answer::Yes);
}

#[test]
fn a_wider_statement_has_a_witness() {
    let inner =
        r#"{"Sid":"W","Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}"#;
    let Answer::No(witness) = check(READ, inner) else {
        panic!("expected a witness")
    };
    assert_eq!(witness.request.action, "s3:PutObject");
    assert_eq!(witness.why, "allowed by statement `W`");
}

#[test]
fn a_dropped_condition_is_a_widening() {
    let outer = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#;
    let inner = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
    assert!(matches!(check(outer, inner), Answer::No(_)));
    assert_eq!(check(inner, outer), Answer::Yes);
}

#[test]
fn a_dropped_deny_is_a_widening() {
    let outer = format!("{READ},{DENY}");
    assert_eq!(check(&outer, &outer), Answer::Yes);
    let inside =
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/secret/1"}"#;
    assert!(matches!(check(&outer, inside), Answer::No(_)));
    let outside =
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/open/1"}"#;
    assert_eq!(check(&outer, outside), Answer::Yes);
}

#[test]
fn a_wider_wildcard_has_a_known_action_as_witness() {
    let inner = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}"#;
    let Answer::No(witness) = check(READ, inner) else {
        panic!("expected a witness")
    };
    assert_eq!(witness.request.action, "s3:AbortMultipartUpload");
    assert_eq!(witness.request.resource, "arn:aws:s3:::b/leastwise-witness");
}

fn statement() -> impl Strategy<Value = String> {
    let action = prop::sample::select(vec!["s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*"]);
    let resource = prop::sample::select(vec!["a", "b", "a*", "*b", "a?", "*"]);
    let condition = prop::sample::select(vec!["", r#","Condition":{"StringEquals":{"k":"v"}}"#]);
    (
        prop::bool::weighted(0.3),
        action,
        resource,
        condition,
        any::<bool>(),
    )
        .prop_map(|(deny, action, resource, condition, not)| {
            let effect = if deny { "Deny" } else { "Allow" };
            let element = if not && deny {
                "NotResource"
            } else {
                "Resource"
            };
            format!(
                r#"{{"Effect":"{effect}","Action":"{action}","{element}":"{resource}"{condition}}}"#
            )
        })
}

fn requests() -> impl Iterator<Item = Request> {
    let actions = [
        "s3:GetObject",
        "s3:PutObject",
        "s3:GetObjectAcl",
        "s3:DeleteObject",
    ];
    let resources = [
        "", "a", "b", "z", "aa", "ab", "ba", "bb", "az", "zb", "azb", "aab", "zz",
    ];
    actions.into_iter().flat_map(move |action| {
        resources.into_iter().flat_map(move |resource| {
            [None, Some("v")].into_iter().map(move |value| {
                let mut request = Request::new(action, resource);
                request
                    .context
                    .extend(value.map(|v| ("k".to_owned(), vec![v.to_owned()])));
                request
            })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn no_answer_is_wrong_on_a_small_universe(
        outer in prop::collection::vec(statement(), 1..4),
        inner in prop::collection::vec(statement(), 1..4),
    ) {
        let (outer, inner) = (set(&outer.join(",")), set(&inner.join(",")));
        let allowed = |set: &PolicySet, r: &Request| evaluate(r, set).decision == Decision::Allowed;
        match subsumes(&outer, &inner, Catalogue::embedded()) {
            Answer::Yes => {
                let wrong = requests().find(|r| allowed(&inner, r) && !allowed(&outer, r));
                prop_assert!(wrong.is_none(), "wrong Yes: {wrong:?}");
            }
            Answer::No(Witness { request, .. }) => {
                prop_assert!(allowed(&inner, &request) && !allowed(&outer, &request), "wrong No");
            }
            Answer::Unknown(_) => {}
        }
    }
}

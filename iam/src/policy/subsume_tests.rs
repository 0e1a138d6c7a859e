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

#[test]
fn a_variable_may_be_what_the_outer_set_leaves_out() {
    let outer = r#"{"Effect":"Allow","Action":"*","NotResource":"a*b"}"#;
    let inner = r#"{"Effect":"Allow","Action":"*","Resource":"${aws:username}"}"#;
    assert!(!matches!(check(outer, inner), Answer::Yes));
    assert_eq!(check(inner, inner), Answer::Yes);
}

#[test]
fn conditions_are_compared_by_what_they_mean() {
    let allow = |condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{{{condition}}}}}"#
        )
    };
    let yes = |outer: &str, inner: &str| {
        assert_eq!(
            check(&allow(outer), &allow(inner)),
            Answer::Yes,
            "{outer} {inner}"
        );
    };
    let no = |outer: &str, inner: &str| {
        let answer = check(&allow(outer), &allow(inner));
        assert!(
            matches!(answer, Answer::No(_)),
            "{outer} {inner}: {answer:?}"
        );
    };
    let wide = r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#;
    let halves = r#""IpAddress":{"aws:SourceIp":["10.0.0.0/9","10.128.0.0/9"]}"#;
    yes(wide, halves);
    yes(halves, wide);
    no(r#""IpAddress":{"aws:SourceIp":"10.0.0.0/9"}"#, wide);
    let org = r#""StringEquals":{"aws:PrincipalOrgID":"o-1"}"#;
    yes(r#""StringLike":{"aws:PrincipalOrgID":"o-*"}"#, org);
    yes(r#""Null":{"aws:PrincipalOrgID":"false"}"#, org);
    no(org, r#""StringLike":{"aws:PrincipalOrgID":"o-*"}"#);
    no(
        org,
        r#""StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}"#,
    );
}

#[test]
fn hard_patterns_end() {
    let allow = |element: &str, patterns: &[String]| {
        format!(r#"{{"Effect":"Allow","Action":"s3:GetObject","{element}":{patterns:?}}}"#)
    };
    let tail = |start: &str| format!("{start}{}", "?".repeat(30));
    let stars = |end: &str| format!("{}{end}", "*a".repeat(60));
    let many: Vec<String> = ('a'..='p').map(|c| tail(&format!("*{c}"))).collect();
    let decided = check(
        &allow("Resource", &[stars("*b")]),
        &allow("Resource", &[stars("b")]),
    );
    assert_eq!(decided, Answer::Yes);
    // 2^30 sets of positions: the work that is allotted runs out
    let deny = allow("Resource", &many).replace("Allow", "Deny");
    let entangled = check(
        &allow("NotResource", &many),
        &format!("{},{deny}", allow("Resource", &["*".to_owned()])),
    );
    let Answer::Unknown(why) = entangled else {
        panic!("{entangled:?}")
    };
    assert!(why.contains("entangled"), "{why}");
}

#[test]
fn both_readings_of_a_star_must_agree() {
    let allow = |resource: &str| {
        format!(r#"{{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"{resource}"}}"#)
    };
    let check = |outer: &str, inner: &str| check(&allow(outer), &allow(inner));
    assert!(matches!(
        check("arn:aws:sqs:*:q", "arn:aws:sqs:*:*:q"),
        Answer::Unknown(_)
    ));
    assert_eq!(check("arn:aws:sqs:*", "arn:aws:sqs:*:*:q"), Answer::Yes);
}

#[test]
fn a_boundary_narrows_the_inner_set() {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let mut inner = set(all);
    inner.boundary = set(READ).identity.pop();
    assert_eq!(
        subsumes(&set(READ), &inner, Catalogue::embedded()),
        Answer::Yes
    );
    let mut outer = set(READ);
    outer.boundary = set(r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#)
        .identity
        .pop();
    let answer = subsumes(&outer, &set(READ), Catalogue::embedded());
    assert!(matches!(answer, Answer::No(_)));
}

#[test]
fn principals_count() {
    let allow = |principal: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"*"}}"#
        )
    };
    let one = allow(r#"{"AWS":"arn:aws:iam::111122223333:role/web"}"#);
    let account = allow(r#"{"AWS":"111122223333"}"#);
    let everyone = allow(r#""*""#);
    assert_eq!(check(&account, &one), Answer::Yes);
    assert_eq!(check(&everyone, &account), Answer::Yes);
    assert!(matches!(check(&one, &account), Answer::No(_)));
    assert!(matches!(check(&account, &everyone), Answer::No(_)));
}

#[test]
fn a_wildcard_over_listed_actions_also_allows_what_is_not_known_yet() {
    let names: Vec<String> = Catalogue::embedded()
        .actions()
        .map(|action| action.name().to_owned())
        .filter(|name| name.starts_with("sts:"))
        .collect();
    let outer = format!(r#"{{"Effect":"Allow","Action":{names:?},"Resource":"*"}}"#);
    let inner = r#"{"Effect":"Allow","Action":"sts:*","Resource":"*"}"#;
    let Answer::No(witness) = check(&outer, inner) else {
        panic!("expected a witness")
    };
    assert!(
        witness
            .why
            .ends_with("that the catalogue does not know (yet)")
    );
    assert_eq!(check(inner, &outer), Answer::Yes);
}

#[test]
fn hostile_policies_end() {
    let allow =
        |resource: String| format!(r#"{{"Effect":"Allow","Action":"*","Resource":"{resource}"}}"#);
    let outer = allow(format!("{}b", "*a?".repeat(60)));
    let inner = allow(format!("{}c", "*?a".repeat(60)));
    assert!(!matches!(check(&outer, &inner), Answer::Yes));
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
        let (wider, narrower) = (Evaluator::new(&outer), Evaluator::new(&inner));
        let allowed = |set: &Evaluator<'_>, r: &Request| set.decide(r) == Decision::Allowed;
        match subsumes(&outer, &inner, Catalogue::embedded()) {
            Answer::Yes => {
                let wrong = requests().find(|r| allowed(&narrower, r) && !allowed(&wider, r));
                prop_assert!(wrong.is_none(), "wrong Yes: {wrong:?}");
            }
            Answer::No(Witness { request, .. }) => {
                prop_assert!(allowed(&narrower, &request) && !allowed(&wider, &request), "wrong No");
            }
            Answer::Unknown(_) => {}
        }
    }
}

//! The rules of evaluation, one test each. Source: IAM User Guide, "Policy evaluation logic".
#![allow(clippy::unwrap_used, reason = "test code")]

use super::super::evaluate::Decision::{self, Allowed, ExplicitDeny, ImplicitDeny};
use super::*;

const USER: &str = "arn:aws:iam::111122223333:user/anna";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/web/i-1";
const ROLE: &str = "arn:aws:iam::111122223333:role/app/web";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const BUCKET: &str = "arn:aws:s3:::b/x";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:q";
const FOREIGN: &str = "arn:aws:sqs:eu-west-1:444455556666:q";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";

fn policy(effect: &str, principal: &str, action: &str) -> Policy {
    let principal = match principal {
        "" => String::new(),
        "*" => r#""Principal":"*","#.to_owned(),
        service if service.ends_with(".amazonaws.com") => {
            format!(r#""Principal":{{"Service":"{service}"}},"#)
        }
        arn => format!(r#""Principal":{{"AWS":"{arn}"}},"#),
    };
    Policy::parse(&format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}",{principal}"Action":"{action}","Resource":"*"}}}}"#
    ))
    .unwrap()
}

fn identity(action: &str) -> PolicySet {
    PolicySet::identity(vec![policy("Allow", "", action)])
}

fn resource(principal: &str, action: &str) -> ResourceSide {
    ResourceSide {
        policy: Some(policy("Allow", principal, action)),
        ..ResourceSide::default()
    }
}

fn ask(
    caller: &str,
    (action, arn): (&str, &str),
    set: &PolicySet,
    side: &ResourceSide,
) -> Decision {
    let request = Request {
        principal: Some(caller.to_owned()),
        ..Request::new(action, arn)
    };
    authorize(&request, set, side).decision
}

const SEND: (&str, &str) = ("sqs:SendMessage", QUEUE);

#[test]
fn within_an_account_either_side_is_enough() {
    let (nothing, none) = (PolicySet::default(), ResourceSide::default());
    assert_eq!(ask(USER, SEND, &identity("sqs:*"), &none), Allowed);
    assert_eq!(ask(USER, SEND, &nothing, &resource(USER, "sqs:*")), Allowed);
    assert_eq!(ask(USER, SEND, &nothing, &resource("*", "sqs:*")), Allowed);
    assert_eq!(ask(USER, SEND, &nothing, &none), ImplicitDeny);
}

#[test]
fn the_account_passes_the_decision_on() {
    let side = resource(ROOT, "sqs:*");
    assert_eq!(ask(USER, SEND, &PolicySet::default(), &side), ImplicitDeny);
    assert_eq!(ask(USER, SEND, &identity("sqs:*"), &side), Allowed);
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let send = ("sqs:SendMessage", FOREIGN);
    let (nothing, none) = (PolicySet::default(), ResourceSide::default());
    assert_eq!(ask(USER, send, &identity("sqs:*"), &none), ImplicitDeny);
    assert_eq!(
        ask(USER, send, &nothing, &resource(USER, "sqs:*")),
        ImplicitDeny
    );
    for principal in [USER, ROOT, "111122223333", "*"] {
        let side = resource(principal, "sqs:*");
        assert_eq!(
            ask(USER, send, &identity("sqs:*"), &side),
            Allowed,
            "{principal}"
        );
    }
}

#[test]
fn a_deny_anywhere_wins() {
    let deny = || policy("Deny", "", "sqs:Send*");
    let mut caller = identity("sqs:*");
    caller.identity.push(deny());
    assert_eq!(ask(USER, SEND, &caller, &resource(USER, "*")), ExplicitDeny);
    let mut side = resource(USER, "*");
    side.rcps = vec![vec![
        policy("Allow", "*", "*"),
        policy("Deny", "*", "sqs:Send*"),
    ]];
    assert_eq!(ask(USER, SEND, &identity("*"), &side), ExplicitDeny);
    side = ResourceSide::default();
    side.policy = Some(policy("Deny", USER, "sqs:*"));
    assert_eq!(ask(USER, SEND, &identity("*"), &side), ExplicitDeny);
    assert_eq!(ask(SESSION, SEND, &identity("*"), &side), Allowed);
}

#[test]
fn control_policies_of_both_sides_must_allow() {
    let mut caller = identity("sqs:*");
    caller.scps = vec![
        vec![policy("Allow", "", "*")],
        vec![policy("Allow", "", "s3:*")],
    ];
    assert_eq!(ask(USER, SEND, &caller, &resource(USER, "*")), ImplicitDeny);
    let mut side = resource(USER, "*");
    side.rcps = vec![vec![policy("Allow", "*", "s3:*")]];
    assert_eq!(ask(USER, SEND, &identity("*"), &side), ImplicitDeny);
}

#[test]
fn a_boundary_limits_what_the_role_gets_but_not_what_the_session_gets() {
    let limited = |field: fn(&mut PolicySet, Policy)| {
        let mut caller = PolicySet::default();
        field(&mut caller, policy("Allow", "", "s3:*"));
        caller
    };
    let boundary = limited(|set, policy| set.boundary = Some(policy));
    let session = limited(|set, policy| set.session = vec![policy]);
    for caller in [boundary, session] {
        assert_eq!(
            ask(SESSION, SEND, &caller, &resource(ROLE, "*")),
            ImplicitDeny
        );
        assert_eq!(
            ask(SESSION, SEND, &caller, &resource("*", "*")),
            ImplicitDeny
        );
        assert_eq!(
            ask(SESSION, SEND, &caller, &resource(SESSION, "*")),
            Allowed
        );
        assert_eq!(ask(USER, SEND, &caller, &resource(USER, "*")), Allowed);
    }
}

#[test]
fn a_key_policy_must_allow() {
    let decrypt = ("kms:Decrypt", KEY);
    let (all, nothing) = (identity("kms:*"), PolicySet::default());
    assert_eq!(
        ask(USER, decrypt, &all, &ResourceSide::default()),
        ImplicitDeny
    );
    assert_eq!(ask(USER, decrypt, &all, &resource(ROOT, "kms:*")), Allowed);
    assert_eq!(
        ask(USER, decrypt, &nothing, &resource(ROOT, "kms:*")),
        ImplicitDeny
    );
    assert_eq!(
        ask(USER, decrypt, &nothing, &resource(USER, "kms:*")),
        Allowed
    );
}

#[test]
fn a_trust_policy_must_allow() {
    let assume = ("sts:AssumeRole", ROLE);
    let (all, nothing) = (identity("sts:*"), PolicySet::default());
    assert_eq!(
        ask(USER, assume, &all, &ResourceSide::default()),
        ImplicitDeny
    );
    assert_eq!(
        ask(USER, assume, &all, &resource(ROOT, "sts:AssumeRole")),
        Allowed
    );
    assert_eq!(
        ask(USER, assume, &nothing, &resource(USER, "sts:AssumeRole")),
        Allowed
    );
    let foreign = ("sts:AssumeRole", "arn:aws:iam::444455556666:role/r");
    let side = resource(USER, "sts:AssumeRole");
    assert_eq!(ask(USER, foreign, &nothing, &side), ImplicitDeny);
    assert_eq!(ask(USER, foreign, &all, &side), Allowed);
}

#[test]
fn a_service_has_only_the_resource_policy() {
    let service = "sns.amazonaws.com";
    let nothing = PolicySet::default();
    assert_eq!(
        ask(service, SEND, &nothing, &resource(service, "sqs:*")),
        Allowed
    );
    assert_eq!(
        ask(service, SEND, &nothing, &resource(USER, "sqs:*")),
        ImplicitDeny
    );
}

#[test]
fn an_unknown_owner_matters_only_when_it_matters() {
    let get = ("s3:GetObject", BUCKET);
    let none = ResourceSide::default();
    let one_side = ask(USER, get, &identity("s3:*"), &none);
    assert!(matches!(one_side, Decision::Unknown(why) if why.contains("owns")));
    assert_eq!(
        ask(USER, get, &identity("s3:*"), &resource(USER, "s3:*")),
        Allowed
    );
    let owned = ResourceSide {
        account: Some("111122223333".to_owned()),
        ..none
    };
    assert_eq!(ask(USER, get, &identity("s3:*"), &owned), Allowed);
}

#[test]
fn the_trace_names_the_statements_of_both_sides() {
    let request = Request {
        principal: Some(USER.to_owned()),
        ..Request::new(SEND.0, SEND.1)
    };
    let trace = authorize(&request, &identity("sqs:*"), &resource(USER, "sqs:*")).trace;
    let policies: Vec<usize> = trace.iter().map(|hit| hit.policy).collect();
    assert_eq!(policies, [0, 1]);
}

//! Every rule by a document that it objects to, with the element it points at, and by one that it passes.
#![allow(clippy::unwrap_used, reason = "test code")]

use super::*;

struct Example {
    rule: &'static str,
    kind: Kind,
    /// Parts of a document: `⟨…⟩` marks what is wrong, and is replaced by `right`.
    wrong: String,
    right: String,
    pointer: &'static str,
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// A statement with these members besides Effect.
fn allow(members: &str) -> String {
    document(&format!(r#"{{"Effect":"Allow",{members}}}"#))
}

fn action(action: &str) -> String {
    allow(&format!(r#""Action":[{action}],"Resource":"*""#))
}

fn resource(action: &str, resource: &str) -> String {
    allow(&format!(r#""Action":"{action}","Resource":"{resource}""#))
}

fn principal(principal: &str) -> String {
    allow(&format!(
        r#""Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#
    ))
}

fn condition(condition: &str) -> String {
    allow(&format!(
        r#""Action":["s3:ListBucket"],"Resource":"*","Condition":{{{condition}}}"#
    ))
}

fn example(
    rule: &'static str,
    kind: Kind,
    pointer: &'static str,
    wrong: String,
    right: String,
) -> Example {
    Example {
        rule,
        kind,
        wrong,
        right,
        pointer,
    }
}

fn long(size: usize) -> String {
    resource(
        "s3:GetObject",
        &format!("arn:aws:s3:::b/{}", "x".repeat(size)),
    )
}

#[rustfmt::skip]
fn examples() -> Vec<Example> {
    use Kind::{Managed, Resource, Role, Scp, Session, Trust, User};
    let c = condition;
    vec![
        example("version-missing", Managed, "", r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#.into(), action(r#""*""#)),
        example("id-unsupported", Managed, "/Id", r#"{"Version":"2012-10-17","Id":"x","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#.into(), action(r#""*""#)),
        example("statements-missing", Managed, "/Statement", document(""), action(r#""*""#)),
        example("characters", Managed, "/Statement/0/Resource", resource("s3:GetObject", "arn:aws:s3:::b/日"), resource("s3:GetObject", "arn:aws:s3:::b/é")),
        example("characters", Managed, "/Statement/0/Condition/StringEquals/aws:PrincipalTag~1日", c(r#""StringEquals":{"aws:PrincipalTag/日":"a"}"#), c(r#""StringEquals":{"aws:PrincipalTag/é":"a"}"#)),
        example("quota", Managed, "", long(6_144), long(6_000)),
        example("quota", Role, "", long(10_240), long(10_000)),
        example("quota", User, "", long(2_048), long(1_900)),
        example("quota", Session, "", long(2_048), long(1_900)),
        example("quota-default", Scp, "", long(6_000), long(5_000)),
        example("sid-characters", Managed, "/Statement/0/Sid", allow(r#""Sid":"not this","Action":"*","Resource":"*""#), allow(r#""Sid":"This1","Action":"*","Resource":"*""#)),
        example("sid-repeated", Managed, "/Statement/1/Sid", document(r#"{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"A","Effect":"Deny","Action":"*","Resource":"*"}"#), document(r#"{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}"#)),
        example("principal-unsupported", Managed, "/Statement/0/Principal", principal(r#""*""#), action(r#""*""#)),
        example("principal-missing", Resource, "/Statement/0", action(r#""s3:GetObject""#), principal(r#""*""#)),
        example("principal-malformed", Resource, "/Statement/0/Principal", principal(r#""anna""#), principal(r#""*""#)),
        example("principal-malformed", Resource, "/Statement/0/Principal/AWS/1", principal(r#"{"AWS":["111122223333","arn:aws:iam::111122223333:group/g"]}"#), principal(r#"{"AWS":["111122223333","arn:aws:iam::111122223333:role/p/r"]}"#)),
        example("principal-malformed", Resource, "/Statement/0/Principal/Service", principal(r#"{"Service":"ec2"}"#), principal(r#"{"Service":"ec2.amazonaws.com"}"#)),
        example("principal-malformed", Resource, "/Statement/0/Principal/Aws", principal(r#"{"Aws":"111122223333"}"#), principal(r#"{"AWS":"AROAABCDEFGHIJKLMNOPQ"}"#)),
        example("principal-wildcard", Resource, "/Statement/0/Principal/AWS", principal(r#"{"AWS":"arn:aws:iam::111122223333:role/*"}"#), principal(r#"{"AWS":"*"}"#)),
        example("not-principal-allow", Resource, "/Statement/0/NotPrincipal", principal(r#"{"AWS":"111122223333"}"#).replace("Principal", "NotPrincipal"), principal(r#"{"AWS":"111122223333"}"#).replace("Principal", "NotPrincipal").replace("Allow", "Deny")),
        example("resource-missing", Managed, "/Statement/0", allow(r#""Action":"*""#), action(r#""*""#)),
        example("resource-unsupported", Trust, "/Statement/0/Resource", allow(r#""Principal":"*","Action":"sts:AssumeRole","Resource":"*""#), allow(r#""Principal":"*","Action":"sts:AssumeRole""#)),
        example("element-empty", Managed, "/Statement/0/Action", action(""), action(r#""*""#)),
        example("action-malformed", Managed, "/Statement/0/Action/1", action(r#""s3:GetObject","GetObject""#), action(r#""s3:GetObject","*""#)),
        example("action-malformed", Managed, "/Statement/0/Action/0", action(r#""s*:GetObject""#), action(r#""s3:*Object""#)),
        example("service-unknown", Managed, "/Statement/0/Action/0", action(r#""simple-storage:GetObject""#), action(r#""S3:GetObject""#)),
        example("action-unknown", Managed, "/Statement/0/Action/0", action(r#""s3:FlyObject*""#), action(r#""s3:getobject*""#)),
        example("action-not-trust", Trust, "/Statement/0/Action", allow(r#""Principal":"*","Action":"s3:GetObject""#), allow(r#""Principal":"*","Action":"sts:TagSession""#)),
        example("resource-malformed", Managed, "/Statement/0/Resource", resource("s3:GetObject", "b/x"), resource("s3:GetObject", "arn:aws:s3:::b/x")),
        example("resource-malformed", Managed, "/Statement/0/Resource", resource("s3:ListBucket", "arn:aws:s3:b"), resource("s3:ListBucket", "arn:aws:s3:::${aws:username}")),
        example("arn-part", Managed, "/Statement/0/Resource", resource("s3:ListBucket", "arn:amazon:s3:::b"), resource("s3:ListBucket", "arn:aws-cn:s3:::b")),
        example("arn-part", Managed, "/Statement/0/Resource", resource("s3:ListBucket", "arn:aws:*:::b"), resource("s3:ListBucket", "arn:*:s3:::b")),
        example("arn-part", Managed, "/Statement/0/Resource", resource("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1111:q"), resource("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1111*:q")),
        example("arn-part", Managed, "/Statement/0/Resource", resource("sqs:SendMessage", "arn:aws:SQS:eu-west-1:111122223333:q"), resource("sqs:SendMessage", "arn:aws:sqs:*:*:q")),
        example("action-without-resource", Managed, "/Statement/0/Action", resource("s3:ListBucket", "arn:aws:s3:::b/*"), resource("s3:ListBucket", "arn:aws:s3:::b*")),
        example("action-without-resource", Managed, "/Statement/0/Action", resource("s3:ListAllMyBuckets", "arn:aws:s3:::*"), resource("s3:ListAllMyBuckets", "*")),
        example("action-without-resource", Managed, "/Statement/0/Action", resource("s3:GetObject", "arn:aws:s3:::b"), resource("s3:GetObject", "arn:aws:s3:::${aws:username}*")),
        example("action-without-resource", Managed, "/Statement/0/Action", resource("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/t/index/i"), resource("dynamodb:Query", "arn:aws:dynamodb:*:*:table/t/index/i")),
        example("resource-without-action", Managed, "/Statement/0/Resource/1", allow(r#""Action":"s3:Get*","Resource":["arn:aws:s3:::b/*","arn:aws:sqs:*:*:q"]"#), allow(r#""Action":"s3:Get*","Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b"]"#)),
        example("operator-unknown", Managed, "/Statement/0/Condition/StringsEqual/aws:username", c(r#""StringsEqual":{"aws:username":"a"}"#), c(r#""ForAnyValue:StringLikeIfExists":{"aws:username":"a"}"#)),
        example("operator-unknown", Managed, "/Statement/0/Condition/NullIfExists/aws:username", c(r#""NullIfExists":{"aws:username":"true"}"#), c(r#""Null":{"aws:username":"true"}"#)),
        example("value-malformed", Managed, "/Statement/0/Condition/IpAddress/aws:SourceIp/1", c(r#""IpAddress":{"aws:SourceIp":["10.0.0.0/8","10.0.0.0/33"]}"#), c(r#""IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]}"#)),
        example("value-malformed", Managed, "/Statement/0/Condition/DateLessThan/aws:CurrentTime", c(r#""DateLessThan":{"aws:CurrentTime":"tomorrow"}"#), c(r#""DateLessThan":{"aws:CurrentTime":"2026-12-01T00:00Z"}"#)),
        example("value-malformed", Managed, "/Statement/0/Condition/NumericLessThan/aws:MultiFactorAuthAge", c(r#""NumericLessThan":{"aws:MultiFactorAuthAge":"1h"}"#), c(r#""NumericLessThan":{"aws:MultiFactorAuthAge":3600}"#)),
        example("value-malformed", Managed, "/Statement/0/Condition/Bool/aws:SecureTransport", c(r#""Bool":{"aws:SecureTransport":"yes"}"#), c(r#""Bool":{"aws:SecureTransport":true}"#)),
        example("value-malformed", Managed, "/Statement/0/Condition/Null/aws:username", c(r#""Null":{"aws:username":"1"}"#), c(r#""Null":{"aws:username":"False"}"#)),
        example("value-malformed", Managed, "/Statement/0/Condition/ArnLike/aws:PrincipalArn", c(r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam:*:role/r"}"#), c(r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/r"}"#)),
        example("value-wildcard", Managed, "/Statement/0/Condition/StringEquals/aws:username", c(r#""StringEquals":{"aws:username":"a*"}"#), c(r#""StringLike":{"aws:username":"a*"}"#)),
        example("values-missing", Managed, "/Statement/0/Condition/StringEquals/aws:username", c(r#""StringEquals":{"aws:username":[]}"#), c(r#""StringEquals":{"aws:username":["a"]}"#)),
        example("bool-several", Managed, "/Statement/0/Condition/Bool/aws:SecureTransport", c(r#""Bool":{"aws:SecureTransport":["true","false"]}"#), c(r#""Bool":{"aws:SecureTransport":["true"]}"#)),
        example("for-all-values-absent", Managed, "/Statement/0/Condition/ForAllValues:StringEquals/aws:CalledVia", c(r#""ForAllValues:StringEquals":{"aws:CalledVia":"a"}"#), c(r#""ForAllValues:StringEquals":{"aws:CalledVia":"a"},"Null":{"aws:CalledVia":"false"}"#)),
        example("key-repeated", Managed, "/Statement/0/Condition/StringEquals/AWS:username", c(r#""StringEquals":{"aws:username":"a","AWS:username":"b"}"#), c(r#""StringEquals":{"aws:username":"a"},"StringNotEquals":{"aws:username":"b"}"#)),
        example("key-malformed", Managed, "/Statement/0/Condition/StringEquals/username", c(r#""StringEquals":{"username":"a"}"#), c(r#""StringEquals":{"aws:username":"a"}"#)),
        example("key-malformed", Managed, "/Statement/0/Condition/StringEquals/aws:PrincipalTag", c(r#""StringEquals":{"aws:PrincipalTag":"a"}"#), c(r#""StringEquals":{"aws:PrincipalTag/a":"a"}"#)),
        example("key-unknown", Managed, "/Statement/0/Condition/StringEquals/aws:PrincipalName", c(r#""StringEquals":{"aws:PrincipalName":"a"}"#), c(r#""StringEquals":{"AWS:principaltag/Name":"a"}"#)),
        example("key-ignored", Managed, "/Statement/0/Condition/StringEquals/s3:x-amz-acl", c(r#""StringEquals":{"s3:x-amz-acl":"private"}"#), c(r#""StringEquals":{"s3:Prefix":"private"}"#)),
        example("key-ignored", Managed, "/Statement/0/Condition/StringEquals/aws:RequestTag~1a", c(r#""StringEquals":{"aws:RequestTag/a":"b"}"#), action(r#""sqs:TagQueue""#).replace("\"*\"}", r#""*","Condition":{"StringEquals":{"aws:RequestTag/a":"b"}}}"#)),
        example("key-without-effect", Managed, "/Statement/0/Condition/StringNotEquals/s3:x-amz-acl", c(r#""StringNotEquals":{"s3:x-amz-acl":"private"}"#), c(r#""StringNotEquals":{"s3:prefix":"private"}"#)),
        example("key-type", Managed, "/Statement/0/Condition/StringEquals/aws:SourceIp", c(r#""StringEquals":{"aws:SourceIp":"10.0.0.0/8"}"#), c(r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#)),
        example("key-single", Managed, "/Statement/0/Condition/ForAnyValue:StringEquals/aws:username", c(r#""ForAnyValue:StringEquals":{"aws:username":"a"}"#), c(r#""ForAnyValue:StringEquals":{"aws:CalledVia":"a"}"#)),
        example("variable-unclosed", Managed, "/Statement/0/Resource", resource("s3:GetObject", "arn:aws:s3:::b/${aws:username"), resource("s3:GetObject", "arn:aws:s3:::b/${aws:username}")),
        example("variable-plain", Managed, "/Statement/0/Resource", resource("s3:GetObject", "arn:aws:s3:::b/${aws:username}").replace("2012", "2008"), resource("s3:GetObject", "arn:aws:s3:::b/${aws:username}")),
        example("variable-operator", Managed, "/Statement/0/Condition/NumericEquals/aws:MultiFactorAuthAge", c(r#""NumericEquals":{"aws:MultiFactorAuthAge":"${aws:username}"}"#), c(r#""StringEquals":{"aws:username":"${aws:PrincipalTag/n}"}"#)),
        example("variable-unknown", Managed, "/Statement/0/Resource", resource("s3:GetObject", "arn:aws:s3:::b/${username}"), resource("s3:GetObject", "arn:aws:s3:::b/${*}${aws:PrincipalTag/team, 'none'}")),
        example("variable-unknown", Managed, "/Statement/0/Resource", resource("s3:GetObject", "arn:aws:s3:::b/${aws:TagKeys}"), resource("s3:GetObject", "arn:aws:s3:::b/${saml:sub}")),
    ]
}

fn found(text: &str, kind: Kind) -> Vec<Finding> {
    let policy = Policy::parse(text).unwrap();
    lint(&policy, kind, Catalogue::embedded())
}

#[test]
fn each_rule_finds_what_is_wrong_and_passes_what_is_right() {
    for example in examples() {
        let of = |text: &str| {
            let findings = found(text, example.kind).into_iter();
            findings
                .filter(|f| f.rule == example.rule)
                .collect::<Vec<_>>()
        };
        let wrong = of(&example.wrong);
        let pointers: Vec<&str> = wrong.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [example.pointer],
            "{}: {}",
            example.rule,
            example.wrong
        );
        assert_eq!(
            of(&example.right),
            [],
            "{}: {}",
            example.rule,
            example.right
        );
    }
}

#[test]
fn what_is_right_is_right_by_every_rule() {
    for example in examples() {
        let errors = found(&example.right, example.kind).into_iter();
        let errors: Vec<Finding> = errors.filter(|f| f.severity == Severity::Error).collect();
        assert_eq!(errors, [], "{}", example.right);
    }
}

#[test]
fn every_rule_has_examples_and_a_name_of_its_own() {
    let examples = examples();
    for rule in RULES {
        let shown = examples.iter().any(|example| example.rule == rule.id);
        // no action of the embedded catalogue need be retired
        assert!(shown || rule.id == "action-retired", "{}", rule.id);
        assert_eq!(
            RULES.iter().filter(|r| r.id == rule.id).count(),
            1,
            "{}",
            rule.id
        );
    }
}

#[test]
fn a_retired_action_is_told() {
    let catalogue = Catalogue::embedded();
    let retired = catalogue
        .all()
        .filter_map(|id| catalogue.get(id))
        .find(|a| a.retired());
    let name = retired.unwrap().name();
    let findings = found(&action(&format!("{name:?}")), Kind::Managed);
    assert!(
        findings.iter().any(|f| f.rule == "action-retired"),
        "{findings:?}"
    );
}

#[test]
fn the_kind_is_what_the_document_looks_like() {
    let kind = |text: &str| Kind::of(&Policy::parse(text).unwrap());
    assert_eq!(kind(&action(r#""*""#)), Kind::Managed);
    assert_eq!(kind(&principal(r#""*""#)), Kind::Resource);
    assert_eq!(
        kind(&allow(r#""Principal":"*","Action":"sts:AssumeRole""#)),
        Kind::Trust
    );
}

#[test]
fn hostile_documents_end() {
    let resources: Vec<String> = (0..50)
        .map(|n| format!("{}{n}", "*a?".repeat(60)))
        .collect();
    let text = allow(&format!(
        r#""Action":["s3:*","ec2:*","iam:*"],"Resource":{resources:?}"#
    ));
    assert!(!found(&text, Kind::Managed).is_empty());
}

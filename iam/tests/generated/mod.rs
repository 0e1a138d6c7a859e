//! Random sets of policies over a small vocabulary, and all requests that tell them apart.

pub(crate) mod dice;

use dice::Dice;
use leastwise_iam::policy::{Policy, PolicySet, Request};
use std::collections::BTreeMap;

const ACTIONS: [&str; 8] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:Get*",
    "s3:*Object",
    "S3:*",
    "*",
    "s3:?etObject",
    "s3:NoSuch",
];

#[rustfmt::skip]
const RESOURCES: [&str; 16] = [
    "*", "a", "b", "a*", "*b", "a?", "?", "a*b", "b*a", "*a*", "a:*", "*:b", "a:b", "${aws:k}", "a${aws:k, 'B'}", "a${*}",
];

/// Groups of conditions; a pair of sets uses one group, which keeps its universe small.
pub(crate) const GROUPS: usize = CONDITIONS.len();

const CONDITIONS: [&[&str]; 6] = [
    &[
        r#""StringEquals":{"aws:k":"a"}"#,
        r#""StringEquals":{"aws:k":["a","b"]}"#,
        r#""StringNotEquals":{"aws:k":"a"}"#,
        r#""StringLike":{"aws:k":"a*"}"#,
        r#""StringNotLike":{"aws:k":["a*","b"]}"#,
        r#""StringEqualsIfExists":{"aws:k":"a"}"#,
        r#""StringEqualsIgnoreCase":{"aws:k":"AB"}"#,
        r#""Null":{"aws:k":"true"}"#,
        r#""Null":{"aws:k":"false"}"#,
        r#""StringLike":{"aws:k":"*"}"#,
        r#""StringEquals":{"aws:k":"${aws:j}"}"#,
    ],
    &[
        r#""NumericLessThan":{"aws:n":"2"}"#,
        r#""NumericGreaterThanEquals":{"aws:n":"2"}"#,
        r#""NumericEquals":{"aws:n":[1,2]}"#,
        r#""NumericNotEquals":{"aws:n":"2"}"#,
        r#""NumericLessThanEqualsIfExists":{"aws:n":3}"#,
        r#""NumericGreaterThan":{"aws:n":1}"#,
        r#""Null":{"aws:n":"true"}"#,
        r#""Bool":{"aws:t":"true"}"#,
        r#""Bool":{"aws:t":false}"#,
        r#""BoolIfExists":{"aws:t":"false"}"#,
    ],
    &[
        r#""IpAddress":{"aws:ip":"10.0.0.0/8"}"#,
        r#""IpAddress":{"aws:ip":["10.0.0.0/9","10.128.0.0/9"]}"#,
        r#""NotIpAddress":{"aws:ip":"10.0.0.0/9"}"#,
        r#""IpAddress":{"aws:ip":"0.0.0.0/0"}"#,
        r#""IpAddressIfExists":{"aws:ip":"10.128.0.0/9"}"#,
        r#""Null":{"aws:ip":"true"}"#,
    ],
    &[
        r#""ForAllValues:StringEquals":{"aws:tagkeys":"a"}"#,
        r#""ForAllValues:StringLike":{"aws:tagkeys":["a*","b"]}"#,
        r#""ForAnyValue:StringEquals":{"aws:tagkeys":["a","b"]}"#,
        r#""ForAnyValue:StringNotEquals":{"aws:tagkeys":"a"}"#,
        r#""ForAllValues:StringNotLike":{"aws:tagkeys":"a*"}"#,
        r#""StringEquals":{"aws:tagkeys":"a"}"#,
        r#""StringNotEquals":{"aws:tagkeys":"a"}"#,
        r#""Null":{"aws:tagkeys":"false"}"#,
        r#""ForAnyValue:StringEqualsIfExists":{"aws:tagkeys":"b"}"#,
    ],
    &[
        r#""DateLessThan":{"aws:d":"2026-01-01T00:00:00Z"}"#,
        r#""DateGreaterThanEquals":{"aws:d":"2026-01-01"}"#,
        r#""DateGreaterThan":{"aws:d":"2025-06-01T00:00:00Z"}"#,
        r#""DateNotEquals":{"aws:d":"2026-01-01T00:00:00Z"}"#,
        r#""ArnLike":{"aws:a":"arn:aws:s3:::*"}"#,
        r#""ArnNotLike":{"aws:a":"arn:aws:s3:::b*"}"#,
        r#""ArnEquals":{"aws:a":"arn:aws:s3:*:*:b"}"#,
        r#""StringLike":{"aws:a":"arn:aws:s3:*"}"#,
    ],
    &[
        r#""StringEquals":{"svc:k":"a"}"#,
        r#""StringNotEquals":{"svc:k":"a"}"#,
        r#""StringNotEquals":{"svc:k":["a","b"]}"#,
        r#""StringLike":{"svc:k":"?"}"#,
        r#""BinaryEquals":{"svc:k":"a"}"#,
        r#""Null":{"svc:k":"true"}"#,
    ],
];

/// Values of each group's keys; `-` is absent, `a,b` two values.
#[rustfmt::skip]
const CONTEXTS: [&[(&str, &[&str])]; 6] = [
    &[("aws:k", &["-", "a", "b", "ab", "AB", "z", "a:b"]), ("aws:j", &["-", "a"])],
    &[
        ("aws:n", &["-", "0", "1", "1.5", "2", "2.5", "3", "4", "x"]),
        ("aws:t", &["-", "true", "false", "x"]),
    ],
    &[("aws:ip", &["-", "10.0.0.1", "10.127.255.255", "10.128.0.0", "11.0.0.0", "::1", "x"])],
    &[("aws:tagkeys", &["-", "a", "b", "z", "ab", "a,b", "a,ab", "a,z", "b,ab", "a,b,z"])],
    &[
        ("aws:d", &["-", "2025-01-01", "2025-06-01", "2025-12-31", "2026-01-01", "2026-01-02", "x"]),
        ("aws:a", &["-", "arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:r::b", "arn:aws:s3:x", "y"]),
    ],
    &[("svc:k", &["-", "a", "b", "z", "zz", "a,b", "b,z"])],
];

fn values(dice: &mut Dice, from: &[&str]) -> String {
    let count = 1 + usize::from(dice.chance(3));
    let items: Vec<String> = (0..count).map(|_| format!("{:?}", dice.of(from))).collect();
    match items.as_slice() {
        [only] => only.clone(),
        all => format!("[{}]", all.join(",")),
    }
}

fn condition(dice: &mut Dice, group: usize) -> String {
    let one = dice.of(CONDITIONS[group]);
    let other = dice.of(CONDITIONS[group]);
    let operator = |text: &str| text.split('{').next().map(str::to_owned);
    if dice.chance(4) && operator(one) != operator(other) {
        return format!(r#","Condition":{{{one},{other}}}"#);
    }
    format!(r#","Condition":{{{one}}}"#)
}

fn statement(dice: &mut Dice, group: usize) -> String {
    let effect = if dice.chance(3) { "Deny" } else { "Allow" };
    let not_action = if dice.chance(1) { "Not" } else { "" };
    let not_resource = if dice.chance(1) { "Not" } else { "" };
    let (action, resource) = (values(dice, &ACTIONS), values(dice, &RESOURCES));
    let condition = if dice.chance(5) {
        condition(dice, group)
    } else {
        String::new()
    };
    format!(
        r#"{{"Effect":"{effect}","{not_action}Action":{action},"{not_resource}Resource":{resource}{condition}}}"#
    )
}

fn policy(dice: &mut Dice, group: usize) -> Policy {
    let count = 1 + dice.below(3);
    let statements: Vec<String> = (0..count).map(|_| statement(dice, group)).collect();
    let version = if dice.chance(9) {
        "2012-10-17"
    } else {
        "2008-10-17"
    };
    let statements = statements.join(",");
    Policy::parse(&format!(
        r#"{{"Version":"{version}","Statement":[{statements}]}}"#
    ))
    .unwrap()
}

fn set(dice: &mut Dice, group: usize) -> PolicySet {
    let mut set = PolicySet::identity(vec![policy(dice, group)]);
    if dice.chance(2) {
        set.identity.push(policy(dice, group));
    }
    if dice.chance(1) {
        set.boundary = Some(policy(dice, group));
    }
    if dice.chance(1) {
        set.scps = vec![vec![policy(dice, group)]];
    }
    if dice.chance(1) {
        set.session = vec![policy(dice, group)];
    }
    set
}

/// A pair of sets: unrelated, or one made from the other, so that every answer occurs often.
pub(crate) fn pair(dice: &mut Dice, group: usize) -> (PolicySet, PolicySet) {
    let outer = set(dice, group);
    if dice.chance(5) {
        return (outer, set(dice, group));
    }
    let mut inner = outer.clone();
    let own = &mut inner.identity[0].statements;
    let at = dice.below(own.len());
    match dice.below(3) {
        0 => drop(own.remove(at)),
        1 => own.push(policy(dice, group).statements.remove(0)),
        _ => own[at].condition = policy(dice, group).statements.remove(0).condition,
    }
    (outer, inner)
}

fn contexts(group: usize) -> Vec<BTreeMap<String, Vec<String>>> {
    let mut all = vec![BTreeMap::new()];
    for (key, values) in CONTEXTS[group] {
        let mut next = Vec::new();
        for context in &all {
            for value in *values {
                let mut context: BTreeMap<String, Vec<String>> = context.clone();
                if *value != "-" {
                    let values = value.split(',').map(str::to_owned).collect();
                    context.insert((*key).to_owned(), values);
                }
                next.push(context);
            }
        }
        all = next;
    }
    all
}

/// Every request of the group's small world.
#[rustfmt::skip]
pub(crate) fn universe(group: usize) -> Vec<Request> {
    let actions = ["s3:GetObject", "s3:PutObject", "s3:GetObjectAcl", "s3:NoSuch", "s3:New", "ec2:RunInstances"];
    let resources = ["", "a", "b", "z", "ab", "ba", "az", "zb", "azb", "a:b", "z:b", "a:z:b", "zaz", "aB", "a*", "aab"];
    let mut all = Vec::new();
    for context in contexts(group) {
        for action in actions {
            for resource in resources {
                all.push(Request { context: context.clone(), ..Request::new(action, resource) });
            }
        }
    }
    all
}

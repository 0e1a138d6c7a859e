//! Policies and requests that the emulator can be asked about: users by simulation, sessions of roles by real calls.

use crate::dice::Dice;
use leastwise_iam::policy::{Policy, PolicySet, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ACCOUNT: &str = "000000000000";

/// How the emulator was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// `iam:SimulatePrincipalPolicy`.
    Simulated,
    /// The call itself was made.
    Called,
}

/// A request and the policies that decide on it.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) set: PolicySet,
    pub(crate) request: Request,
}

impl Question {
    /// Changes every policy.
    pub(crate) fn policies(&mut self, change: impl Fn(&mut Policy)) {
        let set = &mut self.set;
        let limits = set.boundary.iter_mut().chain(&mut set.session);
        set.identity.iter_mut().chain(limits).for_each(change);
    }
}

/// A user with up to three policies; every action on every resource is simulated.
struct User {
    identity: Vec<Value>,
    resources: Vec<String>,
}

/// A session of a role, and the calls made in it.
struct Session {
    identity: Vec<Value>,
    boundary: Option<Value>,
    session: Option<Value>,
    tags: BTreeMap<&'static str, &'static str>,
    calls: Vec<Call>,
}

struct Call {
    action: &'static str,
    name: &'static str,
    /// Tags that the call would set.
    tags: Vec<(&'static str, &'static str)>,
}

pub(crate) struct Cases {
    users: Vec<User>,
    sessions: Vec<Session>,
}

const ACTIONS: [&str; 8] = [
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:DeleteParameter",
    "ssm:AddTagsToResource",
    "dynamodb:GetItem",
    "dynamodb:DeleteItem",
    "sqs:SendMessage",
    "sqs:GetQueueAttributes",
];

#[rustfmt::skip]
const ACTION_PATTERNS: [&str; 12] = [
    "*", "ssm:*", "SSM:get*", "ssm:GetParameter", "ssm:*Parameter*", "ssm:AddTagsToResource", "dynamodb:?etItem",
    "dynamodb:*Item", "sqs:SendMessage", "sqs:*", "*:Get*", "s3:*",
];

const NAMES: [&str; 4] = ["a", "b", "ab", "aXb"];

#[rustfmt::skip]
const RESOURCE_PATTERNS: [&str; 14] = [
    "*", "*", "arn:aws:ssm:*:*:parameter/a*", "arn:aws:ssm:us-east-1:000000000000:parameter/b", "arn:aws:ssm:*/a?b",
    "arn:aws:ssm:*:*:parameter/A", "arn:aws:dynamodb:*:*:table/?", "arn:aws:dynamodb:us-*:000000000000:table/*b",
    "arn:aws:sqs:*:*:a", "arn:aws:sqs:*:ab", "arn:aws:*:us-east-1:*:*b", "arn:aws:s3:::a",
    "arn:aws:ssm:*:*:parameter/${aws:PrincipalTag/k}", "arn:aws:*:*:*:*${aws:PrincipalTag/none, 'b'}",
];

/// A key, what a session's tag may hold of it, the operators that compare it, and what they compare with.
struct Vocabulary {
    key: &'static str,
    values: &'static [&'static str],
    operators: &'static [&'static str],
    wanted: &'static [&'static str],
}

const TEXT: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];
const NUMBER: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];
const DATE: &[&str] = &[
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
];
const ADDRESS: &[&str] = &["IpAddress", "NotIpAddress"];
const ARN: &[&str] = &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"];

/// Tags of a session, which its calls have as `aws:PrincipalTag/…`: any text under our control.
#[rustfmt::skip]
const TAGS: [Vocabulary; 7] = [
    Vocabulary { key: "k", values: &["a", "b", "A", "ab"], operators: TEXT, wanted: &["a", "b", "AB", "a*", "?", "*b", "${aws:PrincipalTag/k}", "${aws:PrincipalTag/none, 'a'}", "${*}"] },
    Vocabulary { key: "n", values: &["0", "1", "1.5", "2", "-3"], operators: NUMBER, wanted: &["0", "1", "1.50", "2", "10"] },
    Vocabulary { key: "d", values: &["2025-06-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "1767225600"], operators: DATE, wanted: &["2025-06-01", "2026-01-01T00:00:00Z", "1767225600", "2026-03-01T12:00:00Z"] },
    Vocabulary { key: "i", values: &["10.0.0.1", "10.200.0.1", "192.0.2.1", "2001:db8::1"], operators: ADDRESS, wanted: &["10.0.0.0/8", "10.0.0.0/9", "10.200.0.1", "2001:db8::/32", "::/0", "0.0.0.0/0"] },
    Vocabulary { key: "t", values: &["true", "false", "True"], operators: &["Bool"], wanted: &["true", "false"] },
    Vocabulary { key: "a", values: &["arn:aws:s3:::a", "arn:aws:sqs:us-east-1:000000000000:x:q", "arn:aws:sqs:us-east-1:000000000000:y:q"], operators: ARN, wanted: &["arn:aws:s3:::a*", "arn:aws:sqs:us-east-1:*:q", "arn:aws:*:*:*:q", "arn:aws:sqs:*:*:x:?"] },
    Vocabulary { key: "b", values: &["arn:aws:sqs:us-east-1:000000000000:x:q", "arn:aws:sqs:us-east-1:000000000000:y:q"], operators: ARN, wanted: &["arn:aws:s3:::a*", "arn:aws:sqs:us-east-1:*:q", "arn:aws:*:*:*:q", "arn:aws:sqs:*:*:x:?"] },
];

/// Keys that every request has, whatever the session.
#[rustfmt::skip]
const GLOBALS: [Vocabulary; 6] = [
    Vocabulary { key: "aws:SourceIp", values: &[], operators: ADDRESS, wanted: &["127.0.0.0/8", "127.0.0.1/32", "10.0.0.0/8"] },
    Vocabulary { key: "aws:SecureTransport", values: &[], operators: &["Bool"], wanted: &["true", "false"] },
    Vocabulary { key: "aws:RequestedRegion", values: &[], operators: TEXT, wanted: &["us-east-1", "us-*", "eu-west-1"] },
    Vocabulary { key: "aws:PrincipalAccount", values: &[], operators: TEXT, wanted: &["000000000000", "111122223333"] },
    Vocabulary { key: "AWS:principalarn", values: &[], operators: ARN, wanted: &["arn:aws:iam::000000000000:user/*", "arn:aws:iam::*:role/r*", "arn:aws:sts::*:assumed-role/*"] },
    Vocabulary { key: "aws:CurrentTime", values: &[], operators: DATE, wanted: &["2020-01-01T00:00:00Z", "2120-01-01"] },
];

/// Tags of a request; several keys at once.
#[rustfmt::skip]
const REQUEST: [Vocabulary; 2] = [
    Vocabulary { key: "aws:TagKeys", values: &[], operators: TEXT, wanted: &["k", "j", "K", "?", "j*"] },
    Vocabulary { key: "aws:RequestTag/k", values: &[], operators: TEXT, wanted: &["v", "w", "V", "*"] },
];

fn values(dice: &mut Dice, from: &[&str]) -> Value {
    let count = 1 + usize::from(dice.chance(3));
    let items: Vec<&str> = (0..count).map(|_| dice.of(from)).collect();
    match items.as_slice() {
        [only] if dice.chance(5) => json!(only),
        all => json!(all),
    }
}

/// What conditions may ask of: the simulator knows no keys of a request, and takes their absence for an empty list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    Callers,
    Requests,
}

/// One operator on one key. Null and the set operators come with every kind.
fn condition(dice: &mut Dice, keys: Keys) -> (String, Value) {
    let (vocabulary, key) = match dice.below(if keys == Keys::Requests { 10 } else { 9 }) {
        0..6 => {
            let tag = &TAGS[dice.below(TAGS.len())];
            (tag, format!("aws:PrincipalTag/{}", tag.key))
        }
        6..9 => {
            let global = &GLOBALS[dice.below(GLOBALS.len())];
            (global, global.key.to_owned())
        }
        _ => {
            let own = &REQUEST[dice.below(REQUEST.len())];
            (own, own.key.to_owned())
        }
    };
    let several = key == "aws:TagKeys";
    if dice.chance(1) {
        return ("Null".to_owned(), json!({key: dice.of(&["true", "false"])}));
    }
    let set = if several {
        dice.below(2)
    } else {
        dice.below(8)
    };
    let prefix = ["ForAllValues:", "ForAnyValue:"]
        .get(set)
        .copied()
        .unwrap_or_default();
    let suffix = if dice.chance(2) { "IfExists" } else { "" };
    let operator = format!("{prefix}{}{suffix}", dice.of(vocabulary.operators));
    (operator, json!({key: values(dice, vocabulary.wanted)}))
}

fn statement(dice: &mut Dice, keys: Keys) -> Value {
    let not = |dice: &mut Dice, name: &str| {
        let not = if dice.chance(1) { "Not" } else { "" };
        format!("{not}{name}")
    };
    let effect = if dice.chance(3) { "Deny" } else { "Allow" };
    let mut statement = json!({"Effect": effect});
    statement[not(dice, "Action")] = values(dice, &ACTION_PATTERNS);
    statement[not(dice, "Resource")] = values(dice, &RESOURCE_PATTERNS);
    let conditions: BTreeMap<String, Value> =
        (0..dice.below(3)).map(|_| condition(dice, keys)).collect();
    if !conditions.is_empty() {
        statement["Condition"] = json!(conditions);
    }
    statement
}

fn document(dice: &mut Dice, keys: Keys) -> Value {
    let statements: Vec<Value> = (0..1 + dice.below(3))
        .map(|_| statement(dice, keys))
        .collect();
    let version = if dice.chance(9) {
        "2012-10-17"
    } else {
        "2008-10-17"
    };
    json!({"Version": version, "Statement": statements})
}

/// A document that allows much, so that what limits it can be seen to.
fn generous(dice: &mut Dice) -> Value {
    let mut document = document(dice, Keys::Requests);
    let wide = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    if dice.chance(4) {
        document["Statement"].as_array_mut().unwrap().push(wide);
    }
    document
}

fn arn(action: &str, name: &str) -> String {
    let at = format!("us-east-1:{ACCOUNT}");
    match action.split(':').next().unwrap() {
        "ssm" => format!("arn:aws:ssm:{at}:parameter/{name}"),
        "dynamodb" => format!("arn:aws:dynamodb:{at}:table/{name}"),
        _ => format!("arn:aws:sqs:{at}:{name}"),
    }
}

fn call(dice: &mut Dice) -> Call {
    let action = dice.of(&ACTIONS);
    let mut tags = Vec::new();
    if action == "ssm:AddTagsToResource" {
        let keys = [&["k"][..], &["j"], &["k", "j"], &["k", "x"]][dice.below(4)];
        tags = keys
            .iter()
            .map(|key| (*key, dice.of(&["v", "w"])))
            .collect();
    }
    Call {
        action,
        name: dice.of(&NAMES),
        tags,
    }
}

fn user(dice: &mut Dice) -> User {
    let count = 1 + dice.below(3);
    let resource = |dice: &mut Dice| arn(dice.of(&ACTIONS), dice.of(&NAMES));
    User {
        identity: (0..count).map(|_| document(dice, Keys::Callers)).collect(),
        resources: (0..3).map(|_| resource(dice)).collect(),
    }
}

fn session(dice: &mut Dice) -> Session {
    let mut tags = BTreeMap::new();
    for tag in &TAGS {
        if dice.chance(7) {
            tags.insert(tag.key, dice.of(tag.values));
        }
    }
    Session {
        identity: (0..1 + dice.below(2)).map(|_| generous(dice)).collect(),
        boundary: dice.chance(4).then(|| generous(dice)),
        session: dice.chance(4).then(|| generous(dice)),
        tags,
        calls: (0..10).map(|_| call(dice)).collect(),
    }
}

/// The cases of a seed: 6,240 simulated requests and 2,000 calls.
pub(crate) fn generate(seed: u64) -> Cases {
    let mut dice = Dice(seed);
    Cases {
        users: (0..260).map(|_| user(&mut dice)).collect(),
        sessions: (0..200).map(|_| session(&mut dice)).collect(),
    }
}

fn body(call: &Call) -> Value {
    let Call { action, name, tags } = call;
    let tags: Vec<Value> = tags
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    match action.split(':').next().unwrap() {
        "ssm" if !tags.is_empty() => {
            json!({"ResourceType": "Parameter", "ResourceId": name, "Tags": tags})
        }
        "ssm" => json!({"Name": name}),
        "dynamodb" => json!({"TableName": name, "Key": {"k": {"S": "x"}}}),
        _ => json!({"QueueUrl": format!("http://127.0.0.1/{ACCOUNT}/{name}"), "MessageBody": "x"}),
    }
}

impl Cases {
    /// The cases as the driver reads them.
    pub(crate) fn json(&self) -> Value {
        let users = self.users.iter().map(|user| {
            json!({"identity": user.identity, "resources": user.resources, "actions": ACTIONS})
        });
        let sessions = self.sessions.iter().map(|session| {
            let calls = session.calls.iter();
            let asks = calls.map(|call| json!({"action": call.action, "body": body(call)}));
            json!({
                "identity": session.identity, "boundary": session.boundary, "session": session.session,
                "tags": session.tags, "asks": asks.collect::<Vec<_>>(),
            })
        });
        json!({"simulated": users.collect::<Vec<_>>(), "enforced": sessions.collect::<Vec<_>>()})
    }

    /// The same for our evaluation, in the order of the driver's answers.
    pub(crate) fn questions(&self) -> Vec<(Asked, Question)> {
        let mut questions = Vec::new();
        for (number, user) in self.users.iter().enumerate() {
            let set = PolicySet::identity(user.identity.iter().map(read).collect());
            let principal = format!("arn:aws:iam::{ACCOUNT}:user/u{number}");
            for resource in &user.resources {
                for action in ACTIONS {
                    let mut request = request(action, resource.clone(), &principal);
                    request.principal = Some(principal.clone());
                    let set = set.clone();
                    questions.push((Asked::Simulated, Question { set, request }));
                }
            }
        }
        for (number, session) in self.sessions.iter().enumerate() {
            questions.extend(session.questions(number));
        }
        questions
    }
}

impl Session {
    fn questions(&self, number: usize) -> Vec<(Asked, Question)> {
        let set = PolicySet {
            identity: self.identity.iter().map(read).collect(),
            boundary: self.boundary.as_ref().map(read),
            session: self.session.iter().map(read).collect(),
            scps: Vec::new(),
        };
        let role = format!("arn:aws:iam::{ACCOUNT}:role/r{number}");
        let questions = self.calls.iter().map(|call| {
            let mut request = request(call.action, arn(call.action, call.name), &role);
            request.principal = Some(format!(
                "arn:aws:sts::{ACCOUNT}:assumed-role/r{number}/session"
            ));
            for (key, value) in &self.tags {
                let key = format!("aws:principaltag/{key}");
                request.context.insert(key, vec![(*value).to_owned()]);
            }
            for (key, value) in &call.tags {
                let keys = request.context.entry("aws:tagkeys".to_owned()).or_default();
                keys.push((*key).to_owned());
                let key = format!("aws:requesttag/{key}");
                request.context.insert(key, vec![(*value).to_owned()]);
            }
            let set = set.clone();
            (Asked::Called, Question { set, request })
        });
        questions.collect()
    }
}

fn read(document: &Value) -> Policy {
    Policy::parse(&document.to_string()).unwrap()
}

/// A request with the keys that the emulator gives every request.
fn request(action: &str, resource: String, principal: &str) -> Request {
    let mut request = Request::new(action, resource);
    let keys = [
        ("aws:principalarn", principal),
        ("aws:principalaccount", ACCOUNT),
        ("aws:requestedregion", "us-east-1"),
        ("aws:securetransport", "false"),
        ("aws:sourceip", "127.0.0.1"),
        ("aws:currenttime", "2026-11-25T00:00:00Z"),
    ];
    for (key, value) in keys {
        request
            .context
            .insert(key.to_owned(), vec![value.to_owned()]);
    }
    request
}

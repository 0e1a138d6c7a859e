//! The shapes of proposals: granularities, rewriting, boundaries, quotas, intent.

use crate::{MANAGEMENT, Out, dump, header, policy, run_with, used};
use iam::policy::{Decision, Policy, PolicySet, Request, evaluate};
use iam::usage::Usage;
use leastwise_generate::{Config, Format, Granularity, Intent, Kind, Status};
use proptest::prelude::*;
use serde_json::{Value, json};

const OBJECTS: [&str; 4] = [
    "management-read",
    "management-read-kms",
    "management-write",
    "AWS::S3::Object",
];

fn allow(actions: &[&str], resources: &[&str]) -> Value {
    policy(&json!([{"Sid": "Own", "Effect": "Allow", "Action": actions, "Resource": resources}]))
}

fn with(set: impl FnOnce(&mut Config), current: &Value, usage: &[Usage]) -> Out {
    let out = run_with(set, Some(&dump(current)), &header(&OBJECTS), usage);
    assert_eq!(out.summary.roles[0].reason, None);
    out
}

fn passing(action: &str, resources: &[&str], template: &str) -> Usage {
    let mut row = used(action, resources);
    row.template = Some(template.into());
    row
}

#[test]
fn resources_as_closely_as_asked() {
    let check = |granularity, expect: Value| {
        let rows = [
            used(
                "s3:GetObject",
                &[
                    "arn:aws:s3:::b/f-1",
                    "arn:aws:s3:::b/f-2",
                    "arn:aws:s3:::b/f-3",
                ],
            ),
            used(
                "ec2:StartInstances",
                &["arn:aws:ec2:eu-west-1:111122223333:instance/i-1"],
            ),
        ];
        let current = allow(&["s3:GetObject", "ec2:StartInstances"], &["*"]);
        let out = with(|config| config.granularity = granularity, &current, &rows);
        let resources: Vec<Value> = out
            .statements()
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["Resource"].clone())
            .collect();
        assert_eq!(json!(resources), expect, "{granularity:?}");
    };
    let instance = json!(["arn:aws:ec2:eu-west-1:111122223333:instance/i-1"]);
    check(
        Granularity::Exact,
        json!([
            [
                "arn:aws:s3:::b/f-1",
                "arn:aws:s3:::b/f-2",
                "arn:aws:s3:::b/f-3"
            ],
            instance
        ]),
    );
    check(
        Granularity::Template,
        json!([["arn:aws:s3:::b/f-*"], instance]),
    );
    check(
        Granularity::Container,
        json!([["arn:aws:s3:::b/*"], instance]),
    );
    check(
        Granularity::Type,
        json!([
            ["arn:aws:s3:::b/*"],
            ["arn:aws:ec2:eu-west-1:111122223333:instance/*"]
        ]),
    );
}

#[test]
fn names_seen_once_are_pinned_only_when_they_stay() {
    let check = |row: Usage, expect: &str| {
        let current = allow(&[&row.action], &["*"]);
        assert_eq!(
            with(|_| {}, &current, &[row]).statements()[0]["Resource"][0],
            expect
        );
    };
    let stream = "arn:aws:logs:eu-west-1:111122223333:log-group:/app/web:log-stream:";
    let (one, any) = (
        format!("{stream}i-0a1b2c3d4e5f60718"),
        format!("{stream}i-*"),
    );
    let mut row = passing("logs:CreateLogStream", &[&one], &any);
    row.active_days = 60;
    check(row, &any);
    let (one, any) = (
        "arn:aws:s3:::b/up/3f2504e0-4f89-11d3-9a0c-0305e82c3301.jpg",
        "arn:aws:s3:::b/up/*.jpg",
    );
    let row = passing("s3:PutObject", &[one], any);
    check(row.clone(), any);
    check(
        Usage {
            active_days: 40,
            ..row
        },
        one,
    );
}

#[test]
fn a_pattern_ends_where_todays_policy_does() {
    let names = [
        "arn:aws:s3:::b/in/f-1",
        "arn:aws:s3:::b/in/f-2",
        "arn:aws:s3:::b/in/f-3",
    ];
    let check = |today: &[&str], expect: Value| {
        let out = with(
            |_| {},
            &allow(&["s3:GetObject"], today),
            &[used("s3:GetObject", &names)],
        );
        assert_eq!(out.statements()[0]["Resource"], expect);
    };
    check(&["arn:aws:s3:::b/in/*"], json!(["arn:aws:s3:::b/in/f-*"]));
    check(&["arn:aws:s3:::b/in/f-?"], json!(names));
    check(&names, json!(names));
}

#[test]
fn statements_written_anew_are_few() {
    let current = policy(&json!([
        {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::b/*"},
        {"Sid": "B", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::c/*"},
        {"Sid": "No", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/secret/*"}]));
    let rows = [
        used("s3:GetObject", &["arn:aws:s3:::b/x"]),
        used("s3:PutObject", &["arn:aws:s3:::b/x"]),
    ];
    let out = with(|config| config.rewrite = true, &current, &rows);
    assert_eq!(
        out.statements(),
        json!([
            {"Sid": "No", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/secret/*"},
            {"Sid": "S3", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::b/x"]}])
    );
}

#[test]
fn a_boundary_leaves_the_policies() {
    let current = policy(
        &json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]),
    );
    let rows = [used("s3:GetObject", &["arn:aws:s3:::b/x"])];
    let set = |config: &mut Config| {
        config.kind = Kind::Boundary;
        config.formats = vec![Format::Cli];
    };
    let out = with(set, &current, &rows);
    let boundary = out.json("111122223333/web/boundary.json");
    let own = boundary["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["Action"] == json!(["s3:GetObject"]));
    assert_eq!(own.unwrap()["Resource"], json!(["arn:aws:s3:::b/x"]));
    assert!(
        !boundary.to_string().contains("Condition") && !out.has("111122223333/web/policy.json")
    );
    let (apply, rollback) = (
        out.text("111122223333/web/apply.sh"),
        out.text("111122223333/web/rollback.sh"),
    );
    assert!(
        apply.contains("put-role-permissions-boundary") && !apply.contains("delete"),
        "{apply}"
    );
    assert!(
        rollback.contains("delete-role-permissions-boundary"),
        "{rollback}"
    );
}

#[test]
fn quotas_are_kept_or_nothing_is_written() {
    let names: Vec<String> = (0..60)
        .map(|n| {
            format!(
                "arn:aws:sqs:eu-west-1:111122223333:queue-of-team-{}",
                char::from(b'a' + n % 26)
                    .to_string()
                    .repeat(1 + usize::from(n) / 26)
            )
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = [used("sqs:SetQueueAttributes", &names)];
    let current = dump(&allow(
        &["sqs:SetQueueAttributes"],
        &["arn:aws:sqs:eu-west-1:111122223333:*"],
    ));
    let sized = |managed, documents| {
        let set = |config: &mut Config| {
            config.quotas.managed = managed;
            config.quotas.role_inline = managed;
            config.quotas.documents = documents;
        };
        run_with(set, Some(&current), &header(&OBJECTS), &rows)
    };
    let out = sized(6_144, 20);
    assert_eq!(
        out.statements()[0]["Resource"].as_array().unwrap().len(),
        60
    );
    // one document of today's pattern rather than many of names
    let out = sized(1_000, 20);
    assert_eq!(out.summary.roles[0].documents, 1);
    assert_eq!(
        out.statements()[0]["Resource"],
        json!(["arn:aws:sqs:eu-west-1:111122223333:*"])
    );
    let out = sized(120, 20);
    assert_eq!(out.summary.roles[0].status, Status::Withheld);
    assert!(
        out.summary.roles[0]
            .reason
            .as_ref()
            .unwrap()
            .contains("over quota")
    );
}

#[test]
fn declared_intent_keeps_what_is_granted_today_and_adds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let check = |rules: &str, expect: Value| {
        let file = folder.path().join("leastwise.intent.toml");
        std::fs::write(&file, rules).unwrap();
        let intent = Intent::read(&file).unwrap();
        let current = allow(&["s3:PutObject", "s3:GetObject"], &["arn:aws:s3:::b/*"]);
        let out = with(
            |config| config.intent = intent,
            &current,
            &[used("s3:GetObject", &["arn:aws:s3:::b/x"])],
        );
        assert_eq!(out.statements(), expect);
        out
    };
    let own = json!({"Sid": "Own", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/x"]});
    let rule = |rest: &str| {
        format!(
            "[[keep]]\nrole = \"*/web\"\nactions = [\"s3:Put*\", \"sqs:SendMessage\"]\nreason = \"year end <b>\"\n{rest}"
        )
    };
    let closing = json!({"Sid": "Own", "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::b/end/*"]});
    let mut second = own.clone();
    second["Sid"] = json!("Own2");
    let out = check(
        &rule("resources = [\"arn:aws:s3:::b/end/*\"]"),
        json!([closing, second]),
    );
    let diff = out.json("111122223333/web/diff.json");
    assert_eq!(diff["intent"][0]["state"], "not-granted-today");
    let kept = diff["statements"][0]["kept"].as_array().unwrap();
    assert!(
        kept.iter()
            .any(|k| k["verdict"] == "kept" && k["why"] == "declared intent: year end <b>"),
        "{diff}"
    );
    assert!(!out.text("111122223333/web/review.md").contains("<b>"));
    let out = check(&rule("expires = \"2026-10-01\""), json!([own]));
    assert_eq!(
        out.json("111122223333/web/diff.json")["intent"][0]["state"],
        "expired"
    );
    check(&rule("").replace("*/web", "*/other"), json!([own]));
}

fn allows(document: &Value, action: &str, resource: &str) -> bool {
    let set = PolicySet::identity(vec![Policy::parse(&document.to_string()).unwrap()]);
    evaluate(&Request::new(action, resource), &set).decision == Decision::Allowed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Each action and each resource of a proposal is there for some access that would fail without it.
    #[test]
    fn nothing_can_be_taken_away(
        grants in proptest::collection::btree_map("s3:(GetObject|PutObject|DeleteObject)", proptest::collection::btree_set("(a|b/x|b/y|c/[1-4])/f-[1-4]", 1..8), 1..4),
        rewrite: bool,
    ) {
        let rows: Vec<Usage> = grants.iter().map(|(action, names)| {
            let names: Vec<String> = names.iter().map(|name| format!("arn:aws:s3:::b/{name}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            used(action, &names)
        }).collect();
        let out = with(|config| config.rewrite = rewrite, &allow(&["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], &["*"]), &rows);
        let document = out.json("111122223333/web/policy.json");
        let complete = |document: &Value| rows.iter().all(|row| row.resources.iter().all(|r| allows(document, &row.action, r)));
        prop_assert!(complete(&document));
        for (at, statement) in document["Statement"].as_array().unwrap().iter().enumerate() {
            for key in ["Action", "Resource"] {
                for item in 0..statement[key].as_array().unwrap().len() {
                    let mut less = document.clone();
                    let left = less["Statement"][at][key].as_array_mut().unwrap();
                    left.remove(item);
                    if left.is_empty() {
                        less["Statement"].as_array_mut().unwrap().remove(at);
                    }
                    prop_assert!(!complete(&less), "{key} {item} of {statement} is not needed");
                }
            }
        }
    }
}

#[test]
fn management_events_alone_keep_objects() {
    let out = run_with(
        |config| config.rewrite = true,
        Some(&dump(&allow(&["s3:GetObject"], &["arn:aws:s3:::b/*"]))),
        &header(&MANAGEMENT),
        &[],
    );
    assert_eq!(out.statements()[0]["Resource"], json!(["arn:aws:s3:::b/*"]));
}

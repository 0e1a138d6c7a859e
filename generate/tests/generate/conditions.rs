//! Conditions that evidence gives: each where all of it agrees, and not where any of it does not.

use crate::{MANAGEMENT, Out, dump, header, policy, run_with, used};
use iam::usage::{NAMES, Outcome, Usage, Via};
use leastwise_generate::{Intent, Kind, Learned};
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE: &str = "arn:aws:iam::111122223333:role/app/exec";
const INSTANCES: &str = "arn:aws:ec2:eu-west-1:111122223333:instance/*";
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:web-AbCdEf";
const ENDPOINTS: [&str; 2] = ["vpce-0123456789abcdef0", "vpce-1123456789abcdef0"];

/// A way in which evidence disagrees, and what it does to a row.
type Objection = (&'static str, fn(&mut Usage));

/// A list as long as a line's may be: it may have been cut.
fn cut(name: impl Fn(usize) -> String) -> Vec<String> {
    (100..100 + NAMES).map(name).collect()
}

fn kms() -> Usage {
    let mut row = used("kms:Decrypt", &[KEY]);
    row.via = Via::Forwarded;
    row.invoked_by = vec!["secretsmanager.amazonaws.com".into()];
    row
}

fn passed() -> Usage {
    let mut row = used("iam:PassRole", &[ROLE]);
    row.via = Via::PassedRole;
    row.calls = vec![
        "ec2.amazonaws.com:RunInstances".into(),
        "lambda.amazonaws.com:CreateFunction20150331".into(),
    ];
    row
}

fn tagged() -> Usage {
    let mut row = used("ec2:CreateTags", &[INSTANCES]);
    row.calls = vec![
        "ec2.amazonaws.com:CreateVolume".into(),
        "ec2.amazonaws.com:RunInstances".into(),
    ];
    row
}

fn inside() -> Usage {
    let mut row = used("secretsmanager:GetSecretValue", &[SECRET]);
    row.endpoint_count = row.count;
    row.vpc_endpoints = ENDPOINTS.map(str::to_owned).to_vec();
    row
}

fn allow(action: &str) -> Value {
    policy(&json!([{"Sid": "Own", "Effect": "Allow", "Action": action, "Resource": "*"}]))
}

fn learned(asked: Learned, current: &Value, rows: &[Usage]) -> Out {
    let asked = |config: &mut leastwise_generate::Config| config.learned = vec![asked];
    let out = run_with(asked, Some(&dump(current)), &header(&MANAGEMENT), rows);
    assert_eq!(out.summary.roles[0].reason, None);
    out
}

/// The condition of the only statement.
fn condition(out: &Out) -> Value {
    let statements = out.statements();
    assert_eq!(statements.as_array().unwrap().len(), 1, "{statements}");
    statements[0]["Condition"].clone()
}

/// One row gives the condition, and none any more with a second row to which something was done.
fn check(asked: Learned, row: &Usage, expect: &Value, objections: &[Objection]) {
    let current = allow(&row.action);
    let out = learned(asked, &current, std::slice::from_ref(row));
    assert_eq!(condition(&out), *expect);
    let proof = out.json("111122223333/web/proof.json");
    for claim in ["observed_within_proposed", "proposed_within_current"] {
        assert_eq!(proof[claim]["result"], "yes", "{claim}");
    }
    let review = out.text("111122223333/web/review.md");
    assert!(
        review.contains("or agree with all of the evidence"),
        "{review}"
    );
    let resting = json!([{"action": row.action, "resource": row.resources[0]}]);
    assert_eq!(proof["rest_on_conditions"], resting);
    for (what, objection) in objections {
        let mut other = row.clone();
        objection(&mut other);
        let out = learned(asked, &current, &[row.clone(), other]);
        assert_eq!(condition(&out), Value::Null, "{what}");
    }
}

#[test]
fn keys_that_only_services_use_are_tied_to_them() {
    let expect =
        json!({"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}});
    let objections: [Objection; 5] = [
        ("direct", |row| row.via = Via::Direct),
        ("a service without name", |row| {
            row.invoked_by = vec!["AWS Internal".into()]
        }),
        ("list of services cut", |row| {
            row.invoked_by = cut(|n| format!("s{n}.amazonaws.com"));
        }),
        ("list of regions cut", |row| {
            row.regions = cut(|n| format!("eu-west-{n}"))
        }),
        ("another partition", |row| {
            row.principal = row.principal.replace("arn:aws:", "arn:aws-cn:");
        }),
    ];
    check(Learned::KmsViaService, &kms(), &expect, &objections);
}

#[test]
fn roles_are_passed_to_the_services_that_took_them() {
    let services = ["ec2.amazonaws.com", "lambda.amazonaws.com"];
    let expect = json!({"StringEquals": {"iam:PassedToService": services}});
    let objections: [Objection; 6] = [
        ("no calls: an older file", |row| row.calls.clear()),
        ("a parameter with another receiver", |row| {
            row.calls = vec!["ecs.amazonaws.com:CreateService".into()];
        }),
        ("no receiver", |row| {
            row.calls = vec!["iam.amazonaws.com:AddRoleToInstanceProfile".into()];
        }),
        ("an unknown call, failed", |row| {
            row.outcome = Outcome::Failed;
            row.calls = vec!["new.amazonaws.com:Call".into()];
        }),
        ("list of calls cut", |row| {
            row.calls = vec!["ec2.amazonaws.com:RunInstances".into(); NAMES];
        }),
        ("another partition", |row| {
            row.principal = row.principal.replace("arn:aws:", "arn:aws-cn:");
        }),
    ];
    check(Learned::PassedToService, &passed(), &expect, &objections);
}

#[test]
fn tags_are_made_by_the_calls_that_created() {
    let operations = ["CreateVolume", "RunInstances"];
    let expect = json!({"StringEquals": {"ec2:CreateAction": operations}});
    let objections: [Objection; 5] = [
        ("tagged later", |row| {
            row.calls = vec!["ec2.amazonaws.com:CreateTags".into()]
        }),
        ("a fleet", |row| {
            row.calls = vec!["ec2.amazonaws.com:CreateFleet".into()]
        }),
        ("another source", |row| {
            row.calls = vec!["autoscaling.amazonaws.com:RunInstances".into()];
        }),
        ("no calls: an older file", |row| row.calls.clear()),
        ("list of calls cut", |row| {
            row.calls = vec!["ec2.amazonaws.com:RunInstances".into(); NAMES];
        }),
    ];
    check(Learned::CreateAction, &tagged(), &expect, &objections);
}

#[test]
fn calls_through_endpoints_stay_there() {
    let expect = json!({"StringEquals": {"aws:SourceVpce": ENDPOINTS}});
    let objections: [Objection; 8] = [
        ("one not through an endpoint", |row| row.endpoint_count -= 1),
        ("not counted: an older file", |row| row.endpoint_count = 0),
        ("forwarded", |row| row.via = Via::Forwarded),
        ("inferred", |row| row.via = Via::Inferred),
        ("called by a service", |row| {
            row.invoked_by = vec!["AWS Internal".into()]
        }),
        ("failed, from elsewhere", |row| {
            row.outcome = Outcome::Failed;
            row.endpoint_count = 0;
            row.vpc_endpoints.clear();
        }),
        ("list of endpoints cut", |row| {
            row.vpc_endpoints = cut(|n| format!("vpce-{n}"))
        }),
        ("no endpoint's id", |row| {
            row.vpc_endpoints = vec!["vpce-${aws:username}".into()]
        }),
    ];
    check(Learned::SourceVpce, &inside(), &expect, &objections);
    let mut role = passed();
    role.endpoint_count = role.count;
    role.vpc_endpoints = vec![ENDPOINTS[0].into()];
    let out = learned(Learned::SourceVpce, &allow("iam:PassRole"), &[role]);
    assert_eq!(condition(&out), Value::Null, "passed, not called");
}

#[test]
fn denied_calls_have_no_say() {
    let mut denied = inside();
    (denied.outcome, denied.endpoint_count) = (Outcome::Denied, 0);
    let out = learned(
        Learned::SourceVpce,
        &allow("secretsmanager:*"),
        &[inside(), denied],
    );
    let expect = json!({"StringEquals": {"aws:SourceVpce": ENDPOINTS}});
    assert_eq!(condition(&out), expect);
}

#[test]
fn a_condition_of_today_on_the_key_is_left_alone() {
    let cases = [
        (
            Learned::KmsViaService,
            kms(),
            "kms:viaservice",
            "*.amazonaws.com",
        ),
        (
            Learned::PassedToService,
            passed(),
            "iam:PassedToService",
            "*.amazonaws.com",
        ),
        (Learned::CreateAction, tagged(), "ec2:CreateAction", "*"),
        (Learned::SourceVpce, inside(), "aws:sourceVpce", "vpce-*"),
    ];
    for (asked, row, key, value) in cases {
        let own = json!({"StringLike": {key: value}});
        let current = policy(
            &json!([{"Effect": "Allow", "Action": row.action, "Resource": "*", "Condition": own}]),
        );
        assert_eq!(condition(&learned(asked, &current, &[row])), own);
    }
}

#[test]
fn other_conditions_of_today_stay_beside() {
    let tag = json!({"StringEquals": {"aws:ResourceTag/team": "a"}});
    let current = policy(
        &json!([{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": tag}]),
    );
    let mut row = tagged();
    row.calls.pop();
    row.endpoint_count = row.count;
    row.vpc_endpoints = vec![ENDPOINTS[0].into()];
    let both = |config: &mut leastwise_generate::Config| {
        config.learned = vec![Learned::SourceVpce, Learned::CreateAction];
    };
    let out = run_with(both, Some(&dump(&current)), &header(&MANAGEMENT), &[row]);
    let expect = json!({"StringEquals": {
        "aws:ResourceTag/team": "a", "ec2:CreateAction": "CreateVolume", "aws:SourceVpce": ENDPOINTS[0]}});
    assert_eq!(condition(&out), expect);
}

#[test]
fn what_evidence_disagrees_on_stays_in_a_statement_of_its_own() {
    let direct = Usage {
        action: "kms:Encrypt".into(),
        via: Via::Direct,
        invoked_by: Vec::new(),
        ..kms()
    };
    let current = policy(&json!([{
        "Sid": "Own", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*"}]));
    let rows = [kms(), direct];
    let via = json!({"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}});
    let out = learned(Learned::KmsViaService, &current, &rows);
    assert_eq!(
        out.statements(),
        json!([
            {"Sid": "Own", "Effect": "Allow", "Action": ["kms:Encrypt"], "Resource": KEY},
            {"Sid": "Own2", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": KEY, "Condition": via}])
    );
    let plain = run_with(|_| {}, Some(&dump(&current)), &header(&MANAGEMENT), &rows);
    assert!(!plain.statements().to_string().contains("Condition"));
}

#[test]
fn policies_from_usage_alone_and_written_anew_learn_too() {
    let both = |config: &mut leastwise_generate::Config| {
        config.learned = vec![Learned::PassedToService, Learned::SourceVpce];
        config.rewrite = true;
    };
    let rows = [passed(), inside()];
    let today = policy(&json!([
        {"Effect": "Allow", "Action": ["iam:PassRole", "secretsmanager:GetSecretValue"], "Resource": "*"}]));
    for current in [None, Some(dump(&today))] {
        let out = run_with(both, current.as_ref(), &header(&MANAGEMENT), &rows);
        assert_eq!(out.summary.roles[0].reason, None);
        let text = out.statements().to_string();
        assert!(
            text.contains("iam:PassedToService") && text.contains("aws:SourceVpce"),
            "{text}"
        );
    }
    let boundary = |config: &mut leastwise_generate::Config| {
        config.learned = vec![Learned::SourceVpce];
        config.kind = Kind::Boundary;
    };
    let out = run_with(boundary, Some(&dump(&today)), &header(&MANAGEMENT), &rows);
    assert!(
        !out.text("111122223333/web/boundary.json")
            .contains("aws:SourceVpce")
    );
}

#[test]
fn what_stays_unseen_or_declared_is_not_narrowed_by_what_was_seen() {
    let mut object = used("s3:GetObject", &["arn:aws:s3:::b/x"]);
    object.endpoint_count = object.count;
    object.vpc_endpoints = vec![ENDPOINTS[0].into()];
    let check = |classes: &[&str], intent: &str, narrowed: bool| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("intent.toml");
        std::fs::write(&path, intent).unwrap();
        let set = |config: &mut leastwise_generate::Config| {
            config.learned = vec![Learned::SourceVpce];
            config.intent = Intent::read(&path).unwrap();
        };
        let current = dump(&allow("s3:GetObject"));
        let out = run_with(
            set,
            Some(&current),
            &header(classes),
            std::slice::from_ref(&object),
        );
        let text = out.statements().to_string();
        assert_eq!(text.contains("aws:SourceVpce"), narrowed, "{text}");
    };
    let closing = "[[keep]]\nrole = \"*\"\nactions = [\"s3:GetObject\"]\nresources = [\"arn:aws:s3:::b/end/*\"]\nreason = \"closing\"\n";
    let objects = [&MANAGEMENT[..], &["AWS::S3::Object"]].concat();
    check(&objects, "", true);
    check(&objects, closing, false);
    check(&MANAGEMENT, "", false);
}

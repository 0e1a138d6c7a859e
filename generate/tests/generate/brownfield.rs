//! Roles whose policies of today are known.

use crate::{MANAGEMENT, Out, dump, header, policy, run, run_in, used};
use iam::usage::{Outcome, Usage, Via};
use leastwise_generate::Status;
use serde_json::{Value, json};

const BUCKET: &str = "arn:aws:s3:::b";

fn with(statements: Value, classes: &[&str], usage: &[Usage]) -> Out {
    run(Some(&dump(&policy(&statements))), &header(classes), usage)
}

fn check(statements: Value, usage: &[Usage], expect: Value) -> Out {
    let classes = [MANAGEMENT.as_slice(), &["AWS::S3::Object"]].concat();
    let out = with(statements, &classes, usage);
    let why = &out.summary.roles[0].reason;
    assert_eq!(why, &None, "withheld");
    assert_eq!(out.statements(), expect);
    out
}

#[test]
fn a_used_action_keeps_what_it_was_used_on() {
    let actions = [
        "s3:Get*Tagging",
        "s3:GetObject",
        "s3:DeleteObject",
        "s3:PutBucketPolicy",
    ];
    let out = check(
        json!([{"Sid": "All", "Effect": "Allow", "Action": actions, "Resource": [BUCKET, format!("{BUCKET}/*")]}]),
        &[
            used("s3:GetObject", &["arn:aws:s3:::b/a", "arn:aws:s3:::b/c"]),
            used("s3:GetBucketTagging", &[BUCKET]),
        ],
        json!([
            {"Sid": "All", "Effect": "Allow", "Action": ["s3:GetBucketTagging"], "Resource": [BUCKET]},
            {"Sid": "All2", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/a", "arn:aws:s3:::b/c"]},
        ]),
    );
    let proof = out.json("111122223333/web/proof.json");
    assert_eq!(proof["observed_within_proposed"]["result"], "yes");
    assert_eq!(proof["proposed_within_current"]["result"], "yes");
    assert!(out.summary.totals.risky_after < out.summary.totals.risky_before);
}

#[test]
fn resources_that_change_from_call_to_call_become_their_template() {
    let mut row = used(
        "s3:PutObject",
        &[
            "arn:aws:s3:::b/up/1111",
            "arn:aws:s3:::b/up/2222",
            "arn:aws:s3:::b/up/3333",
        ],
    );
    row.template = Some("arn:aws:s3:::b/up/*".into());
    check(
        json!([{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]),
        &[row.clone()],
        json!([{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/up/*"}]),
    );
    // the template names no more than the key's own type: a key is not exchangeable for another
    let keys = [
        "arn:aws:kms:eu-west-1:1:key/1",
        "arn:aws:kms:eu-west-1:1:key/2",
        "arn:aws:kms:eu-west-1:1:key/3",
    ];
    let mut row = used("kms:Decrypt", &keys);
    row.template = Some("arn:aws:kms:eu-west-1:1:key/*".into());
    check(
        json!([{"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": "*"}]),
        &[row],
        json!([{"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": keys}]),
    );
}

#[test]
fn failed_stays_and_denied_goes() {
    let mut failed = used("s3:GetEncryptionConfiguration", &[BUCKET]);
    failed.outcome = Outcome::Failed;
    let mut denied = used("s3:GetBucketTagging", &[BUCKET]);
    denied.outcome = Outcome::Denied;
    let out = check(
        json!([{"Effect": "Allow", "Action": ["s3:GetEncryptionConfiguration", "s3:GetBucketTagging"], "Resource": "arn:aws:s3:::*"}]),
        &[failed, denied],
        json!([{"Effect": "Allow", "Action": ["s3:GetEncryptionConfiguration"], "Resource": BUCKET}]),
    );
    let verdicts = serde_json::to_value(&out.summary.roles[0].verdicts).unwrap();
    assert_eq!(verdicts, json!({"failed-only": 1, "denied-only": 1}));
}

#[test]
fn what_the_archive_cannot_show_stays() {
    let statements = json!([{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutBucketPolicy", "logs:PutLogEvents"], "Resource": "*"}]);
    let out = with(statements.clone(), &MANAGEMENT, &[]);
    assert_eq!(
        out.statements()[0]["Action"],
        json!(["s3:GetObject", "logs:PutLogEvents"])
    );
    let out = with(statements.clone(), &["management-read"], &[]);
    assert_eq!(
        out.statements()[0]["Action"],
        json!(["s3:GetObject", "s3:PutBucketPolicy", "logs:PutLogEvents"])
    );
    let out = with(statements, &["management-write", "AWS::S3::Object"], &[]);
    assert_eq!(out.statements()[0]["Action"], json!(["logs:PutLogEvents"]));
}

#[test]
fn a_region_without_any_event_is_not_judged() {
    let west = "arn:aws:rds:us-west-2:111122223333:db:x";
    let statements = json!([{"Effect": "Allow", "Action": "rds:StopDBInstance", "Resource": [west, "arn:aws:rds:eu-west-1:111122223333:db:y"]}]);
    check(
        statements,
        &[],
        json!([{"Effect": "Allow", "Action": "rds:StopDBInstance", "Resource": [west]}]),
    );
}

#[test]
fn an_unknown_resource_keeps_the_statements_own() {
    check(
        json!([{"Effect": "Allow", "Action": "iam:PassRole", "Resource": ["arn:aws:iam::111122223333:role/app/*"]}]),
        &[used("iam:PassRole", &[])],
        json!([{"Effect": "Allow", "Action": "iam:PassRole", "Resource": ["arn:aws:iam::111122223333:role/app/*"]}]),
    );
}

/// A usage row that passes a role by way of `carrier`.
fn carried(carrier: &str) -> Usage {
    let mut row = used("iam:PassRole", &[]);
    row.via = Via::PassedRole;
    row.template = Some(carrier.to_owned());
    row
}

/// The account with a role `server` in an instance profile, and `web` allowed to pass what `resource` says.
fn with_server(resource: &str) -> Value {
    let mut dump = dump(&policy(
        &json!([{"Effect": "Allow", "Action": "iam:PassRole", "Resource": resource}]),
    ));
    let mut server = dump["RoleDetailList"][0].clone();
    server["RoleName"] = json!("server");
    server["RoleId"] = json!("AROAEXAMPLEWEBSERVE01");
    server["Arn"] = json!("arn:aws:iam::111122223333:role/server");
    server["InstanceProfileList"] = json!([{"InstanceProfileName": "profile"}]);
    dump["RoleDetailList"].as_array_mut().unwrap().push(server);
    dump
}

#[test]
fn t45_an_instance_profile_passes_the_role_it_holds() {
    for carrier in ["app/profile", "*profile"] {
        let row = carried(&format!(
            "arn:aws:iam::111122223333:instance-profile/{carrier}"
        ));
        let out = run(Some(&with_server("*")), &header(&MANAGEMENT), &[row]);
        assert_eq!(
            out.statements()[0]["Resource"],
            "arn:aws:iam::111122223333:role/server"
        );
    }
}

#[test]
fn a_role_that_cannot_be_told_keeps_the_statements_own() {
    let roles = "arn:aws:iam::111122223333:role/*";
    for carrier in [
        "arn:aws:iam::111122223333:instance-profile/*deleted",
        "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:*",
    ] {
        let out = run(
            Some(&with_server(roles)),
            &header(&MANAGEMENT),
            &[carried(carrier)],
        );
        assert_eq!(out.statements()[0]["Resource"], roles);
    }
}

#[test]
fn without_current_policies_a_task_passes_the_roles_of_its_registration() {
    let family = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:*";
    let role = "arn:aws:iam::111122223333:role/task";
    let mut registrar = [
        used("ecs:RegisterTaskDefinition", &[family]),
        used("iam:PassRole", &[role]),
    ];
    for row in &mut registrar {
        row.principal = "arn:aws:iam::111122223333:role/registrar".to_owned();
        row.principal_id = "AROAEXAMPLEREGISTRAR1".to_owned();
    }
    let [register, pass] = registrar;
    let out = run(
        None,
        &header(&MANAGEMENT),
        &[register.clone(), pass, carried(family)],
    );
    assert_eq!(out.statements()[0]["Resource"], json!([role]));
    let out = run(None, &header(&MANAGEMENT), &[register, carried(family)]);
    assert_eq!(out.statements()[0]["Resource"], json!(["*"]));
}

#[test]
fn conditions_and_denies_stay_and_the_unconditional_statement_carries() {
    let condition = json!({"StringEquals": {"aws:ResourceTag/team": "a"}});
    let deny = json!({"Sid": "No", "Effect": "Deny", "NotAction": "s3:*", "NotResource": ["arn:aws:s3:::c/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
    let instance = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1";
    let out = check(
        json!([
            {"Sid": "Tagged", "Effect": "Allow", "Action": ["ec2:StopInstances", "ec2:StartInstances"], "Resource": "*", "Condition": condition},
            deny,
            {"Sid": "Free", "Effect": "Allow", "Action": "ec2:StartInstances", "Resource": "arn:aws:ec2:*:*:instance/*"},
        ]),
        &[
            used("ec2:StopInstances", &[instance]),
            used("ec2:StartInstances", &[instance]),
        ],
        json!([
            {"Sid": "Tagged", "Effect": "Allow", "Action": ["ec2:StopInstances"], "Resource": instance, "Condition": condition},
            deny,
            {"Sid": "Free", "Effect": "Allow", "Action": "ec2:StartInstances", "Resource": instance},
        ]),
    );
    let proof = out.json("111122223333/web/proof.json");
    assert_eq!(
        proof["rest_on_conditions"],
        json!([{"action": "ec2:StopInstances", "resource": instance}])
    );
}

#[test]
fn not_action_becomes_positive() {
    let classes = iam::catalogue::Catalogue::embedded();
    assert!(classes.action("ec2:RebootInstances").is_some());
    let instance = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1";
    let out = with(
        json!([{"Sid": "Most", "Effect": "Allow", "NotAction": ["iam:*"], "Resource": "arn:aws:ec2:eu-west-1:111122223333:*"}]),
        &MANAGEMENT,
        &[
            used("ec2:RebootInstances", &[instance]),
            used("iam:CreateUser", &["arn:aws:iam::111122223333:user/x"]),
        ],
    );
    assert_eq!(out.summary.roles[0].reason, None);
    let reason = &out.summary.roles[0].reason;
    assert!(
        reason.is_none() && out.summary.roles[0].documents == 1,
        "{reason:?}"
    );
    let text = out.statements().to_string();
    assert!(
        text.contains("ec2:RebootInstances")
            && !text.contains("NotAction")
            && !text.contains("iam:"),
        "{text}"
    );
    assert_eq!(out.summary.roles[0].gaps, 1);
    assert!(
        out.text("111122223333/web/review.md")
            .contains("no identity statement names the action")
    );
}

#[test]
fn what_the_boundary_forbids_is_not_kept_unseen() {
    let mut dump = dump(&policy(
        &json!([{"Effect": "Allow", "Action": ["sqs:SendMessage", "logs:PutLogEvents"], "Resource": "*"}]),
    ));
    dump["RoleDetailList"][0]["PermissionsBoundary"] =
        json!({"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/b"});
    dump["Policies"] = json!([{"PolicyName": "b", "Arn": "arn:aws:iam::111122223333:policy/b", "PolicyVersionList": [
        {"VersionId": "v2", "IsDefaultVersion": true, "Document": policy(&json!([{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]))},
        {"VersionId": "v1", "IsDefaultVersion": false, "Document": policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]))}]}]);
    let out = run(Some(&dump), &header(&MANAGEMENT), &[]);
    assert_eq!(out.statements()[0]["Action"], json!(["logs:PutLogEvents"]));
}

#[test]
fn a_former_role_of_the_name_is_no_evidence() {
    let mut former = used("s3:GetBucketTagging", &[BUCKET]);
    former.principal_id = "AROAEXAMPLEFORMER0001".into();
    let mut nameless = used("s3:GetEncryptionConfiguration", &[BUCKET]);
    nameless.principal = "arn:aws:sts::111122223333:assumed-role/web".into();
    let out = check(
        json!([{"Effect": "Allow", "Action": ["s3:GetBucketTagging", "s3:GetEncryptionConfiguration"], "Resource": BUCKET}]),
        &[former, nameless],
        json!([{"Effect": "Allow", "Action": ["s3:GetEncryptionConfiguration"], "Resource": BUCKET}]),
    );
    let diff = out.json("111122223333/web/diff.json");
    assert_eq!(
        diff["previous_incarnations"][0]["actions"],
        json!(["s3:GetBucketTagging"])
    );
    assert_eq!(out.summary.roles[0].former_accesses, 3);
}

#[test]
fn roles_of_aws_and_roles_not_fully_known_get_no_policy() {
    let statements = json!([{"Effect": "Allow", "Action": "s3:GetBucketTagging", "Resource": "*"}]);
    let check = |change: &dyn Fn(&mut Value), status: Status| {
        let mut dump = dump(&policy(&statements));
        change(&mut dump["RoleDetailList"][0]);
        let out = run(Some(&dump), &header(&MANAGEMENT), &[]);
        assert_eq!(out.summary.roles[0].status, status);
        assert!(out.summary.roles[0].reason.is_some());
        assert!(!out.has("111122223333/web/policy.json") && out.has("111122223333/web/review.md"));
    };
    check(
        &|role| role["Path"] = json!("/aws-service-role/x.amazonaws.com/"),
        Status::ReportOnly,
    );
    check(
        &|role| role["Path"] = json!("/aws-reserved/sso.amazonaws.com/eu-west-1/"),
        Status::ReportOnly,
    );
    check(
        &|role| {
            role["AttachedManagedPolicies"] =
                json!([{"PolicyName": "A", "PolicyArn": "arn:aws:iam::aws:policy/A"}])
        },
        Status::Withheld,
    );
}

#[test]
fn nothing_stays_and_nothing_stale_either() {
    let statements = json!([{"Effect": "Allow", "Action": "s3:GetBucketTagging", "Resource": "*"}]);
    let folder = tempfile::tempdir().unwrap();
    let web = folder.path().join("111122223333/web");
    std::fs::create_dir_all(&web).unwrap();
    std::fs::write(web.join("policy-1.json"), "old").unwrap();
    let summary = run_in(
        folder.path(),
        Some(&dump(&policy(&statements))),
        &header(&MANAGEMENT),
        &[],
    );
    assert_eq!(summary.roles[0].status, Status::RemoveAll);
    assert!(!web.join("policy-1.json").exists());
    assert_eq!(summary.roles[0].documents, 0);
    assert!(!web.join("policy.json").exists());
    let review = std::fs::read_to_string(web.join("review.md")).unwrap();
    assert!(review.contains("detach the managed policies"), "{review}");
}

#[test]
fn names_that_change_are_one_pattern() {
    let keys: Vec<String> = (0..400)
        .map(|n| format!("arn:aws:s3:::b/reports/{n:06}/summary-of-the-day.csv"))
        .collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut rows = Vec::new();
    for pair in keys.chunks(2) {
        let mut row = used("s3:GetObject", pair);
        row.template = Some("arn:aws:s3:::b/reports/*/summary-of-the-day.csv".into());
        rows.push(row);
    }
    let statements =
        json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]);
    let classes = [MANAGEMENT.as_slice(), &["AWS::S3::Object"]].concat();
    let out = with(statements, &classes, &rows);
    assert_eq!(
        out.statements()[0]["Resource"],
        "arn:aws:s3:::b/reports/*/summary-of-the-day.csv"
    );
    let wildcard = &out.json("111122223333/web/diff.json")["wildcards"][0];
    assert_eq!(
        *wildcard,
        json!({"pattern": "arn:aws:s3:::b/reports/*/summary-of-the-day.csv", "seen": 400, "adds_known": 0, "of_today": false})
    );
}

#[test]
fn strings_from_logs_act_nowhere() {
    let nasty = "arn:aws:s3:::b/<img src=x>|[a](javascript:1)\u{1b}[31m\u{202e}`日本\n${*}";
    let classes = [MANAGEMENT.as_slice(), &["AWS::S3::Object"]].concat();
    let statements =
        json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]);
    let mut gap = used("sqs:DeleteQueue", &[nasty]);
    gap.evidence = vec!["<script>".into()];
    let out = with(statements, &classes, &[used("s3:GetObject", &[nasty]), gap]);
    for file in ["policy.json", "proof.json", "diff.json", "review.md"] {
        let text = out.text(&format!("111122223333/web/{file}"));
        let bad = text
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(bad, None, "{file}");
        if file == "review.md" {
            for active in ["<img", "<script", "](javascript"] {
                assert!(!text.contains(active), "{active} in {text}");
            }
        }
    }
    let kept = out.statements()[0]["Resource"].as_str().unwrap().to_owned();
    assert!(
        kept.contains("??") && kept.contains("${*}") && !kept.contains('日'),
        "{kept}"
    );
}

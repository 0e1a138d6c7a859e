//! What trails did not record is kept: each way in which an archive can be blind, from logs to verdicts.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

#[path = "../harness/mod.rs"]
mod harness;
mod world;

use harness::{fresh, leastwise};
use serde_json::{Value, json};
use world::*;

/// Action, resource, and a part of the reason.
type Expected = (&'static str, &'static str, &'static str);

/// An action on both prefixes of the bucket, for one reason.
fn on_both(action: &'static str, why: &'static str) -> [Expected; 2] {
    [(action, IN, why), (action, OUT, why)]
}

#[test]
fn everything_recorded() {
    let run = run("all", &all(), &[]);
    run.check(&[]);
    assert!(
        run.kept("rds:StopDBInstance", NEVER)
            .unwrap()
            .contains("no events of ap-south-2")
    );
    assert_eq!(run.days("AWS::S3::Object"), [30]);
}

#[test]
fn data_events_off() {
    let off = Logged {
        objects: vec![],
        ..all()
    };
    let why = "holds no data events";
    let both = [on_both("s3:GetObject", why), on_both("s3:PutObject", why)].concat();
    run("data-off", &off, &[]).check(&both);
}

#[test]
fn data_events_from_the_middle_on() {
    let late = Logged {
        objects: (15..=30).collect(),
        ..all()
    };
    let why = "are missing: 2026-06-02 to 2026-06-14";
    let both = [on_both("s3:GetObject", why), on_both("s3:PutObject", why)].concat();
    run("data-late", &late, &[]).check(&both);
    run(
        "data-late-accepted",
        &late,
        &[("--missing-days", json!(13))],
    )
    .check(&[]);
}

#[test]
fn kms_excluded() {
    let none = Logged {
        kms: vec![],
        kms_writes: vec![],
        ..all()
    };
    run("kms-excluded", &none, &[]).check(&[
        ("kms:Decrypt", KEY, "no management-read-kms events"),
        (
            "kms:ScheduleKeyDeletion",
            KEY,
            "no management-write-kms events",
        ),
    ]);
    let writes = Logged {
        kms: vec![],
        ..all()
    };
    run("kms-writes", &writes, &[]).check(&[("kms:Decrypt", KEY, "no management-read-kms events")]);
}

#[test]
fn a_write_only_trail() {
    let writes = Logged {
        reads: vec![],
        kms: vec![],
        elsewhere: vec![],
        ..all()
    };
    let silent = "no events of us-east-1";
    run("write-only", &writes, &[]).check(&[
        ("ec2:DescribeInstances", "*", "no management-read events"),
        ("rds:ListTagsForResource", HERE, "no management-read events"),
        (
            "rds:ListTagsForResource",
            THERE,
            "no management-read events",
        ),
        ("kms:Decrypt", KEY, "no management-read-kms events"),
        ("rds:StopDBInstance", THERE, silent),
        ("iam:CreateUser", "*", silent),
    ]);
}

#[test]
fn a_silent_region() {
    let silent = Logged {
        elsewhere: vec![],
        ..all()
    };
    let why = "no events of us-east-1";
    let expect = [
        ("rds:StopDBInstance", THERE, why),
        ("rds:ListTagsForResource", THERE, why),
        ("iam:CreateUser", "*", why),
    ];
    run("silent-region", &silent, &[]).check(&expect);
}

const EVERYTHING: [(&str, &str); 13] = [
    ("s3:GetObject", IN),
    ("s3:GetObject", OUT),
    ("s3:PutObject", IN),
    ("s3:PutObject", OUT),
    ("rds:StopDBInstance", HERE),
    ("rds:StopDBInstance", THERE),
    ("rds:ListTagsForResource", HERE),
    ("rds:ListTagsForResource", THERE),
    ("kms:Decrypt", KEY),
    ("kms:ScheduleKeyDeletion", KEY),
    ("ec2:DescribeInstances", "*"),
    ("ec2:TerminateInstances", "*"),
    ("iam:CreateUser", "*"),
];

fn everything(why: &'static str) -> Vec<(&'static str, &'static str, &'static str)> {
    EVERYTHING
        .iter()
        .map(|(action, on)| (*action, *on, why))
        .collect()
}

fn without(gone: std::ops::RangeInclusive<u32>) -> Logged {
    let left = || (1..=30).filter(|day| !gone.contains(day)).collect();
    Logged {
        reads: left(),
        writes: left(),
        kms: left(),
        kms_writes: vec![20],
        objects: left(),
        elsewhere: left(),
    }
}

#[test]
fn three_days_without_delivery() {
    let gap = without(10..=12);
    let told = run("gap", &gap, &[]);
    told.check(&everything("are missing: 2026-06-10 to 2026-06-12"));
    assert_eq!(told.days("management-read"), [9, 3, 18]);
    run("gap-accepted", &gap, &[("--missing-days", json!(3))]).check(&[]);
    run("one-day", &without(10..=10), &[]).check(&[]);
}

#[test]
fn a_trail_created_in_mid_window() {
    // Another account's trail was there from the first day.
    let folder = fresh("coverage-mid-window");
    let mut records = records(&without(1..=14));
    let mut other = event(1, "eu-west-1", "ec2", "DescribeVolumes", true, false);
    other["recipientAccountId"] = "444455556666".into();
    records["Records"].as_array_mut().unwrap().push(other);
    write(&folder, "logs/events.json", &records);
    let mut run = run("mid-window-alone", &without(1..=14), &[]);
    run.check(&[]);
    let current = write(&folder, "current.json", &current());
    harness::run_well(folder.join("logs").to_str().unwrap(), &[current], &folder);
    let diff = std::fs::read_to_string(folder.join(ACCOUNT).join("app/diff.json")).unwrap();
    run.diff = serde_json::from_str(&diff).unwrap();
    run.check(&everything("are missing: 2026-06-02 to 2026-06-14"));
}

fn trail(multi_region: bool, custom: bool) -> Value {
    json!({"trailList": [{"Name": "main", "S3BucketName": "logs", "IncludeGlobalServiceEvents": true,
        "IsMultiRegionTrail": multi_region, "HomeRegion": "eu-west-1", "LogFileValidationEnabled": true,
        "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main",
        "HasCustomEventSelectors": custom, "HasInsightSelectors": false, "IsOrganizationTrail": false}]})
}

fn selectors(content: Value) -> Value {
    let mut selectors = content;
    selectors["TrailARN"] = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main".into();
    selectors
}

#[test]
fn a_prefix_selected_by_a_classic_selector() {
    let classic = json!({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::acme-data/in/", "arn:aws:s3:::acme-other/"]}],
        "ExcludeManagementEventSources": []}]});
    let flags = [
        ("--trails", trail(true, true)),
        ("--trails", selectors(classic)),
    ];
    let why = "selected resources only";
    let run = run("classic-prefix", &all(), &flags);
    run.check(&[("s3:GetObject", OUT, why), ("s3:PutObject", OUT, why)]);
    // the trail records every region, whether or not anything happened there
    assert_eq!(run.kept("rds:StopDBInstance", NEVER), None);
}

#[test]
fn a_selection_by_advanced_selectors() {
    let advanced = json!({"AdvancedEventSelectors": [
        {"Name": "writes without KMS", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]},
            {"Field": "readOnly", "Equals": ["false"]}, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]},
        {"Name": "objects", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::acme-data/out/"]}]}]});
    let flags = [
        ("--trails", trail(true, true)),
        ("--trails", selectors(advanced)),
    ];
    run("advanced", &all(), &flags).check(&[
        ("s3:GetObject", OUT, "selected resources only"),
        ("s3:PutObject", OUT, "selected resources only"),
        ("kms:Decrypt", KEY, "do not record management-read-kms"),
        (
            "kms:ScheduleKeyDeletion",
            KEY,
            "do not record management-write-kms",
        ),
        (
            "ec2:DescribeInstances",
            "*",
            "do not record management-read",
        ),
        (
            "rds:ListTagsForResource",
            HERE,
            "do not record management-read",
        ),
        (
            "rds:ListTagsForResource",
            THERE,
            "do not record management-read",
        ),
    ]);
}

#[test]
fn a_trail_of_one_region_without_data_events() {
    let run = run("one-region", &all(), &[("--trails", trail(false, false))]);
    let all_regions = "no trail of all regions records";
    run.check(&[
        (
            "s3:GetObject",
            IN,
            "no trail of all regions records data events",
        ),
        (
            "s3:GetObject",
            OUT,
            "no trail of all regions records data events",
        ),
        (
            "s3:PutObject",
            IN,
            "no trail of all regions records data events",
        ),
        (
            "s3:PutObject",
            OUT,
            "no trail of all regions records data events",
        ),
        ("rds:StopDBInstance", THERE, "no trail of us-east-1 records"),
        (
            "rds:ListTagsForResource",
            THERE,
            "no trail of us-east-1 records",
        ),
        ("ec2:DescribeInstances", "*", all_regions),
        ("ec2:TerminateInstances", "*", all_regions),
        ("iam:CreateUser", "*", "no trail of us-east-1 records"),
    ]);
}

#[test]
fn a_last_accessed_report_vetoes() {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/app");
    let report = json!({"JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "IsTruncated": false,
        "JobCreationDate": "2026-07-01T00:00:00Z", "JobCompletionDate": "2026-07-01T00:00:01Z",
        "ServicesLastAccessed": [
            {"ServiceName": "AWS KMS", "ServiceNamespace": "kms", "LastAuthenticated": "2025-12-31T23:00:00Z",
                "LastAuthenticatedEntity": role, "LastAuthenticatedRegion": "eu-west-1", "TotalAuthenticatedEntities": 1},
            {"ServiceName": "Amazon EC2", "ServiceNamespace": "ec2", "LastAuthenticated": "2026-06-03T08:00:00Z",
                "LastAuthenticatedEntity": role, "LastAuthenticatedRegion": "eu-west-1", "TotalAuthenticatedEntities": 1,
                "TrackedActionsLastAccessed": [{"ActionName": "DescribeInstances"},
                    {"ActionName": "TerminateInstances", "LastAccessedEntity": role,
                        "LastAccessedTime": "2026-06-03T08:00:00Z", "LastAccessedRegion": "eu-west-1"}]}]});
    let told = run("last-accessed", &all(), &[("--last-accessed", report)]);
    told.check(&[
        (
            "kms:Decrypt",
            KEY,
            "report has kms used at 2025-12-31T23:00:00Z",
        ),
        (
            "kms:ScheduleKeyDeletion",
            KEY,
            "report has kms used at 2025-12-31T23:00:00Z",
        ),
        (
            "ec2:TerminateInstances",
            "*",
            "report has ec2:terminateinstances used at 2026-06-03",
        ),
    ]);
    let review = told.folder.join("out").join(ACCOUNT).join("app/review.md");
    let review = std::fs::read_to_string(review).unwrap();
    assert!(
        review.contains("the last-accessed report has kms used"),
        "{review}"
    );
}

#[test]
fn the_table_says_what_is_covered() {
    let late = Logged {
        objects: (15..=30).collect(),
        kms: vec![],
        kms_writes: vec![],
        ..all()
    };
    let run = run("table", &late, &[]);
    let archive = run.folder.join("out/archive");
    let usage = run.folder.join("usage.jsonl");
    let type_in = |json: &[&str]| {
        let output = leastwise()
            .args(["analyze", "--quiet", "--archive"])
            .arg(&archive)
            .arg("--out")
            .arg(&usage)
            .args(json)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let table: Value = serde_json::from_str(&type_in(&["--json"])).unwrap();
    let state = |class: &str| {
        let rows = table["shown"].as_array().unwrap();
        rows.iter().find(|row| row["class"] == class).unwrap()["state"].clone()
    };
    assert_eq!(state("management-read"), "covered");
    assert_eq!(state("management-read-kms"), "not-covered");
    assert_eq!(state("AWS::S3::Object"), "partly");
    assert_eq!(state("AWS::Lambda::Function"), "not-covered");
    let text = type_in(&[]);
    assert!(
        text.contains("days missing: 2026-06-02 to 2026-06-14"),
        "{text}"
    );
}

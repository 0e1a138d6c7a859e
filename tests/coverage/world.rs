//! The world of the coverage tests: one role that does nothing, and somebody else whose events are logged or not.

use crate::harness::{fresh, leastwise};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const IN: &str = "arn:aws:s3:::acme-data/in/*";
pub(crate) const OUT: &str = "arn:aws:s3:::acme-data/out/*";
pub(crate) const KEY: &str =
    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
pub(crate) const HERE: &str = "arn:aws:rds:eu-west-1:111122223333:db:jobs";
pub(crate) const THERE: &str = "arn:aws:rds:us-east-1:111122223333:db:jobs";
pub(crate) const NEVER: &str = "arn:aws:rds:ap-south-2:111122223333:db:jobs";

/// The days of June 2026 on which somebody else's events of a kind were logged.
pub(crate) struct Logged {
    pub(crate) reads: Vec<u32>,
    pub(crate) writes: Vec<u32>,
    pub(crate) kms: Vec<u32>,
    pub(crate) kms_writes: Vec<u32>,
    pub(crate) objects: Vec<u32>,
    pub(crate) elsewhere: Vec<u32>,
}

/// Everything, every day.
pub(crate) fn all() -> Logged {
    let june = || (1..=30).collect();
    Logged {
        reads: june(),
        writes: june(),
        kms: june(),
        kms_writes: vec![12],
        objects: june(),
        elsewhere: june(),
    }
}

pub(crate) fn event(
    day: u32,
    region: &str,
    source: &str,
    name: &str,
    read: bool,
    data: bool,
) -> Value {
    let id = format!("{day:08}-{region}-{source}-{name}");
    let request = match data {
        true => json!({"bucketName": "acme-other", "key": "a/b"}),
        false => Value::Null,
    };
    json!({
        "eventVersion": "1.11", "eventID": id, "eventTime": format!("2026-06-{day:02}T09:30:00Z"),
        "userIdentity": {"type": "IAMUser", "principalId": "AIDACKCEVSQ6C2EXAMPLE", "userName": "ops",
            "arn": format!("arn:aws:iam::{ACCOUNT}:user/ops"), "accountId": ACCOUNT},
        "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "awsRegion": region,
        "sourceIPAddress": "203.0.113.24", "userAgent": "aws-cli/2", "requestParameters": request,
        "responseElements": null, "readOnly": read, "eventType": "AwsApiCall", "managementEvent": !data,
        "recipientAccountId": ACCOUNT, "eventCategory": if data { "Data" } else { "Management" }
    })
}

pub(crate) fn records(logged: &Logged) -> Value {
    let kinds = [
        (
            &logged.reads,
            "eu-west-1",
            "ec2",
            "DescribeVolumes",
            true,
            false,
        ),
        (
            &logged.writes,
            "eu-west-1",
            "ec2",
            "CreateVolume",
            false,
            false,
        ),
        (&logged.kms, "eu-west-1", "kms", "ListKeys", true, false),
        (
            &logged.kms_writes,
            "eu-west-1",
            "kms",
            "CreateKey",
            false,
            false,
        ),
        (&logged.objects, "eu-west-1", "s3", "GetObject", true, true),
        (
            &logged.elsewhere,
            "us-east-1",
            "ec2",
            "DescribeVolumes",
            true,
            false,
        ),
    ];
    let of_kind = |(days, region, source, name, read, data): (&Vec<u32>, _, _, _, _, _)| {
        let event = |day: &u32| event(*day, region, source, name, read, data);
        days.iter().map(event).collect::<Vec<_>>()
    };
    json!({"Records": kinds.into_iter().flat_map(of_kind).collect::<Vec<_>>()})
}

pub(crate) fn current() -> Value {
    let statement = |actions: &[&str], on: &[&str]| json!({"Effect": "Allow", "Action": actions, "Resource": on});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        statement(&["s3:GetObject", "s3:PutObject"], &[IN, OUT]),
        statement(&["rds:StopDBInstance", "rds:ListTagsForResource"], &[HERE, THERE, NEVER]),
        statement(&["kms:Decrypt", "kms:ScheduleKeyDeletion"], &[KEY]),
        statement(&["ec2:DescribeInstances", "ec2:TerminateInstances", "iam:CreateUser"], &["*"]),
    ]});
    json!({"RoleDetailList": [{
        "Path": "/", "RoleName": "app", "RoleId": "AROAEXAMPLEEXAMPLEAPP", "Arn": format!("arn:aws:iam::{ACCOUNT}:role/app"),
        "CreateDate": "2024-01-01T00:00:00+00:00",
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": policy}], "AttachedManagedPolicies": []
    }]})
}

pub(crate) struct Run {
    pub(crate) folder: PathBuf,
    pub(crate) diff: Value,
    pub(crate) header: Value,
}

pub(crate) fn write(folder: &Path, name: &str, value: &Value) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, value.to_string()).unwrap();
    path
}

/// Runs the whole job; `more`: flags, each with the content of the file it names.
pub(crate) fn run(name: &str, logged: &Logged, more: &[(&str, Value)]) -> Run {
    let folder = fresh(&format!("coverage-{name}"));
    let source = write(&folder, "logs/events.json", &records(logged));
    let current = write(&folder, "current.json", &current());
    let mut command = leastwise();
    command
        .arg("run")
        .arg("--source")
        .arg(source.parent().unwrap());
    command
        .arg("--current")
        .arg(current)
        .arg("--out")
        .arg(folder.join("out"));
    for (at, (flag, content)) in more.iter().enumerate() {
        match content {
            Value::Number(number) => command.arg(flag).arg(number.to_string()),
            content => command
                .arg(flag)
                .arg(write(&folder, &format!("{at}.json"), content)),
        };
    }
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{name}: {told}");
    let read = |path: &str| std::fs::read_to_string(folder.join("out").join(path)).unwrap();
    let usage = read("usage.jsonl");
    Run {
        diff: serde_json::from_str(&read(&format!("{ACCOUNT}/app/diff.json"))).unwrap(),
        header: serde_json::from_str(usage.lines().next().unwrap()).unwrap(),
        folder,
    }
}

impl Run {
    /// Whether the action stays on the resource, and why.
    pub(crate) fn kept(&self, action: &str, resource: &str) -> Option<String> {
        let statements = self.diff["statements"].as_array().unwrap();
        let kept = statements
            .iter()
            .flat_map(|statement| statement["kept"].as_array().unwrap());
        let named = |kept: &&Value| {
            let mut patterns = kept["actions"].as_array().unwrap().iter();
            patterns.any(|pattern| iam::policy::action_matches(pattern.as_str().unwrap(), action))
        };
        let mut kept = kept.filter(named);
        let found = kept.find(|kept| kept["to"].as_array().unwrap().contains(&resource.into()))?;
        assert_eq!(found["verdict"], "unobservable", "{found}");
        Some(found["why"].as_str().unwrap().to_owned())
    }

    /// Checks that exactly these stay of everything that the role may do; each with a part of the reason.
    pub(crate) fn check(&self, expect: &[(&str, &str, &str)]) {
        let name = self.folder.file_name().unwrap().to_string_lossy();
        for (actions, resources) in [
            (&["s3:GetObject", "s3:PutObject"][..], &[IN, OUT][..]),
            (
                &["rds:StopDBInstance", "rds:ListTagsForResource"],
                &[HERE, THERE],
            ),
            (&["kms:Decrypt", "kms:ScheduleKeyDeletion"], &[KEY]),
            (
                &[
                    "ec2:DescribeInstances",
                    "ec2:TerminateInstances",
                    "iam:CreateUser",
                ],
                &["*"],
            ),
        ] {
            for action in actions {
                for resource in resources {
                    let wanted = expect.iter().find(|(a, r, _)| (a, r) == (action, resource));
                    match (self.kept(action, resource), wanted) {
                        (None, None) => {}
                        (Some(why), Some((_, _, part))) => {
                            assert!(why.contains(part), "{name}: {action}: {why}")
                        }
                        (found, wanted) => {
                            panic!("{name}: {action} on {resource}: {found:?}, not {wanted:?}")
                        }
                    }
                }
            }
        }
    }

    pub(crate) fn days(&self, class: &str) -> Vec<u64> {
        let rows = self.header["coverage"].as_array().unwrap();
        let row = rows.iter().find(|row| row["class"] == class).unwrap();
        row["days"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_u64().unwrap())
            .collect()
    }
}

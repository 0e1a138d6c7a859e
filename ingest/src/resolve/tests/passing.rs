//! Roles that calls pass.

use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/service/x";

#[track_caller]
fn passed(source: &str, name: &str, parameters: &str) -> Vec<String> {
    let found = lines(
        &record(
            source,
            name,
            &format!(r#""requestParameters": {parameters}"#),
        ),
        Outcome::Allowed,
    );
    found
        .into_iter()
        .filter_map(|line| line.strip_prefix("iam:PassRole ").map(str::to_owned))
        .collect()
}

#[test]
fn t45_a_function_passes_its_role() {
    assert_eq!(
        passed(
            "lambda",
            "CreateFunction20150331",
            &format!(r#"{{"functionName": "f", "role": "{ROLE}"}}"#)
        ),
        [format!("{ROLE} (passed role)")]
    );
    assert_eq!(
        passed(
            "lambda",
            "UpdateFunctionConfiguration20150331v2",
            r#"{"functionName": "f", "memorySize": 1}"#
        ),
        [""; 0]
    );
}

#[test]
fn t45_an_instance_profile_carries_its_role() {
    let run = |more: &str| {
        passed(
            "ec2",
            "RunInstances",
            &format!(r#"{{"instancesSet": {{"items": [{{"imageId": "ami-1"}}]}}{more}}}"#),
        )
    };
    assert_eq!(
        run(r#", "iamInstanceProfile": {"name": "p"}"#),
        ["? of arn:aws:iam::111122223333:instance-profile/*p (passed role)"]
    );
    assert_eq!(
        run(
            r#", "iamInstanceProfile": {"arn": "arn:aws:iam::111122223333:instance-profile/app/p"}"#
        ),
        ["? of arn:aws:iam::111122223333:instance-profile/app/p (passed role)"]
    );
    assert_eq!(run(""), [""; 0]);
    assert_eq!(
        run(r#", "launchTemplate": {"launchTemplateId": "lt-1"}"#),
        ["? (inferred)"]
    );
    assert_eq!(
        passed(
            "ec2",
            "AssociateIamInstanceProfile",
            r#"{"AssociateIamInstanceProfileRequest": {"IamInstanceProfile": {"Name": "p"}, "InstanceId": "i-1"}}"#
        ),
        ["? of arn:aws:iam::111122223333:instance-profile/*p (passed role)"]
    );
}

#[test]
fn roles_in_nested_parameters() {
    assert_eq!(
        passed(
            "ec2",
            "CreateFlowLogs",
            &format!(r#"{{"CreateFlowLogsRequest": {{"DeliverLogsPermissionArn": "{ROLE}"}}}}"#)
        ),
        [format!("{ROLE} (passed role)")]
    );
    assert_eq!(
        passed(
            "events",
            "PutTargets",
            &format!(r#"{{"rule": "r", "targets": [{{"id": "1", "roleArn": "{ROLE}"}}]}}"#)
        ),
        [format!("{ROLE} (passed role)")]
    );
    assert_eq!(
        passed(
            "s3",
            "PutBucketReplication",
            &format!(r#"{{"bucketName": "b", "ReplicationConfiguration": {{"Role": "{ROLE}"}}}}"#)
        ),
        [format!("{ROLE} (passed role)")]
    );
}

#[test]
fn a_task_passes_the_roles_of_its_definition() {
    assert_eq!(
        passed("ecs", "RunTask", r#"{"taskDefinition": "web:3"}"#),
        ["? of arn:aws:ecs:eu-west-1:111122223333:task-definition/web:* (inferred)"]
    );
    assert_eq!(
        passed(
            "ecs",
            "CreateService",
            r#"{"taskDefinition": "arn:aws:ecs:us-east-1:444455556666:task-definition/web:3"}"#
        ),
        ["? of arn:aws:ecs:us-east-1:444455556666:task-definition/web:* (inferred)"]
    );
    assert_eq!(
        passed(
            "ecs",
            "RunTask",
            &format!(r#"{{"taskDefinition": "web:3", "overrides": {{"taskRoleArn": "{ROLE}"}}}}"#)
        ),
        [format!("{ROLE} (passed role)")]
    );
    assert_eq!(
        passed(
            "ecs",
            "RegisterTaskDefinition",
            &format!(r#"{{"family": "web", "executionRoleArn": "{ROLE}"}}"#)
        ),
        [format!("{ROLE} (passed role)")]
    );
}

#[test]
fn a_role_by_its_name() {
    assert_eq!(
        passed(
            "iam",
            "AddRoleToInstanceProfile",
            r#"{"roleName": "x", "instanceProfileName": "p"}"#
        ),
        ["arn:aws:iam::111122223333:role/*x (passed role)"]
    );
}

#[test]
fn assuming_a_role_is_not_passing_it() {
    assert_eq!(
        passed("sts", "AssumeRole", &format!(r#"{{"roleArn": "{ROLE}"}}"#)),
        [""; 0]
    );
}

//! Management events: names, ids, wrappers, creates, lists.

use super::*;

#[test]
fn t11_event_sources_that_are_no_prefix() {
    check(
        "monitoring",
        "DescribeAlarms",
        r#"{"maxRecords": 100}"#,
        &["cloudwatch:DescribeAlarms *"],
    );
    check(
        "tagging",
        "GetResources",
        r#"{"resourcesPerPage": 100}"#,
        &["tag:GetResources *"],
    );
    check("email", "GetSendQuota", "{}", &["ses:GetSendQuota *"]);
}

#[test]
fn t12_the_partition_is_the_records() {
    let members = r#""awsRegion": "cn-north-1", "requestParameters": {"bucketName": "b", "key": "k"},
        "userIdentity": {"type": "AssumedRole", "arn": "arn:aws-cn:sts::111122223333:assumed-role/app/s"}"#;
    check_record(
        &record("s3", "GetObject", members),
        &["s3:GetObject arn:aws-cn:s3:::b/k"],
    );
    let members = r#""awsRegion": "us-gov-west-1", "requestParameters": {"roleName": "r"}, "userIdentity": {}"#;
    check_record(
        &record("iam", "GetRole", members),
        &["iam:GetRole arn:aws-us-gov:iam::111122223333:role/*r"],
    );
}

#[test]
fn t24_arns_from_parameters() {
    check(
        "ec2",
        "StopInstances",
        r#"{"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}"#,
        &[
            "ec2:StopInstances arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
            "ec2:StopInstances arn:aws:ec2:eu-west-1:111122223333:instance/i-2",
        ],
    );
    check(
        "iam",
        "AttachRolePolicy",
        r#"{"roleName": "r", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}"#,
        &["iam:AttachRolePolicy arn:aws:iam::111122223333:role/*r"],
    );
    check(
        "lambda",
        "GetFunction20150331v2",
        r#"{"functionName": "111122223333:function:f:PROD"}"#,
        &["lambda:GetFunction arn:aws:lambda:eu-west-1:111122223333:function:f"],
    );
    check(
        "rds",
        "DeleteDBInstance",
        r#"{"dBInstanceIdentifier": "db-1"}"#,
        &["rds:DeleteDBInstance arn:aws:rds:eu-west-1:111122223333:db:db-1"],
    );
}

#[test]
fn t42_version_suffixes() {
    check(
        "lambda",
        "ListFunctions20150331",
        "null",
        &["lambda:ListFunctions *"],
    );
    check(
        "cloud9",
        "CreateEnvironmentEC2",
        r#"{"name": "e"}"#,
        &["cloud9:CreateEnvironmentEC2 *"],
    );
    let restore = lines(
        &record(
            "rds",
            "RestoreDBInstanceFromS3",
            r#""requestParameters": {"dBInstanceIdentifier": "db-1"}"#,
        ),
        Outcome::Allowed,
    );
    assert!(
        restore.contains(
            &"rds:RestoreDBInstanceFromS3 arn:aws:rds:eu-west-1:111122223333:db:db-1".to_owned()
        ),
        "{restore:?}"
    );
}

#[test]
fn t47_calls_that_are_no_permission() {
    check("sts", "GetCallerIdentity", "null", &["no-permission"]);
    check("signin", "ConsoleLogin", "null", &["no-permission"]);
    check(
        "s3",
        "GetStorageLensDashboardDataInternal",
        "{}",
        &["unknown-action"],
    );
    check("nosuchservice", "DoIt", "{}", &["unknown-action"]);
    let kinds = [
        ("AwsServiceEvent", "not-an-api-call:service-event"),
        ("AwsConsoleSignIn", "not-an-api-call:console-sign-in"),
        ("AwsVpceEvent", "not-an-api-call:vpc-endpoint"),
        ("Surprise", "not-an-api-call:other"),
    ];
    for (kind, reason) in kinds {
        check_record(
            &record("s3", "GetObject", &format!(r#""eventType": "{kind}""#)),
            &[reason],
        );
    }
}

#[test]
fn a_record_without_event_type_is_a_call() {
    check_record(
        &record("s3", "ListBuckets", r#""eventType": null"#),
        &["s3:ListAllMyBuckets *"],
    );
}

#[test]
fn t6_omitted_parameters_make_the_resource_unknown() {
    for parameters in [r#"{"omitted": true, "originalSize": 112000}"#, "null"] {
        check(
            "s3",
            "PutBucketPolicy",
            parameters,
            &["s3:PutBucketPolicy ?"],
        );
        check("ec2", "StopInstances", parameters, &["ec2:StopInstances ?"]);
    }
}

#[test]
fn t50_created_ids_are_a_wildcard_of_their_type() {
    check(
        "ec2",
        "CreateVpc",
        r#"{"cidrBlock": "10.0.0.0/16"}"#,
        &["ec2:CreateVpc arn:aws:ec2:eu-west-1:111122223333:vpc/*"],
    );
    check(
        "ec2",
        "CreateSnapshot",
        r#"{"volumeId": "vol-1"}"#,
        &[
            "ec2:CreateSnapshot arn:aws:ec2:eu-west-1:111122223333:volume/vol-1",
            "ec2:CreateSnapshot arn:aws:ec2:eu-west-1::snapshot/*",
        ],
    );
}

#[test]
fn run_instances_has_many_resources() {
    let parameters = r#"{"instancesSet": {"items": [{"imageId": "ami-1", "keyName": "k"}]}, "subnetId": "subnet-1",
        "groupSet": {"items": [{"groupId": "sg-1"}]}, "instanceType": "t3.micro",
        "tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": [{"key": "a", "value": "b"}]}]}}"#;
    let place = "arn:aws:ec2:eu-west-1:111122223333";
    let found = lines(
        &record(
            "ec2",
            "RunInstances",
            &format!(r#""requestParameters": {parameters}"#),
        ),
        Outcome::Allowed,
    );
    let expect: Vec<String> = [
        format!("{place}:instance/*"),
        format!("{place}:key-pair/k"),
        format!("{place}:network-interface/*"),
        format!("{place}:security-group/sg-1"),
        format!("{place}:subnet/subnet-1"),
        format!("{place}:volume/*"),
        "arn:aws:ec2:eu-west-1::image/ami-1".to_owned(),
    ]
    .iter()
    .map(|resource| format!("ec2:RunInstances {resource}"))
    .chain([format!("ec2:CreateTags {place}:instance/*")])
    .collect();
    assert_eq!(found, expect);
}

#[test]
fn ec2_wrappers_and_ids_of_any_kind() {
    check(
        "ec2",
        "DeleteFlowLogs",
        r#"{"DeleteFlowLogsRequest": {"FlowLogId": {"content": "fl-1", "tag": 1}}}"#,
        &["ec2:DeleteFlowLogs arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/fl-1"],
    );
    check(
        "ec2",
        "CreateTags",
        r#"{"resourcesSet": {"items": [{"resourceId": "i-1"}, {"resourceId": "ami-2"}]}, "tagSet": {}}"#,
        &[
            "ec2:CreateTags arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
            "ec2:CreateTags arn:aws:ec2:eu-west-1::image/ami-2",
        ],
    );
    check(
        "ec2",
        "DescribeInstances",
        r#"{"instancesSet": {"items": [{"instanceId": "i-1"}]}}"#,
        &["ec2:DescribeInstances *"],
    );
}

#[test]
fn api_gateway_verbs_and_paths() {
    check(
        "apigateway",
        "CreateStage",
        r#"{"restApiId": "abc", "createStageInput": {"stageName": "s"}, "template": false}"#,
        &["apigateway:POST arn:aws:apigateway:eu-west-1::/restapis/abc/stages"],
    );
    check(
        "apigateway",
        "GetRestApis",
        "null",
        &["apigateway:GET arn:aws:apigateway:eu-west-1::/restapis"],
    );
}

#[test]
fn ecs_names_with_their_cluster() {
    let place = "arn:aws:ecs:eu-west-1:111122223333";
    check(
        "ecs",
        "UpdateService",
        r#"{"cluster": "c", "service": "s"}"#,
        &[&format!("ecs:UpdateService {place}:service/c/s")],
    );
    check(
        "ecs",
        "DescribeTasks",
        r#"{"tasks": ["t1"]}"#,
        &[&format!("ecs:DescribeTasks {place}:task/default/t1")],
    );
    check(
        "ecs",
        "StopTask",
        &format!(r#"{{"cluster": "{place}:cluster/c", "task": "{place}:task/c/t1"}}"#),
        &[&format!("ecs:StopTask {place}:task/c/t1")],
    );
}

#[test]
fn log_groups_with_their_tail() {
    let group = "arn:aws:logs:eu-west-1:111122223333:log-group:/app";
    check(
        "logs",
        "CreateLogGroup",
        r#"{"logGroupName": "/app"}"#,
        &[&format!("logs:CreateLogGroup {group}:*")],
    );
    check(
        "logs",
        "CreateLogStream",
        r#"{"logGroupName": "/app", "logStreamName": "s"}"#,
        &[&format!("logs:CreateLogStream {group}:log-stream:s")],
    );
    check(
        "logs",
        "TagResource",
        &format!(r#"{{"resourceArn": "{group}"}}"#),
        &[&format!("logs:TagResource {group}")],
    );
}

#[test]
fn iam_paths() {
    check(
        "iam",
        "CreateRole",
        r#"{"roleName": "r", "path": "/team/"}"#,
        &["iam:CreateRole arn:aws:iam::111122223333:role/team/r"],
    );
    check(
        "iam",
        "CreateRole",
        r#"{"roleName": "r", "path": "/"}"#,
        &["iam:CreateRole arn:aws:iam::111122223333:role/r"],
    );
    let user =
        r#""userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/team/u"}"#;
    check_record(
        &record("iam", "GetUser", user),
        &["iam:GetUser arn:aws:iam::111122223333:user/team/u"],
    );
}

#[test]
fn the_rest_of_the_special_values() {
    let place = "eu-west-1:111122223333";
    check(
        "cloudformation",
        "UpdateStack",
        r#"{"stackName": "s"}"#,
        &[&format!(
            "cloudformation:UpdateStack arn:aws:cloudformation:{place}:stack/s/*"
        )],
    );
    check(
        "route53",
        "GetHostedZone",
        r#"{"id": "/hostedzone/Z1"}"#,
        &["route53:GetHostedZone arn:aws:route53:::hostedzone/Z1"],
    );
    check(
        "wafv2",
        "GetWebACL",
        r#"{"scope": "REGIONAL", "name": "n", "id": "i"}"#,
        &[&format!(
            "wafv2:GetWebACL arn:aws:wafv2:{place}:regional/webacl/n/i"
        )],
    );
    check(
        "securityhub",
        "GetFindingAggregator",
        r#"{"FindingAggregatorArn": "arn%3Aaws%3Asecurityhub%3Aeu-west-1%3A111122223333%3Afinding-aggregator/a"}"#,
        &[&format!(
            "securityhub:GetFindingAggregator arn:aws:securityhub:{place}:finding-aggregator/a"
        )],
    );
    check(
        "cloudtrail",
        "StopLogging",
        &format!(r#"{{"name": "arn:aws:cloudtrail:{place}:trail/t"}}"#),
        &[&format!(
            "cloudtrail:StopLogging arn:aws:cloudtrail:{place}:trail/t"
        )],
    );
    check(
        "cloudtrail",
        "StopLogging",
        r#"{"name": "t"}"#,
        &[&format!(
            "cloudtrail:StopLogging arn:aws:cloudtrail:{place}:trail/t"
        )],
    );
    check(
        "ssm",
        "SendCommand",
        r#"{"documentName": "AWS-RunShellScript", "instanceIds": ["i-1", "mi-2"]}"#,
        &[
            &format!("ssm:SendCommand arn:aws:ec2:{place}:instance/i-1"),
            &format!("ssm:SendCommand arn:aws:ssm:{place}:managed-instance/mi-2"),
            "ssm:SendCommand arn:aws:ssm:eu-west-1::document/AWS-RunShellScript",
        ],
    );
    check(
        "sts",
        "AssumeRole",
        r#"{"roleArn": "arn:aws:iam::444455556666:role/x"}"#,
        &["sts:AssumeRole arn:aws:iam::444455556666:role/x"],
    );
}

#[test]
fn efs_connections_show_what_was_allowed() {
    let members = r#""eventType": "AwsServiceEvent", "serviceEventDetails": {"permissions": {"ClientMount": true, "ClientWrite": false}},
        "resources": [{"ARN": "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1"}]"#;
    check_record(
        &record("elasticfilesystem", "NewClientConnection", members),
        &[
            "elasticfilesystem:ClientMount arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1",
        ],
    );
    let none = members.replace("true", "false");
    check_record(
        &record("elasticfilesystem", "NewClientConnection", &none),
        &["no-condition-met"],
    );
}

#[test]
fn tags_of_a_resource_named_by_kind_and_id() {
    check(
        "ssm",
        "ListTagsForResource",
        r#"{"resourceType": "Parameter", "resourceId": "/a/b"}"#,
        &["ssm:ListTagsForResource arn:aws:ssm:eu-west-1:111122223333:parameter/a/b"],
    );
}

#[test]
fn rules_of_the_default_and_of_custom_buses() {
    let place = "arn:aws:events:eu-west-1:111122223333";
    check(
        "events",
        "DeleteRule",
        r#"{"name": "r"}"#,
        &[&format!("events:DeleteRule {place}:rule/r")],
    );
    check(
        "events",
        "DeleteRule",
        r#"{"name": "r", "eventBusName": "default"}"#,
        &[&format!("events:DeleteRule {place}:rule/r")],
    );
    check(
        "events",
        "DeleteRule",
        r#"{"name": "r", "eventBusName": "bus"}"#,
        &[&format!("events:DeleteRule {place}:rule/bus/r")],
    );
}

#[test]
fn bedrock_models_and_inference_profiles() {
    check(
        "bedrock",
        "InvokeModel",
        r#"{"modelId": "anthropic.claude-3"}"#,
        &["bedrock:InvokeModel arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-3"],
    );
    check(
        "bedrock",
        "Converse",
        r#"{"modelId": "eu.anthropic.claude-3"}"#,
        &[
            "bedrock:InvokeModel arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.claude-3",
        ],
    );
}

#[test]
fn the_only_resource_of_its_type() {
    check(
        "securityhub",
        "DescribeHub",
        "null",
        &["securityhub:DescribeHub arn:aws:securityhub:eu-west-1:111122223333:hub/default"],
    );
}

#[test]
fn session_tags_and_source_identity_are_permissions_of_their_own() {
    let role = "arn:aws:iam::444455556666:role/x";
    check(
        "sts",
        "AssumeRole",
        &format!(
            r#"{{"roleArn": "{role}", "tags": [{{"key": "a", "value": "b"}}], "sourceIdentity": "me"}}"#
        ),
        &[
            &format!("sts:AssumeRole {role}"),
            &format!("sts:TagSession {role}"),
            &format!("sts:SetSourceIdentity {role}"),
        ],
    );
}

#[test]
fn a_nested_parameter_that_is_the_whole_arn() {
    let acl = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/n/i";
    check(
        "wafv2",
        "PutLoggingConfiguration",
        &format!(r#"{{"loggingConfiguration": {{"resourceArn": "{acl}"}}}}"#),
        &[&format!("wafv2:PutLoggingConfiguration {acl}")],
    );
}

#[test]
fn tags_of_what_only_aws_can_name_are_on_an_unknown_resource() {
    let tagged = r#"{"name": "p", "tags": [{"key": "a", "value": "b"}]}"#;
    let expect = [
        "rolesanywhere:CreateProfile *",
        "rolesanywhere:TagResource ? (inferred)",
    ];
    check("rolesanywhere", "CreateProfile", tagged, &expect);
}

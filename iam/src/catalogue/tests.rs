//! The embedded catalogue against the recipe's expected numbers and test vectors.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use super::event::{EventMeaning, EventRule, Member, Operation, Provenance, When};
use super::{AccessLevel, Capability, Catalogue, Confidence, Observability, Risk};

fn catalogue() -> &'static Catalogue {
    Catalogue::embedded()
}

fn rule(source: &str, name: &str) -> EventRule {
    match catalogue().event(&format!("{source}.amazonaws.com"), name) {
        EventMeaning::Permissions(rule) => rule,
        other => panic!("{source} {name}: {other:?}"),
    }
}

fn required(rule: &EventRule) -> Vec<&'static str> {
    let actions = rule.required.iter();
    actions
        .map(|row| catalogue().get(row.action).unwrap().name())
        .collect()
}

fn operation(model: &str, name: &str) -> Operation {
    let models = &catalogue().core.events.models;
    let at = models.iter().position(|row| row.name == model).unwrap();
    catalogue().operation_of(at, name).unwrap()
}

fn member(member: &Member) -> String {
    format!("{}{}", member.name, if member.list { "[]" } else { "" })
}

/// `type: ARN < Member, Variable < Member` per template.
fn templates(model: &str, name: &str) -> Vec<String> {
    let operation = operation(model, name);
    let templates = operation.templates.iter().map(|template| {
        let kind = catalogue().resource_type(template.resource_type).unwrap();
        let arn = template.arn_member.iter();
        let mut parts: Vec<String> = arn.map(|arn| format!("ARN < {}", member(arn))).collect();
        let mut fills: Vec<String> = template
            .fills
            .iter()
            .map(|(variable, from)| format!("{variable} < {}", member(from)))
            .collect();
        fills.sort();
        parts.extend(fills);
        parts.extend(template.arn.iter().map(|arn| format!("is {arn}")));
        format!("{}: {}", kind.name(), parts.join(", "))
    });
    templates.collect()
}

#[test]
fn has_the_expected_numbers_of_part_a() {
    let catalogue = catalogue();
    let actions: Vec<_> = catalogue.actions().collect();
    assert_eq!(actions.len(), 22_321);
    assert_eq!(catalogue.services().count(), 457);
    assert_eq!(catalogue.resource_types().count(), 2_348);
    assert_eq!(catalogue.core.actions.retired.len(), 114);
    let pairs = actions.iter().flat_map(|action| action.resources());
    assert_eq!(pairs.count(), 22_141, "22,147 less six repeated ones");
    let bare = actions.iter().filter(|a| a.resources().next().is_none());
    assert_eq!(bare.count(), 6_762);
    let keys = &catalogue.core.condition_keys;
    assert_eq!(keys.len(), 1_508);
    let dependents = actions.iter().map(|action| action.dependents().count());
    assert_eq!(dependents.sum::<usize>(), 4_472);
    let joined = catalogue
        .resource_types()
        .filter(|kind| kind.arns().count() > 1);
    assert_eq!(joined.count(), 13);
}

#[test]
fn capabilities_have_the_expected_numbers() {
    let count = |wanted: Capability| {
        let actions = catalogue().actions();
        actions
            .filter(|a| a.capabilities().contains(&wanted))
            .count()
    };
    assert_eq!(count(Capability::AdministerResource), 11_779);
    assert_eq!(count(Capability::ReadConfig), 9_274);
    assert_eq!(count(Capability::UseResource), 461);
    assert_eq!(count(Capability::ReadData), 374);
    assert_eq!(count(Capability::WriteData), 349);
    assert_eq!(count(Capability::DeleteData), 234);
}

#[test]
fn actions_say_what_aws_says() {
    let action = catalogue().action("S3:getobject").unwrap();
    assert_eq!((action.name(), action.service()), ("s3:GetObject", "s3"));
    assert_eq!(action.level(), AccessLevel::Read);
    assert_eq!(action.capabilities(), [Capability::ReadData]);
    assert_eq!(action.risks(), [Risk::DataAccess, Risk::DataExfiltration]);
    let types: Vec<_> = action.resources().map(|(kind, _)| kind.name()).collect();
    assert_eq!(types, ["accesspointobject", "object"]);
    let object = action.resources().find(|(kind, _)| kind.name() == "object");
    let arns: Vec<_> = object.unwrap().0.arns().collect();
    assert_eq!(arns, ["arn:${Partition}:s3:::${BucketName}/${ObjectName}"]);
    assert!(
        action
            .condition_keys()
            .any(|key| key == "s3:ExistingObjectTag/<key>")
    );
    assert!(catalogue().action("s3:NoSuchThing").is_none());
}

#[test]
fn retired_actions_are_readable_and_never_expanded() {
    let retired = catalogue().action("codestar:CreateProject").unwrap();
    assert!(retired.retired());
    assert!(catalogue().expand("codestar:*").is_empty());
    assert!(catalogue().services().all(|service| service != "codestar"));
    assert!(catalogue().actions().all(|action| !action.retired()));
}

#[test]
fn ids_are_dense_and_in_name_order() {
    let catalogue = catalogue();
    let mut before = String::new();
    for id in catalogue.all() {
        let action = catalogue.get(id).unwrap();
        let name = action.name().to_ascii_lowercase();
        assert!(before < name, "{before} {name}");
        assert_eq!(catalogue.action(&name).unwrap().id(), id);
        before = name;
    }
}

#[test]
fn patterns_expand_as_a_plain_search_does() {
    let catalogue = catalogue();
    for pattern in [
        "s3:Get*",
        "*",
        "ec2:*Instances",
        "S3:*OBJECT",
        "iam:?etRole",
        "sts:AssumeRole",
    ] {
        let plain: Vec<_> = catalogue
            .actions()
            .filter(|action| glob(&pattern.to_lowercase(), &action.name().to_lowercase()))
            .map(|action| action.id())
            .collect();
        assert!(!plain.is_empty(), "{pattern}");
        assert_eq!(catalogue.expand(pattern), plain, "{pattern}");
    }
    assert!(catalogue.expand("nosuch:*").is_empty());
}

fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_at_checked(1) {
        None => text.is_empty(),
        Some(("*", rest)) => (0..=text.len()).any(|at| glob(rest, &text[at..])),
        Some((one, rest)) => {
            let (first, after) = text.split_at_checked(1).unwrap_or(("", ""));
            !first.is_empty() && (one == "?" || one == first) && glob(rest, after)
        }
    }
}

#[test]
fn observability_follows_the_event_classes() {
    let of = |name: &str| catalogue().action(name).unwrap().observability();
    let Observability::Data(types) = of("s3:GetObject") else {
        panic!("{:?}", of("s3:GetObject"));
    };
    assert!(types.contains(&"AWS::S3::Object"));
    assert_eq!(
        of("ec2:RunInstances"),
        Observability::Management { read: false }
    );
    assert_eq!(
        of("ec2:DescribeInstances"),
        Observability::Management { read: true }
    );
    assert_eq!(of("kms:Encrypt"), Observability::Management { read: true });
    assert_eq!(
        of("bedrock:ListAsyncInvokes"),
        Observability::Management { read: true }
    );
    assert!(matches!(of("bedrock:InvokeModel"), Observability::Data(_)));
    assert!(matches!(of("firehose:PutRecord"), Observability::Data(_)));
    assert!(matches!(
        of("rds-data:ExecuteStatement"),
        Observability::Data(_)
    ));
    for name in [
        "iam:PassRole",
        "logs:PutLogEvents",
        "s3:ReplicateObject",
        "kms:ReplicateKey",
    ] {
        let never = matches!(of(name), Observability::Never(_));
        assert_eq!(never, name != "kms:ReplicateKey", "{name}: {:?}", of(name));
    }
}

#[test]
fn t41_what_a_trail_of_management_events_cannot_show() {
    let of = |name: &str| catalogue().action(name).unwrap().observability();
    assert!(matches!(of("logs:PutLogEvents"), Observability::Never(_)));
    assert_eq!(
        of("cloudwatch:PutMetricData"),
        Observability::Data(vec!["AWS::CloudWatch::Metric"])
    );
    assert_eq!(
        of("xray:PutTraceSegments"),
        Observability::Data(vec!["AWS::XRay::Trace"])
    );
}

#[test]
fn events_resolve_as_the_vectors_say() {
    for (source, name, expect) in [
        ("s3", "ListObjectsV2", "s3:ListBucket"),
        ("s3", "HeadBucket", "s3:ListBucket"),
        ("s3", "DeleteBucketCors", "s3:PutBucketCORS"),
        ("lambda", "Invoke", "lambda:InvokeFunction"),
        ("lambda", "CreateFunction20150331", "lambda:CreateFunction"),
        ("kms", "ReEncrypt", "kms:ReEncryptFrom kms:ReEncryptTo"),
        ("budgets", "CreateBudget", "budgets:ModifyBudget"),
        ("bedrock", "Converse", "bedrock:InvokeModel"),
        ("cassandra", "UpdateKeyspace", "cassandra:Alter"),
        ("apigateway", "CreateResource", "apigateway:POST"),
        ("apigateway", "GetRoutes", "apigateway:GET"),
        ("rds", "CreateDBCluster", "rds:CreateDBCluster"),
        ("es", "CreateDomain", "es:CreateDomain"),
        ("ses", "SendEmail", "ses:SendEmail"),
        ("sqs", "SendMessageBatch", "sqs:SendMessage"),
        ("sns", "PublishBatch", "sns:Publish"),
        ("monitoring", "PutMetricAlarm", "cloudwatch:PutMetricAlarm"),
        (
            "sso",
            "UpdateSsoConfiguration",
            "sso:UpdateSSOConfiguration",
        ),
        ("streams.dynamodb", "GetRecords", "dynamodb:GetRecords"),
        (
            "cloudfront",
            "CreateDistribution2020_05_31",
            "cloudfront:CreateDistribution",
        ),
    ] {
        let found = required(&rule(source, name)).join(" ");
        assert_eq!(found, expect, "{source} {name}");
    }
}

#[test]
fn unresolved_operations_are_unknown_and_free_calls_are_counted() {
    let event = |source: &str, name: &str| catalogue().event(source, name);
    assert_eq!(
        event("glue.amazonaws.com", "AssociateGlossaryTerms"),
        EventMeaning::Unknown
    );
    assert_eq!(
        event("nowhere.amazonaws.com", "GetThing"),
        EventMeaning::Unknown
    );
    assert_eq!(event("", ""), EventMeaning::Unknown);
    for (source, name) in [
        ("sts.amazonaws.com", "GetCallerIdentity"),
        ("signin.amazonaws.com", "ConsoleLogin"),
        ("cognito-idp.amazonaws.com", "InitiateAuth"),
        ("cognito-identity.amazonaws.com", "GetOpenIdToken"),
        ("codecatalyst.amazonaws.com", "GetSpace"),
    ] {
        let found = event(source, name);
        assert!(
            matches!(found, EventMeaning::NoPermission(_)),
            "{source} {name} {found:?}"
        );
    }
}

#[test]
fn overrides_carry_conditions_and_confidence() {
    let rule = rule("s3", "GetObject");
    assert_eq!(rule.provenance, Provenance::Override);
    let conditional = &rule.conditional[0];
    assert_eq!(
        conditional.when,
        When::AnyPresent(vec!["versionId".to_owned()])
    );
    assert_eq!(conditional.replaces, Some(rule.required[0].action));
    let confidence = catalogue().event_confidence("s3.amazonaws.com", "GetObject");
    assert_eq!(confidence, Some(Confidence::Verified));
    assert_eq!(catalogue().event_confidence("ec2.amazonaws.com", "X"), None);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of test vectors")]
fn templates_name_resources_as_the_vectors_say() {
    let check = |model: &str, name: &str, expect: &[&str]| {
        assert_eq!(templates(model, name), expect, "{model} {name}");
    };
    check(
        "s3",
        "GetObject",
        &[
            "accesspointobject: ObjectName < Key",
            "object: BucketName < Bucket, ObjectName < Key",
        ],
    );
    check("dynamodb", "GetItem", &["table: TableName < TableName"]);
    check(
        "ec2",
        "StartInstances",
        &["instance: InstanceId < InstanceIds[]"],
    );
    check(
        "autoscaling",
        "SetDesiredCapacity",
        &["autoScalingGroup: GroupFriendlyName < AutoScalingGroupName"],
    );
    check(
        "cloudformation",
        "DescribeStacks",
        &["stack: StackName < StackName"],
    );
    check(
        "eks",
        "UpdateNodegroupConfig",
        &["nodegroup: ClusterName < clusterName, NodegroupName < nodegroupName"],
    );
    check("sts", "AssumeRole", &["role: ARN < RoleArn"]);
    check(
        "redshift",
        "GetClusterCredentials",
        &[
            "dbname: ClusterName < ClusterIdentifier, DbName < DbName",
            "dbuser: ClusterName < ClusterIdentifier, DbUser < DbUser",
        ],
    );
    check(
        "glue",
        "GetTable",
        &[
            "database: DatabaseName < DatabaseName",
            "rootcatalog: ",
            "table: DatabaseName < DatabaseName, TableName < Name",
        ],
    );
    let stream = templates("kinesis", "PutRecord");
    assert!(
        stream.contains(&"stream: ARN < StreamARN, StreamName < StreamName".to_owned()),
        "{stream:?}"
    );
    let webacl = templates("wafv2", "UpdateWebACL");
    assert!(
        webacl.contains(&"webacl: Id < Id, Name < Name, Scope < Scope".to_owned()),
        "{webacl:?}"
    );
    assert_eq!(
        webacl
            .iter()
            .filter(|row| row.ends_with(": Scope < Scope"))
            .count(),
        4,
        "{webacl:?}"
    );
    let image = templates("ec2", "CreateImage");
    assert!(
        image.contains(&"instance: InstanceId < InstanceId".to_owned()),
        "{image:?}"
    );
    assert!(
        !image
            .iter()
            .any(|row| row.starts_with("image") || row.starts_with("snapshot")),
        "{image:?}"
    );
}

#[test]
fn roles_are_found_as_the_vectors_say() {
    let check = |model: &str, name: &str, certain: bool, expect: &[&str]| {
        let roles = operation(model, name).roles;
        assert!(
            roles.iter().all(|role| role.certain == certain),
            "{model} {name}"
        );
        let paths: Vec<_> = roles.iter().map(|role| role.path.as_str()).collect();
        assert_eq!(paths, expect, "{model} {name}");
    };
    check("lambda", "CreateFunction", true, &["Role"]);
    check("cloudformation", "CreateStack", true, &["RoleARN"]);
    check(
        "s3",
        "PutBucketReplication",
        true,
        &["ReplicationConfiguration.Role"],
    );
    check("events", "PutTargets", false, &["Targets[].RoleArn"]);
    check(
        "ecs",
        "RunTask",
        true,
        &[
            "overrides.executionRoleArn",
            "overrides.taskRoleArn",
            "volumeConfigurations[].managedEBSVolume.roleArn",
        ],
    );
    let run = rule("ec2", "RunInstances");
    assert_eq!(run.pass_roles[0].role_from, "instance-profile");
}

#[test]
fn gateway_operations_have_a_path() {
    let operation = rule("apigateway", "GetRestApi").operation.unwrap();
    assert_eq!(operation.uri.as_deref(), Some("/restapis/{restApiId}"));
    let routes = rule("apigateway", "GetRoutes").operation.unwrap();
    assert_eq!(routes.uri.as_deref(), Some("/apis/{ApiId}/routes"));
}

#[test]
fn shared_sources_merge_their_models() {
    let rule = rule("elasticloadbalancing", "DeleteLoadBalancer");
    let operation = rule.operation.unwrap();
    assert_eq!(operation.model, "elb");
    let mut kinds: Vec<_> = operation
        .templates
        .iter()
        .map(|t| t.resource_type)
        .collect();
    let all = kinds.len();
    kinds.dedup();
    assert_eq!(kinds.len(), all);
    assert!(
        operation
            .templates
            .iter()
            .any(|t| t.arn_member.is_some() || t.arn.is_some())
    );
}

#[test]
fn escalations_are_sets_of_existing_actions() {
    let rows: Vec<_> = catalogue().escalations().collect();
    assert_eq!(rows.len(), 71);
    assert!(rows.iter().all(|row| row.len() > 1));
    let ids = rows.iter().flat_map(|row| row.iter());
    assert!(ids.copied().all(|id| catalogue().get(id).is_some()));
}

#[test]
fn covers_the_api_models() {
    let coverage = catalogue().coverage();
    assert_eq!(coverage.operations, 19_796);
    assert_eq!(coverage.dangling, 0);
    assert!(
        coverage.resolved_percent() >= 97.0,
        "{}",
        coverage.resolved_percent()
    );
    assert!(
        coverage.template_percent() >= 80.0,
        "{}",
        coverage.template_percent()
    );
}

#[test]
fn a_catalogue_does_not_differ_from_itself() {
    assert!(catalogue().changes(catalogue()).is_empty());
}

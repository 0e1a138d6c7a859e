//! The table of parameters that need more than their name: which rule writes a variable, and the spellings under
//! which logs carry it beyond the API model's (catalogue.md, C3).

use super::values::Rule;

/// One row: a variable of the ARN formats of one service, perhaps of one resource type only.
pub(crate) struct Special {
    pub(crate) service: &'static str,
    /// Empty: every type.
    pub(crate) resource_type: &'static str,
    pub(crate) variable: &'static str,
    pub(crate) rule: Rule,
    /// Parameters tried after the model's member: names, paths (`a[].b`), keys of a structure (`a{}`), a name
    /// that counts if another parameter has a value (`a@b=c`).
    pub(crate) members: &'static [&'static str],
}

const fn row(
    service: &'static str,
    resource_type: &'static str,
    variable: &'static str,
    rule: Rule,
    members: &'static [&'static str],
) -> Special {
    Special {
        service,
        resource_type,
        variable,
        rule,
        members,
    }
}

/// The rows; the first that fits counts.
#[rustfmt::skip]
const SPECIAL: &[Special] = &[
    row("s3", "", "BucketName", Rule::Bucket, &["bucketName", "bucket"]),
    row("s3", "", "ObjectName", Rule::Plain, &["key"]),
    row("s3", "", "AccessPointName", Rule::AccessPoint, &["bucketName", "bucket"]),
    row("s3express", "", "BucketName", Rule::Bucket, &["bucketName", "bucket"]),
    row("kms", "key", "KeyId", Rule::KmsKey, &["keyId"]),
    row("kms", "alias", "Alias", Rule::KmsAlias, &["aliasName"]),
    row("secretsmanager", "", "SecretId", Rule::Secret, &["secretId", "name"]),
    row("ssm", "parameter", "", Rule::Parameter, &["name", "names", "path", "resourceId@resourceType=Parameter"]),
    row("ssm", "document", "DocumentName", Rule::Plain, &["documentName", "name", "resourceId@resourceType=Document"]),
    row("ssm", "maintenancewindow", "ResourceId", Rule::Plain, &["windowId", "resourceId@resourceType=MaintenanceWindow"]),
    row("ssm", "patchbaseline", "PatchBaselineIdResourceId", Rule::Plain, &["baselineId", "resourceId@resourceType=PatchBaseline"]),
    row("ssm", "opsitem", "ResourceId", Rule::Plain, &["opsItemId", "resourceId@resourceType=OpsItem"]),
    row("ssm", "opsmetadata", "ResourceId", Rule::Plain, &["resourceId@resourceType=OpsMetadata"]),
    row("ssm", "association", "AssociationId", Rule::Plain, &["associationId", "resourceId@resourceType=Association"]),
    row("ssm", "automation-execution", "AutomationExecutionId", Rule::Plain, &["resourceId@resourceType=Automation"]),
    row("ssm", "instance", "InstanceId", Rule::Starting("i-"), &["instanceId", "instanceIds", "target", "resourceId@resourceType=ManagedInstance"]),
    row("ssm", "managed-instance", "InstanceId", Rule::Starting("mi-"), &["instanceId", "instanceIds", "target", "resourceId@resourceType=ManagedInstance"]),
    row("ssm", "managed-instance-inventory", "InstanceId", Rule::Starting("mi-"), &["instanceId"]),
    row("iam", "role", "RoleNameWithPath", Rule::IamName, &["roleName"]),
    row("iam", "user", "UserNameWithPath", Rule::IamName, &["userName"]),
    row("iam", "group", "GroupNameWithPath", Rule::IamName, &["groupName"]),
    row("iam", "policy", "PolicyNameWithPath", Rule::IamName, &["policyName"]),
    row("iam", "instance-profile", "InstanceProfileNameWithPath", Rule::IamName, &["instanceProfileName"]),
    row("iam", "server-certificate", "CertificateNameWithPath", Rule::IamName, &["serverCertificateName"]),
    row("iam", "mfa", "MfaTokenIdWithPath", Rule::IamName, &["virtualMFADeviceName"]),
    row("iam", "saml-provider", "SamlProviderName", Rule::Plain, &["name"]),
    row("sqs", "", "QueueName", Rule::Queue, &["queueUrl", "queueName"]),
    row("lambda", "", "FunctionName", Rule::Function, &["functionName"]),
    row("lambda", "", "LayerName", Rule::Plain, &["layerName"]),
    row("lambda", "", "LayerVersion", Rule::Plain, &["versionNumber"]),
    row("ecs", "cluster", "ClusterName", Rule::LastSegment, &["cluster", "clusterName", "clusters"]),
    row("ecs", "", "ClusterName", Rule::LastSegment, &["cluster", "clusterName"]),
    row("ecs", "", "ServiceName", Rule::LastSegment, &["service", "services", "serviceName"]),
    row("ecs", "", "TaskId", Rule::LastSegment, &["task", "tasks"]),
    row("ecs", "", "ContainerInstanceId", Rule::LastSegment, &["containerInstance", "containerInstances"]),
    row("ecs", "", "TaskDefinitionFamilyName", Rule::Family, &["taskDefinition", "family"]),
    row("ecs", "", "TaskDefinitionRevisionNumber", Rule::Revision, &["taskDefinition"]),
    row("dynamodb", "", "TableName", Rule::Plain, &["tableName", "requestItems{}", "transactItems[].*.tableName"]),
    row("logs", "", "LogGroupName", Rule::LogGroup, &["logGroupName", "logGroupIdentifier", "logGroupNames", "logGroupIdentifiers"]),
    row("logs", "", "LogStreamName", Rule::Plain, &["logStreamName"]),
    row("wafv2", "", "Scope", Rule::WafScope, &["scope"]),
    row("cloudformation", "stack", "StackName", Rule::Plain, &["stackName"]),
    row("cloudformation", "stackset", "StackSetName", Rule::Plain, &["stackSetName"]),
    row("route53", "hostedzone", "Id", Rule::LastSegment, &["hostedZoneId", "id"]),
    row("route53", "change", "Id", Rule::LastSegment, &["id"]),
    row("route53", "", "Id", Rule::LastSegment, &[]),
    row("events", "event-bus", "EventBusName", Rule::LastSegment, &["eventBusName", "entries[].eventBusName"]),
    row("events", "", "EventBusName", Rule::EventBus, &["eventBusName"]),
    row("bedrock", "foundation-model", "ResourceId", Rule::FoundationModel, &["modelId"]),
    row("bedrock", "inference-profile", "ResourceId", Rule::InferenceProfile, &["modelId"]),
    row("codebuild", "project", "ProjectName", Rule::Family, &["projectName"]),
    row("scheduler", "schedule", "ScheduleName", Rule::Plain, &["name"]),
    row("scheduler", "", "GroupName", Rule::Plain, &["groupName"]),
    row("sso", "account", "AccountId", Rule::Plain, &["targetId", "accountId"]),
    row("sns", "topic", "TopicName", Rule::Plain, &["name"]),
    row("ec2", "image", "ImageId", Rule::Starting("ami-"), &["imageId"]),
    row("ec2", "key-pair", "KeyPairName", Rule::Plain, &["keyName"]),
    row("ec2", "security-group", "SecurityGroupId", Rule::Starting("sg-"), &["groupId", "securityGroupId"]),
    row("ec2", "subnet", "SubnetId", Rule::Starting("subnet-"), &["subnetId"]),
    row("ec2", "launch-template", "LaunchTemplateId", Rule::Starting("lt-"), &["launchTemplateId"]),
    row("ec2", "instance", "InstanceId", Rule::Starting("i-"), &[]),
    row("ec2", "volume", "VolumeId", Rule::Starting("vol-"), &[]),
    row("ec2", "snapshot", "SnapshotId", Rule::Starting("snap-"), &["snapshotId"]),
    row("ec2", "vpc", "VpcId", Rule::Starting("vpc-"), &[]),
];

/// The row for a variable, if it has one.
pub(crate) fn special(
    service: &str,
    resource_type: &str,
    variable: &str,
) -> Option<&'static Special> {
    SPECIAL.iter().find(|row| {
        row.service == service
            && (row.resource_type.is_empty()
                || row.resource_type.eq_ignore_ascii_case(resource_type))
            && (row.variable.is_empty() || row.variable == variable)
    })
}

/// Variables that have a value even when the request does not say: service, type (empty: any), variable, value.
const DEFAULTS: &[(&str, &str, &str, &str)] = &[
    ("ecs", "", "ClusterName", "default"),
    ("events", "event-bus", "EventBusName", "default"),
    ("scheduler", "schedule", "GroupName", "default"),
];

/// The value of an absent parameter.
pub(crate) fn default_value(
    service: &str,
    resource_type: &str,
    variable: &str,
) -> Option<&'static str> {
    let row = DEFAULTS.iter().find(|(s, t, v, _)| {
        *s == service && (t.is_empty() || *t == resource_type) && *v == variable
    });
    row.map(|(_, _, _, value)| *value)
}

/// Constant types that a call does not touch unless it names them, though the action requires them.
const NOT_IMPLIED: &[(&str, &str)] = &[("bedrock", "bedrock-marketplace-model-endpoint")];

/// Whether a required type without variables is a resource of every call.
pub(crate) fn is_implied(service: &str, resource_type: &str) -> bool {
    !NOT_IMPLIED.contains(&(service, resource_type))
}

/// Types of which only the more specific counts when a call fills both: service, general, specific.
const SUPERSEDED: &[(&str, &str, &str)] = &[(
    "events",
    "rule-on-default-event-bus",
    "rule-on-custom-event-bus",
)];

/// The type that makes this one wrong.
pub(crate) fn superseded_by(service: &str, general: &str) -> Option<&'static str> {
    SUPERSEDED
        .iter()
        .find(|(s, g, _)| *s == service && *g == general)
        .map(|(_, _, specific)| *specific)
}

/// Types whose account segment is empty when the name begins so: documents that AWS owns.
const AWS_OWNED: &[(&str, &str, &[&str])] = &[(
    "ssm",
    "document",
    &[
        "AWS-",
        "AWSSupport-",
        "AWSFleetManager-",
        "AWSConfigRemediation-",
        "AmazonCloudWatch-",
        "AmazonInspector",
        "AWSEC2-",
        "AWSDocs-",
        "AWSPremiumSupport-",
        "AWSQuickSetup",
        "AWSCodeDeployAgent",
        "AWSKinesisTap",
    ],
)];

/// Whether AWS owns the named thing.
pub(crate) fn is_aws_owned(service: &str, resource_type: &str, name: &str) -> bool {
    AWS_OWNED.iter().any(|(s, t, prefixes)| {
        *s == service && *t == resource_type && prefixes.iter().any(|p| name.starts_with(p))
    })
}

/// `on` of a rule: where the second resource of a call is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    pub(crate) on: &'static str,
    /// The parameter, in place of the model's.
    pub(crate) member: &'static str,
    /// The matching entry of `resources[]` to take, counted from 0; none: not from there.
    pub(crate) entry: Option<usize>,
}

/// Rows for `on`; `destination` and unlisted words are the call's own resource.
pub(crate) const ON: &[Elsewhere] = &[
    Elsewhere {
        on: "source",
        member: "x-amz-copy-source",
        entry: None,
    },
    Elsewhere {
        on: "source-key",
        member: "sourceKeyId",
        entry: Some(0),
    },
    Elsewhere {
        on: "destination-key",
        member: "destinationKeyId",
        entry: Some(1),
    },
    Elsewhere {
        on: "secret",
        member: "secretIdList",
        entry: None,
    },
    Elsewhere {
        on: "secretArn",
        member: "secretArn",
        entry: None,
    },
];

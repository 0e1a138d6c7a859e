//! Data events and what is like them: objects, keys, items, messages, secrets, parameters.

use super::*;

#[test]
fn t44_an_object_read_with_a_version() {
    check(
        "s3",
        "GetObject",
        r#"{"bucketName": "b", "key": "a/k.csv"}"#,
        &["s3:GetObject arn:aws:s3:::b/a/k.csv"],
    );
    check(
        "s3",
        "GetObject",
        r#"{"bucketName": "b", "key": "k", "versionId": "v1"}"#,
        &["s3:GetObjectVersion arn:aws:s3:::b/k"],
    );
    check(
        "s3",
        "HeadObject",
        r#"{"bucketName": "b", "key": "k"}"#,
        &["s3:GetObject arn:aws:s3:::b/k"],
    );
}

#[test]
fn t23_resources_are_filtered_by_the_types_of_the_action() {
    let resources = r#""resources": [{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::b/k"},
                       {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b", "accountId": "111122223333"}]"#;
    check_record(
        &record("s3", "GetObject", resources),
        &["s3:GetObject arn:aws:s3:::b/k"],
    );
    let resources = r#""resources": [{"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::b/"},
                       {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b", "accountId": "111122223333"}]"#;
    check_record(
        &record("s3", "ListObjects", resources),
        &["s3:ListBucket arn:aws:s3:::b"],
    );
}

#[test]
fn t22_entries_without_type_or_account_are_read() {
    let resources = r#""resources": [{"ARN": "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b", "accountId": "111122223333"}]"#;
    check_record(
        &record("ssm", "GetParameter", resources),
        &["ssm:GetParameter arn:aws:ssm:eu-west-1:111122223333:parameter/a/b"],
    );
}

#[test]
fn t43_bucket_calls_under_other_names() {
    check(
        "s3",
        "HeadBucket",
        r#"{"bucketName": "b"}"#,
        &["s3:ListBucket arn:aws:s3:::b"],
    );
    check("s3", "ListBuckets", "null", &["s3:ListAllMyBuckets *"]);
    check(
        "s3",
        "DeleteBucketEncryption",
        r#"{"bucketName": "b", "encryption": ""}"#,
        &["s3:PutEncryptionConfiguration arn:aws:s3:::b"],
    );
}

#[test]
fn t48_wildcards_in_keys_stay_literal() {
    check(
        "s3",
        "GetObject",
        r#"{"bucketName": "b", "key": "report*.csv"}"#,
        &["s3:GetObject arn:aws:s3:::b/report${*}.csv"],
    );
    let resources = r#""resources": [{"ARN": "arn:aws:s3:::b/日$"}]"#;
    check_record(
        &record("s3", "GetObject", resources),
        &["s3:GetObject arn:aws:s3:::b/?${$}"],
    );
}

#[test]
fn a_copy_reads_its_source_and_writes_its_destination() {
    check(
        "s3",
        "CopyObject",
        r#"{"bucketName": "d", "key": "k2", "x-amz-copy-source": "/src/a%20b/k1?versionId=3", "x-amz-acl": "private"}"#,
        &[
            "s3:PutObject arn:aws:s3:::d/k2",
            "s3:GetObjectVersion arn:aws:s3:::src/a b/k1",
            "s3:PutObjectAcl arn:aws:s3:::d/k2",
            "s3:GetObjectTagging arn:aws:s3:::src/a b/k1 (inferred)",
        ],
    );
    let resources = r#""requestParameters": {"x-amz-copy-source": "src%2Fk1", "bucketName": "d", "key": "k"},
                       "resources": [{"ARN": "arn:aws:s3:::d/k"}]"#;
    check_record(
        &record("s3", "UploadPartCopy", resources),
        &[
            "s3:GetObject arn:aws:s3:::src/k1",
            "s3:PutObject arn:aws:s3:::d/k",
        ],
    );
}

#[test]
fn puts_with_acl_and_tags_need_more() {
    check(
        "s3",
        "PutObject",
        r#"{"bucketName": "b", "key": "k", "x-amz-acl": "bucket-owner-full-control", "x-amz-tagging": "a=b"}"#,
        &[
            "s3:PutObject arn:aws:s3:::b/k",
            "s3:PutObjectAcl arn:aws:s3:::b/k",
            "s3:PutObjectTagging arn:aws:s3:::b/k",
        ],
    );
    check(
        "s3",
        "DeleteObjects",
        r#"{"bucketName": "b", "delete": ""}"#,
        &[
            "s3:DeleteObject arn:aws:s3:::b/*",
            "s3:DeleteObjectVersion arn:aws:s3:::b/* (inferred)",
        ],
    );
}

#[test]
fn an_access_point_in_the_place_of_a_bucket() {
    check(
        "s3",
        "GetObject",
        r#"{"bucketName": "arn:aws:s3:us-west-2:444455556666:accesspoint/ap", "key": "k"}"#,
        &["s3:GetObject arn:aws:s3:us-west-2:444455556666:accesspoint/ap/object/k"],
    );
}

#[test]
fn a_kms_alias_is_no_key() {
    let members = r#""requestParameters": {"keyId": "alias/app"},
                     "resources": [{"ARN": "arn:aws:kms:eu-west-1:444455556666:key/k-1", "accountId": "444455556666"}]"#;
    check_record(
        &record("kms", "Encrypt", members),
        &["kms:Encrypt arn:aws:kms:eu-west-1:444455556666:key/k-1"],
    );
    check(
        "kms",
        "Encrypt",
        r#"{"keyId": "alias/app"}"#,
        &["kms:Encrypt ?"],
    );
    check(
        "kms",
        "DescribeKey",
        r#"{"keyId": "k-1"}"#,
        &["kms:DescribeKey arn:aws:kms:eu-west-1:111122223333:key/k-1"],
    );
    check(
        "kms",
        "CreateAlias",
        r#"{"targetKeyId": "k-1", "aliasName": "alias/app"}"#,
        &[
            "kms:CreateAlias arn:aws:kms:eu-west-1:111122223333:alias/app",
            "kms:CreateAlias arn:aws:kms:eu-west-1:111122223333:key/k-1",
        ],
    );
}

#[test]
fn reencrypt_is_two_actions_on_two_keys() {
    let members = r#""requestParameters": {"sourceKeyId": "k-1", "destinationKeyId": "k-2"},
        "resources": [{"ARN": "arn:aws:kms:eu-west-1:111122223333:key/k-1"}, {"ARN": "arn:aws:kms:eu-west-1:111122223333:key/k-2"}]"#;
    check_record(
        &record("kms", "ReEncrypt", members),
        &[
            "kms:ReEncryptFrom arn:aws:kms:eu-west-1:111122223333:key/k-1",
            "kms:ReEncryptTo arn:aws:kms:eu-west-1:111122223333:key/k-2",
        ],
    );
}

#[test]
fn a_secret_by_name_gets_its_suffix() {
    check(
        "secretsmanager",
        "GetSecretValue",
        r#"{"secretId": "app/db"}"#,
        &[
            "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-??????",
        ],
    );
    check(
        "secretsmanager",
        "GetSecretValue",
        r#"{"secretId": "arn:aws:secretsmanager:eu-west-1:444455556666:secret:app/db-AbC123"}"#,
        &[
            "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:444455556666:secret:app/db-AbC123",
        ],
    );
    check(
        "secretsmanager",
        "BatchGetSecretValue",
        r#"{"secretIdList": ["a", "b"]}"#,
        &[
            "secretsmanager:BatchGetSecretValue *",
            "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-??????",
            "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:111122223333:secret:b-??????",
        ],
    );
}

#[test]
fn a_parameter_without_its_leading_slash() {
    check(
        "ssm",
        "GetParameters",
        r#"{"names": ["/app/db", "flag:3"], "withDecryption": true}"#,
        &[
            "ssm:GetParameters arn:aws:ssm:eu-west-1:111122223333:parameter/app/db",
            "ssm:GetParameters arn:aws:ssm:eu-west-1:111122223333:parameter/flag",
        ],
    );
}

#[test]
fn t44_items_and_messages() {
    check(
        "dynamodb",
        "GetItem",
        r#"{"tableName": "t"}"#,
        &["dynamodb:GetItem arn:aws:dynamodb:eu-west-1:111122223333:table/t"],
    );
    check(
        "dynamodb",
        "Query",
        r#"{"tableName": "t", "indexName": "i"}"#,
        &[
            "dynamodb:Query arn:aws:dynamodb:eu-west-1:111122223333:table/t",
            "dynamodb:Query arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i",
        ],
    );
    check(
        "dynamodb",
        "TransactWriteItems",
        r#"{"transactItems": [{"put": {"tableName": "t1"}}, {"delete": {"tableName": "t1"}}]}"#,
        &[
            "dynamodb:PutItem arn:aws:dynamodb:eu-west-1:111122223333:table/t1",
            "dynamodb:DeleteItem arn:aws:dynamodb:eu-west-1:111122223333:table/t1",
        ],
    );
    check(
        "dynamodb",
        "BatchGetItem",
        r#"{"requestItems": {"t1": {"keys": []}, "t2": {"keys": []}}}"#,
        &[
            "dynamodb:BatchGetItem arn:aws:dynamodb:eu-west-1:111122223333:table/t1",
            "dynamodb:BatchGetItem arn:aws:dynamodb:eu-west-1:111122223333:table/t2",
        ],
    );
    check(
        "sqs",
        "SendMessageBatch",
        r#"{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/444455556666/jobs"}"#,
        &["sqs:SendMessage arn:aws:sqs:eu-west-1:444455556666:jobs"],
    );
}

#[test]
fn partiql_by_its_verb_or_all_when_it_cannot_be_read() {
    let table = r#""resources": [{"ARN": "arn:aws:dynamodb:eu-west-1:111122223333:table/t"}]"#;
    let members = format!(r#"{table}, "requestParameters": {{"statement": "select * from t"}}"#);
    check_record(
        &record("dynamodb", "ExecuteStatement", &members),
        &["dynamodb:PartiQLSelect arn:aws:dynamodb:eu-west-1:111122223333:table/t"],
    );
    let all = lines(
        &record("dynamodb", "ExecuteStatement", table),
        Outcome::Allowed,
    );
    assert_eq!(all.len(), 4);
    assert!(
        all.iter().all(|line| line.ends_with("table/t (inferred)")),
        "{all:?}"
    );
}

#[test]
fn forwarded_calls_count_for_the_caller() {
    let identity = r#""userIdentity": {"type": "AssumedRole", "invokedBy": "secretsmanager.amazonaws.com", "accountId": "111122223333"},
                      "resources": [{"ARN": "arn:aws:kms:eu-west-1:111122223333:key/k"}]"#;
    check_record(
        &record("kms", "Decrypt", identity),
        &["kms:Decrypt arn:aws:kms:eu-west-1:111122223333:key/k (forwarded)"],
    );
    let service = identity.replace("AssumedRole", "AWSService");
    check_record(
        &record("kms", "Decrypt", &service),
        &["kms:Decrypt arn:aws:kms:eu-west-1:111122223333:key/k"],
    );
}

#[test]
fn objects_of_s3_tables_are_told_by_their_resource_type() {
    let members = r#""resources": [{"type": "AWS::S3Tables::Table", "ARN": "arn:aws:s3tables:eu-west-1:111122223333:bucket/b/table/t"}]"#;
    check_record(
        &record("s3", "GetObject", members),
        &["s3tables:GetTableData arn:aws:s3tables:eu-west-1:111122223333:bucket/b/table/t"],
    );
}

#[test]
fn owners_buses_and_accounts_that_the_request_names() {
    let other = "eu-west-1:444455556666";
    check(
        "ecr",
        "BatchGetImage",
        r#"{"repositoryName": "a/b", "registryId": "444455556666"}"#,
        &[&format!(
            "ecr:BatchGetImage arn:aws:ecr:{other}:repository/a/b"
        )],
    );
    check(
        "events",
        "PutRule",
        &format!(r#"{{"name": "r", "eventBusName": "arn:aws:events:{other}:event-bus/bus"}}"#),
        &["events:PutRule arn:aws:events:eu-west-1:111122223333:rule/bus/r"],
    );
    check(
        "dynamodb",
        "BatchGetItem",
        &format!(
            r#"{{"requestItems": {{"arn:aws:dynamodb:{other}:table/t2": {{}}, "t1": {{}}}}}}"#
        ),
        &[
            "dynamodb:BatchGetItem arn:aws:dynamodb:eu-west-1:111122223333:table/t1",
            &format!("dynamodb:BatchGetItem arn:aws:dynamodb:{other}:table/t2"),
        ],
    );
}

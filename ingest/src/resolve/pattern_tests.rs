//! ARN formats by example, and every one of the catalogue by both roads.

use super::*;

fn check(format: &str, arn: &str, strict: bool, loose: bool) {
    let (pattern, _) = ArnPattern::parse(format);
    assert_eq!(
        pattern.matches(Arn::new(arn), Fit::Strict),
        strict,
        "strict {format} {arn}"
    );
    assert_eq!(
        pattern.matches(Arn::new(arn), Fit::Loose),
        loose,
        "loose {format} {arn}"
    );
}

#[test]
fn t23_bucket_and_object_are_told_apart() {
    let (bucket, object) = (
        "arn:${Partition}:s3:::${BucketName}",
        "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
    );
    check(bucket, "arn:aws:s3:::b", true, true);
    check(bucket, "arn:aws:s3:::b/k", false, false);
    check(object, "arn:aws:s3:::b", false, false);
    check(object, "arn:aws-cn:s3:::b/a/b:c", true, true);
    check(object, "arn:aws:s3:::b/", false, false);
}

#[test]
fn a_type_does_not_swallow_its_children() {
    let table = "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}";
    check(
        table,
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
        true,
        true,
    );
    check(
        table,
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2020",
        false,
        false,
    );
    let group = "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}";
    check(
        group,
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f",
        true,
        true,
    );
    check(
        group,
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream:s",
        false,
        false,
    );
}

#[test]
fn a_name_with_slashes_is_taken_loosely() {
    let topic = "arn:${Partition}:iot:${Region}:${Account}:topic/${TopicName}";
    check(
        topic,
        "arn:aws:iot:eu-west-1:111122223333:topic/a/b",
        false,
        true,
    );
    let document = "arn:${Partition}:ssm:${Region}:${Account}:document/${DocumentName}";
    check(
        document,
        "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript",
        true,
        true,
    );
    let role = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}";
    check(role, "arn:aws:iam::111122223333:role/a/b/c", true, true);
}

/// Every format of the catalogue, filled, against those of its service and some others.
#[test]
fn both_roads_lead_to_the_same() {
    let formats: Vec<&str> = iam::catalogue::Catalogue::embedded()
        .resource_types()
        .flat_map(|kind| kind.arns().collect::<Vec<_>>())
        .collect();
    let parsed: Vec<ArnPattern> = formats.iter().map(|f| ArnPattern::parse(f).0).collect();
    let place = Place {
        partition: "aws",
        region: "eu-west-1",
        account: "111122223333",
    };
    let mut fitting = 0;
    for (at, pattern) in parsed.iter().enumerate() {
        let mut arn = String::new();
        pattern.write(&mut arn, &place, &mut |_, out| out.push_str("a/b"));
        let near = parsed.iter().skip(at.saturating_sub(20)).take(40);
        for other in near.chain(parsed.iter().step_by(100)) {
            for fit in [Fit::Strict, Fit::Loose] {
                let slow = other.matches_slowly(&arn, fit);
                fitting += usize::from(slow);
                assert_eq!(other.matches(Arn::new(&arn), fit), slow, "{other:?} {arn}");
            }
        }
    }
    assert!(fitting > parsed.len(), "{fitting}");
}

#[test]
fn hostile_arns_end() {
    let format = "arn:${A}-${B}-${C}-${D}-${E}-${F}x";
    check(format, &format!("arn:{}", "-".repeat(10_000)), false, false);
}

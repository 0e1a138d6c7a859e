//! Lookups in request parameters of the shapes that services log.

use super::*;

fn collect(read: impl FnOnce(&mut dyn FnMut(Cow<'_, str>))) -> Vec<String> {
    let mut found = Vec::new();
    read(&mut |value| found.push(value.into_owned()));
    found
}

#[test]
fn names_are_compared_without_case_and_punctuation() {
    let params = Params::new(
        Some(r#"{"dBInstanceIdentifier": "db-1", "x-amz-acl": "private", "n": 5, "none": null}"#),
        Vec::new(),
    );
    assert_eq!(
        params.text(&Name::new("DBInstanceIdentifier")).as_deref(),
        Some("db-1")
    );
    assert_eq!(
        params.text(&Name::new("xAmzAcl")).as_deref(),
        Some("private")
    );
    assert_eq!(params.text(&Name::new("N")).as_deref(), Some("5"));
    assert_eq!(params.text(&Name::new("none")), None);
    assert_eq!(params.text(&Name::new("dBInstance")), None);
}

#[test]
fn wrappers_are_opened() {
    for text in [
        r#"{"DeleteFlowLogsRequest": {"FlowLogId": "fl-1"}}"#,
        r#"{"DelTGwVpcAttachReq": {"FlowLogId": "fl-1"}}"#,
        r#"{"restApiId": "r", "createStageInput": {"flowLogId": "fl-1"}}"#,
    ] {
        assert_eq!(
            Params::new(Some(text), Vec::new())
                .text(&Name::new("FlowLogId"))
                .as_deref(),
            Some("fl-1")
        );
    }
}

#[test]
fn ec2_lists_in_all_their_dresses() {
    let ids = Name::new("InstanceIds");
    for text in [
        r#"{"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}"#,
        r#"{"instancesSet": {"item": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}"#,
        r#"{"XRequest": {"InstanceId": [{"content": "i-1", "tag": 1}, {"content": "i-2", "tag": 2}]}}"#,
        r#"{"instanceId": ["i-1", "i-2"]}"#,
    ] {
        let params = Params::new(Some(text), Vec::new());
        assert_eq!(
            collect(|each| params.ec2_values(&ids, each)),
            ["i-1", "i-2"],
            "{text}"
        );
    }
    let nested = r#"{"networkInterfaceSet": {"items": [{"subnetId": "s", "groupSet": {"items": [{"groupId": "sg-1"}]}}]}}"#;
    assert_eq!(
        collect(
            |each| Params::new(Some(nested), Vec::new()).ec2_values(&Name::new("GroupId"), each)
        ),
        ["sg-1"]
    );
}

#[test]
fn paths_walk_structures_and_lists() {
    let text = r#"{"targets": [{"roleArn": "r1"}, {"roleArn": "r2"}], "overrides": {"taskRoleArn": "r3"},
                   "S3": {"deep": [{"RoleARN": "r4"}]}, "role": {"arn": "r5", "name": "r6"}}"#;
    let params = Params::new(Some(text), Vec::new());
    let check = |path: &str, expect: &[&str]| {
        assert_eq!(
            collect(|each| params.path_values(&Path::new(path), each)),
            expect,
            "{path}"
        );
    };
    check("Targets[].RoleArn", &["r1", "r2"]);
    check("overrides.taskRoleArn", &["r3"]);
    check("*.roleARN", &["r1", "r2", "r4"]);
    check("role.*", &["r5", "r6"]);
    check("role.missing", &[]);
}

#[test]
fn a_structure_is_never_a_value() {
    let params = Params::new(
        Some(r#"{"name": {"a": "b"}, "names": ["a", {"b": "c"}, "d"]}"#),
        Vec::new(),
    );
    assert_eq!(
        collect(|each| params.values(&Name::new("name"), each)),
        [""; 0]
    );
    assert_eq!(
        collect(|each| params.values(&Name::new("names"), each)),
        ["a", "d"]
    );
}

#[test]
fn presence_is_a_value_that_is_not_empty() {
    let params = Params::new(
        Some(r#"{"a": "", "b": null, "c": {}, "d": [], "e": false, "f": [{"put": {"x": 1}}]}"#),
        Vec::new(),
    );
    let has = |path: &str| params.has(&Path::new(path));
    assert!(!has("a") && !has("b") && !has("c") && !has("d") && !has("nothing"));
    assert!(has("e") && has("f") && has("f[].put") && !has("f[].get"));
}

#[test]
fn t6_omitted_parameters_are_recognised() {
    assert!(
        Params::new(
            Some(r#"{"omitted": true, "originalSize": 112000}"#),
            Vec::new()
        )
        .is_omitted()
    );
    assert!(!Params::new(Some(r#"{"bucketName": "b"}"#), Vec::new()).is_omitted());
    assert!(!Params::new(None, Vec::new()).is_omitted());
}

#[test]
fn hostile_depth_ends() {
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let params = Params::new(Some(&deep), Vec::new());
    assert!(collect(|each| params.arns(each)).is_empty());
    assert!(collect(|each| params.path_values(&Path::new("*.x"), each)).is_empty());
}

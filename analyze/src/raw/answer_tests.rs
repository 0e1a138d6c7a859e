//! Rows of the statement, as the usage and the losses that they add up to.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]
use super::*;
use iam::usage::{Usage, Via};

const ROLE: &str = r#""AssumedRole","AROAEXAMPLEEXAMPLE01","arn:aws:sts::111122223333:assumed-role/web/-","111122223333",null,
    "arn:aws:iam::111122223333:role/app/web","AROAEXAMPLEEXAMPLE01""#;
const SUMS: &str =
    r#"[true,5,2,1,1767225600000,1767312000000,[20454,20455],["a","b"],["vpce-1"],false]"#;

/// A row of `s3:GetObject` calls by a role.
fn row(version: &str, parameters: &str, sums: &str) -> String {
    format!(
        r#"[[["{version}","AwsApiCall","Data","s3.amazonaws.com","GetObject","eu-west-1","111122223333","true",null,null,{ROLE}],null],{parameters},null,{sums}]"#
    )
}

const GET: &str = r#""{\"bucketName\":\"site\",\"key\":\"a.html\"}""#;

fn config() -> Config {
    Config::new("".into(), "".into())
}

fn answer(config: &Config, rows: &[String]) -> (Vec<Usage>, Tally, RawLosses) {
    let mut answer = RawAnswer::new(config, BTreeMap::new());
    for row in rows {
        answer.add(row).unwrap();
    }
    let (mut tally, losses) = answer.into_parts();
    let groups = std::mem::take(&mut tally.groups);
    let mut lines: Vec<Usage> = groups
        .into_iter()
        .map(|(key, group)| group.into_usage(key))
        .collect();
    lines.sort_by(|one, other| one.action.cmp(&other.action));
    (lines, tally, losses)
}

#[test]
fn a_group_is_so_many_events() {
    let rows = [row("1.08", GET, SUMS), row("1.11", GET, SUMS)];
    let (lines, tally, losses) = answer(&config(), &rows);
    let [line] = &lines[..] else {
        unreachable!("{lines:?}")
    };
    assert_eq!(line.principal, "arn:aws:iam::111122223333:role/app/web");
    assert_eq!(
        (line.action.as_str(), line.via),
        ("s3:GetObject", Via::Direct)
    );
    assert_eq!(
        (
            line.count,
            line.mfa_count,
            line.endpoint_count,
            line.active_days
        ),
        (10, 4, 2, 2)
    );
    assert_eq!(line.resources, ["arn:aws:s3:::site/a.html"]);
    assert_eq!(
        (&line.evidence[..], &line.vpc_endpoints[..]),
        (
            &["a".to_owned(), "b".to_owned()][..],
            &["vpce-1".to_owned()][..]
        )
    );
    assert_eq!(line.calls, ["s3.amazonaws.com:GetObject"]);
    assert_eq!((tally.events, tally.copies), (10, 0));
    assert_eq!(losses, RawLosses::default());
    let rows = tally.covered.into_rows();
    assert_eq!(
        (rows.len(), rows[0].class.as_str(), rows[0].events),
        (1, "AWS::S3::Object", 10)
    );
}

#[test]
fn copies_and_other_principals_get_no_lines() {
    let copy = SUMS.replacen("true", "false", 1);
    let (lines, tally, _) = answer(&config(), &[row("1.11", GET, &copy)]);
    assert_eq!((lines.len(), tally.copies, tally.events), (0, 5, 5));
    let mut one = config();
    one.principals
        .insert("arn:aws:iam::111122223333:role/else".to_owned());
    let (lines, tally, _) = answer(&one, &[row("1.11", GET, SUMS), row("1.11", GET, &copy)]);
    assert_eq!((lines.len(), tally.copies, tally.events), (0, 0, 10));
}

#[test]
fn what_is_no_event_is_counted() {
    let no_time = "[true,3,0,0,null,null,[],[],[],false]";
    let rows = [
        row("2.0", GET, SUMS),
        row("1.11", GET, no_time),
        row("1.11", GET, SUMS).replace("GetObject", ""),
        row("1.11", GET, SUMS).replace("AwsApiCall", "AwsCloudTrailInsight"),
    ];
    let (lines, tally, losses) = answer(&config(), &rows);
    assert_eq!((lines.len(), tally.events), (0, 0));
    let counts = |counts: &[(&str, u64)]| {
        counts
            .iter()
            .map(|(name, n)| ((*name).to_owned(), *n))
            .collect()
    };
    assert_eq!(
        losses.unreadable,
        counts(&[
            ("event-version", 5),
            ("event-time", 3),
            ("not-cloudtrail", 5)
        ])
    );
    assert_eq!(losses.skipped, counts(&[("insight", 5)]));
}

#[test]
fn parameters_that_are_no_json_make_the_resource_unknown() {
    let check = |parameters: &str, template: Option<&str>, lost: u64| {
        let (lines, _, losses) = answer(&config(), &[row("1.11", parameters, SUMS)]);
        let found: Vec<Option<&str>> = lines.iter().map(|line| line.template.as_deref()).collect();
        assert_eq!(found, [template], "{parameters}");
        assert_eq!(losses.without_parameters, lost, "{parameters}");
    };
    check(r#""{bucketName=site, key=a.html}""#, None, 5);
    check(r#""""#, None, 5);
    check("null", Some("*"), 0);
    check(r#""null""#, Some("*"), 0);
}

#[test]
fn rows_of_another_form_are_refused() {
    let mut answer = RawAnswer::new(Box::leak(Box::new(config())), BTreeMap::new());
    for row in ["", "[]", "{}", "[[[],null],null,null,[]]", "7"] {
        assert!(matches!(answer.add(row), Err(RowError::Json(_))), "{row}");
    }
    let crowded = SUMS.replace("false]", "true]");
    let error = answer.add(&row("1.11", GET, &crowded)).unwrap_err();
    assert!(error.to_string().contains("have one event id"), "{error}");
}

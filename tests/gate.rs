//! `leastwise diff` and `leastwise check` as a user and a pipeline type them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod harness;

use harness::{fresh, leastwise};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Statements of before.
fn old() -> Value {
    policy(&[
        granting("s3:GetObject", "arn:aws:s3:::acme-logs/*"),
        granting("s3:DeleteObject", "arn:aws:s3:::acme-logs/*"),
    ])
}

fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn granting(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn write(folder: &Path, name: &str, value: &Value) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, serde_json::to_string_pretty(value).unwrap()).unwrap();
    path
}

struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

fn type_in(folder: &Path, arguments: &[&str], stdin: &str) -> Told {
    let file = folder.join("stdin.txt");
    std::fs::write(&file, stdin).unwrap();
    let output = leastwise()
        .args(arguments)
        .current_dir(folder)
        .stdin(std::fs::File::open(file).unwrap())
        .output()
        .unwrap();
    Told {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with `old.json` and `new.json`.
fn folder(name: &str, new: &Value) -> PathBuf {
    let folder = fresh(name);
    write(&folder, "old.json", &old());
    write(&folder, "new.json", new);
    folder
}

#[test]
fn a_removal_is_told_in_peoples_terms_and_passes() {
    let new = policy(&[granting("s3:GetObject", "arn:aws:s3:::acme-logs/*")]);
    let folder = folder("gate-removal", &new);
    let told = type_in(&folder, &["diff", "old.json", "new.json"], "");
    assert_eq!(told.code, Some(0));
    assert!(
        told.out
            .contains("removed   loses delete-data on object acme-logs/*"),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("nothing is gained): yes, proven"),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("-      \"Action\": \"s3:DeleteObject\""),
        "{}",
        told.out
    );
    let told = type_in(
        &folder,
        &["check", "--baseline", "old.json", "new.json"],
        "",
    );
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
}

#[test]
fn a_widening_fails_with_a_witness_at_its_line() {
    let new = policy(&[
        granting("s3:GetObject", "arn:aws:s3:::acme-logs/*"),
        granting("s3:PutObject", "arn:aws:s3:::acme-logs/in/*"),
    ]);
    let folder = folder("gate-widening", &new);
    let check = |format: &[&str]| {
        let arguments = [&["check", "--baseline", "old.json", "new.json"], format].concat();
        let told = type_in(&folder, &arguments, "");
        assert_eq!(told.code, Some(1), "{}", told.err);
        told.out
    };
    let text = std::fs::read_to_string(folder.join("new.json")).unwrap();
    let line = 1 + text[..text.find("s3:PutObject").unwrap()]
        .matches('\n')
        .count()
        - 1;
    assert!(
        check(&[]).starts_with(&format!("new.json:{line}:5: new-access: ")),
        "{}",
        check(&[])
    );
    let report: Value = serde_json::from_str(&check(&["--json"])).unwrap();
    assert_eq!(report["passed"], false);
    assert_eq!(report["findings"][0]["witness"]["action"], "s3:PutObject");
    let sarif: Value = serde_json::from_str(&check(&["--sarif"])).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(result["ruleId"], "new-access");
    assert_eq!(place["artifactLocation"]["uri"], "new.json");
    assert_eq!(place["region"]["startLine"], line);
    let annotations = check(&["--github"]);
    assert!(
        annotations.starts_with(&format!("::error file=new.json,line={line},col=5,title=")),
        "{annotations}"
    );
}

#[test]
fn what_is_forbidden_fails_without_a_baseline() {
    let folder = folder("gate-forbidden", &old());
    let check =
        |forbid: &str| type_in(&folder, &["check", "new.json", "--forbid", forbid], "").code;
    assert_eq!(check("s3:Delete*"), Some(1));
    assert_eq!(check("s3:Delete*@arn:aws:s3:::acme-logs/x"), Some(1));
    assert_eq!(check("s3:Delete*@arn:aws:s3:::other/*"), Some(0));
    assert_eq!(check("iam:*"), Some(0));
    assert_eq!(check("nonsense"), Some(2));
    assert_eq!(type_in(&folder, &["check", "new.json"], "").code, Some(2));
}

#[test]
fn what_cannot_be_decided_does_not_pass() {
    let folder = fresh("gate-unknown");
    write(
        &folder,
        "old.json",
        &policy(&[granting("sqs:SendMessage", "arn:aws:sqs:*:q")]),
    );
    write(
        &folder,
        "new.json",
        &policy(&[granting("sqs:SendMessage", "arn:aws:sqs:*:*:q")]),
    );
    let told = type_in(
        &folder,
        &["check", "--baseline", "old.json", "new.json"],
        "",
    );
    assert_eq!(told.code, Some(1));
    assert!(told.out.contains("undecided"), "{}", told.out);
}

#[test]
fn stdin_and_what_apis_print_are_read() {
    let folder = folder(
        "gate-stdin",
        &json!({"PolicyVersion": {"Document": old(), "VersionId": "v2"}}),
    );
    let told = type_in(
        &folder,
        &["check", "--baseline", "new.json", "-"],
        &old().to_string(),
    );
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(type_in(&folder, &["diff", "-", "-"], "").code, Some(2));
    let told = type_in(
        &folder,
        &["check", "--baseline", "old.json", "-"],
        "{\"Statement\": [\n{\"Efect\": 1}]}",
    );
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("line 2"), "{}", told.err);
}

#[test]
fn account_dumps_are_compared_principal_by_principal() {
    let folder = fresh("gate-dump");
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/scenarios/brownfield-web-role/current.json");
    let mut dump: Value = serde_json::from_slice(&std::fs::read(scenario).unwrap()).unwrap();
    write(&folder, "old.json", &dump);
    let roles = dump["RoleDetailList"].as_array_mut().unwrap();
    let arn = roles[0]["Arn"].as_str().unwrap().to_owned();
    roles[0]["RolePolicyList"] =
        json!([{"PolicyName": "more", "PolicyDocument": policy(&[granting("*", "*")])}]);
    write(&folder, "new.json", &dump);
    let told = type_in(
        &folder,
        &["check", "--baseline", "old.json", "old.json"],
        "",
    );
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    let told = type_in(
        &folder,
        &["check", "--json", "--baseline", "old.json", "new.json"],
        "",
    );
    let report: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["findings"][0]["principal"], arn.as_str());
    let told = type_in(&folder, &["diff", "--json", "old.json", "new.json"], "");
    let report: Value = serde_json::from_str(&told.out).unwrap();
    let changed = |subject: &&Value| subject["new_within_old"]["answer"] != "yes";
    assert_eq!(
        report["subjects"]
            .as_array()
            .unwrap()
            .iter()
            .filter(changed)
            .count(),
        1
    );
    write(&folder, "document.json", &policy(&[]));
    assert_eq!(
        type_in(&folder, &["diff", "old.json", "document.json"], "").code,
        Some(2)
    );
}

#[test]
fn markdown_holds_no_markup_of_the_policies() {
    let hostile = "arn:aws:s3:::b/<img src=x>|](http://x)`";
    let folder = folder(
        "gate-markdown",
        &policy(&[granting("s3:GetObject", hostile)]),
    );
    let told = type_in(&folder, &["diff", "--markdown", "old.json", "new.json"], "");
    assert_eq!(told.code, Some(0));
    assert!(
        told.out.contains("| **added**") || told.out.contains("| **exchanged**"),
        "{}",
        told.out
    );
    assert!(
        !told.out.contains("<img") && !told.out.contains("](http"),
        "{}",
        told.out
    );
}

#[test]
fn a_lint_finding_has_its_place_in_every_format() {
    let new = policy(&[
        granting("s3:ListBucket", "arn:aws:s3:::acme-logs/*"),
        granting("s3:GetObject", "*"),
    ]);
    let folder = folder("gate-lint", &new);
    let check = |arguments: &[&str], expect| {
        let told = type_in(&folder, &[&["check", "--lint"], arguments].concat(), "");
        assert_eq!(
            told.code,
            Some(expect),
            "{arguments:?} {}{}",
            told.out,
            told.err
        );
        told.out
    };
    let text = check(&["new.json"], 1);
    assert!(
        text.starts_with("new.json:4:17: action-without-resource: `s3:ListBucket` is for"),
        "{text}"
    );
    let report: Value = serde_json::from_str(&check(&["new.json", "--json"], 1)).unwrap();
    let finding = &report["findings"][0];
    assert_eq!(
        (&finding["line"], &finding["column"]),
        (&json!(4), &json!(17))
    );
    assert_eq!(finding["severity"], "error");
    let sarif: Value = serde_json::from_str(&check(&["new.json", "--sarif"], 1)).unwrap();
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let region = &run["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert!(
        rules
            .iter()
            .any(|rule| rule["id"] == run["results"][0]["ruleId"])
    );
    assert_eq!(region, &json!({"startLine": 4, "startColumn": 17}));
    let annotation = check(&["new.json", "--github"], 1);
    assert!(
        annotation.starts_with("::error file=new.json,line=4,col=17,"),
        "{annotation}"
    );
    check(&["old.json"], 0);
    check(&["new.json", "--baseline", "new.json"], 1);
    check(&["old.json", "--kind", "resource"], 1);
}

#[test]
fn warnings_fail_only_when_asked_and_what_is_no_policy_has_its_place() {
    let folder = fresh("gate-lint-warning");
    write(
        &folder,
        "old.json",
        &json!({"Statement": [granting("s3:GetObject", "*")]}),
    );
    let check = |arguments: &[&str], stdin| {
        type_in(&folder, &[&["check", "--lint"], arguments].concat(), stdin)
    };
    let told = check(&["old.json"], "");
    assert_eq!(told.code, Some(0));
    assert!(
        told.out
            .starts_with("old.json:1:1: warning: version-missing: "),
        "{}",
        told.out
    );
    assert_eq!(check(&["old.json", "--strict"], "").code, Some(1));
    assert!(
        check(&["old.json", "--github"], "")
            .out
            .starts_with("::warning ")
    );
    let told = check(&["-"], "{\"Statement\": [\n {\"Efect\": 1}]}");
    assert_eq!(told.code, Some(1));
    assert!(
        told.out
            .starts_with("-:2:9: not-a-policy: unknown field `Efect`"),
        "{}",
        told.out
    );
    assert_eq!(check(&["-"], "{").code, Some(2));
    assert_eq!(check(&["-", "--kind", "nonsense"], "{}").code, Some(2));
}

#[test]
fn every_document_of_a_dump_is_linted_but_those_of_aws() {
    let folder = fresh("gate-lint-dump");
    let wrong = policy(&[granting("s3:Fly", "*")]);
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "ec2"}, "Action": "sts:AssumeRole"}});
    let version = json!([{"VersionId": "v1", "IsDefaultVersion": true, "Document": wrong}]);
    let dump = json!({
        "RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/r", "AssumeRolePolicyDocument": trust,
            "RolePolicyList": [{"PolicyName": "inline", "PolicyDocument": wrong}]}],
        "UserDetailList": [], "GroupDetailList": [],
        "Policies": [{"Arn": "arn:aws:iam::111122223333:policy/own", "PolicyVersionList": version},
            {"Arn": "arn:aws:iam::aws:policy/Theirs", "PolicyVersionList": version}],
    });
    write(&folder, "dump.json", &dump);
    let told = type_in(&folder, &["check", "--lint", "--json", "dump.json"], "");
    let report: Value = serde_json::from_str(&told.out).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let owners: Vec<(&str, &str)> = findings
        .map(|f| {
            (
                f["rule"].as_str().unwrap(),
                f["principal"].as_str().unwrap(),
            )
        })
        .collect();
    let role = "arn:aws:iam::111122223333:role/r";
    assert_eq!(
        owners,
        [
            (
                "principal-malformed",
                format!("{role}, trust policy").as_str()
            ),
            ("action-unknown", format!("{role}, inline").as_str()),
            ("action-unknown", "arn:aws:iam::111122223333:policy/own"),
        ]
    );
}

/// The commands of `check --help` on a pull request, run by a shell in a repository as a pipeline would.
#[test]
fn the_recipe_of_the_help_works() {
    let help = type_in(&fresh("gate-help"), &["check", "--help"], "").out;
    let recipe: Vec<&str> = help
        .lines()
        .take_while(|line| !line.starts_with("A proof that generate wrote"))
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| line.starts_with("git show") || line.starts_with("leastwise check"))
        .collect();
    assert_eq!(recipe.len(), 2, "{help}");
    let check = |new: &Value, expect: i32| {
        let folder = fresh("gate-recipe");
        write(&folder, "policy.json", &old());
        let setup = "git init -q . && git add policy.json && git -c user.name=t -c user.email=t@example.com \
                     commit -qm policy && git update-ref refs/remotes/origin/main HEAD";
        shell(&folder, setup);
        write(&folder, "policy.json", new);
        assert_eq!(shell(&folder, &recipe.join("\n")), expect);
    };
    check(
        &policy(&[granting("s3:GetObject", "arn:aws:s3:::acme-logs/in/*")]),
        0,
    );
    check(&policy(&[granting("s3:*", "arn:aws:s3:::acme-logs/*")]), 1);
}

fn shell(folder: &Path, script: &str) -> i32 {
    let binary = Path::new(env!("CARGO_BIN_EXE_leastwise")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let status = Command::new("sh")
        .args(["-ec", script])
        .current_dir(folder)
        .env("PATH", path)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdout(Stdio::null())
        .status()
        .unwrap();
    status.code().unwrap()
}

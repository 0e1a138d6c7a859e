//! The command line as a user types it: stdout, stderr and exit code.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod harness;

use fixtures::Scenario;
use harness::{fresh, leastwise};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

/// What a command left behind.
struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

fn told(output: Output) -> Told {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Told {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

fn type_in(folder: &Path, arguments: &[&str]) -> Told {
    told(
        leastwise()
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap(),
    )
}

fn scenario(name: &str) -> Scenario {
    Scenario::all()
        .unwrap()
        .into_iter()
        .find(|scenario| scenario.name == name)
        .unwrap()
}

fn web() -> (String, String) {
    let scenario = scenario("brownfield-web-role");
    let text = |path: PathBuf| path.to_str().unwrap().to_owned();
    (
        text(scenario.events()),
        text(scenario.folder.join("current.json")),
    )
}

#[test]
fn help_names_every_verb_and_goes_to_stdout() {
    let told = type_in(&fresh("cli-help"), &["--help"]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    for verb in ["run", "ingest", "analyze", "generate", "demo"] {
        assert!(
            told.out
                .lines()
                .any(|line| line.trim_start().starts_with(verb)),
            "no {verb} in:\n{}",
            told.out
        );
    }
}

#[test]
fn no_verb_is_a_usage_error() {
    let told = type_in(&fresh("cli-none"), &[]);
    assert_eq!((told.code, told.out.as_str()), (Some(2), ""));
    assert!(told.err.contains("Usage: leastwise"), "{}", told.err);
}

#[test]
fn the_demo_needs_nothing_and_says_what_to_open() {
    let folder = fresh("cli-demo");
    let told = type_in(&folder, &["demo"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.err.contains("summary.json"), "{}", told.err);
    assert!(told.out.contains("oles"), "a closing table:\n{}", told.out);
    for file in ["summary.json", "usage.jsonl", "archive"] {
        assert!(folder.join("out").join(file).exists(), "no out/{file}");
    }
}

#[test]
fn a_missing_source_is_named_with_a_hint() {
    let told = type_in(
        &fresh("cli-source"),
        &["run", "--source", "no/such/folder", "--out", "out"],
    );
    assert_eq!((told.code, told.out.as_str()), (Some(2), ""));
    assert!(told.err.contains("no/such/folder"), "{}", told.err);
    assert!(told.err.contains("\n\nhint: "), "{}", told.err);
}

#[test]
fn a_broken_account_dump_is_named_with_its_line() {
    let folder = fresh("cli-current");
    std::fs::write(
        folder.join("broken.json"),
        "{\n  \"RoleDetailList\": [\n    {,}\n",
    )
    .unwrap();
    let (source, _) = web();
    let told = type_in(
        &folder,
        &[
            "run",
            "--source",
            &source,
            "--current",
            "broken.json",
            "--out",
            "out",
        ],
    );
    assert_eq!((told.code, told.out.as_str()), (Some(2), ""));
    assert!(
        told.err.contains("`broken.json`") && told.err.contains("line 3 column 6"),
        "{}",
        told.err
    );
    assert!(told.err.contains("hint: "), "{}", told.err);
    assert!(
        !folder.join("out/summary.json").exists(),
        "nothing is proposed from half an account"
    );
}

#[test]
fn a_truncated_account_dump_is_refused() {
    let folder = fresh("cli-truncated");
    let (source, current) = web();
    let mut dump: Value = serde_json::from_slice(&std::fs::read(current).unwrap()).unwrap();
    dump["IsTruncated"] = Value::Bool(true);
    std::fs::write(folder.join("page.json"), dump.to_string()).unwrap();
    let told = type_in(
        &folder,
        &[
            "run",
            "--source",
            &source,
            "--current",
            "page.json",
            "--out",
            "out",
        ],
    );
    assert_eq!(told.code, Some(2), "{}", told.err);
    assert!(told.err.contains("page.json"), "{}", told.err);
}

#[test]
fn data_goes_to_stdout_and_progress_to_stderr() {
    let folder = fresh("cli-json");
    let (source, current) = web();
    let arguments = [
        "run",
        "--source",
        &source,
        "--current",
        &current,
        "--out",
        "out",
        "--json",
    ];
    let told = type_in(&folder, &arguments);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let summary: Value =
        serde_json::from_str(&told.out).unwrap_or_else(|e| panic!("{e}:\n{}", told.out));
    assert!(summary.as_object().is_some_and(|map| !map.is_empty()));
    assert!(!told.err.contains('{'), "{}", told.err);
    assert!(
        !told.err.contains('\u{1b}'),
        "no terminal, no escapes:\n{}",
        told.err
    );
}

#[test]
fn the_three_steps_alone_give_what_run_gives() {
    let folder = fresh("cli-steps");
    let (source, current) = web();
    for arguments in [
        vec![
            "run",
            "--source",
            &source,
            "--current",
            &current,
            "--out",
            "whole",
        ],
        vec!["ingest", "--source", &source, "--archive", "archive"],
        vec![
            "analyze",
            "--archive",
            "archive",
            "--out",
            "steps/usage.jsonl",
        ],
        vec![
            "generate",
            "--usage",
            "steps/usage.jsonl",
            "--current",
            &current,
            "--out",
            "steps",
        ],
    ] {
        let told = type_in(&folder, &arguments);
        assert_eq!(told.code, Some(0), "{arguments:?}: {}", told.err);
    }
    let explained = fixtures::tree::explain(
        &harness::golden(&folder.join("whole")),
        &harness::golden(&folder.join("steps")),
    );
    assert!(explained.is_empty(), "{explained}");
}

#[test]
fn the_same_command_twice_gives_the_same_files() {
    let folder = fresh("cli-twice");
    let (source, current) = web();
    let arguments = [
        "run",
        "--source",
        &source,
        "--current",
        &current,
        "--out",
        "out",
    ];
    assert_eq!(type_in(&folder, &arguments).code, Some(0));
    let first = fixtures::tree::read(&folder.join("out"), &[]).unwrap();
    let again = type_in(&folder, &arguments);
    assert_eq!(again.code, Some(0), "{}", again.err);
    let second = fixtures::tree::read(&folder.join("out"), &[]).unwrap();
    let explained = fixtures::tree::explain(&first, &second);
    assert!(explained.is_empty(), "{explained}");
}

#[test]
fn a_broken_object_is_reported_and_the_run_goes_on() {
    let folder = fresh("cli-quarantine");
    let (source, current) = web();
    let mut logs = fixtures::tree::read(Path::new(&source), &[]).unwrap();
    logs.insert(
        "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/09/01/broken.json".into(),
        b"{\"Records\":[{\"eventVersion\":".to_vec(),
    );
    logs.insert(
        "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/09/01/broken.json.gz".into(),
        vec![0x1f, 0x8b, 8, 0, 1, 2, 3],
    );
    fixtures::tree::write(&folder.join("logs"), &logs).unwrap();
    let told = type_in(
        &folder,
        &[
            "run",
            "--source",
            "logs",
            "--current",
            &current,
            "--out",
            "out",
        ],
    );
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(
        told.out.contains("uarantine"),
        "the closing table says so:\n{}",
        told.out
    );
}

/// Does the proof of the web role under `folder` again.
fn check_proof(folder: &Path, current: &str) -> Told {
    let proof = "out/111122223333/web-frontend/proof.json";
    let usage = ["--usage", "out/usage.jsonl"];
    let arguments = [
        &["check", "--proof", proof],
        &usage[..],
        &["--current", current],
    ];
    type_in(folder, &arguments.concat())
}

#[test]
fn a_proof_can_be_done_again_and_a_changed_input_is_noticed() {
    let folder = fresh("cli-proof");
    let (events, current) = web();
    let (source, to) = (["--source", &events], ["--out", "out"]);
    let told = type_in(
        &folder,
        &[&["run"], &source[..], &["--current", &current], &to[..]].concat(),
    );
    assert_eq!(told.code, Some(0), "{}", told.err);
    let told = check_proof(&folder, &current);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    let proven = told.out.contains("yes  observed ⊆ proposed: ");
    assert!(proven && told.out.ends_with("passed\n"), "{}", told.out);

    let other = std::fs::read_to_string(&current).unwrap();
    let other = other.replace("acme-web-assets", "acme-web-others");
    std::fs::write(folder.join("other.json"), other).unwrap();
    let told = check_proof(&folder, "other.json");
    let noticed = told.out.contains("NO   the policies of today are those");
    assert!(told.code == Some(1) && noticed, "{}", told.out);

    let file = folder.join("out/111122223333/web-frontend/policy.json");
    let policy = std::fs::read_to_string(&file).unwrap();
    let wider = policy.replacen("\"ec2:DescribeInstances\"", "\"ec2:*\"", 1);
    assert_ne!(wider, policy);
    std::fs::write(&file, wider).unwrap();
    let told = check_proof(&folder, &current);
    assert_eq!(told.code, Some(1), "{}", told.out);
    for what in [
        "`policy.json` is the file that was proven",
        "proposed ⊆ current",
    ] {
        assert!(
            told.out.contains(&format!("NO   {what}")),
            "{what} in {}",
            told.out
        );
    }
}

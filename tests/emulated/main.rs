//! Proposals before an evaluator that nobody here wrote: MiniStack, an emulator that enforces IAM. It allows every access
//! that the evidence holds, and refuses what a proposal took away.
//!
//! Set `LEASTWISE_MINISTACK` to the program (`pip install ministack==1.5.33`), or have it on the PATH.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code"
)]

#[path = "../harness/mod.rs"]
mod harness;
#[path = "../../iam/tests/emulator/server.rs"]
mod server;

use fixtures::Scenario;
use generate::Role;
use serde_json::{Value, json};
use server::Server;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A role's policies of today, its proposal, and the observed accesses: action and resource.
struct Case {
    told: String,
    today: Vec<Value>,
    proposed: Vec<Value>,
    asks: Vec<(String, String)>,
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Account and name of a role, or of the role of a session.
fn role(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let (account, name) = (parts.nth(4)?, parts.next()?);
    if let Some(session) = name.strip_prefix("assumed-role/") {
        return Some((account, session.split('/').next()?));
    }
    Some((account, name.strip_prefix("role/")?.rsplit('/').next()?))
}

/// A resource of a pattern: wildcards as text that no policy names.
fn concrete(pattern: &str) -> String {
    match pattern {
        "*" => pattern.to_owned(),
        _ => pattern.replace('*', "any").replace('?', "x"),
    }
}

/// What the evidence holds of the role of a folder; earlier roles of the same name are others.
fn observed(rows: &[Value], folder: &Path) -> BTreeSet<(String, String)> {
    let (proof, diff) = (
        read(&folder.join("proof.json")),
        read(&folder.join("diff.json")),
    );
    let former = diff["previous_incarnations"]
        .as_array()
        .into_iter()
        .flatten();
    let former: BTreeSet<&str> = former.map(|role| text(&role["principal_id"])).collect();
    let own = rows.iter().filter(|row| {
        role(text(&row["principal"])) == role(text(&proof["role"]))
            && !former.contains(text(&row["principal_id"]))
            && text(&row["outcome"]) == "allowed"
    });
    let pairs = own.flat_map(|row| {
        let resources = row["resources"].as_array().into_iter().flatten().map(text);
        let resources = resources.filter(|resource| is_askable(resource));
        resources.map(|resource| (text(&row["action"]).to_owned(), concrete(resource)))
    });
    pairs.collect()
}

/// The emulator takes `${*}` for plain text, and repeats a resource in XML without escaping it, so that its answer about a
/// hostile name cannot be read.
fn is_askable(resource: &str) -> bool {
    !resource.contains("${") && !resource.contains(['<', '>', '&'])
}

/// The proposals of an output folder.
fn cases(usage: &Path, currents: &[PathBuf], flags: &[&str], out: &Path) -> Vec<Case> {
    let mut command = harness::leastwise();
    command.arg("generate").arg("--usage").arg(usage);
    command.arg("--out").arg(out).args(flags);
    for current in currents {
        command.arg("--current").arg(current);
    }
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{}: {told}", out.display());
    let lines = std::fs::read_to_string(usage).unwrap();
    let rows = lines.lines().skip(1);
    let rows: Vec<Value> = rows
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let accounts = currents
        .iter()
        .map(|path| generate::read_current(path).unwrap());
    let roles: Vec<Role> = accounts.flat_map(|account| account.roles).collect();
    let summary = read(&out.join("summary.json"));
    let written = summary["roles"].as_array().unwrap().iter();
    written
        .filter(|role| text(&role["status"]) == "proposed")
        .map(|written| {
            let today = roles.iter().find(|role| role.arn == text(&written["role"]));
            case(&rows, today.unwrap(), &out.join(text(&written["folder"])))
        })
        .collect()
}

/// An action that no scenario uses and no proposal keeps.
const NEVER: &str = "iam:CreateAccessKey";

fn case(rows: &[Value], today: &Role, folder: &Path) -> Case {
    let proof = read(&folder.join("proof.json"));
    let files = proof["inputs"]["proposal"].as_array().unwrap().iter();
    let proposed = files.map(|file| read(&folder.join(text(&file["file"]))));
    let documents = today.documents.iter();
    let today = documents.map(|document| serde_json::from_str(&document.policy.to_json()).unwrap());
    let mut asks: Vec<(String, String)> = observed(rows, folder).into_iter().collect();
    let user = "arn:aws:iam::111122223333:user/somebody";
    asks.push((NEVER.to_owned(), user.to_owned()));
    Case {
        told: folder.display().to_string(),
        today: today.collect(),
        proposed: proposed.collect(),
        asks,
    }
}

/// The emulator's answers about the policies of today and about the proposal.
fn answers(server: &Server, all: &[Case]) -> Vec<(Vec<String>, Vec<String>)> {
    let of = |policies: fn(&Case) -> &Vec<Value>| {
        let questions = all
            .iter()
            .map(|case| json!({"policies": policies(case), "asks": case.asks}));
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulated/drive.py");
        let told = server.ask(&driver, &questions.collect());
        serde_json::from_value::<Vec<Vec<String>>>(told).unwrap()
    };
    let today = of(|case| &case.today);
    today.into_iter().zip(of(|case| &case.proposed)).collect()
}

#[test]
fn what_was_observed_and_is_allowed_today_stays_allowed() {
    let Some(server) = Server::start() else {
        return;
    };
    let out = harness::fresh("emulated");
    let mut all = Vec::new();
    for scenario in Scenario::all().unwrap() {
        let usage = scenario.expected().join("usage.jsonl");
        let currents = scenario.currents().unwrap();
        let folder = |kind: &str| out.join(format!("{}-{kind}", scenario.name));
        all.extend(cases(&usage, &currents, &[], &folder("brown")));
        all.extend(cases(&usage, &currents, &["--rewrite"], &folder("fresh")));
    }
    let (mut allowed, mut apart) = (0, 0);
    for (case, (today, proposed)) in all.iter().zip(answers(&server, &all)) {
        for ((action, resource), (today, proposed)) in
            case.asks.iter().zip(today.iter().zip(&proposed))
        {
            let told = format!(
                "{action} on {resource}: {today}, then {proposed}; {}",
                case.told
            );
            let kept = action != NEVER && today == "allowed";
            assert!(!kept || proposed == "allowed", "{told}");
            assert!(action != NEVER || proposed != "allowed", "{told}");
            *if kept { &mut allowed } else { &mut apart } += 1;
        }
    }
    eprintln!(
        "{} proposals: {allowed} observed accesses stay allowed, {apart} were not before",
        all.len()
    );
    assert!(
        allowed >= 150 && allowed > 2 * apart,
        "{allowed} allowed, {apart} not"
    );
}

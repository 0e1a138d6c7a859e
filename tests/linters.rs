//! Generated policies, templates and scripts before the tools of others: parliament, cloudsplaining, cfn-lint, Terraform's
//! formatter (or HCL's own), Node and bash.
//!
//! `LEASTWISE_LINTERS` is a folder with `python`, `cfn-lint` and `hclfmt`; without it the ones on the path are used.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod harness;

use fixtures::Scenario;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// A folder with everything that generate writes, in every form.
static OUT: LazyLock<PathBuf> = LazyLock::new(|| {
    let out = harness::fresh("linters");
    for scenario in Scenario::all().unwrap() {
        let usage = scenario.expected().join("usage.jsonl");
        let currents = scenario.currents().unwrap();
        let name = |kind: &str| out.join(format!("{}-{kind}", scenario.name));
        generate(&usage, &currents, &[], &name("brown"));
        generate(&usage, &currents, &["--rewrite"], &name("rewrite"));
        generate(&usage, &currents, &["--as", "boundary"], &name("boundary"));
        generate(&usage, &[], &[], &name("green"));
        std::fs::copy(&usage, name("green").join("usage.jsonl")).unwrap();
    }
    let usage = Scenario::all().unwrap()[0].expected().join("usage.jsonl");
    for (at, dump) in dumps().into_iter().enumerate() {
        generate(&usage, &[dump], &[], &out.join(format!("dump-{at}")));
    }
    out
});

fn generate(usage: &Path, currents: &[PathBuf], flags: &[&str], out: &Path) {
    let mut command = harness::leastwise();
    command.args(["generate", "--format", "terraform,cloudformation,cdk,cli"]);
    command
        .arg("--usage")
        .arg(usage)
        .arg("--out")
        .arg(out)
        .args(flags);
    for current in currents {
        command.arg("--current").arg(current);
    }
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{}: {told}", out.display());
}

/// Account dumps of other projects, when they lie beside the checkout.
fn dumps() -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
    let corpora = std::env::var_os("LEASTWISE_CORPORA").map_or(beside, PathBuf::from);
    let mut found = Vec::new();
    walk(&corpora.join("policies"), &mut found);
    found.retain(|path| {
        path.extension() == Some(OsStr::new("json")) && generate::read_current(path).is_ok()
    });
    if found.is_empty() {
        eprintln!("skipped: no account dumps beside the checkout");
    }
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
    found.sort();
}

/// Files of this name, or this beginning and end.
fn files(begin: &str, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(&OUT, &mut found);
    found.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with(begin) && name.ends_with(end)
    });
    assert!(!found.is_empty(), "no {begin}…{end}");
    found
}

/// A tool that answers to these arguments.
fn tool(name: &str, probe: &[&str]) -> Option<PathBuf> {
    let folder = std::env::var_os("LEASTWISE_LINTERS").map(PathBuf::from);
    let own = folder.map(|folder| folder.join(name));
    let mut candidates = own.into_iter().chain([PathBuf::from(name)]);
    let found = candidates.find(|path| {
        let mut command = Command::new(path);
        command
            .args(probe)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    });
    if found.is_none() {
        eprintln!("skipped: no linter {name}");
    }
    found
}

/// Runs a tool, which must say nothing and end well.
fn silent(tool: &Path, args: &[&str], files: &[PathBuf]) {
    let output = Command::new(tool).args(args).args(files).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success() && told.trim().is_empty(), "{told}");
}

#[test]
fn policies_have_no_error_and_no_escalation_without_reason() {
    let Some(python) = tool("python", &["-c", "import parliament, cloudsplaining"]) else {
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/linters/lint.py");
    let mut policies = files("policy", ".json");
    policies.extend(files("boundary", ".json"));
    silent(&python, &["-W", "ignore", script], &policies);
}

#[test]
fn cloudformation_templates_are_clean() {
    let Some(lint) = tool("cfn-lint", &["--version"]) else {
        return;
    };
    // W3037: an action that cfn-lint's data, older than the catalogue, does not know
    let arguments = ["--ignore-checks", "W3037", "--template"];
    silent(&lint, &arguments, &files("proposal", ".cfn.yaml"));
}

#[test]
fn terraform_is_formatted() {
    let files = files("proposal", ".tf");
    if let Some(terraform) = tool("terraform", &["version"]) {
        let mut command = Command::new(terraform);
        command.args(["fmt", "-check", "-recursive"]).arg(&*OUT);
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && told.is_empty(), "{told}");
    } else if let Some(hclfmt) = tool("hclfmt", &["-h"]) {
        for file in files {
            let output = Command::new(&hclfmt).arg(&file).output().unwrap();
            let written = std::fs::read(&file).unwrap();
            assert!(
                output.status.success() && output.stdout == written,
                "{}",
                file.display()
            );
        }
    }
}

#[test]
fn terraform_is_hcl_to_a_parser_of_others() {
    let script = "import hcl2, sys\nfor name in sys.argv[1:]:\n    with open(name) as file:\n        assert hcl2.load(file), name";
    if let Some(python) = tool("python", &["-c", "import hcl2"]) {
        silent(&python, &["-c", script], &files("proposal", ".tf"));
    }
}

#[test]
fn scripts_and_snippets_parse() {
    for script in files("", ".sh") {
        silent(Path::new("bash"), &["-n"], &[script]);
    }
    let Some(node) = tool("node", &["--version"]) else {
        return;
    };
    for snippet in files("proposal", ".cdk.ts") {
        let code = std::fs::read_to_string(&snippet).unwrap();
        // what TypeScript adds to JavaScript here
        let code = code.replace("(scope: Construct): void", "(scope)");
        let plain = snippet.with_extension("mjs");
        std::fs::write(&plain, code).unwrap();
        silent(&node, &["--check"], &[plain]);
    }
}

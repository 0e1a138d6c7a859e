//! Account dumps: the three forms of a document, what is refused, and dumps of other projects.

use crate::{dump, policy};
use iam::catalogue::Catalogue;
use iam::usage::Usage;
use leastwise_generate::{Config, Error, generate, parse_current, read_current};
use serde_json::{Value, json};
use std::path::Path;

const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/a+b c"}]}"#;

fn parse(dump: &Value) -> Result<leastwise_generate::Account, Error> {
    parse_current(dump.to_string().as_bytes(), "dump.json")
}

#[test]
fn a_document_comes_in_three_forms() {
    let object: Value = serde_json::from_str(DOCUMENT).unwrap();
    let expect = parse(&dump(&object)).unwrap();
    assert_eq!(parse(&dump(&json!(DOCUMENT))).unwrap(), expect);
    let encoded: String = DOCUMENT
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b == b'+' {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    assert_eq!(parse(&dump(&json!(encoded))).unwrap(), expect);
}

#[test]
fn what_is_no_whole_dump_is_refused() {
    let check = |change: &dyn Fn(&mut Value), expect: &str| {
        let mut dump = dump(&policy(&json!([])));
        change(&mut dump);
        let error = parse(&dump).unwrap_err();
        assert!(error.to_string().contains(expect), "{error}");
    };
    check(&|dump| dump["IsTruncated"] = json!(true), "fetch all pages");
    check(
        &|dump| dump["RoleDetailList"] = json!(3),
        "`dump.json` is not the output",
    );
    check(
        &|dump| dump["RoleDetailList"] = json!([]),
        "names no account",
    );
    check(
        &|dump| dump["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"] = json!("%7B"),
        "policy `p` of `arn:aws:iam::111122223333:role/app/web` in `dump.json`",
    );
}

#[test]
fn dumps_of_other_projects_are_read() {
    let Some(folder) = corpora() else { return };
    let mut read = 0;
    for name in ["cloudsplaining", "iamspy"] {
        for entry in std::fs::read_dir(folder.join(name)).unwrap() {
            let path = entry.unwrap().path();
            let value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            if value.get("RoleDetailList").is_none() {
                continue;
            }
            let account = read_current(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert_eq!(
                account.roles.len(),
                value["RoleDetailList"].as_array().unwrap().len()
            );
            read += 1;
        }
    }
    assert!(read > 5, "only {read} dumps");
}

/// Rows of a role that used the first few actions of each of its statements, on all resources.
fn usage_of(role: &leastwise_generate::Role) -> Vec<Usage> {
    let catalogue = Catalogue::embedded();
    let statements = role
        .documents
        .iter()
        .flat_map(|document| &document.policy.statements);
    let patterns = statements.flat_map(|statement| statement.action.patterns());
    let ids = patterns.flat_map(|pattern| catalogue.expand(pattern).into_iter().take(3));
    let names = ids.filter_map(|id| Some(catalogue.get(id)?.name().to_owned()));
    names
        .map(|action| Usage {
            principal: role.arn.clone(),
            principal_id: role.id.clone(),
            ..crate::used(&action, &["*"])
        })
        .collect()
}

#[test]
fn every_role_of_the_dumps_is_proven_or_withheld_with_a_reason() {
    let Some(folder) = corpora() else { return };
    let (mut proven, mut others) = (0, Vec::new());
    for name in ["cloudsplaining", "iamspy"] {
        for entry in std::fs::read_dir(folder.join(name)).unwrap() {
            let Ok(account) = read_current(&entry.unwrap().path()) else {
                continue;
            };
            let usage: Vec<Usage> = account.roles.iter().flat_map(usage_of).collect();
            let out = tempfile::tempdir().unwrap();
            let config = Config::new(out.path().to_owned());
            let header = crate::header(&crate::MANAGEMENT);
            let summary =
                generate(&header, &usage, &[account], &config, Catalogue::embedded()).unwrap();
            for role in &summary.roles {
                let text = std::fs::read(out.path().join(&role.folder).join("proof.json"));
                let proof: Value = serde_json::from_slice(&text.unwrap()).unwrap();
                let yes = |what: &str| proof[what]["result"] == "yes";
                if yes("observed_within_proposed") && yes("proposed_within_current") {
                    proven += 1;
                    continue;
                }
                let why = role.reason.clone().unwrap_or_default();
                assert!(
                    !why.is_empty(),
                    "{}: neither proven nor told why: {proof}",
                    role.role
                );
                others.push(why);
            }
        }
    }
    others.sort();
    eprintln!(
        "{proven} roles proven, {} others: {others:#?}",
        others.len()
    );
    assert!(
        proven > 10 && proven > 9 * others.len(),
        "{proven}, {others:#?}"
    );
}

/// Logs and policies of other projects, where they lie beside the checkout.
fn corpora() -> Option<std::path::PathBuf> {
    let named = std::env::var_os("LEASTWISE_CORPORA").map(std::path::PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let folder = named.unwrap_or(beside).join("policies");
    folder.is_dir().then_some(folder)
}

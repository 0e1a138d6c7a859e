//! Findings as a SARIF 2.1.0 log. Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use super::finding::{Finding, rules};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

/// What a path may not hold in a URI reference.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b':');

/// The log of one run.
pub(super) fn log(findings: &[Finding]) -> Value {
    let rules = rules().map(|(id, text)| json!({"id": id, "shortDescription": {"text": text}}));
    let rules: Vec<Value> = rules.collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "leastwise",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "results": results,
        }],
    })
}

fn result(finding: &Finding) -> Value {
    let uri = utf8_percent_encode(&finding.file, PATH).to_string();
    let mut place = json!({"artifactLocation": {"uri": uri}});
    if let (Some(at), Some(place)) = (finding.place, place.as_object_mut()) {
        let region = json!({"startLine": at.line, "startColumn": at.column});
        place.insert("region".to_owned(), region);
    }
    json!({
        "ruleId": finding.rule,
        "level": finding.severity.to_string(),
        "message": {"text": finding.sentence()},
        "locations": [{"physicalLocation": place}],
    })
}

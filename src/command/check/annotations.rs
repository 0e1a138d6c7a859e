//! Findings as GitHub Actions workflow commands. Source: GitHub Docs, "Workflow commands for GitHub Actions".

use super::finding::Finding;
use crate::output::plain;

/// One `::error` or `::warning` line per finding.
pub(super) fn text(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let place = finding
            .place
            .map(|at| format!(",line={},col={}", at.line, at.column));
        format!(
            "::{} file={}{},title={}::{}\n",
            finding.severity,
            property(&finding.file),
            place.unwrap_or_default(),
            property(&format!("leastwise: {}", finding.rule)),
            data(&finding.sentence())
        )
    };
    findings.iter().map(line).collect()
}

fn data(text: &str) -> String {
    let escaped = text
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    plain(&escaped)
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use iam::policy::{Place, lint::Severity};

    #[test]
    fn nothing_in_a_finding_is_a_command() {
        let finding = Finding {
            rule: "new-access",
            file: "a,b:c\n::set-output".to_owned(),
            severity: Severity::Error,
            place: Some(Place { line: 3, column: 7 }),
            principal: None,
            message: "100%\n::error::x".to_owned(),
            witness: None,
        };
        assert_eq!(
            text(&[finding]),
            "::error file=a%2Cb%3Ac%0A%3A%3Aset-output,line=3,col=7,title=leastwise%3A new-access::the policy 100%25%0A::error::x\n"
        );
    }
}

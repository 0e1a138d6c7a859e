//! `leastwise check`: the gate before a change of policies. Exit 1 when the new policies allow something that they
//! must not, with a request that shows it.

mod annotations;
mod proof;
mod sarif;

use super::diff::{RequestReport, request_text};
use super::policies::{Forbidden, Source, Subject, pairs, statement_lines, within, without};
use crate::error::{Failure, Verdict};
use crate::output;
use iam::policy::{Answer, Effect, evaluate};
use proof::ProofArgs;
use serde::Serialize;

const RECIPE: &str = "\
In CI, on each pull request (needs no AWS account):

  git show origin/main:policy.json > before.json
  leastwise check --baseline before.json policy.json --forbid 's3:DeleteBucket' --github

Exit 0: proven that nothing is allowed that was not. Exit 1: something is, or it could not be decided; the output
has a request that shows it, or the reason. Exit 2: could not read the input.

A proof that generate wrote, done again from the files that it names:

  leastwise check --proof out/111122223333/web/proof.json --usage out/usage.jsonl --current current.json";

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = RECIPE)]
pub(crate) struct Args {
    /// The policies to check: a document, an account dump, or `-` for stdin
    #[arg(required_unless_present = "proof")]
    new: Option<String>,
    #[command(flatten)]
    proof: ProofArgs,
    /// The policies of before, of the same kind: NEW may allow nothing that they do not
    #[arg(long, value_name = "OLD", required_unless_present_any = ["forbid", "proof"])]
    baseline: Option<String>,
    /// What NEW may not allow: an action pattern, optionally with a resource, such as
    /// `iam:PassRole@arn:aws:iam::*:role/admin` (repeatable)
    #[arg(long, value_name = "ACTION[@RESOURCE]")]
    forbid: Vec<Forbidden>,
    /// Print JSON
    #[arg(long, group = "format")]
    json: bool,
    /// Print SARIF 2.1.0, for code scanning
    #[arg(long, group = "format")]
    sarif: bool,
    /// Print GitHub Actions annotations
    #[arg(long, group = "format")]
    github: bool,
}

/// What is found: one line of the gate's answer.
#[derive(Debug, Serialize)]
struct Finding {
    /// `new-access`, `forbidden-access` or `undecided`.
    rule: &'static str,
    file: String,
    /// The line of the statement that allows it, where the file is a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<RequestReport>,
}

/// The rules, with what each means.
const RULES: [(&str, &str); 3] = [
    (
        "new-access",
        "The new policies allow a request that the baseline does not",
    ),
    (
        "forbidden-access",
        "The new policies allow a request that is forbidden",
    ),
    (
        "undecided",
        "It could not be decided whether the new policies allow more",
    ),
];

#[derive(Debug, Serialize)]
struct Report<'r> {
    passed: bool,
    findings: &'r [Finding],
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    if let Some(proof) = &args.proof.proof {
        return proof::run(proof, &args.proof, args.json);
    }
    let new = args.new.as_deref().unwrap_or("-");
    if args.baseline.as_deref() == Some("-") && new == "-" {
        return Err(Failure::new("stdin cannot be both").hint("name a file for OLD or NEW"));
    }
    let new = Source::read(new)?;
    let mut findings = Vec::new();
    if let Some(baseline) = &args.baseline {
        findings = gained(&Source::read(baseline)?, &new)?;
    }
    for forbidden in &args.forbid {
        findings.extend(forbidden_access(forbidden, &new));
    }
    let passed = findings.is_empty();
    if args.json {
        output::json(&Report {
            passed,
            findings: &findings,
        })?;
    } else if args.sarif {
        output::json(&sarif::log(&findings))?;
    } else if args.github {
        output::data(&annotations::text(&findings));
    } else {
        output::data(&text(&findings));
    }
    Ok(if passed { Verdict::Fine } else { Verdict::No })
}

fn gained(baseline: &Source, new: &Source) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    for (name, old, subject) in pairs(baseline, new)? {
        let Some(subject) = subject else {
            continue;
        };
        let answer = within(Some(subject), old);
        findings.extend(finding(
            (new, name, subject),
            "new-access",
            "allows what the baseline does not",
            answer,
        ));
    }
    Ok(findings)
}

fn forbidden_access(forbidden: &Forbidden, new: &Source) -> Vec<Finding> {
    let said = format!("allows {forbidden}, which is forbidden");
    let subjects = new.subjects.iter();
    let found = subjects.filter_map(|(name, subject)| {
        let answer = without(subject, forbidden);
        finding((new, name, subject), "forbidden-access", &said, answer)
    });
    found.collect()
}

fn finding(
    (source, name, subject): (&Source, &str, &Subject),
    rule: &'static str,
    said: &str,
    answer: Answer,
) -> Option<Finding> {
    let (rule, line, message, witness) = match answer {
        Answer::Yes => return None,
        Answer::No(witness) => {
            let line = line(source, subject, &witness.request);
            let witness = RequestReport::from(witness);
            let message = format!("{said}: {} ({})", request_text(&witness), witness.why);
            (rule, line, message, Some(witness))
        }
        Answer::Unknown(why) => {
            let message = format!("not decided whether it {said}: {why}");
            ("undecided", None, message, None)
        }
    };
    Some(Finding {
        rule,
        file: source.file.clone(),
        line,
        principal: (!name.is_empty()).then(|| name.to_owned()),
        message,
        witness,
    })
}

/// The line of the statement that allows the request.
fn line(source: &Source, subject: &Subject, request: &iam::policy::Request) -> Option<usize> {
    let trace = evaluate(request, &subject.set).trace;
    let allowing = trace.into_iter().find(|hit| hit.effect == Effect::Allow)?;
    statement_lines(&source.text)
        .get(allowing.statement)
        .copied()
}

fn text(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "passed: proven for every request, offline\n".to_owned();
    }
    let mut text = String::new();
    for finding in findings {
        let place = finding
            .line
            .map(|line| format!(":{line}"))
            .unwrap_or_default();
        let principal = finding.principal.as_deref().unwrap_or("the policy");
        let told = format!(
            "{}{place}: {}: {principal} {}",
            finding.file, finding.rule, finding.message
        );
        text.push_str(&output::plain(&told).replace('\n', " "));
        text.push('\n');
    }
    text
}

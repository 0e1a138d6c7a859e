//! `leastwise check`: the gate before a change of policies. Exit 1 when the new policies allow something that they
//! must not, with a request that shows it.

mod annotations;
mod finding;
mod lint;
mod proof;
mod sarif;

use super::diff::{RequestReport, request_text};
use super::policies::{Forbidden, Source, Subject, pairs, read, statement_places, within, without};
use crate::error::{Failure, Verdict};
use crate::output;
use finding::Finding;
use iam::policy::lint::{Kind, Severity};
use iam::policy::{Answer, Effect, Place, evaluate};
use proof::ProofArgs;
use serde::Serialize;

const RECIPE: &str = "\
In CI, on each pull request (needs no AWS account):

  git show origin/main:policy.json > before.json
  leastwise check --baseline before.json policy.json --forbid 's3:DeleteBucket' --lint --github

Exit 0: proven that nothing is allowed that was not. Exit 1: something is, or it could not be decided; the output
has a request that shows it, or the reason. With --lint also when AWS would reject something or it cannot work.
Exit 2: could not read the input.

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
    #[arg(long, value_name = "OLD", required_unless_present_any = ["forbid", "lint", "proof"])]
    baseline: Option<String>,
    /// What NEW may not allow: an action pattern, optionally with a resource, such as
    /// `iam:PassRole@arn:aws:iam::*:role/admin` (repeatable)
    #[arg(long, value_name = "ACTION[@RESOURCE]")]
    forbid: Vec<Forbidden>,
    /// Find what AWS would reject in NEW, or what cannot work; of an account dump, in every document that is yours
    #[arg(long)]
    lint: bool,
    /// Let warnings of --lint fail too
    #[arg(long, requires = "lint")]
    strict: bool,
    /// What the document is attached to [default: what it looks like]
    #[arg(long, requires = "lint", value_parser = kind)]
    kind: Option<Kind>,
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
    let text = read(new)?;
    let mut findings = Vec::new();
    if args.lint {
        findings = lint::findings(new, &text, args.kind)?;
    }
    if args.baseline.is_some() || !args.forbid.is_empty() {
        findings.extend(compared(args, &Source::of(new, text)?)?);
    }
    let passed = !findings.iter().any(|f| f.fails() || args.strict);
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
        output::data(&told(&findings, passed, args));
    }
    Ok(if passed { Verdict::Fine } else { Verdict::No })
}

fn kind(name: &str) -> Result<Kind, String> {
    let known = Kind::ALL.iter().find(|(known, _)| *known == name);
    let names = || Kind::ALL.map(|(name, _)| name).join(", ");
    known
        .map(|(_, kind)| *kind)
        .ok_or_else(|| format!("one of {}", names()))
}

/// What the new policies allow that they must not.
fn compared(args: &Args, new: &Source) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    if let Some(baseline) = &args.baseline {
        findings = gained(&Source::read(baseline)?, new)?;
    }
    for forbidden in &args.forbid {
        findings.extend(forbidden_access(forbidden, new));
    }
    Ok(findings)
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
    let (rule, place, message, witness) = match answer {
        Answer::Yes => return None,
        Answer::No(witness) => {
            let place = place(source, subject, &witness.request);
            let witness = RequestReport::from(witness);
            let message = format!("{said}: {} ({})", request_text(&witness), witness.why);
            (rule, place, message, Some(witness))
        }
        Answer::Unknown(why) => {
            let message = format!("not decided whether it {said}: {why}");
            ("undecided", None, message, None)
        }
    };
    Some(Finding {
        rule,
        severity: Severity::Error,
        file: source.file.clone(),
        place,
        principal: (!name.is_empty()).then(|| name.to_owned()),
        message,
        witness,
    })
}

/// Where the statement stands that allows the request.
fn place(source: &Source, subject: &Subject, request: &iam::policy::Request) -> Option<Place> {
    let trace = evaluate(request, &subject.set).trace;
    let allowing = trace.into_iter().find(|hit| hit.effect == Effect::Allow)?;
    statement_places(&source.text)
        .get(allowing.statement)
        .copied()
}

fn told(findings: &[Finding], passed: bool, args: &Args) -> String {
    let mut text: String = findings.iter().map(Finding::line).collect();
    if passed {
        text.push_str(if args.baseline.is_none() && args.forbid.is_empty() {
            "passed: nothing that AWS is known to reject, or that cannot work\n"
        } else {
            "passed: proven for every request, offline\n"
        });
    }
    text
}

//! `leastwise verify`: logs against CloudTrail's digests.

use super::ingest::{self, ReportArgs, S3Args, TrustArgs, parse_source};
use crate::error::{Failure, Verdict};
use crate::interrupt;
use crate::output::{self, plain};
use crate::progress::Meter;
use ::ingest::{
    Delivery, Error, FindingKind, PlaceReport, Severity, Tally, Verification, VerifyConfig, Window,
};
use chrono::NaiveDate;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Logs with their digests: a folder, or s3://bucket/prefix, above the CloudTrail and CloudTrail-Digest folders
    #[arg(value_name = "FOLDER|S3-URL", required_unless_present = "source")]
    place: Option<String>,
    /// The same, as the other commands have it
    #[arg(long, value_name = "FOLDER|S3-URL", conflicts_with = "place")]
    source: Option<String>,
    #[command(flatten)]
    trust: TrustArgs,
    /// First date of delivery, UTC
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<NaiveDate>,
    /// Last date of delivery, UTC
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<NaiveDate>,
    #[command(flatten)]
    s3: S3Args,
    /// Threads that hash; an S3 source is read by more [default: one per processor]
    #[arg(long)]
    threads: Option<std::num::NonZeroUsize>,
    #[command(flatten)]
    report: ReportArgs,
}

const AFTER_HELP: &str = "\
Exit codes: 0 everything is as delivered, 1 something is not, 2 something could not be checked.
A copy made by `aws s3 sync` lacks the newest digest's signature, which lies in the object's metadata. Save it as
<digest>.json.gz.metadata.json with `aws s3api head-object --bucket B --key K`.";

/// What `--json` prints.
#[derive(Serialize)]
struct Printed<'p> {
    verdict: Delivery,
    #[serde(flatten)]
    verification: &'p Verification,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let interrupt = interrupt::watch();
    let meter = Meter::counting("verify", "logs", args.report.quiet);
    let result = ::ingest::verify(&config(args)?, &meter, &interrupt.cancel);
    meter.finish();
    let verification = result.map_err(|error| {
        let hint = hint(&error);
        Failure::from_room("cannot verify", error).hint(hint)
    })?;
    let verdict = verification.delivery();
    if args.report.json {
        output::json(&Printed {
            verdict,
            verification: &verification,
        })?;
    } else {
        output::data(&table(&verification));
    }
    if verification.cancelled {
        return Err(Failure::new("interrupted; not all was verified"));
    }
    Ok(match verdict {
        Delivery::AsDelivered => Verdict::Fine,
        Delivery::NotAsDelivered => Verdict::No,
        Delivery::Unchecked => Verdict::Incomplete,
    })
}

fn config(args: &Args) -> Result<VerifyConfig, Failure> {
    let source = args.place.as_deref().or(args.source.as_deref());
    let mut config = VerifyConfig::new(parse_source(source.unwrap_or_default())?);
    config.s3 = args.s3.options();
    config.trust = args.trust.trust()?;
    config.window = Window {
        from: args.from,
        to: args.to,
    };
    if let Some(threads) = args.threads {
        config.threads = threads.get();
    }
    Ok(config)
}

fn hint(error: &Error) -> &'static str {
    match error {
        Error::NoDigests(_) => ingest::NO_DIGESTS,
        Error::KeyFile { .. } => ingest::KEY_FILE,
        Error::S3 { .. } => {
            "check the bucket's name, --region, --profile and --endpoint-url, and that you may list and read it"
        }
        _ => "name a folder of CloudTrail logs and digests, or s3://bucket/prefix",
    }
}

/// Accounts and regions listed.
const LISTED_PLACES: usize = 60;
/// Findings listed for people; `--json` has more.
const LISTED: usize = 30;

fn table(verification: &Verification) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "account", "region", "covered", "digests", "logs", "findings",
    ]);
    // Where something is amiss comes first.
    let mut places: Vec<&PlaceReport> = verification.places.iter().collect();
    places.sort_by_key(|place| std::cmp::Reverse(worst(&place.by_kind)));
    for place in places.iter().take(LISTED_PLACES) {
        table.add_row(row(place));
    }
    for column in table.column_iter_mut().skip(3).take(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = format!("{table}\n");
    let more = places.len().saturating_sub(LISTED_PLACES);
    if more > 0 {
        let _ = writeln!(text, "and {more} more accounts and regions: see --json");
    }
    findings(&mut text, verification);
    verdict(&mut text, verification);
    text
}

/// Counts and verdict.
pub(super) fn verdict(text: &mut String, verification: &Verification) {
    let _ = writeln!(
        text,
        "digests: {}; logs: {}",
        words(verification.digests),
        words(verification.logs)
    );
    text.push_str(match verification.delivery() {
        Delivery::AsDelivered => "Everything is as CloudTrail delivered it.\n",
        Delivery::Unchecked => "Not everything could be checked.\n",
        Delivery::NotAsDelivered => "NOT as CloudTrail delivered it.\n",
    });
}

fn worst(by_kind: &BTreeMap<FindingKind, u64>) -> Option<Severity> {
    by_kind.keys().map(|kind| kind.severity()).max()
}

fn row(place: &PlaceReport) -> [String; 6] {
    let covered = place.covered_from.iter().zip(&place.covered_to).next();
    let kinds: Vec<String> = place
        .by_kind
        .iter()
        .rev()
        .map(|(kind, count)| format!("{} {count}", kind.as_str()))
        .collect();
    [
        plain(&place.account),
        plain(&place.region),
        covered.map_or_else(
            || "no hour".to_owned(),
            |(from, to)| format!("{from} to {to}"),
        ),
        ratio(place.digests),
        ratio(place.logs),
        kinds.join(", "),
    ]
}

/// Valid of all.
fn ratio(tally: Tally) -> String {
    let all = tally.valid + tally.invalid + tally.unchecked;
    format!("{}/{all}", tally.valid)
}

fn words(tally: Tally) -> String {
    let Tally {
        valid,
        invalid,
        unchecked,
    } = tally;
    format!("{valid} valid, {invalid} invalid, {unchecked} unchecked")
}

/// The findings, the gravest first.
pub(super) fn findings(text: &mut String, verification: &Verification) {
    let mut listed: Vec<_> = verification.findings.iter().collect();
    listed.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in listed.iter().take(LISTED) {
        let bucket = finding
            .bucket
            .iter()
            .map(|bucket| format!("s3://{bucket}/"));
        let _ = writeln!(
            text,
            "{}: {}{}: {}",
            finding.kind.as_str(),
            plain(&bucket.collect::<String>()),
            plain(&finding.key),
            plain(&finding.detail)
        );
    }
    let more = listed.len().saturating_sub(LISTED) as u64 + verification.unlisted;
    if more > 0 {
        let _ = writeln!(text, "and {more} more findings: see --json");
    }
}

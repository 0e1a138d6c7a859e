//! `leastwise ingest`: logs to archive.

use crate::error::{Failure, Verdict};
use crate::interrupt::{self, Interrupt};
use crate::output;
use crate::progress::Meter;
use std::path::PathBuf;

/// Arguments of `ingest`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) source: SourceArgs,
    /// The archive: a folder or s3://bucket/prefix, created when missing, extended when there
    #[arg(long, value_name = "FOLDER|S3-URL")]
    archive: String,
    /// Read only part I of N, by account and day: N processes may fill one archive at once
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    shard: Option<ingest::Shard>,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

/// Where the logs are and how to reach them.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SourceArgs {
    /// CloudTrail logs: a folder, or s3://bucket/prefix
    #[arg(long, value_name = "FOLDER|S3-URL")]
    pub(super) source: String,
    #[command(flatten)]
    pub(super) tuning: TuningArgs,
}

/// How ingest goes about it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TuningArgs {
    #[command(flatten)]
    s3: S3Args,
    /// First day of the events wanted, YYYY-MM-DD: objects delivered earlier are not looked at
    #[arg(long, value_name = "DAY")]
    since: Option<chrono::NaiveDate>,
    /// Last day of the events wanted, YYYY-MM-DD: objects delivered later than it and the slack are not looked at. What else
    /// the objects hold is kept
    #[arg(long, value_name = "DAY")]
    until: Option<chrono::NaiveDate>,
    /// Days after its own that an event may still be delivered on
    #[arg(long, value_name = "DAYS", default_value_t = 1, requires = "until", value_parser = clap::value_parser!(u32).range(0..=366))]
    slack: u32,
    /// Memory of the process, in MiB; a record of more than a 64th of it (or 4 MiB) is quarantined
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(64..=65_536))]
    memory: u32,
    /// Objects after which what was read is committed: an interrupted run costs no more than those since
    #[arg(long, value_name = "OBJECTS", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..))]
    commit_objects: u32,
    /// Check what is read against CloudTrail's digests; what is not as delivered is quarantined
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    trust: TrustArgs,
    /// Threads that decompress and decode [default: one per processor]
    #[arg(long)]
    threads: Option<std::num::NonZeroUsize>,
}

impl TuningArgs {
    pub(super) fn s3(&self) -> ingest::S3Options {
        self.s3.options()
    }
}

/// Whose word counts on what CloudTrail delivered.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TrustArgs {
    /// CloudTrail's public keys, as `aws cloudtrail list-public-keys` prints them [default: ask CloudTrail]
    #[arg(long, value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Where CloudTrail delivered to, when the source is a copy [default: what the digests say]
    #[arg(long, value_name = "S3-URL")]
    delivered_to: Option<String>,
    /// CloudTrail endpoint other than AWS's own [default: --endpoint-url]
    #[arg(long, value_name = "URL")]
    cloudtrail_endpoint_url: Option<String>,
}

impl TrustArgs {
    pub(super) fn trust(&self) -> Result<ingest::Trust, Failure> {
        let delivered_to = self.delivered_to.as_deref().map(parse_source).transpose()?;
        if let Some(folder @ ingest::Source::Folder(_)) = &delivered_to {
            return Err(Failure::new(format!("`{folder}` is not an S3 address"))
                .hint("give --delivered-to as s3://bucket/prefix"));
        }
        Ok(ingest::Trust {
            keys: self.keys.clone(),
            cloudtrail_endpoint: self.cloudtrail_endpoint_url.clone(),
            delivered_to,
        })
    }
}

/// How S3 is reached.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct S3Args {
    /// S3 endpoint other than AWS's own (path-style addressing)
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Profile of the AWS configuration files
    #[arg(long)]
    profile: Option<String>,
    /// AWS region of the bucket
    #[arg(long)]
    region: Option<String>,
    /// Bucket in the path rather than the host name (always so with --endpoint-url)
    #[arg(long)]
    path_style: bool,
}

impl S3Args {
    pub(super) fn options(&self) -> ingest::S3Options {
        ingest::S3Options {
            endpoint_url: self.endpoint_url.clone(),
            profile: self.profile.clone(),
            region: self.region.clone(),
            path_style: self.path_style,
            ..ingest::S3Options::default()
        }
    }
}

/// How a command reports.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ReportArgs {
    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// No progress on stderr
    #[arg(long, short)]
    pub(super) quiet: bool,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let interrupt = interrupt::watch();
    let report = into_archive(
        &args.source.source,
        &args.source.tuning,
        &parse_archive(&args.archive)?,
        args.shard,
        args.report.quiet,
        &interrupt,
    )?;
    if args.report.json {
        output::json(&report)?;
    } else {
        output::data(&super::table::ingest(&report));
    }
    Ok(verdict(&report))
}

/// Ingests the source; the step that `run` and `demo` share with `ingest`.
pub(super) fn into_archive(
    source: &str,
    tuning: &TuningArgs,
    archive: &ingest::ArchiveLocation,
    shard: Option<ingest::Shard>,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<ingest::Report, Failure> {
    let mut config = ingest::Config::new(parse_source(source)?, archive.clone());
    config.shard = shard;
    config.s3 = tuning.s3.options();
    config.verify = tuning.verify.then(|| tuning.trust.trust()).transpose()?;
    config.days = ingest::DeliveryDays::of_events(tuning.since, tuning.until, tuning.slack);
    config.commit_objects = tuning.commit_objects as usize;
    config.memory_bytes = (tuning.memory as usize) << 20;
    if let Some(threads) = tuning.threads {
        config.threads = threads.get();
    }
    let meter = Meter::new("ingest", quiet);
    let report = ingest::ingest(&config, &meter, &interrupt.cancel);
    meter.finish();
    let report = report.map_err(|error| {
        let hint = hint(&error);
        Failure::from_room("ingest stopped", error).hint(hint)
    })?;
    if report.cancelled {
        return Err(Failure::new("interrupted; what was read is in the archive")
            .hint("give the same command again: it goes on where it stopped"));
    }
    Ok(report)
}

/// `I/N`, from 1/N to N/N.
fn parse_shard(text: &str) -> Result<ingest::Shard, String> {
    let numbers = text
        .split_once('/')
        .and_then(|(index, count)| ingest::Shard::new(index.parse().ok()?, count.parse().ok()?));
    numbers.ok_or_else(|| "give a part and how many there are, such as 1/8 (to 8/8)".to_owned())
}

/// A folder or an S3 address.
pub(super) fn parse_source(text: &str) -> Result<ingest::Source, Failure> {
    ingest::Source::parse(text)
        .map_err(|error| Failure::from_room("cannot use the source", error).hint(SOURCE_HINT))
}

/// A folder or an S3 address.
pub(super) fn parse_archive(text: &str) -> Result<ingest::ArchiveLocation, Failure> {
    ingest::ArchiveLocation::parse(text).map_err(|error| {
        Failure::from_room("cannot use the archive", error)
            .hint("name a folder or s3://bucket/prefix")
    })
}

pub(super) fn hint(error: &ingest::Error) -> &'static str {
    match error {
        ingest::Error::S3 { .. } => {
            "check the bucket's name, --region, --profile and --endpoint-url, and that you may list and read it"
        }
        ingest::Error::Locked { .. } => "wait for the other ingest, or use another --archive",
        ingest::Error::Unconditional { .. } => {
            "name a folder as --archive, or a bucket whose server honours conditional writes (AWS, MinIO and Ceph do)"
        }
        ingest::Error::Replaced { .. } => {
            "give the same command again; if that does not help, a file of the archive was deleted: restore it, \
             or ingest into a new --archive"
        }
        ingest::Error::Damaged { .. } | ingest::Error::Ledger { .. } => {
            "restore the archive's `_ledger` folder, or ingest into a new --archive"
        }
        ingest::Error::NoDigests(_) => NO_DIGESTS,
        ingest::Error::KeyFile { .. } => KEY_FILE,
        _ => SOURCE_HINT,
    }
}

pub(super) const NO_DIGESTS: &str = "name a source above the `CloudTrail-Digest` folder, such as s3://bucket/AWSLogs/; \
    `aws cloudtrail update-trail --enable-log-file-validation` makes CloudTrail write digests";
pub(super) const KEY_FILE: &str =
    "make the file with `aws cloudtrail list-public-keys --start-time … --output json`";
const SOURCE_HINT: &str =
    "name a folder of CloudTrail logs or s3://bucket/prefix; `leastwise demo` needs neither";

impl ingest::Progress for Meter {
    fn listed(&self, _objects: u64, bytes: u64) {
        self.set_total(bytes);
    }

    fn advanced(&self, bytes: u64, events: u64) {
        self.advance(bytes, events);
    }
}

/// Quarantined records are reported, not fatal; logs that are not as delivered are a no; objects that could not be
/// fetched or verified make the run incomplete.
pub(super) fn verdict(report: &ingest::Report) -> Verdict {
    let delivery = report.verification.as_ref().map(|found| found.delivery());
    match delivery {
        Some(ingest::Delivery::NotAsDelivered) => Verdict::No,
        Some(ingest::Delivery::Unchecked) => Verdict::Incomplete,
        _ if !report.objects.unreadable.is_empty() => Verdict::Incomplete,
        _ => Verdict::Fine,
    }
}

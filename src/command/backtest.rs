//! `leastwise backtest`: what tightening would have broken, replayed on the archive itself.

use super::evidence::{DoubtArgs, TrailArgs};
use super::generate::{CurrentArgs, read_accounts};
use super::ingest::{ReportArgs, S3Args};
use crate::error::{Failure, Verdict};
use crate::interrupt;
use crate::output::{self, plain};
use crate::progress::Meter;
use analyze::{Backtest, Candidate, Proposed, Proposer, Rate, Setting, Since};
use comfy_table::{CellAlignment, Table, presets};
use generate::{Outlook, Prospect, Standing};
use iam::catalogue::Catalogue;
use iam::usage::Usage;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Roles listed before the table is cut.
const LISTED: usize = 40;

/// Arguments of `backtest`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The archive that ingest wrote: a folder, or s3://bucket/prefix
    #[arg(long, value_name = "DIR|S3-URL")]
    archive: PathBuf,
    #[command(flatten)]
    s3: S3Args,
    #[command(flatten)]
    current: CurrentArgs,
    /// Days to learn from
    #[arg(long, value_name = "DAYS", value_delimiter = ',', default_values_t = [7, 30, 60, 90])]
    observe: Vec<u32>,
    /// Days to replay after them
    #[arg(long, value_name = "DAYS", value_delimiter = ',', default_values_t = [1, 7, 30])]
    operate: Vec<u32>,
    /// Days from one cut of the archive to the next
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    step: u32,
    /// Share of a role's later accesses that may be lost, for the days of observation that it needs
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    target: f64,
    /// Seed of the bootstrap intervals
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// First day to count, YYYY-MM-DD (UTC)
    #[arg(long, value_name = "DAY")]
    since: Option<chrono::NaiveDate>,
    /// Last day to count, YYYY-MM-DD (UTC)
    #[arg(long, value_name = "DAY")]
    until: Option<chrono::NaiveDate>,
    /// Count only this principal ARN (repeatable)
    #[arg(long, value_name = "ARN")]
    principal: Vec<String>,
    #[command(flatten)]
    trails: TrailArgs,
    #[command(flatten)]
    doubts: DoubtArgs,
    #[command(flatten)]
    report: ReportArgs,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let interrupt = interrupt::watch();
    let accounts = read_accounts(&args.current.current)?;
    let mut config = analyze::Config::new(args.archive.clone(), PathBuf::new());
    config.s3 = args.s3.options();
    config.since = args.since;
    config.until = args.until;
    config.principals = args.principal.iter().cloned().collect();
    config.trails = args.trails.read()?;
    let meter = Meter::new("backtest: read", args.report.quiet);
    let daily = analyze::daily(&config, &meter, &interrupt.flag);
    meter.finish();
    let stopped = |error| {
        Failure::from_room("backtest stopped", error)
            .hint("make an archive first: leastwise ingest --source LOGS --archive DIR")
    };
    let daily = daily.map_err(stopped)?;
    let mut settings = generate::Config::new(PathBuf::new());
    args.doubts.configure(&mut settings)?;
    let catalogue = Catalogue::embedded();
    let outlook = Outlook::new(&daily.header, &accounts, &settings, catalogue)
        .map_err(|error| Failure::from_room("cannot use the current policies", error))?;
    let proposer = Policies {
        outlook,
        greenfield: accounts.is_empty(),
    };
    let meter = Meter::counting("backtest: replay", "principals", args.report.quiet);
    let advanced = |principals| meter.advance(0, principals);
    let plan = args.plan();
    let found = analyze::backtest(&daily, &plan, &proposer, &advanced, &interrupt.flag);
    meter.finish();
    let found = found.map_err(stopped)?;
    if args.report.json {
        output::json(&found)?;
    } else {
        output::data(&table(&found));
    }
    Ok(Verdict::Fine)
}

impl Args {
    fn plan(&self) -> analyze::Plan {
        let sorted = |days: &[u32]| {
            let mut days: Vec<u32> = days.iter().copied().filter(|days| *days > 0).collect();
            days.sort_unstable();
            days.dedup();
            days
        };
        analyze::Plan {
            observe: sorted(&self.observe),
            operate: sorted(&self.operate),
            step: self.step,
            target: self.target,
            seed: self.seed,
            ..analyze::Plan::default()
        }
    }
}

/// Proposals as generate makes them.
struct Policies<'a> {
    outlook: Outlook<'a>,
    greenfield: bool,
}

impl Proposer for Policies<'_> {
    fn candidate<'s>(
        &'s self,
        principal: &str,
        principal_id: &str,
    ) -> Option<Box<dyn Candidate + 's>> {
        let outlook = &self.outlook;
        let role = outlook.role(principal, principal_id);
        if role.is_none() && !(self.greenfield && generate::is_role(principal)) {
            return None;
        }
        Some(Box::new(Role {
            outlook,
            role,
            standing: outlook.standing(role),
        }))
    }
}

/// A role, known today or, where nothing is known of today, seen.
struct Role<'a> {
    outlook: &'a Outlook<'a>,
    role: Option<usize>,
    standing: Standing,
}

impl Candidate for Role<'_> {
    fn since(&self) -> Since {
        let created = self.role.and_then(|role| self.outlook.created(role));
        created.map_or(Since::Seen, Since::Day)
    }

    fn explained(&self, action: &str, resource: Option<&str>) -> bool {
        self.outlook.explained(self.role, action, resource)
    }

    fn propose<'s>(&'s self, usage: &[Usage]) -> Box<dyn Proposed + 's> {
        let prospect = self.outlook.propose(self.role, usage, &self.standing);
        Box::new(Proposal(prospect))
    }
}

/// One proposal.
struct Proposal(Prospect);

impl Proposed for Proposal {
    fn allows_action(&self, action: &str) -> bool {
        self.0.allows_action(action)
    }

    fn allows(&self, action: &str, resource: Option<&str>) -> bool {
        self.0.allows(action, resource)
    }

    fn granted(&self) -> (Option<u64>, u64) {
        self.0.granted
    }

    fn risky(&self) -> (Option<u64>, u64) {
        self.0.risky
    }

    fn size(&self) -> (u64, u64) {
        self.0.size
    }
}

fn table(found: &Backtest) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "observed",
        "replayed",
        "windows",
        "unharmed",
        "lost actions",
        "lost accesses",
        "lost events",
        "denied let in",
        "granted/used",
        "removed",
        "characters",
    ]);
    for setting in found.settings.iter().filter(|setting| setting.windows > 0) {
        table.add_row(cells(setting));
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = format!("{} roles, {}.\n{table}\n", found.roles, found.days);
    let longest = found.settings.iter().filter(|setting| setting.windows == 0);
    for setting in longest {
        let (observe, operate) = (setting.observe_days, setting.operate_days);
        let _ = writeln!(
            text,
            "no window of {observe} + {operate} days fits into the archive"
        );
    }
    needs(&mut text, found);
    text
}

fn cells(setting: &Setting) -> [String; 11] {
    let number = |of: Option<f64>| of.map_or("–".to_owned(), |of| format!("{of:.1}"));
    let percent =
        |of: Option<f64>| of.map_or("–".to_owned(), |of| format!("{:.1} %", of * 100.0));
    [
        format!("{} d", setting.observe_days),
        format!("{} d", setting.operate_days),
        setting.windows.to_string(),
        setting.windows_unharmed.to_string(),
        rate(&setting.under_grant_action.unique),
        rate(&setting.under_grant_resource.unique),
        rate(&setting.under_grant_resource.weighted),
        rate(&setting.denied_replay.unique),
        number(setting.over_grant),
        percent(setting.removal),
        setting
            .characters
            .map_or("–".to_owned(), |of| format!("{of:.0}")),
    ]
}

fn rate(rate: &Rate) -> String {
    let share = format!("{:.2} %", rate.share * 100.0);
    match &rate.interval {
        Some(interval) => format!(
            "{share} ({:.2}–{:.2})",
            interval.low * 100.0,
            interval.high * 100.0
        ),
        None => share,
    }
}

/// How long each role must be observed.
fn needs(text: &mut String, found: &Backtest) {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["role", "days of observation needed"]);
    for role in found.by_role.iter().take(LISTED) {
        let days = role
            .days_needed
            .map_or("more than the archive can tell".to_owned(), |days| {
                days.to_string()
            });
        table.add_row([plain(&role.role), days]);
    }
    let _ = writeln!(text, "{table}");
    let more = found.by_role.len().saturating_sub(LISTED);
    if more > 0 {
        let _ = writeln!(text, "the other {more} roles are in --json");
    }
}

//! The backtest: had the policies been tightened on the first part of the archive, what would have broken in the rest?
//!
//! The archive's days are cut again and again: `observe` days to learn from, then `operate` days to replay. For each
//! cut the caller proposes a policy from the usage of the observed days alone, and every access of the following days
//! is put to it ([`score`]). Roles count in windows that begin when they were there: on the day they were created, where
//! that is known, else on the first day they are seen. Sums over windows and roles are exact; their intervals are
//! 95 % percentile bootstraps over roles ([`bootstrap`]), the same at every run.

mod bootstrap;
mod report;
mod score;

pub use report::{Backtest, Interval, Levels, Rate, RoleBacktest, Setting};
pub use score::Proposed;

use crate::daily::{Daily, PrincipalDays};
use crate::error::Error;
use iam::usage::Usage;
use score::{Answers, Asked, Sums};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Resources of a line that a proposal is shown, as in `usage.jsonl`.
const SAMPLE: usize = 64;

/// How to cut the archive.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Days to learn from, each a setting of its own.
    pub observe: Vec<u32>,
    /// Days to replay, each a setting of its own.
    pub operate: Vec<u32>,
    /// Days from one cut to the next.
    pub step: u32,
    /// The under-grant that is good enough: share of the accesses that a role may lose.
    pub target: f64,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
}

impl Default for Plan {
    /// 7, 30, 60 and 90 days to learn from; 1, 7 and 30 to replay; a cut a week; no loss is good enough.
    fn default() -> Self {
        Self {
            observe: vec![7, 30, 60, 90],
            operate: vec![1, 7, 30],
            step: 7,
            target: 0.0,
            seed: 1,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// Who proposes.
pub trait Proposer: Sync {
    /// What is to be asked about a principal; none: it takes no part.
    fn candidate<'s>(
        &'s self,
        principal: &str,
        principal_id: &str,
    ) -> Option<Box<dyn Candidate + 's>>;
}

/// A principal that takes part.
pub trait Candidate {
    /// Since when it has been there.
    fn since(&self) -> Since;
    /// Whether today's policies allow it an action on a resource; none: the log does not name the resource.
    fn explained(&self, action: &str, resource: Option<&str>) -> bool;
    /// What would be proposed for it with this usage alone.
    fn propose<'s>(&'s self, usage: &[Usage]) -> Box<dyn Proposed + 's>;
}

/// Since when a principal has been there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Created on this day since 1970.
    Day(i64),
    /// Not known: since it is first seen.
    Seen,
}

/// The windows of one observation length.
#[derive(Debug, Clone, Copy)]
struct Window {
    /// First day observed.
    start: i64,
    /// First day replayed.
    cut: i64,
}

impl Plan {
    /// The windows that fit into the archive's days, for an observation length.
    fn windows(&self, daily: &Daily, observe: u32) -> Vec<Window> {
        let shortest = self.operate.iter().min().copied().unwrap_or(1);
        let last_cut = daily.last + 1 - i64::from(shortest);
        let step = usize::try_from(self.step.max(1)).unwrap_or(1);
        let first = daily.first + i64::from(observe);
        let window = |cut: i64| Window {
            start: cut - i64::from(observe),
            cut,
        };
        (first..=last_cut).step_by(step).map(window).collect()
    }

    /// All settings, by observation length, then operation length.
    fn settings(&self) -> impl Iterator<Item = (u32, u32)> {
        let of = |observe: u32| self.operate.iter().map(move |operate| (observe, *operate));
        self.observe.iter().copied().flat_map(of)
    }
}

/// Runs the backtest; it takes the principals out of the table.
///
/// # Errors
/// The table cannot be read on, or somebody asked to stop.
pub fn backtest(
    daily: &Daily,
    plan: &Plan,
    proposer: &dyn Proposer,
    advanced: &(dyn Fn(u64) + Sync),
    cancel: &AtomicBool,
) -> Result<Backtest, Error> {
    let done: Mutex<Vec<(usize, Tested)>> = Mutex::new(Vec::new());
    let stop = AtomicBool::new(false);
    let work = || -> Result<(), Error> {
        while !stop.load(Ordering::Relaxed)
            && let Some((at, principal)) = daily.next()?
        {
            if cancel.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            let (arn, id) = (&principal.principal, &principal.principal_id);
            if let Some(candidate) = proposer.candidate(arn, id) {
                let sums = one(daily, plan, candidate.as_ref(), &principal);
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.push((at, Tested::new(principal, sums)));
            }
            advanced(1);
        }
        Ok(())
    };
    let work = || work().inspect_err(|_| stop.store(true, Ordering::Relaxed));
    std::thread::scope(|scope| {
        let spawned: Vec<_> = (1..plan.threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        spawned.into_iter().map(join).fold(own, Result::and)
    })?;
    if cancel.load(Ordering::Relaxed) {
        return Err(Error::Cancelled);
    }
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    let roles = done.into_iter().map(|(_, tested)| tested).collect();
    Ok(report::report(daily, plan, roles))
}

/// A role that was put to the test, with one entry for each setting.
struct Tested {
    role: String,
    role_id: String,
    sums: Vec<Sums>,
}

impl Tested {
    fn new(principal: PrincipalDays, sums: Vec<Sums>) -> Self {
        Self {
            role: principal.principal,
            role_id: principal.principal_id,
            sums,
        }
    }
}

/// The sums of one principal, one for each setting.
fn one(
    daily: &Daily,
    plan: &Plan,
    candidate: &dyn Candidate,
    principal: &PrincipalDays,
) -> Vec<Sums> {
    let since = match candidate.since() {
        Since::Day(day) => day,
        Since::Seen => principal.first_day().unwrap_or(i64::MAX),
    };
    let explained = Answers::default();
    let mut sums = Vec::new();
    for observe in &plan.observe {
        let mut of_operate = vec![Sums::default(); plan.operate.len()];
        for window in plan.windows(daily, *observe) {
            if since > window.start {
                continue;
            }
            let usage = principal.usage(window.start, window.cut, SAMPLE);
            let proposed = candidate.propose(&usage);
            let asked = Asked::new((candidate, &explained), proposed.as_ref());
            for (sums, operate) in of_operate.iter_mut().zip(&plan.operate) {
                let end = window.cut + i64::from(*operate);
                if end <= daily.last + 1 {
                    let days = (window.start, window.cut, end);
                    score::add(sums, principal, &asked, days);
                }
            }
        }
        sums.append(&mut of_operate);
    }
    sums
}

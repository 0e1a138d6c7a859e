//! The report of a backtest: sums as rates, with intervals, overall and by role.

use super::bootstrap::interval;
use super::score::{Share, Sums};
use super::{Plan, Tested};
use crate::daily::Daily;
use iam::coverage::Stretch;
use serde::Serialize;

/// What a backtest found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Backtest {
    /// The archive's days, first and last, `YYYY-MM-DD`.
    pub days: String,
    /// Days from one cut to the next.
    pub step_days: u32,
    /// The under-grant that is good enough for [`RoleBacktest::days_needed`].
    pub target: f64,
    /// Roles that took part in any window.
    pub roles: usize,
    /// Overall, by days observed and days replayed.
    pub settings: Vec<Setting>,
    /// By role.
    pub by_role: Vec<RoleBacktest>,
}

/// The results of one setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// Days learnt from.
    pub observe_days: u32,
    /// Days replayed.
    pub operate_days: u32,
    /// Windows, over all roles.
    pub windows: u64,
    /// Windows in which no access was lost.
    pub windows_unharmed: u64,
    /// Lost of the accesses that today's policies explain: actions that are gone altogether.
    pub under_grant_action: Levels,
    /// The same: actions that are gone for the resource.
    pub under_grant_resource: Levels,
    /// Denied accesses that the proposal would let through.
    pub denied_replay: Levels,
    /// Events that today's policies do not explain, and that no proposal had to keep.
    pub gap_events: u64,
    /// Actions granted ÷ actions used in the window, observed and replayed days together. Of the actions that the archive
    /// could have shown.
    pub over_grant: Option<f64>,
    /// Of the actions granted, the share used in the window.
    pub precision: Option<f64>,
    /// 1 − actions after ÷ actions before; null where the policies of today are not known.
    pub removal: Option<f64>,
    /// The same of actions with a risk label.
    pub risky_removal: Option<f64>,
    /// Mean number of documents of a proposal.
    pub documents: Option<f64>,
    /// Mean size of a proposal in characters without white space.
    pub characters: Option<f64>,
}

/// A rate over distinct accesses, and over events.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Levels {
    /// Each access once a window.
    pub unique: Rate,
    /// Each access as often as it happened.
    pub weighted: Rate,
}

/// A part of a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rate {
    /// The part.
    pub part: u64,
    /// The whole.
    pub of: u64,
    /// Part ÷ whole; 0 of nothing.
    pub share: f64,
    /// Over roles; null for a single role.
    pub interval: Option<Interval>,
}

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The results of one role.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoleBacktest {
    /// ARN.
    pub role: String,
    /// Its unique id, empty when unknown.
    pub role_id: String,
    /// The shortest observation that, like every longer one, lost no more than the target of the events in the longest
    /// replay; null: none of them did, or there was nothing to replay.
    pub days_needed: Option<u32>,
    /// By days observed and days replayed; settings without windows are left out.
    pub settings: Vec<Setting>,
}

/// The report over the sums of roles.
pub(super) fn report(daily: &Daily, plan: &Plan, mut roles: Vec<Tested>) -> Backtest {
    roles.retain(|role| role.sums.iter().any(|sums| sums.windows > 0));
    let settings = settings(plan, &roles);
    let days = Stretch {
        first: daily.first,
        last: daily.last,
    };
    Backtest {
        days: days.to_string(),
        step_days: plan.step,
        target: plan.target,
        roles: roles.len(),
        settings,
        by_role: roles.iter().map(|role| of_role(plan, role)).collect(),
    }
}

/// The settings over all roles, each on a thread of its own: the intervals take their time.
fn settings(plan: &Plan, roles: &[Tested]) -> Vec<Setting> {
    let one = |(at, days): (usize, (u32, u32))| {
        let of_role = roles.iter().filter_map(|role| role.sums.get(at));
        setting(plan, days, &of_role.collect::<Vec<_>>())
    };
    std::thread::scope(|scope| {
        let all = plan.settings().enumerate();
        let spawned: Vec<_> = all.map(|days| scope.spawn(move || one(days))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        spawned.into_iter().map(join).collect()
    })
}

fn of_role(plan: &Plan, tested: &Tested) -> RoleBacktest {
    let settings = plan.settings().zip(&tested.sums);
    let settings = settings.filter(|(_, sums)| sums.windows > 0);
    RoleBacktest {
        role: tested.role.clone(),
        role_id: tested.role_id.clone(),
        days_needed: days_needed(plan, &tested.sums),
        settings: settings
            .map(|(days, sums)| setting(plan, days, &[sums]))
            .collect(),
    }
}

fn days_needed(plan: &Plan, sums: &[Sums]) -> Option<u32> {
    let mut lengths: Vec<(u32, f64)> = Vec::new();
    for observe in &plan.observe {
        let own = plan.settings().zip(sums);
        let own = own.filter(|((length, _), sums)| length == observe && sums.windows > 0);
        if let Some((_, sums)) = own.max_by_key(|((_, operate), _)| *operate) {
            lengths.push((*observe, ratio(sums.pair_events).unwrap_or(0.0)));
        }
    }
    lengths.sort_unstable_by_key(|(days, _)| *days);
    let good = |(_, lost): &&(u32, f64)| *lost <= plan.target;
    let good = lengths.iter().rev().take_while(good);
    good.last().map(|(days, _)| *days)
}

fn ratio(share: Share) -> Option<f64> {
    (share.all > 0).then(|| share.part as f64 / share.all as f64)
}

fn setting(plan: &Plan, (observe_days, operate_days): (u32, u32), of_role: &[&Sums]) -> Setting {
    let mut all = Sums::default();
    of_role.iter().for_each(|sums| all.merge(sums));
    let rate = |part: fn(&Sums) -> Share| {
        let whole = part(&all);
        let of_role: Vec<Share> = of_role.iter().map(|sums| part(sums)).collect();
        Rate {
            part: whole.part,
            of: whole.all,
            share: ratio(whole).unwrap_or(0.0),
            interval: interval(&of_role, plan.seed),
        }
    };
    let mean = |sum: u64| (all.windows > 0).then(|| sum as f64 / all.windows as f64);
    let removed = |left: Share| ratio(left).map(|left| 1.0 - left);
    Setting {
        observe_days,
        operate_days,
        windows: all.windows,
        windows_unharmed: all.unharmed,
        under_grant_action: Levels {
            unique: rate(|sums| sums.actions),
            weighted: rate(|sums| sums.action_events),
        },
        under_grant_resource: Levels {
            unique: rate(|sums| sums.pairs),
            weighted: rate(|sums| sums.pair_events),
        },
        denied_replay: Levels {
            unique: rate(|sums| sums.denied),
            weighted: rate(|sums| sums.denied_events),
        },
        gap_events: all.gap_events,
        over_grant: (all.used > 0).then(|| all.granted.all as f64 / all.used as f64),
        precision: ratio(all.granted),
        removal: removed(all.left),
        risky_removal: removed(all.risky_left),
        documents: mean(all.documents),
        characters: mean(all.characters),
    }
}

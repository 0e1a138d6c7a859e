//! Plans: the finest proposal that the quotas permit, found by going down a ladder of granularities.

use crate::config::Quotas;
use crate::cover::Covers;
use crate::draft::{Item, statements};
use crate::need::Granularity;
use crate::pack::pack;
use iam::policy::{Policy, Statement};

/// Documents that fit.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) documents: Vec<Policy>,
    pub(crate) granularity: Granularity,
    /// Closer resources would not have fitted.
    pub(crate) coarsened: bool,
    /// Action wildcards were needed.
    pub(crate) compacted: bool,
    /// The Allow statements with action wildcards, and the same with names; none when there are only names.
    pub(crate) explicit: Option<(Vec<Statement>, Vec<Statement>)>,
}

/// From fine to coarse: how closely resources follow the evidence, and whether actions are written as wildcards.
const LADDER: [(Granularity, bool); 5] = [
    (Granularity::Exact, false),
    (Granularity::Template, false),
    (Granularity::Template, true),
    (Granularity::Container, true),
    (Granularity::Statement, true),
];

/// The rungs from the finest granularity that was asked for.
fn rungs(finest: Granularity) -> impl Iterator<Item = (Granularity, bool)> {
    let rest = LADDER
        .into_iter()
        .map(move |(g, compacted)| (g.max(finest), compacted));
    let mut last = None;
    std::iter::once((finest, false))
        .chain(rest)
        .filter(move |rung| last.replace(*rung) != Some(*rung))
}

/// Room for a proposal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room<'a> {
    pub(crate) quotas: &'a Quotas,
    pub(crate) finest: Granularity,
    /// Documents of the role today: so many are no burden.
    pub(crate) today: usize,
    /// Documents at most.
    pub(crate) most: usize,
    /// All of them inline: one inline document may replace them.
    pub(crate) inline: bool,
}

/// The finest draft that fits into as many documents as there are today, else the one with the fewest documents.
pub(crate) fn fit<G>(
    room: Room<'_>,
    covers: &Covers<'_>,
    mut draft: impl FnMut(Granularity) -> (G, Vec<Item>),
) -> (G, Result<Plan, String>) {
    let quotas = room.quotas;
    let single = if room.inline {
        quotas.role_inline.max(quotas.managed)
    } else {
        quotas.managed
    };
    let mut current = draft(room.finest);
    let mut at = room.finest;
    let mut best: Option<Plan> = None;
    for (granularity, compacted) in rungs(room.finest) {
        if granularity != at {
            (current, at) = (draft(granularity), granularity);
        }
        let written = statements(&current.1, compacted.then_some(covers));
        let explicit = compacted.then(|| (written.clone(), statements(&current.1, None)));
        let Some(mut documents) = pack(written, single, quotas.managed) else {
            continue;
        };
        documents.retain(|document| !document.statements.is_empty());
        let enough = documents.len() <= room.today.max(1);
        if best
            .as_ref()
            .is_none_or(|best| documents.len() < best.documents.len())
        {
            best = Some(Plan {
                documents,
                granularity,
                coarsened: granularity != room.finest,
                compacted,
                explicit,
            });
        }
        if enough {
            break;
        }
    }
    if let Some(plan) = &best
        && plan.documents.len() <= room.most
        && plan.granularity != at
    {
        current = draft(plan.granularity);
    }
    (current.0, within(best, room))
}

/// The plan, unless it is over quota.
fn within(best: Option<Plan>, room: Room<'_>) -> Result<Plan, String> {
    let managed = room.quotas.managed;
    let Some(plan) = best else {
        return Err(format!(
            "over quota: a statement cannot be split below {managed} characters"
        ));
    };
    let (need, limit) = (plan.documents.len(), room.most);
    if need > limit {
        return Err(format!(
            "over quota: {need} documents of {managed} characters, at most {limit} may be attached"
        ));
    }
    Ok(plan)
}

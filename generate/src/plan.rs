//! Plans: the finest proposal that the quotas permit, found by going down a ladder of granularities.

use crate::config::Quotas;
use crate::draft::{Item, statements};
use crate::need::Granularity;
use crate::pack::pack;
use iam::catalogue::Catalogue;
use iam::policy::Policy;

/// Documents that fit.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) documents: Vec<Policy>,
    pub(crate) granularity: Granularity,
    /// Action wildcards were needed.
    pub(crate) compacted: bool,
}

/// From fine to coarse: how closely resources follow the evidence, and whether actions are written as wildcards.
const LADDER: [(Granularity, bool); 4] = [
    (Granularity::Exact, false),
    (Granularity::Template, false),
    (Granularity::Template, true),
    (Granularity::Statement, true),
];

/// Room for a proposal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room<'a> {
    pub(crate) quotas: &'a Quotas,
    /// Documents of the role today: so many are no burden.
    pub(crate) today: usize,
    /// All of them inline: one inline document may replace them.
    pub(crate) inline: bool,
}

/// The finest draft that fits into as many documents as there are today, else the one with the fewest documents.
pub(crate) fn fit<G>(
    room: Room<'_>,
    catalogue: &Catalogue,
    mut draft: impl FnMut(Granularity) -> (G, Vec<Item>),
) -> (G, Result<Plan, String>) {
    let quotas = room.quotas;
    let single = if room.inline {
        quotas.role_inline.max(quotas.managed)
    } else {
        quotas.managed
    };
    let mut current = draft(Granularity::Exact);
    let mut at = Granularity::Exact;
    let mut best: Option<Plan> = None;
    for (granularity, compacted) in LADDER {
        if granularity != at {
            (current, at) = (draft(granularity), granularity);
        }
        let statements = statements(&current.1, compacted.then_some(catalogue));
        let Some(documents) = pack(statements, single, quotas.managed) else {
            continue;
        };
        let enough = documents.len() <= room.today.max(1);
        if best
            .as_ref()
            .is_none_or(|best| documents.len() < best.documents.len())
        {
            best = Some(Plan {
                documents,
                granularity,
                compacted,
            });
        }
        if enough {
            break;
        }
    }
    match best {
        Some(plan) if plan.documents.len() <= quotas.documents => {
            let found = if plan.granularity == at {
                current
            } else {
                draft(plan.granularity)
            };
            (found.0, Ok(plan))
        }
        Some(plan) => {
            let (need, limit) = (plan.documents.len(), quotas.documents);
            (
                current.0,
                Err(format!(
                    "over quota: {need} documents of {} characters, {limit} may be attached",
                    quotas.managed
                )),
            )
        }
        None => (
            current.0,
            Err(format!(
                "over quota: a statement cannot be split below {} characters",
                quotas.managed
            )),
        ),
    }
}

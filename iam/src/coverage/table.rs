//! The coverage table: for each account and class of events, covered, partly covered or not.

use super::class::{KMS, MANAGEMENT_READ, MANAGEMENT_WRITE, excludable};
use super::days::Stretch;
use super::sight::Sight;
use super::trail::Selector;
use crate::usage::{Coverage, Header};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Data events that every trail can select: told even when there are none.
const CLASSIC: [&str; 3] = [
    "AWS::S3::Object",
    "AWS::Lambda::Function",
    "AWS::DynamoDB::Table",
];

/// Whether the archive could have shown the events of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// All of them, the whole window long.
    Covered,
    /// Some of them: for some resources, or with days missing.
    Partly,
    /// None.
    NotCovered,
}

impl State {
    /// `covered`, `partly` or `not covered`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Partly => "partly",
            Self::NotCovered => "not covered",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Account id.
    pub account: String,
    /// Class, as in the coverage rows of the header.
    pub class: String,
    /// Events seen.
    pub events: u64,
    /// Regions that they came from, sorted.
    pub regions: Vec<String>,
    /// Whether uses would have been seen.
    pub state: State,
    /// Why not, or not all.
    pub why: Option<String>,
}

/// The table of a header: accounts with events; per account the management classes, the classes seen and the ones
/// that trails select. Every data event type that is not listed is not covered.
pub fn table(header: &Header) -> Vec<Shown> {
    let mut accounts: BTreeMap<&str, Vec<&Coverage>> = BTreeMap::new();
    for row in &header.coverage {
        accounts.entry(&row.account).or_default().push(row);
    }
    let mut shown = Vec::new();
    for (account, rows) in accounts {
        let sight = Sight::new(header, account, 0);
        let row = |class: String| row(&rows, &sight, account, class);
        shown.extend(listed(&sight).into_iter().map(row));
    }
    shown
}

fn listed(sight: &Sight) -> BTreeSet<String> {
    let (reads, writes) = excludable(KMS).unwrap_or_default();
    let mut classes: BTreeSet<String> = [MANAGEMENT_READ, MANAGEMENT_WRITE, reads, writes]
        .into_iter()
        .chain(CLASSIC)
        .chain(sight.classes())
        .map(str::to_owned)
        .collect();
    let selectors = sight.trails().iter().flat_map(|trail| &trail.selectors);
    classes.extend(selectors.flat_map(|selector| selector.types.iter().cloned()));
    classes
}

fn row(rows: &[&Coverage], sight: &Sight, account: &str, class: String) -> Shown {
    let rows = || rows.iter().filter(|row| row.class == class);
    let (state, why) = state(sight, &class);
    Shown {
        account: account.to_owned(),
        events: rows().map(|row| row.events).sum(),
        regions: rows().map(|row| row.region.clone()).collect(),
        state,
        why,
        class,
    }
}

fn state(sight: &Sight, class: &str) -> (State, Option<String>) {
    let management = class.starts_with("management-");
    let seen = sight.class(class);
    let selected = match sight.trails() {
        [] => Some(None),
        _ => selected(sight, class),
    };
    let gaps = match (seen, management) {
        (Some(own), false) => [sight.missing(), own].concat(),
        _ => sight.missing().to_vec(),
    };
    let gaps: Vec<Stretch> = gaps
        .into_iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    match (selected, seen) {
        (None, _) => (
            State::NotCovered,
            Some("no trail that was given selects it".to_owned()),
        ),
        (Some(None), None) if sight.trails().is_empty() => {
            (State::NotCovered, Some("no event seen".to_owned()))
        }
        (Some(_), _) if !gaps.is_empty() => {
            let told: Vec<String> = gaps.iter().map(Stretch::to_string).collect();
            let why = format!("days missing: {}", told.join(", "));
            (State::Partly, Some(why))
        }
        (Some(Some(part)), _) => (State::Partly, Some(part)),
        (Some(None), _) => (State::Covered, None),
    }
}

/// Whether trails select the class: not at all, in part (why), or all of it.
fn selected(sight: &Sight, class: &str) -> Option<Option<String>> {
    let reads =
        |read: bool| move |selector: &Selector| selector.read_only.is_none_or(|only| only == read);
    let excluded = class.rsplit_once('-').map_or("", |(_, source)| source);
    let of_class = |selector: &Selector| {
        let takes = |source: &String| !source.starts_with(&format!("{excluded}."));
        match class.strip_prefix("management-") {
            Some(kind) => {
                selector.category == "Management"
                    && reads(kind.starts_with("read"))(selector)
                    && selector.sources.none_of.iter().all(takes)
            }
            None => {
                selector.category == "Data"
                    && (selector.types.is_empty() || selector.types.iter().any(|t| t == class))
            }
        }
    };
    let mut parts = BTreeSet::new();
    for trail in sight.trails() {
        for selector in trail.selectors.iter().filter(|one| of_class(one)) {
            let mut limits = Vec::new();
            if !trail.multi_region {
                limits.push(format!("region {} only", trail.region));
            }
            if !class.starts_with("management-") && selector.read_only.is_some() {
                limits.push("only reads, or only writes".to_owned());
            }
            if !selector.resources.is_everything() {
                limits.push("selected resources only".to_owned());
            }
            if !selector.narrowed_by.is_empty() {
                limits.push(format!("narrowed by {}", selector.narrowed_by.join(", ")));
            }
            if limits.is_empty() {
                return Some(None);
            }
            parts.insert(limits.join("; "));
        }
    }
    let parts: Vec<String> = parts.into_iter().collect();
    (!parts.is_empty()).then(|| Some(parts.join(" | ")))
}

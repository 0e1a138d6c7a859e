//! Needs: what usage rows ask a policy for, at a chosen granularity.

use crate::place::Places;
use crate::shape::{Known, shapes};
use iam::usage::{Outcome, Usage};
use std::collections::{BTreeMap, BTreeSet};

/// How closely resources follow the evidence; coarser than asked only when the quotas force it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Granularity {
    /// The resources seen, one by one.
    Exact,
    /// Names that change from call to call become patterns, inside their bucket, log group and so on.
    #[default]
    Template,
    /// All that the bucket, log group and so on holds.
    Container,
    /// All of the type in the account and region, where a thing is one of many (instances, volumes …).
    Type,
    /// The pattern of the statement that grants it today.
    Statement,
}

/// From so many different names under one template on, the next call is expected to bring a new one.
const VOLATILE_FROM: u64 = 3;

/// A name that comes back on more days than this, for each name, is one that stays.
const DAYS_OF_A_PASSING_NAME: u64 = 2;

/// The resources that a row asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need {
    /// These resource patterns.
    Resources(Vec<String>),
    /// The log does not say which.
    Unknown,
}

/// What is known of resources beside the rows of a role.
#[derive(Debug)]
pub(crate) struct Surroundings<'u> {
    pub(crate) places: &'u Places,
    pub(crate) known: Known<'u>,
}

/// Names below a container: the row that they are of, and whether things there get a new name each time.
type Names<'u> = BTreeMap<(&'u str, &'u str), Vec<(usize, &'u str)>>;

impl Surroundings<'_> {
    /// What each row asks for.
    pub(crate) fn needs(&self, rows: &[&Usage], granularity: Granularity) -> Vec<Need> {
        let mut names = Names::new();
        let mut needs = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            let Some(template) = &row.template else {
                needs.push(Need::Unknown);
                continue;
            };
            let mut texts = Vec::new();
            for text in self.asked(row, template, granularity) {
                match self
                    .places
                    .of(text)
                    .filter(|place| !is_wild(place.container))
                {
                    Some(place) if granularity == Granularity::Template => {
                        let group = names.entry((row.action.as_str(), place.container));
                        group.or_default().push((at, place.leaf));
                    }
                    Some(place) if granularity >= Granularity::Container => {
                        texts.push(format!("{}*", place.container));
                    }
                    _ => texts.push(self.typed(text, granularity)),
                }
            }
            needs.push(Need::Resources(texts));
        }
        self.shape(&names, &mut needs);
        needs.into_iter().map(finished).collect()
    }

    /// Which of its resources a row speaks for: each as seen, or their template.
    fn asked<'r>(
        &self,
        row: &'r Usage,
        template: &'r str,
        granularity: Granularity,
    ) -> Vec<&'r str> {
        let complete = row.resources_total <= row.resources.len() as u64;
        let masked = granularity != Granularity::Exact && self.is_volatile(row, template);
        if row.resources.is_empty() || !complete || masked {
            return vec![template];
        }
        row.resources.iter().map(String::as_str).collect()
    }

    /// Whether the masked part of the template changes from call to call, and lies below a container.
    fn is_volatile(&self, row: &Usage, template: &str) -> bool {
        let Some(place) = self.places.of(template) else {
            return false;
        };
        if is_wild(place.container) || !is_wild(place.leaf) {
            return false;
        }
        let named = |part: &str| part.bytes().any(|b| b.is_ascii_alphanumeric());
        let bare = !place.leaf.split('/').any(named);
        let passing = u64::from(row.active_days)
            <= DAYS_OF_A_PASSING_NAME.saturating_mul(row.resources_total);
        row.resources_total >= VOLATILE_FROM || place.ephemeral || (passing && !bare)
    }

    fn typed(&self, text: &str, granularity: Granularity) -> String {
        let of_type = self.places.of_type(text).filter(|head| !is_wild(head));
        match of_type.filter(|_| granularity == Granularity::Type) {
            Some(head) => format!("{head}*"),
            None => text.to_owned(),
        }
    }

    /// Adds the patterns of names to the needs of their rows.
    fn shape(&self, names: &Names<'_>, needs: &mut [Need]) {
        for ((_, container), members) in names {
            let distinct: BTreeSet<&str> = members.iter().map(|(_, leaf)| *leaf).collect();
            let leaves: Vec<&str> = distinct.into_iter().collect();
            let mut pattern_of: BTreeMap<&str, String> = BTreeMap::new();
            for shape in shapes(&leaves, &self.known, container) {
                for leaf in shape.members.iter().filter_map(|at| leaves.get(*at)) {
                    pattern_of.insert(leaf, format!("{container}{}", shape.pattern));
                }
            }
            for (row, leaf) in members {
                if let (Some(Need::Resources(texts)), Some(pattern)) =
                    (needs.get_mut(*row), pattern_of.get(leaf))
                {
                    texts.push(pattern.clone());
                }
            }
        }
    }
}

fn finished(need: Need) -> Need {
    let Need::Resources(texts) = need else {
        return need;
    };
    let texts: BTreeSet<String> = texts.iter().map(|text| writable(text)).collect();
    Need::Resources(texts.into_iter().collect())
}

/// Whether a pattern stands for more than one text.
pub(crate) fn is_wild(pattern: &str) -> bool {
    let wild = |text: &str| text.contains(['*', '?']);
    wild(pattern) && wild(&pattern.replace("${*}", "").replace("${?}", ""))
}

/// Every resource that the row proves, each as seen: what a proposal must still reach.
pub(crate) fn proven(row: &Usage) -> Need {
    match (&row.template, row.resources.as_slice()) {
        (None, _) => Need::Unknown,
        (Some(template), []) => Need::Resources(vec![writable(template)]),
        (Some(_), seen) if row.resources_total <= seen.len() as u64 => {
            Need::Resources(seen.to_vec())
        }
        (Some(template), seen) => {
            let mut all = seen.to_vec();
            all.push(template.clone());
            Need::Resources(all)
        }
    }
}

/// The resources of a row one by one, when the log shows all of them.
pub(crate) fn each(row: &Usage) -> Option<Vec<String>> {
    let complete = !row.resources.is_empty() && row.resources_total <= row.resources.len() as u64;
    complete.then(|| row.resources.iter().map(|text| writable(text)).collect())
}

/// Whether the row speaks for a grant: a success, or a failure that was probably authorised.
pub(crate) fn speaks(row: &Usage) -> bool {
    matches!(row.outcome, Outcome::Allowed | Outcome::Failed)
}

/// The pattern with only characters that a policy may hold (tab, line breaks, U+0020 to U+00FF); others become `?`.
/// Source: IAM API reference, PolicyDocument.
pub(crate) fn writable(pattern: &str) -> String {
    let fine = |c: char| matches!(c, '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{ff}');
    pattern
        .chars()
        .map(|c| if fine(c) { c } else { '?' })
        .collect()
}

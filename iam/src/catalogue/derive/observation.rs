//! Observations: what a trail can show of each action, from `data-events.json`.

use super::facts::{ActionFact, Facts};
use super::hand::{Checker, Keys, parse};
use super::{DeriveError, core::Ids};
use crate::catalogue::AccessLevel;
use crate::catalogue::tables::Observation;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const FILE: &str = "data-events.json";

/// No event name leads to the action although its service's API is known.
const PERMISSION_ONLY: &str = "no API call is known to exercise it (a permission-only action)";

/// `data-events.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct DataEvents {
    never_logged: Vec<Never>,
    data_like_but_management: Vec<Management>,
    resource_types: Vec<DataType>,
}

#[derive(Debug, Deserialize)]
struct Never {
    actions: Vec<String>,
    why: String,
}

#[derive(Debug, Deserialize)]
struct Management {
    actions: Vec<String>,
    /// Logged as read events whatever the access level says.
    #[serde(default)]
    read_only: bool,
    /// Some calls are data events all the same: absence needs both.
    #[serde(default)]
    also_data: bool,
}

#[derive(Debug, Deserialize)]
struct DataType {
    #[serde(rename = "type")]
    name: String,
    iam_actions: Option<Vec<String>>,
}

/// What the lists say of each action id.
#[derive(Debug, Default)]
struct Marks {
    never: BTreeMap<u32, String>,
    management: BTreeMap<u32, bool>,
    data: BTreeMap<u32, BTreeSet<String>>,
}

impl DataEvents {
    /// Parses the file.
    pub(crate) fn parse(text: &str) -> Result<Self, DeriveError> {
        parse(FILE, text)
    }

    /// One observation per action, in table order. `exercised` are the actions that some event leads to;
    /// the mark applies to services in `modelled`, whose API is known.
    pub(crate) fn observations(
        &self,
        facts: &Facts,
        ids: &Ids<'_>,
        exercised: &BTreeSet<String>,
        modelled: &BTreeSet<String>,
    ) -> Result<Vec<Observation>, DeriveError> {
        let marks = self.marks(ids)?;
        let all = facts.actions.iter().zip(0..);
        let rows = all.map(|((key, action), id)| {
            let silent = !exercised.contains(key) && modelled.contains(&action.service);
            marks.observation(id, action, silent)
        });
        Ok(rows.collect())
    }

    fn marks(&self, ids: &Ids<'_>) -> Result<Marks, DeriveError> {
        let mut marks = Marks::default();
        let mut keys = Keys::new(FILE);
        for row in &self.never_logged {
            let check = Checker::new(FILE, "never_logged", ids);
            for name in &row.actions {
                keys.once(name.to_ascii_lowercase())?;
                marks.never.insert(check.action(name)?, row.why.clone());
            }
        }
        for row in &self.data_like_but_management {
            let check = Checker::new(FILE, "data_like_but_management", ids);
            for name in &row.actions {
                keys.once(name.to_ascii_lowercase())?;
                let id = check.action(name)?;
                if !row.also_data {
                    marks.management.insert(id, row.read_only);
                }
            }
        }
        for row in &self.resource_types {
            let check = Checker::new(FILE, &row.name, ids);
            for name in row.iam_actions.iter().flatten() {
                let id = check.action(name)?;
                if marks.never.contains_key(&id) {
                    let why = format!("the type {} shows it", row.name);
                    return Err(check.vain(format!("{name} under never_logged"), why));
                }
                let types = marks.data.entry(id).or_default();
                types.insert(row.name.clone());
            }
        }
        Ok(marks)
    }
}

impl Marks {
    fn observation(&self, id: u32, action: &ActionFact, silent: bool) -> Observation {
        let reads = matches!(action.level, AccessLevel::List | AccessLevel::Read);
        if let Some(read_only) = self.management.get(&id) {
            let read = reads || *read_only;
            return Observation::Management { read };
        }
        if let Some(types) = self.data.get(&id) {
            return Observation::Data(types.iter().cloned().collect());
        }
        if let Some(why) = self.never.get(&id) {
            return Observation::Never(why.clone());
        }
        match silent && !action.retired {
            true => Observation::Never(PERMISSION_ONLY.to_owned()),
            false => Observation::Management { read: reads },
        }
    }
}

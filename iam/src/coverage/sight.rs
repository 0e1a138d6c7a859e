//! Sight: what an archive could have shown of one account.

use super::class::{GLOBAL_REGION, MANAGEMENT_READ, MANAGEMENT_WRITE, excludable, is_global};
use super::days::{Stretch, day_of, days, missing};
use super::trail::{Selector, Trail};
use crate::catalogue::{AccessLevel, Action, Catalogue, Observability};
use crate::policy::{Pattern, covers};
use crate::usage::Header;
use std::collections::{BTreeMap, BTreeSet};

/// What the archive could have shown of one account.
#[derive(Debug)]
pub struct Sight {
    account: String,
    /// Missing stretches of the account, of each class and of each region that has events.
    whole: Vec<Stretch>,
    classes: BTreeMap<String, Vec<Stretch>>,
    regions: BTreeMap<String, Vec<Stretch>>,
    /// The trails that record the account. None given: what arrived is all that is known.
    trails: Vec<Trail>,
    accepted: u32,
}

/// Where and when a use of a grant would have happened.
#[derive(Debug, Clone, Copy)]
pub struct Place<'r> {
    /// The resource pattern of the grant.
    pub resource: &'r str,
    /// The UTC day since 1970 on which the principal was created, where known: what is missing before does not matter.
    pub since: Option<i64>,
}

impl Sight {
    /// The coverage of an account. `accepted`: so many missing days do not count.
    pub fn new(header: &Header, account: &str, accepted: u32) -> Self {
        let window = [&header.window_start, &header.window_end]
            .map(|time| time.as_deref().and_then(day_of).unwrap_or(0));
        let window = (window[0], window[1]);
        let mut whole = BTreeSet::new();
        let mut classes: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        let mut regions: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        for row in header.coverage.iter().filter(|row| row.account == account) {
            let days = days(row);
            whole.extend(&days);
            classes.entry(row.class.clone()).or_default().extend(&days);
            regions.entry(row.region.clone()).or_default().extend(&days);
        }
        let each = |all: BTreeMap<String, BTreeSet<i64>>| {
            let missing = |(name, days)| (name, missing(&days, window));
            all.into_iter().map(missing).collect()
        };
        let trails = header.trails.iter().flatten();
        Self {
            account: account.to_owned(),
            whole: missing(&whole, window),
            classes: each(classes),
            regions: each(regions),
            trails: trails
                .filter(|trail| trail.records_account(account))
                .cloned()
                .collect(),
            accepted,
        }
    }

    /// Missing stretches of the whole account.
    pub fn missing(&self) -> &[Stretch] {
        &self.whole
    }

    /// Missing stretches of a class; none when the archive holds nothing of it.
    pub(super) fn class(&self, class: &str) -> Option<&[Stretch]> {
        self.classes.get(class).map(Vec::as_slice)
    }

    /// Classes that the archive holds.
    pub(super) fn classes(&self) -> impl Iterator<Item = &str> {
        self.classes.keys().map(String::as_str)
    }

    /// The trails that record the account.
    pub(super) fn trails(&self) -> &[Trail] {
        &self.trails
    }

    /// Why a use of the action on the resource would not be in the archive; none when it would.
    pub fn hides(&self, action: Option<Action<'_>>, place: Place<'_>) -> Option<String> {
        let Some(action) = action else {
            return Some("the catalogue does not know the action".to_owned());
        };
        let observability = action.observability();
        if let Observability::Never(why) = observability {
            return Some(format!("never logged: {why}"));
        }
        let what = format_args!("events of account {}", self.account);
        let gap = self.lacks(&self.whole, place);
        let gap = gap.map(|gap| format!("{what} are missing: {gap}"));
        let global = is_global(action.service());
        gap.or_else(|| match observability {
            Observability::Never(_) => None,
            Observability::Management { read } if self.trails.is_empty() => {
                let region = region_of(place.resource).or(global.then_some(GLOBAL_REGION));
                self.no_class(action.service(), read)
                    .or_else(|| self.blind(region, place))
            }
            Observability::Management { read } => {
                let region = region_of(place.resource).or(global.then_some(GLOBAL_REGION));
                self.not_selected(region, global, |selector| {
                    selector.selects("Management", read) && takes(selector, action.service())
                })
                .map(|why| format!("{why} {} events", class_of(action.service(), read)))
            }
            Observability::Data(types) => self.hides_data(action, &types, place),
        })
    }

    fn hides_data(&self, action: Action<'_>, types: &[&str], place: Place<'_>) -> Option<String> {
        let read = matches!(action.level(), AccessLevel::Read | AccessLevel::List);
        let region = region_of(place.resource);
        let hidden = if self.trails.is_empty() {
            self.blind(region, place)
        } else {
            self.not_selected_data(region, read, types, place.resource)
        };
        hidden.or_else(|| self.no_data(types, place))
    }

    /// The stretches of the principal's time, when there are more days in them than accepted.
    fn lacks(&self, stretches: &[Stretch], place: Place<'_>) -> Option<String> {
        let counted = |stretch: &&Stretch| place.since.is_none_or(|since| stretch.last >= since);
        let counted: Vec<&Stretch> = stretches.iter().filter(counted).collect();
        let days: u32 = counted.iter().map(|stretch| stretch.days()).sum();
        let told = || counted.iter().map(|stretch| stretch.to_string());
        (days > self.accepted).then(|| told().collect::<Vec<_>>().join(", "))
    }

    /// Without trails: whether the archive holds no events of the management class. Reads of a service that trails may
    /// leave out are shown by reads of it, its other events by any of it.
    fn no_class(&self, service: &str, read: bool) -> Option<String> {
        let seen = |class: &str| self.classes.contains_key(class);
        let (general, class) = (class_of("", read), class_of(service, read));
        let shown = match (excludable(service), read) {
            (Some((reads, _)), false) => seen(class) || seen(reads) && seen(general),
            _ => seen(class),
        };
        (!shown).then(|| {
            format!(
                "the archive holds no {class} events of account {}",
                self.account
            )
        })
    }

    /// Without trails: whether events of the region did not arrive.
    fn blind(&self, region: Option<&str>, place: Place<'_>) -> Option<String> {
        let region = region?;
        let Some(stretches) = self.regions.get(region) else {
            return Some(format!("the archive holds no events of {region}"));
        };
        let gap = self.lacks(stretches, place)?;
        Some(format!("events of {region} are missing: {gap}"))
    }

    /// Whether data events of all these types are absent or have gaps. With trails that select them, absence alone
    /// says nothing.
    fn no_data(&self, types: &[&str], place: Place<'_>) -> Option<String> {
        let mut found = None;
        for class in types {
            match self.class(class) {
                None => {}
                Some(stretches) => match self.lacks(stretches, place) {
                    None => return None,
                    gap => found = gap,
                },
            }
        }
        let (types, account) = (types.join(", "), &self.account);
        match (found, self.trails.is_empty()) {
            (Some(gap), _) => Some(format!(
                "data events ({types}) of account {account} are missing: {gap}"
            )),
            (None, true) => Some(format!(
                "the archive holds no data events ({types}) of account {account}"
            )),
            (None, false) => None,
        }
    }

    /// The trails that record the region; without one, every region.
    fn recording(&self, region: Option<&str>, global: bool) -> Vec<&Trail> {
        let records = |trail: &&Trail| {
            let here = trail.multi_region || region == Some(trail.region.as_str());
            here && (trail.global_events || !global)
        };
        self.trails.iter().filter(records).collect()
    }

    fn not_selected(
        &self,
        region: Option<&str>,
        global: bool,
        selects: impl Fn(&Selector) -> bool,
    ) -> Option<String> {
        let recording = self.recording(region, global);
        let mut selectors = recording.iter().flat_map(|trail| &trail.selectors);
        if selectors.any(selects) {
            return None;
        }
        Some(match (recording.is_empty(), region) {
            (true, Some(region)) => format!("no trail of {region} records"),
            (true, None) => "no trail of all regions records".to_owned(),
            (false, _) => "the trails do not record".to_owned(),
        })
    }

    fn not_selected_data(
        &self,
        region: Option<&str>,
        read: bool,
        types: &[&str],
        resource: &str,
    ) -> Option<String> {
        let of_type = |selector: &Selector| {
            let named = |name: &String| types.contains(&name.as_str());
            selector.selects("Data", read)
                && selector.sources.is_everything()
                && (selector.types.is_empty() || selector.types.iter().any(named))
        };
        let told = types.join(", ");
        if let Some(why) = self.not_selected(region, false, of_type) {
            return Some(format!("{why} data events ({told})"));
        }
        let recording = self.recording(region, false);
        let selectors = recording.iter().flat_map(|trail| &trail.selectors);
        let selectors: Vec<&Selector> = selectors.filter(|one| of_type(one)).collect();
        let piece = Pattern::new(resource);
        let alone = selectors.iter().any(|one| one.resources.all_of(&piece));
        let plain = selectors
            .iter()
            .filter(|one| one.resources.none_of.is_empty());
        let plain: Vec<&String> = plain.flat_map(|one| &one.resources.any_of).collect();
        let union: Vec<Pattern> = plain.iter().map(|text| Pattern::new(text)).collect();
        if alone || covers(&union.iter().collect::<Vec<_>>(), &piece) {
            return None;
        }
        Some(format!(
            "the trails record data events ({told}) of selected resources only, and not of all of these"
        ))
    }
}

/// The class of a service's management events.
fn class_of(service: &str, read: bool) -> &'static str {
    match (excludable(service), read) {
        (Some((reads, _)), true) => reads,
        (Some((_, writes)), false) => writes,
        (None, true) => MANAGEMENT_READ,
        (None, false) => MANAGEMENT_WRITE,
    }
}

/// Whether the selector takes management events of the service.
fn takes(selector: &Selector, service: &str) -> bool {
    let catalogue = Catalogue::embedded();
    let is_of = |source: &String| {
        let label = source.split('.').next().unwrap_or_default();
        catalogue.prefixes(label).iter().any(|own| own == service)
    };
    let sources = &selector.sources;
    let wild = |source: &String| source.contains('*');
    let any = sources.any_of.is_empty() || sources.any_of.iter().any(is_of);
    any && !sources.none_of.iter().any(|not| wild(not) || is_of(not))
}

/// The region that a resource pattern names literally.
fn region_of(resource: &str) -> Option<&str> {
    let region = resource.split(':').nth(3)?;
    (!region.is_empty() && !region.contains(['*', '?', '$'])).then_some(region)
}

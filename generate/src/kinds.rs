//! Kinds of resources: whether an action can be granted on a resource pattern at all.

use iam::catalogue::{Action, Catalogue, ResourceTypeId};
use iam::policy::Pattern;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The resource types of the catalogue as patterns.
pub(crate) struct Kinds {
    by_service: BTreeMap<String, Vec<Kind>>,
}

struct Kind {
    id: ResourceTypeId,
    pattern: Pattern,
    place: Place,
    /// Characters outside wildcards: of two patterns that match, the one with more is the closer.
    weight: usize,
}

impl Kinds {
    /// The resource types of a catalogue.
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        let mut by_service: BTreeMap<String, Vec<Kind>> = BTreeMap::new();
        for kind in catalogue.resource_types() {
            let kinds = by_service.entry(kind.service().to_owned()).or_default();
            kinds.extend(kind.arns().map(|arn| {
                let glob = glob(arn);
                Kind {
                    id: kind.id(),
                    weight: glob.chars().filter(|c| *c != '*').count(),
                    pattern: Pattern::new(&glob),
                    place: Place::of(&glob),
                }
            }));
        }
        Self { by_service }
    }

    /// Answers about actions and resource patterns, each pattern looked at once.
    pub(crate) fn fits(&self) -> Fits<'_> {
        Fits {
            kinds: self,
            met: RefCell::default(),
        }
    }

    /// The types of a service that the resource pattern may be of.
    fn met(&self, service: &str, resource: &str) -> Vec<Met<'_>> {
        let (pattern, place) = (Pattern::new(resource), Place::of(resource));
        let kinds = self.by_service.get(service).into_iter().flatten();
        let met = kinds.map(|kind| Met {
            kind,
            in_place: kind.place.meets(&place),
            whole: OnceCell::new(),
        });
        met.filter(|met| !met.in_place || met.kind.pattern.overlaps(&pattern))
            .collect()
    }
}

/// The segments of an ARN pattern: as a pattern a wildcard reaches across colons, but an ARN has one service, one region
/// and one account.
struct Place(Option<[Pattern; 6]>);

impl Place {
    fn of(text: &str) -> Self {
        let segments: Vec<Pattern> = text.splitn(6, ':').map(Pattern::new).collect();
        Self(segments.try_into().ok())
    }

    /// Whether two patterns meet segment by segment, if both have as many as an ARN.
    fn meets(&self, other: &Place) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(others)) => own.iter().zip(others).all(|(a, b)| a.overlaps(b)),
            _ => true,
        }
    }
}

/// A resource type that may meet a resource pattern.
struct Met<'k> {
    kind: &'k Kind,
    /// They meet, and do so segment by segment.
    in_place: bool,
    /// All that the pattern stands for is of the type; worked out when asked for.
    whole: OnceCell<bool>,
}

impl Met<'_> {
    fn is_whole(&self, resource: &str) -> bool {
        let whole = || self.kind.pattern.subsumes(&Pattern::new(resource));
        *self.whole.get_or_init(whole)
    }
}

/// By service: the types that meet a resource pattern.
type ByService<'k> = BTreeMap<&'k str, Rc<[Met<'k>]>>;

/// Whether actions can be granted on resource patterns.
pub(crate) struct Fits<'k> {
    kinds: &'k Kinds,
    /// By resource pattern; what was worked out already.
    met: RefCell<BTreeMap<String, ByService<'k>>>,
}

impl<'k> Fits<'k> {
    /// Whether a statement with this resource pattern can grant the action: `s3:GetObject` never on a bucket ARN.
    /// An unknown action fits everywhere.
    pub(crate) fn fits(&self, action: Option<Action<'_>>, resource: &str) -> bool {
        let Some(action) = action.filter(|action| !action.retired()) else {
            return true;
        };
        if resource.bytes().all(|b| b == b'*') {
            return true;
        }
        if takes_none(action) {
            return false;
        }
        let types: Vec<ResourceTypeId> = action.resources().map(|(kind, _)| kind.id()).collect();
        let mut services: BTreeSet<&str> =
            action.resources().map(|(kind, _)| kind.service()).collect();
        services.insert(action.service());
        let met: Vec<Rc<[Met<'_>]>> = services.iter().map(|s| self.met(s, resource)).collect();
        let (own, others): (Vec<&Met<'_>>, Vec<&Met<'_>>) = met
            .iter()
            .flat_map(|met| met.iter())
            .partition(|met| types.contains(&met.kind.id));
        own.iter().filter(|own| own.in_place).any(|own| {
            let closer =
                |other: &&Met<'_>| other.kind.weight > own.kind.weight && other.is_whole(resource);
            !others.iter().any(closer)
        })
    }

    fn met(&self, service: &str, resource: &str) -> Rc<[Met<'k>]> {
        let mut known = self.met.borrow_mut();
        if let Some(met) = known.get(resource).and_then(|of| of.get(service)) {
            return Rc::clone(met);
        }
        let Some((service, _)) = self.kinds.by_service.get_key_value(service) else {
            return Rc::default();
        };
        let met: Rc<[Met<'k>]> = self.kinds.met(service, resource).into();
        let of_resource = known.entry(resource.to_owned()).or_default();
        of_resource.insert(service, Rc::clone(&met));
        met
    }
}

/// Whether an action can only be granted on `*`: it is current, and no type of resource is its own.
pub(crate) fn takes_none(action: Action<'_>) -> bool {
    !action.retired() && action.resources().next().is_none()
}

/// `arn:${Partition}:s3:::${BucketName}` as `arn:*:s3:::*`.
fn glob(arn: &str) -> String {
    let mut out = String::with_capacity(arn.len());
    let mut rest = arn;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        out.push('*');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_granted_on_resources_of_its_types_only() {
        let catalogue = Catalogue::embedded();
        let kinds = Kinds::new(catalogue);
        let check = |action: &str, resource: &str, expect: bool| {
            let fits = kinds.fits().fits(catalogue.action(action), resource);
            assert_eq!(fits, expect, "{action} on {resource}");
        };
        check("s3:GetObject", "arn:aws:s3:::b/*", true);
        check("s3:GetObject", "arn:aws:s3:::b", false);
        check("s3:GetObject", "arn:aws:s3:::b*", true);
        check("s3:ListBucket", "arn:aws:s3:::b", true);
        check("s3:ListBucket", "arn:aws:s3:::b/*", false);
        check("s3:ListAllMyBuckets", "arn:aws:s3:::b", false);
        check("s3:ListAllMyBuckets", "*", true);
        check(
            "logs:PutLogEvents",
            "arn:aws:logs:eu-west-1:111122223333:log-group:/app/*",
            true,
        );
        check(
            "account:CloseAccount",
            "arn:aws:ec2:eu-west-1:111122223333:*",
            false,
        );
        check("sqs:SendMessage", "arn:aws:sqs:*:111122223333:etl-*", true);
        check("nobody:Knows", "arn:aws:sqs:*:111122223333:etl-*", true);
    }
}

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
    glob: String,
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
                    glob,
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
        let pattern = Pattern::new(resource);
        let kinds = self.by_service.get(service).into_iter().flatten();
        kinds
            .filter(|kind| kind.pattern.overlaps(&pattern))
            .map(|kind| Met {
                kind,
                in_place: same_place(&kind.glob, resource),
                whole: OnceCell::new(),
            })
            .collect()
    }
}

/// A resource type that meets a resource pattern.
struct Met<'k> {
    kind: &'k Kind,
    /// They meet segment by segment.
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

/// Whether two ARN patterns meet segment by segment: as a pattern a wildcard reaches across colons, but an ARN has one
/// service, one region and one account.
fn same_place(kind: &str, resource: &str) -> bool {
    let (kind, resource): (Vec<&str>, Vec<&str>) = (
        kind.splitn(6, ':').collect(),
        resource.splitn(6, ':').collect(),
    );
    if kind.len() < 6 || resource.len() < 6 {
        return true;
    }
    let pairs = kind.iter().zip(&resource);
    pairs
        .into_iter()
        .all(|(a, b)| Pattern::new(a).overlaps(&Pattern::new(b)))
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

//! Kinds of resources: whether an action can be granted on a resource pattern at all.

use iam::catalogue::{Action, Catalogue, ResourceTypeId};
use iam::policy::Pattern;
use std::collections::BTreeMap;

/// The resource types of the catalogue as patterns.
pub(crate) struct Kinds {
    by_service: BTreeMap<String, Vec<Kind>>,
}

struct Kind {
    id: ResourceTypeId,
    pattern: Pattern,
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
                }
            }));
        }
        Self { by_service }
    }

    /// Whether a statement with this resource pattern can grant the action: `s3:GetObject` never on a bucket ARN.
    /// An unknown action fits everywhere.
    pub(crate) fn fits(&self, action: Option<Action<'_>>, resource: &str) -> bool {
        let Some(action) = action.filter(|action| !action.retired()) else {
            return true;
        };
        if resource.bytes().all(|b| b == b'*') {
            return true;
        }
        let types: Vec<ResourceTypeId> = action.resources().map(|(kind, _)| kind.id()).collect();
        if types.is_empty() {
            return false;
        }
        let pattern = Pattern::new(resource);
        let kinds = self.by_service.get(action.service()).map_or(&[][..], Vec::as_slice);
        let (own, others): (Vec<&Kind>, Vec<&Kind>) = kinds.iter().partition(|kind| types.contains(&kind.id));
        if own.is_empty() {
            return true;
        }
        own.iter().filter(|kind| kind.pattern.overlaps(&pattern)).any(|kind| {
            let closer = |other: &&&Kind| other.weight > kind.weight && other.pattern.subsumes(&pattern);
            !others.iter().any(|other| closer(&other))
        })
    }
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

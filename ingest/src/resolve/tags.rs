//! Tags set while something is created: a permission of its own.

use iam::catalogue::{Action, ActionId, Catalogue};
use iam::usage::Via;

use super::facts::Facts;
use super::path::Path;
use super::pattern::ArnPattern;

/// EC2's action, checked on every kind of thing that the request tags.
const EC2: &str = "ec2:CreateTags";
/// Where EC2 requests name the kinds.
const EC2_KINDS: [&str; 2] = [
    "tagSpecificationSet.items.resourceType",
    "TagSpecification.ResourceType",
];
/// Where other requests carry tags.
const TAGS: [&str; 6] = [
    "tags",
    "tagList",
    "tagSet",
    "tagging",
    "resourceTags",
    "tagMap",
];

/// The tagging permission of a call.
#[derive(Debug, Clone)]
pub(crate) enum TagPlan {
    /// `ec2:CreateTags` on any thing of the kinds tagged.
    Ec2(ActionId, Vec<Path>),
    /// The service's tagging action, on the call's resources; its documentation says that it may be needed.
    Dependent(ActionId, Vec<Path>),
}

impl TagPlan {
    /// For an action that is not itself about tags.
    pub(crate) fn new(catalogue: &Catalogue, action: Action<'_>) -> Option<Self> {
        if action.name().contains("Tag") {
            return None;
        }
        if action.service() == "ec2" {
            let tags = catalogue.action(EC2)?.id();
            return Some(TagPlan::Ec2(
                tags,
                EC2_KINDS.iter().map(|path| Path::new(path)).collect(),
            ));
        }
        let sets_tags = |name: &str| {
            name.split_once(':')
                .is_some_and(|(_, name)| name.starts_with("Tag") || name == "AddTags")
        };
        let dependent = action
            .dependents()
            .find(|other| other.service() == action.service() && sets_tags(other.name()))?;
        Some(TagPlan::Dependent(
            dependent.id(),
            TAGS.iter().map(|path| Path::new(path)).collect(),
        ))
    }

    /// The accesses: action, resource, via. `resources` are those of the call's own action.
    pub(crate) fn accesses(
        &self,
        catalogue: &Catalogue,
        facts: &Facts<'_>,
        resources: &[Option<String>],
    ) -> Vec<(ActionId, Option<String>, Via)> {
        match self {
            TagPlan::Ec2(action, kinds) => {
                let mut found = Vec::new();
                for path in kinds {
                    facts.params.path_values(path, &mut |kind| {
                        found.extend(any_of_kind(catalogue, *action, &kind, facts))
                    });
                }
                found.sort_unstable();
                found.dedup();
                found
                    .into_iter()
                    .map(|resource| (*action, Some(resource), facts.via()))
                    .collect()
            }
            TagPlan::Dependent(action, paths)
                if paths.iter().any(|path| facts.params.has(path)) =>
            {
                resources
                    .iter()
                    .map(|resource| (*action, resource.clone(), Via::Inferred))
                    .collect()
            }
            TagPlan::Dependent(..) => Vec::new(),
        }
    }
}

/// Any thing of a kind that the tagging action knows.
fn any_of_kind(
    catalogue: &Catalogue,
    action: ActionId,
    kind: &str,
    facts: &Facts<'_>,
) -> Option<String> {
    let (kind, _) = catalogue
        .get(action)?
        .resources()
        .find(|(resource_type, _)| resource_type.name() == kind)?;
    let (pattern, _) = ArnPattern::parse(kind.arns().next()?);
    let mut out = String::new();
    pattern.write(&mut out, &facts.place, &mut |_, out| out.push('*'));
    Some(out)
}

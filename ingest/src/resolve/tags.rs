//! Tags set while something is created: a permission of its own.

use iam::catalogue::{Action, ActionId, Catalogue};
use iam::usage::Via;

use super::facts::Facts;
use super::found::Found;
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

/// Tagging actions of services, the commoner first.
const ON_CREATE: [&str; 3] = ["TagResource", "AddTagsToResource", "AddTags"];

/// The tagging permission of a call.
#[derive(Debug, Clone)]
pub(crate) enum TagPlan {
    /// `ec2:CreateTags` on any thing of the kinds tagged.
    Ec2(ActionId, Vec<Path>),
    /// The service's tagging action, on the call's resources; its documentation says that it may be needed.
    Dependent {
        action: ActionId,
        tags: Vec<Path>,
        /// The call's own action takes no resource, and so does not tell what is tagged.
        untold: bool,
    },
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
            .find(|other| other.service() == action.service() && sets_tags(other.name()))
            .or_else(|| on_create(catalogue, action))?;
        let takes_one = |action: Action<'_>| action.resources().next().is_some();
        Some(TagPlan::Dependent {
            action: dependent.id(),
            tags: TAGS.iter().map(|path| Path::new(path)).collect(),
            untold: takes_one(dependent) && !takes_one(action),
        })
    }

    /// The tagging action and how it came about, if the call tags; `found` holds the resources of the call's own
    /// action, and then those of the tagging action.
    pub(crate) fn find(
        &self,
        catalogue: &Catalogue,
        facts: &Facts<'_>,
        found: &mut Found,
    ) -> Option<(ActionId, Via)> {
        match self {
            TagPlan::Ec2(action, kinds) => {
                found.next_action();
                for path in kinds {
                    facts.params.path_values(path, &mut |kind| {
                        any_of_kind(catalogue, *action, &kind, facts, found)
                    });
                }
                found.sort();
                (!found.is_empty()).then(|| (*action, facts.via()))
            }
            TagPlan::Dependent {
                action,
                tags,
                untold,
            } => {
                if !tags.iter().any(|path| facts.params.has(path)) {
                    return None;
                }
                if *untold {
                    found.next_action();
                }
                Some((*action, Via::Inferred))
            }
        }
    }
}

/// The tagging action of the same service for a thing that is created with tags: its own (`iam:TagUser` of
/// `iam:CreateUser`), else the service's.
fn on_create<'c>(catalogue: &'c Catalogue, action: Action<'_>) -> Option<Action<'c>> {
    let (service, name) = action.name().split_once(':')?;
    let thing = name
        .strip_prefix("Create")
        .or_else(|| name.strip_prefix("Run"))?;
    let own = catalogue.action(&format!("{service}:Tag{thing}"));
    own.or_else(|| {
        let mut names = ON_CREATE.iter();
        names.find_map(|name| catalogue.action(&format!("{service}:{name}")))
    })
}

/// Any thing of a kind that the tagging action knows.
fn any_of_kind(
    catalogue: &Catalogue,
    action: ActionId,
    kind: &str,
    facts: &Facts<'_>,
    found: &mut Found,
) {
    let action = catalogue.get(action);
    let mut kinds = action.into_iter().flat_map(|action| action.resources());
    let format = kinds
        .find(|(resource_type, _)| resource_type.name() == kind)
        .and_then(|(resource_type, _)| resource_type.arns().next());
    if let Some(format) = format {
        let (pattern, _) = ArnPattern::parse(format);
        found.add(0, |out| {
            pattern.write(out, facts.event_place(), &mut |_, out| out.push('*'))
        });
    }
}

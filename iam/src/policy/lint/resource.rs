//! Rules about resources, and whether they and the actions of their statement fit each other.

use super::super::document::{ActionElement, ResourceElement};
use super::super::glob::Pattern;
use super::super::language::{Member, Question};
use super::super::variable_spans;
use super::subject::{Clause, Found, Subject};
use crate::catalogue::{Action, ResourceType};
use std::collections::{BTreeMap, HashSet};

/// Work that the comparison of a statement's resources with ARN formats may take; beyond it they fit.
const MAX_WORK: usize = 300_000;

/// The pattern with its variables as `*`, when they are variables.
fn masked(subject: &Subject<'_>, text: &str) -> String {
    if !subject.policy.has_variables() {
        return text.to_owned();
    }
    let mut masked = text.to_owned();
    for span in variable_spans(text).into_iter().rev() {
        masked.replace_range(span, "*");
    }
    masked
}

fn is_everything(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'*')
}

/// A finding at each resource for which the test, given its masked text, has a message.
fn at(subject: &Subject<'_>, test: impl Fn(&str) -> Option<String>) -> Vec<Found> {
    let resources = subject.clauses().flat_map(|clause| clause.resources());
    let found = resources.filter_map(|(pointer, text)| {
        let masked = masked(subject, text);
        if is_everything(&masked) {
            return None;
        }
        Some(Found::new(pointer, format!("`{text}` {}", test(&masked)?)))
    });
    found.collect()
}

pub(super) fn malformed(subject: &Subject<'_>) -> Vec<Found> {
    at(subject, |text| {
        let parts = text.splitn(6, ':').count();
        let prefixed = text.starts_with("arn:") || text.starts_with('*');
        let wrong = !prefixed || parts < 6 && !text.ends_with('*') || text.ends_with(":::");
        wrong.then(|| {
            "is not `*` or an ARN, `arn:partition:service:region:account:resource`".to_owned()
        })
    })
}

pub(super) fn arn_part(subject: &Subject<'_>) -> Vec<Found> {
    at(subject, |text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [prefix, partition, service, _, account, _] = parts.as_slice() else {
            return None;
        };
        let wild = |part: &str| part.contains(['*', '?']);
        let digits = !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit());
        let partitions = partition.is_empty() || !(partition.starts_with("aws") || wild(partition));
        if *prefix != "arn" {
            None
        } else if partitions {
            Some(format!(
                "has the partition `{partition}`, which is none of AWS's"
            ))
        } else if wild(service) || service.is_empty() {
            Some("has no service in its third part, where no wildcard may be".to_owned())
        } else if service.bytes().any(|b| b.is_ascii_uppercase()) {
            Some(format!(
                "has the service `{service}`, which is written in lower case"
            ))
        } else {
            let wrong = digits && account.len() != 12;
            wrong.then(|| format!("has the account `{account}`, which has not 12 digits"))
        }
    })
}

/// ARN formats of a resource type as patterns, each with those of types below it, which are not of this type: an object
/// is no bucket.
struct Formats {
    own: Vec<(Pattern, Vec<Pattern>)>,
}

impl Formats {
    fn of(kind: ResourceType<'_>, subject: &Subject<'_>) -> Self {
        let others: Vec<String> = subject
            .catalogue
            .resource_types()
            .filter(|other| other.service() == kind.service() && other.id() != kind.id())
            .flat_map(|other| other.arns().map(glob).collect::<Vec<_>>())
            .collect();
        let formats = kind.arns().map(|arn| {
            let arn = glob(arn);
            let below = |other: &&String| {
                let rest = other.strip_prefix(arn.as_str());
                rest.is_some_and(|rest| rest.starts_with('/'))
            };
            let below = others.iter().filter(below);
            let below = below.map(|other| Pattern::without_variables(other));
            (Pattern::without_variables(&arn).by_part(), below.collect())
        });
        Self {
            own: formats.collect(),
        }
    }

    /// Whether some resource of the pattern is of this type.
    fn fit(&self, resource: &Pattern, work: &mut usize) -> bool {
        self.own.is_empty()
            || self.own.iter().any(|(format, below)| {
                let question = Question {
                    within: vec![vec![resource], vec![format]],
                    members: vec![Member {
                        patterns: below.iter().collect(),
                        negated: false,
                        settles: true,
                    }],
                };
                !resource.apart(format) && question.first(work).map_or(true, |cell| cell.is_some())
            })
    }
}

/// `arn:${Partition}:s3:::${BucketName}` as `arn:*:s3:::*`.
fn glob(format: &str) -> String {
    let mut text = format.to_owned();
    for span in variable_spans(format).into_iter().rev() {
        text.replace_range(span, "*");
    }
    text
}

/// A statement with Action and Resource: what its resources are, and which types they are of.
struct Fitting<'s> {
    resources: Vec<(String, &'s str, Pattern)>,
    everything: bool,
    /// By resource type: which resources are of it.
    types: BTreeMap<u32, Vec<bool>>,
    /// Work left.
    work: usize,
}

impl<'s> Fitting<'s> {
    fn of(subject: &Subject<'s>, clause: Clause<'s>) -> Option<Self> {
        let listed = matches!(
            clause.statement.resource,
            Some(ResourceElement::Resource(_))
        );
        if !listed || matches!(clause.statement.action, ActionElement::NotAction(_)) {
            return None;
        }
        let resources: Vec<(String, &str, Pattern)> = clause
            .resources()
            .into_iter()
            .map(|(pointer, text)| {
                let pattern = Pattern::without_variables(&masked(subject, text));
                (pointer, text, pattern)
            })
            .collect();
        Some(Self {
            everything: resources.iter().any(|(_, text, _)| is_everything(text)),
            resources,
            types: BTreeMap::new(),
            work: MAX_WORK,
        })
    }

    fn of_type(&mut self, kind: ResourceType<'_>, subject: &Subject<'_>) -> &[bool] {
        let (resources, work) = (&self.resources, &mut self.work);
        self.types.entry(kind.id().0).or_insert_with(|| {
            let formats = Formats::of(kind, subject);
            let mut fit = |(_, _, pattern): &(String, &str, Pattern)| formats.fit(pattern, work);
            resources.iter().map(&mut fit).collect()
        })
    }

    fn supports(&mut self, action: Action<'_>, subject: &Subject<'_>) -> bool {
        self.everything
            || action
                .resources()
                .any(|(kind, _)| self.of_type(kind, subject).contains(&true))
    }
}

pub(super) fn action_without_resource(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for clause in subject.clauses() {
        let Some(mut fitting) = Fitting::of(subject, clause).filter(|f| !f.everything) else {
            continue;
        };
        for (pointer, text, actions) in subject.named(clause) {
            if actions.is_empty() || actions.iter().any(|a| fitting.supports(*a, subject)) {
                continue;
            }
            let wants: HashSet<&str> = actions
                .iter()
                .flat_map(|action| action.resources().map(|(kind, _)| kind.name()))
                .collect();
            let mut wants: Vec<&str> = wants.into_iter().collect();
            wants.sort_unstable();
            let says = if wants.is_empty() {
                "is for Resource `*` only".to_owned()
            } else {
                format!("is for {}, and no resource here is one", wants.join(", "))
            };
            found.push(Found::new(pointer, format!("`{text}` {says}")));
        }
    }
    found
}

pub(super) fn resource_without_action(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for clause in subject.clauses() {
        let Some(mut fitting) = Fitting::of(subject, clause) else {
            continue;
        };
        let named: Vec<_> = subject.named(clause).collect();
        let doubtful = |(_, text, actions): &(String, &str, Vec<Action<'_>>)| {
            actions.is_empty() || text.starts_with('*')
        };
        if named.is_empty() || named.iter().any(doubtful) {
            continue;
        }
        let mut used = vec![false; fitting.resources.len()];
        for action in named.iter().flat_map(|(_, _, actions)| actions) {
            for (kind, _) in action.resources() {
                let fits = fitting.of_type(kind, subject);
                used.iter_mut()
                    .zip(fits)
                    .for_each(|(used, fits)| *used |= fits);
            }
        }
        let resources = fitting.resources.iter().zip(used);
        let unused = resources.filter(|((_, text, _), used)| !used && !is_everything(text));
        found.extend(unused.map(|((pointer, text, _), _)| {
            let says = format!("`{text}` is no resource of the statement's actions");
            Found::new(pointer, says)
        }));
    }
    found
}

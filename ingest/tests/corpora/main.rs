//! Every event of the third-party corpora, resolved. Skipped, loudly, where the corpora are not at hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code"
)]

mod identified;
mod records;

use std::collections::{BTreeMap, BTreeSet};

use iam::catalogue::Catalogue;
use iam::catalogue::event::EventMeaning;
use iam::policy::pattern_subsumes;
use iam::usage::{Outcome, Via};
use identified::identified;
use leastwise_ingest::{Access, Event, NoAccess, Resolution, Resolver, outcome};
use records::{each_event, records};

/// Calls that no source knows as a permission, and why: (event source, event name or `*`, reason).
const UNKNOWN: &[(&str, &str, &str)] = &[
    (
        "cloudhsm.amazonaws.com",
        "ListLunaClients",
        "CloudHSM Classic is not in the catalogue",
    ),
    (
        "cloudshell.amazonaws.com",
        "*",
        "calls of the console, no public API",
    ),
    (
        "discovery-marketplace.amazonaws.com",
        "GetSearchFacets",
        "call of the console, no public API",
    ),
    (
        "ec2.amazonaws.com",
        "GetCapacityReservationAccountAttribute",
        "call of the console, no public API",
    ),
    (
        "s3.amazonaws.com",
        "GetStorageLensDashboardDataInternal",
        "call of the console, no public API",
    ),
];

/// Accesses whose resource no parameter names, and why: (event name, action, reason).
const UNNAMED: &[(&str, &str, &str)] = &[
    (
        "CreateCluster",
        "cloudhsm:CreateCluster",
        "the backup to restore is not given, nothing else is a resource",
    ),
    (
        "CreateCluster",
        "cloudhsm:TagResource",
        "only AWS knows the new id, and the action has no cluster type in its format",
    ),
    (
        "CreateProfile",
        "rolesanywhere:TagResource",
        "only AWS knows the new id, and creating takes no resource that would tell the type",
    ),
    (
        "CreateTrustAnchor",
        "rolesanywhere:TagResource",
        "only AWS knows the new id, and creating takes no resource that would tell the type",
    ),
    (
        "DetachNetworkInterface",
        "ec2:DetachNetworkInterface",
        "names the attachment, not the interface",
    ),
    (
        "DisassociateRouteTable",
        "ec2:DisassociateRouteTable",
        "names the association, not the table",
    ),
    (
        "RunInstances",
        "iam:PassRole",
        "names the instance profile, not its role",
    ),
    (
        "ModifyMountTargetSecurityGroups",
        "elasticfilesystem:ModifyMountTargetSecurityGroups",
        "names the mount target, not the file system",
    ),
    (
        "GetAccessKeyLastUsed",
        "iam:GetAccessKeyLastUsed",
        "names the access key, not its user",
    ),
    (
        "GetStorageLensConfiguration",
        "s3:GetStorageLensConfiguration",
        "the configuration is not logged",
    ),
    (
        "BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
        "names filters, not secrets",
    ),
    (
        "Decrypt",
        "kms:Decrypt",
        "the key is in resources[], which this corpus lacks",
    ),
    (
        "GenerateDataKey",
        "kms:GenerateDataKey",
        "an alias; the key is in resources[], which this corpus lacks",
    ),
];

/// Calls about everything that do not begin with List or Describe.
const EVERYTHING: &[(&str, &str)] = &[
    ("ce:GetCostAndUsage", "no billing view given"),
    ("ce:GetCostForecast", "no billing view given"),
    ("aws-marketplace:SearchListings", "a search"),
];

#[test]
fn every_call_has_an_action_or_a_reason() {
    let Some(records) = records() else { return };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    each_event(&records, |resolver, event| {
        let resolution = resolver.resolve(event, outcome(event));
        let reason = match resolution {
            Resolution::Accesses(accesses) if accesses.len() > 0 => "accesses",
            Resolution::Accesses(_) => panic!("no access and no reason: {event:?}"),
            Resolution::None(reason) => reason.as_str(),
        };
        let known = UNKNOWN.iter().any(|(source, name, _)| {
            *source == &*event.event_source && (*name == "*" || *name == &*event.event_name)
        });
        assert!(
            reason != NoAccess::UnknownAction.as_str() || known,
            "unknown: {} {}",
            &*event.event_source,
            &*event.event_name
        );
        *counts.entry(reason).or_default() += 1;
    });
    eprintln!("{counts:?}");
    let calls: usize = counts
        .iter()
        .filter(|(reason, _)| !reason.starts_with("not-an-api-call"))
        .map(|(_, count)| count)
        .sum();
    assert!(calls > 12_000, "{calls} calls");
    assert!(counts["unknown-action"] * 100 < calls, "{counts:?}");
}

#[test]
fn resources_are_named_where_the_record_names_them() {
    let Some(records) = records() else { return };
    let (mut named, mut missed, mut unnamed, mut everything) =
        (0, BTreeMap::<String, usize>::new(), 0, 0);
    each_event(&records, |resolver, event| {
        let empty = event.request_parameters.is_none() && event.resources.is_empty();
        for access in accesses(resolver, event, outcome(event)) {
            let action = Catalogue::embedded().get(access.action).unwrap();
            if action.resources().next().is_none() {
                let denied = outcome(event) == Outcome::Denied;
                assert!(denied || access.resource == Some("*"), "{}", action.name());
                continue;
            }
            let name = &*event.event_name;
            let listed = UNNAMED
                .iter()
                .any(|(event, unnamed, _)| *event == name && *unnamed == action.name());
            let lists = ["List", "Describe"]
                .iter()
                .any(|verb| name.starts_with(verb))
                || EVERYTHING.iter().any(|(known, _)| *known == action.name());
            match access.resource {
                None if listed || empty => unnamed += 1,
                Some("*") if lists => everything += 1,
                None | Some("*") => {
                    *missed
                        .entry(format!("{name} {}", action.name()))
                        .or_default() += 1
                }
                Some(_) => named += 1,
            }
        }
    });
    let missing: usize = missed.values().sum();
    eprintln!(
        "{named} named, {everything} about everything, {unnamed} that the record does not name, {missing} missed: {missed:?}"
    );
    assert!(
        named > 4_000 && missing * 20 <= named,
        "{named} named, missed: {missed:?}"
    );
    assert_eq!(missed, BTreeMap::new(), "less than before");
}

/// The same asked without the resolver: of the calls whose action takes a resource and whose record spells one by the
/// catalogue's ARN formats, or under a parameter named after the type, how many get an ARN with what is spelt?
#[test]
fn what_the_record_spells_is_in_the_resource() {
    let Some(records) = records() else { return };
    let catalogue = Catalogue::embedded();
    let (mut calls, mut kinds) = (0, BTreeSet::new());
    let mut missed: BTreeMap<String, (usize, String)> = BTreeMap::new();
    each_event(&records, |resolver, event| {
        let meaning = catalogue.event(&event.event_source, &event.event_name);
        let (EventMeaning::Permissions(rule), true) = (meaning, outcome(event) != Outcome::Denied)
        else {
            return;
        };
        let accesses = accesses(resolver, event, outcome(event));
        if accesses.is_empty() {
            return;
        }
        for action in rule
            .required
            .iter()
            .filter_map(|row| catalogue.get(row.action))
        {
            let spelt = identified(event, action);
            let Some((first, _)) = spelt.first_key_value() else {
                continue;
            };
            calls += 1;
            let name = format!("{} {}", event.event_name, action.name());
            kinds.insert(name.clone());
            let mut own = accesses
                .iter()
                .filter(|access| access.action == action.id());
            let found = own.any(|access| {
                let resource = access.resource.unwrap_or_default();
                spelt.values().any(|value| resource.contains(&**value))
            });
            if !found {
                missed.entry(name).or_insert((0, first.clone())).0 += 1;
            }
        }
    });
    let missing: usize = missed.values().map(|(count, _)| count).sum();
    eprintln!(
        "{calls} calls of {} kinds spell a resource, {missing} miss it: {missed:#?}",
        kinds.len()
    );
    assert!(
        calls > 3_000 && kinds.len() >= 200,
        "{calls} calls, {} kinds",
        kinds.len()
    );
    assert!(missing * 20 <= calls, "fewer than 95 %: {missed:#?}");
    assert!(
        missed.len() * 20 <= kinds.len(),
        "fewer than 95 % of kinds: {missed:#?}"
    );
}

/// A denial in AWS's common format names the action, often the resource: what the plan of the event gives must agree.
#[test]
fn denials_agree_with_what_would_have_been_resolved() {
    let Some(records) = records() else { return };
    let mut compared = 0;
    let mut planner = Resolver::new(Catalogue::embedded());
    each_event(&records, |resolver, event| {
        let message = event.error_message.as_deref().unwrap_or_default();
        if outcome(event) != Outcome::Denied || !message.contains("not authorized to perform:") {
            return;
        }
        let denied = accesses(resolver, event, Outcome::Denied);
        let planned = accesses(&mut planner, event, Outcome::Failed);
        let [denied] = &denied[..] else {
            panic!("{message}: {denied:?}")
        };
        let same: Vec<&Access<'_>> = planned
            .iter()
            .filter(|planned| planned.action == denied.action)
            .collect();
        assert!(!same.is_empty(), "{message}: {planned:?}");
        let agrees = |planned: &Access<'_>| match (denied.resource, planned.resource) {
            (Some(denied), Some(planned)) => {
                overlap(&without_account(denied), &without_account(planned))
            }
            _ => true,
        };
        assert!(
            denied.via == Via::PassedRole || same.iter().any(|planned| agrees(planned)),
            "{message}: {planned:?}"
        );
        compared += 1;
    });
    eprintln!("{compared} denials compared");
    assert!(compared > 150, "{compared}");
}

fn overlap(a: &str, b: &str) -> bool {
    pattern_subsumes(a, b) || pattern_subsumes(b, a)
}

/// Anonymised records have one account in the message and another in the record.
fn without_account(arn: &str) -> String {
    let fields = arn.splitn(6, ':').enumerate();
    let fields: Vec<&str> = fields
        .map(|(at, field)| if at == 4 { "" } else { field })
        .collect();
    fields.join(":")
}

fn accesses<'r>(
    resolver: &'r mut Resolver,
    event: &Event<'_>,
    outcome: Outcome,
) -> Vec<Access<'r>> {
    match resolver.resolve(event, outcome) {
        Resolution::Accesses(accesses) => accesses.iter().collect(),
        Resolution::None(_) => Vec::new(),
    }
}

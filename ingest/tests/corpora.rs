//! Every event of the third-party corpora, resolved. Skipped, loudly, where the corpora are not at hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code"
)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use iam::catalogue::Catalogue;
use iam::policy::pattern_subsumes;
use iam::usage::{Outcome, Via};
use leastwise_ingest::{Access, Decoded, Event, NoAccess, Resolution, Resolver, outcome};
use serde_json::Value;

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

fn each_event(records: &[String], mut each: impl FnMut(&mut Resolver, &Event<'_>)) {
    let mut resolver = Resolver::new(Catalogue::embedded());
    for record in records {
        if let Ok(Decoded::Event(event)) = Event::parse(record) {
            each(&mut resolver, &event);
        }
    }
}

/// Records of all corpora, each as its JSON text.
fn records() -> Option<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    if !root.is_dir() {
        eprintln!("SKIPPED: no corpora at {}", root.display());
        return None;
    }
    let mut records = Vec::new();
    read_folder(&root, &mut records);
    Some(records)
}

fn read_folder(folder: &Path, records: &mut Vec<String>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        match path.is_dir() {
            true => read_folder(&path, records),
            false => read_file(&path, records),
        }
    }
}

/// Plain or gzip, one JSON value or many; files that are neither (licences, broken samples) give nothing.
fn read_file(path: &Path, records: &mut Vec<String>) {
    let bytes = std::fs::read(path).unwrap();
    let mut plain = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let _ = flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut plain);
    } else {
        plain = bytes;
    }
    let values = serde_json::Deserializer::from_slice(&plain).into_iter::<Value>();
    values
        .map_while(Result::ok)
        .for_each(|value| find(&value, records));
}

/// Records at any depth; an embedded one is JSON in a string.
fn find(value: &Value, records: &mut Vec<String>) {
    match value {
        Value::Object(members)
            if members.contains_key("eventSource") && members.contains_key("eventName") =>
        {
            records.push(value.to_string());
        }
        Value::Object(members) => match members.get("CloudTrailEvent").and_then(Value::as_str) {
            Some(text) => find(&serde_json::from_str(text).unwrap_or_default(), records),
            None => members.values().for_each(|member| find(member, records)),
        },
        Value::Array(elements) => elements.iter().for_each(|element| find(element, records)),
        _ => {}
    }
}

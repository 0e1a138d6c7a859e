//! EC2 ids, whose prefix says what they are; for calls that take ids of any kind (`CreateTags`, `CreateFlowLogs`).

use super::facts::Facts;
use super::found::Found;
use super::name::Name;
use super::path::Path;
use super::types::TypePlan;
use std::sync::LazyLock;

/// Prefix of an id and the resource type.
const IDS: &[(&str, &str)] = &[
    ("ami", "image"),
    ("acl", "network-acl"),
    ("cagw", "carrier-gateway"),
    ("cgw", "customer-gateway"),
    ("cr", "capacity-reservation"),
    ("crf", "capacity-reservation-fleet"),
    ("cvpn-endpoint", "client-vpn-endpoint"),
    ("dopt", "dhcp-options"),
    ("eice", "instance-connect-endpoint"),
    ("eigw", "egress-only-internet-gateway"),
    ("eipalloc", "elastic-ip"),
    ("eni", "network-interface"),
    ("fl", "vpc-flow-log"),
    ("fleet", "fleet"),
    ("h", "dedicated-host"),
    ("i", "instance"),
    ("igw", "internet-gateway"),
    ("import-ami", "import-image-task"),
    ("import-snap", "import-snapshot-task"),
    ("ipam", "ipam"),
    ("ipam-pool", "ipam-pool"),
    ("ipam-scope", "ipam-scope"),
    ("key", "key-pair"),
    ("lt", "launch-template"),
    ("nat", "natgateway"),
    ("pcx", "vpc-peering-connection"),
    ("pg", "placement-group"),
    ("pl", "prefix-list"),
    ("r", "reserved-instances"),
    ("rtb", "route-table"),
    ("sfr", "spot-fleet-request"),
    ("sg", "security-group"),
    ("sgr", "security-group-rule"),
    ("sir", "spot-instances-request"),
    ("snap", "snapshot"),
    ("subnet", "subnet"),
    ("tgw", "transit-gateway"),
    ("tgw-attach", "transit-gateway-attachment"),
    ("tgw-rtb", "transit-gateway-route-table"),
    ("vgw", "vpn-gateway"),
    ("vol", "volume"),
    ("vpc", "vpc"),
    ("vpce", "vpc-endpoint"),
    ("vpce-svc", "vpc-endpoint-service"),
    ("vpn", "vpn-connection"),
];

/// Parameters that hold ids of any kind.
static ANY_ID: LazyLock<Name> = LazyLock::new(|| Name::new("ResourceIds"));

/// Types whose ARN holds an id, and the parameter that may name the thing without it: which one is unknown.
static BY_NAME: LazyLock<[(&str, Path); 1]> =
    LazyLock::new(|| [("launch-template", Path::new("*.launchTemplateName"))]);

/// Any of the plan's type, if the request names one by what its ARN does not hold.
pub(crate) fn by_other_name(at: usize, plan: &TypePlan, facts: &Facts<'_>, found: &mut Found) {
    if &*plan.service != "ec2" {
        return;
    }
    let mut rows = BY_NAME.iter();
    let named = rows.find(|(resource_type, _)| *resource_type == &*plan.name);
    if named.is_some_and(|(_, path)| facts.params.has(path)) {
        plan.any(at, facts, found);
    }
}

/// The resource type of an id.
fn type_of(id: &str) -> Option<&'static str> {
    let (prefix, _) = id.rsplit_once('-')?;
    IDS.iter()
        .find(|(known, _)| *known == prefix)
        .map(|(_, resource_type)| *resource_type)
}

/// Finds the ids in the request that are of the plan's type.
pub(crate) fn by_id_prefix(at: usize, plan: &TypePlan, facts: &Facts<'_>, found: &mut Found) {
    if &*plan.service != "ec2" {
        return;
    }
    facts.params.ec2_values(&ANY_ID, &mut |id| {
        if type_of(&id) == Some(&*plan.name) {
            plan.named(at, &id, facts, found);
        }
    });
}

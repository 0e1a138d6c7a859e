//! Actions and resource types: views into the catalogue.

use super::{ActionId, Catalogue, ResourceTypeId, tables::Observation};
use std::fmt;

/// AWS's classification of what an action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Lists resources.
    List,
    /// Reads contents or attributes.
    Read,
    /// Creates, deletes or modifies.
    Write,
    /// Changes tags only.
    Tagging,
    /// Grants or changes permissions.
    PermissionsManagement,
}

impl AccessLevel {
    pub(crate) const ALL: [Self; 5] = [
        Self::List,
        Self::Read,
        Self::Write,
        Self::Tagging,
        Self::PermissionsManagement,
    ];

    /// The level in AWS's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Tagging => "Tagging",
            Self::PermissionsManagement => "Permissions management",
        }
    }
}

impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why an action is sensitive (`risk.json`, from published lists).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// Enough alone to raise one's own permissions when the resource is not limited.
    PrivilegeEscalation,
    /// Returns credentials.
    CredentialsExposure,
    /// Reads data.
    DataAccess,
    /// Takes data out of the account.
    DataExfiltration,
    /// Opens a resource to others.
    ResourceExposure,
}

impl Risk {
    pub(crate) const ALL: [Self; 5] = [
        Self::PrivilegeEscalation,
        Self::CredentialsExposure,
        Self::DataAccess,
        Self::DataExfiltration,
        Self::ResourceExposure,
    ];

    /// `privilege-escalation` and so on.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PrivilegeEscalation => "privilege-escalation",
            Self::CredentialsExposure => "credentials-exposure",
            Self::DataAccess => "data-access",
            Self::DataExfiltration => "data-exfiltration",
            Self::ResourceExposure => "resource-exposure",
        }
    }

    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What an action lets its caller do to a resource (our own classification, `risk.json`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Create, configure, delete or re-permission the resource.
    AdministerResource,
    /// Read settings and lists, not content.
    ReadConfig,
    /// Use its function without direct access to content.
    UseResource,
    /// Read content.
    ReadData,
    /// Add or change content.
    WriteData,
    /// Remove content.
    DeleteData,
}

impl Capability {
    pub(crate) const ALL: [Self; 6] = [
        Self::AdministerResource,
        Self::ReadConfig,
        Self::UseResource,
        Self::ReadData,
        Self::WriteData,
        Self::DeleteData,
    ];

    /// `administer-resource` and so on.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AdministerResource => "administer-resource",
            Self::ReadConfig => "read-config",
            Self::UseResource => "use-resource",
            Self::ReadData => "read-data",
            Self::WriteData => "write-data",
            Self::DeleteData => "delete-data",
        }
    }

    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a trail can show of an action (`data-events.json`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observability<'c> {
    /// A management event; `read` when a write-only trail misses it.
    Management {
        /// Logged as a read event.
        read: bool,
    },
    /// Only with one of these CloudTrail data event types selected.
    Data(Vec<&'c str>),
    /// No trail shows it; the reason.
    Never(&'c str),
}

/// An action.
#[derive(Debug, Clone, Copy)]
pub struct Action<'c> {
    catalogue: &'c Catalogue,
    id: ActionId,
}

impl<'c> Action<'c> {
    pub(crate) fn new(catalogue: &'c Catalogue, id: ActionId) -> Self {
        Self { catalogue, id }
    }

    fn index(self) -> usize {
        self.id.0 as usize
    }

    /// Its id, dense in name order.
    pub fn id(self) -> ActionId {
        self.id
    }

    /// `s3:GetObject` in AWS's spelling.
    pub fn name(self) -> &'c str {
        let names = &self.catalogue.core.actions.names;
        names.get(self.index()).unwrap_or_default()
    }

    /// Its service prefix.
    pub fn service(self) -> &'c str {
        let core = &self.catalogue.core;
        let service = core.actions.services.get(self.index());
        service
            .and_then(|at| core.services.get(*at as usize))
            .unwrap_or_default()
    }

    /// AWS's access level.
    pub fn level(self) -> AccessLevel {
        let level = self.catalogue.core.actions.levels.get(self.index());
        level
            .and_then(|at| AccessLevel::ALL.get(usize::from(*at)))
            .copied()
            .unwrap_or(AccessLevel::Write)
    }

    /// No longer documented: readable in old logs and policies, never proposed.
    pub fn retired(self) -> bool {
        let retired = &self.catalogue.core.actions.retired;
        retired.binary_search(&self.id.0).is_ok()
    }

    /// The resource types it can be limited to, and whether each is required.
    pub fn resources(self) -> impl Iterator<Item = (ResourceType<'c>, bool)> {
        let rows = &self.catalogue.core.actions.resources;
        rows.get(self.index()).iter().map(move |packed| {
            let id = ResourceTypeId(packed >> 1);
            (ResourceType::new(self.catalogue, id), packed & 1 == 1)
        })
    }

    /// Condition keys of the action, its resource-specific ones included.
    pub fn condition_keys(self) -> impl Iterator<Item = &'c str> {
        let core = &self.catalogue.core;
        let rows = core.actions.condition_keys.get(self.index()).iter();
        rows.filter_map(move |key| core.condition_keys.get(*key as usize))
    }

    /// Other actions the call may need: a hint of the documentation, never proof of use.
    pub fn dependents(self) -> impl Iterator<Item = Action<'c>> {
        let rows = self.catalogue.core.actions.dependents.get(self.index());
        rows.iter()
            .map(move |id| Action::new(self.catalogue, ActionId(*id)))
    }

    /// Why it is sensitive, if it is.
    pub fn risks(self) -> Vec<Risk> {
        let bits = self.catalogue.core.actions.risks.get(self.index());
        let bits = bits.copied().unwrap_or(0);
        Risk::ALL
            .into_iter()
            .filter(|risk| bits & risk.bit() != 0)
            .collect()
    }

    /// What it lets its caller do; empty for retired actions.
    pub fn capabilities(self) -> Vec<Capability> {
        let bits = self.catalogue.core.actions.capabilities.get(self.index());
        let bits = bits.copied().unwrap_or(0);
        Capability::ALL
            .into_iter()
            .filter(|capability| bits & capability.bit() != 0)
            .collect()
    }

    /// What a trail can show of it.
    pub fn observability(self) -> Observability<'c> {
        let core = &self.catalogue.core;
        let row = core.actions.observations.get(self.index());
        match row.and_then(|at| core.observations.get(*at as usize)) {
            Some(Observation::Management { read }) => Observability::Management { read: *read },
            Some(Observation::Data(types)) => {
                Observability::Data(types.iter().map(String::as_str).collect())
            }
            Some(Observation::Never(why)) => Observability::Never(why),
            None => Observability::Never("unknown to the catalogue"),
        }
    }
}

/// A resource type.
#[derive(Debug, Clone, Copy)]
pub struct ResourceType<'c> {
    catalogue: &'c Catalogue,
    id: ResourceTypeId,
}

impl<'c> ResourceType<'c> {
    pub(crate) fn new(catalogue: &'c Catalogue, id: ResourceTypeId) -> Self {
        Self { catalogue, id }
    }

    fn index(self) -> usize {
        self.id.0 as usize
    }

    /// Its id, dense in (service, name) order.
    pub fn id(self) -> ResourceTypeId {
        self.id
    }

    /// The prefix of the service that defines it; its ARNs may name another one.
    pub fn service(self) -> &'c str {
        let core = &self.catalogue.core;
        let service = core.resource_types.services.get(self.index());
        service
            .and_then(|at| core.services.get(*at as usize))
            .unwrap_or_default()
    }

    /// `bucket`; a few names contain spaces or slashes.
    pub fn name(self) -> &'c str {
        let names = &self.catalogue.core.resource_types.names;
        names.get(self.index()).unwrap_or_default()
    }

    /// Its ARN patterns, e.g. `arn:${Partition}:s3:::${BucketName}`.
    pub fn arns(self) -> impl Iterator<Item = &'c str> {
        let table = &self.catalogue.core.resource_types;
        let rows = table.patterns.get(self.index()).iter();
        rows.filter_map(move |arn| table.arns.get(*arn as usize))
    }

    /// Condition keys of the resource type.
    pub fn condition_keys(self) -> impl Iterator<Item = &'c str> {
        let core = &self.catalogue.core;
        let rows = core.resource_types.condition_keys.get(self.index());
        rows.iter()
            .filter_map(move |key| core.condition_keys.get(*key as usize))
    }
}

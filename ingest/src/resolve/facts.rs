//! What resolving one event looks at.

use std::borrow::Cow;
use std::sync::LazyLock;

use iam::usage::Via;

use super::name::Name;
use super::params::Params;
use super::place::Place;
use crate::event::Event;

/// Identity types that carry permissions of their own.
const PRINCIPALS: [&str; 6] = [
    "AssumedRole",
    "Role",
    "IAMUser",
    "FederatedUser",
    "IdentityCenterUser",
    "Root",
];
/// `invokedBy` of old console calls: the user's own (fas.json, rules).
const CONSOLE: &str = "signin.amazonaws.com";

/// Calls that create in IAM: without a path the thing is at the root.
const AT_ROOT: [&str; 7] = [
    "CreateRole",
    "CreateUser",
    "CreateGroup",
    "CreatePolicy",
    "CreateInstanceProfile",
    "CreateVirtualMFADevice",
    "UploadServerCertificate",
];

/// Parameters that name the account of the resource, where that need not be the caller's: event source, parameter.
static OWNERS: LazyLock<[(&str, Name); 3]> = LazyLock::new(|| {
    [
        ("ecr.amazonaws.com", Name::new("registryId")),
        ("glue.amazonaws.com", Name::new("catalogId")),
        ("sqs.amazonaws.com", Name::new("queueOwnerAWSAccountId")),
    ]
});

/// An event, its parameters and its place.
pub(crate) struct Facts<'a> {
    pub(crate) event: &'a Event<'a>,
    pub(crate) params: &'a Params<'a>,
    pub(crate) place: Place<'a>,
    /// IAM path of a request that creates with one.
    pub(crate) path: Option<Cow<'a, str>>,
    /// The account that the request names as the resource's.
    owner: Option<Cow<'a, str>>,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(event: &'a Event<'a>, params: &'a Params<'a>, path: &Name) -> Self {
        let path = match &*event.event_source == "iam.amazonaws.com" {
            true => params
                .text(path)
                .filter(|path| path.starts_with('/'))
                .or_else(|| root(event, params)),
            false => None,
        };
        Facts {
            event,
            params,
            place: Place::of(event),
            path,
            owner: owner(event, params),
        }
    }

    /// Where the resources of the request are.
    pub(crate) fn place(&self) -> Place<'_> {
        self.place.owned_by((self.owner.as_deref(), None))
    }

    fn identity_type(&self) -> &str {
        self.event
            .user_identity
            .identity_type
            .as_deref()
            .unwrap_or_default()
    }

    /// ARN of the caller, if that is an IAM user: the user whom IAM means when a request names none.
    pub(crate) fn iam_user(&self) -> Option<&str> {
        let arn = self.event.user_identity.arn.as_deref();
        arn.filter(|arn| self.identity_type() == "IAMUser" && arn.contains(":user/"))
    }

    /// How the event's own actions came about.
    pub(crate) fn via(&self) -> Via {
        let by = self.event.user_identity.invoked_by.as_deref();
        match by.filter(|by| !by.is_empty() && *by != CONSOLE) {
            Some(_) if PRINCIPALS.contains(&self.identity_type()) => Via::Forwarded,
            _ => Via::Direct,
        }
    }
}

fn owner<'a>(event: &Event<'_>, params: &Params<'a>) -> Option<Cow<'a, str>> {
    let mut owners = OWNERS.iter();
    let (_, parameter) = owners.find(|(source, _)| *source == &*event.event_source)?;
    params.text(parameter)
}

/// The path of something created without one.
fn root<'a>(event: &Event<'_>, params: &Params<'_>) -> Option<Cow<'a, str>> {
    (AT_ROOT.contains(&&*event.event_name) && !params.is_omitted()).then_some(Cow::Borrowed("/"))
}

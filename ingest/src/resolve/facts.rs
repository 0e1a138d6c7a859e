//! What resolving one event looks at.

use std::borrow::Cow;

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
const OWNERS: [(&str, &str); 3] = [
    ("ecr.amazonaws.com", "registryId"),
    ("glue.amazonaws.com", "catalogId"),
    ("sqs.amazonaws.com", "queueOwnerAWSAccountId"),
];

/// Which parameters of a call tell where its resources are; the same for all calls of the name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hints {
    /// Names the account of the resource.
    owner: Option<Name>,
    /// Names the IAM path.
    path: Option<Name>,
    /// Without an IAM path the thing made is at the root.
    at_root: bool,
}

impl Hints {
    pub(crate) fn new(event_source: &str, event_name: &str) -> Self {
        let mut owners = OWNERS.iter().filter(|(source, _)| *source == event_source);
        let iam = event_source == "iam.amazonaws.com";
        Hints {
            owner: owners.next().map(|(_, parameter)| Name::new(parameter)),
            path: iam.then(|| Name::new("path")),
            at_root: iam && AT_ROOT.contains(&event_name),
        }
    }

    /// The IAM path of a request that creates with one.
    fn path<'a>(&self, params: &Params<'a>) -> Option<Cow<'a, str>> {
        let named = params.text(self.path.as_ref()?);
        named.filter(|path| path.starts_with('/')).or_else(|| {
            let root = self.at_root && !params.is_omitted();
            root.then_some(Cow::Borrowed("/"))
        })
    }
}

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
    pub(crate) fn new(event: &'a Event<'a>, params: &'a Params<'a>, hints: &Hints) -> Self {
        let owner = hints.owner.as_ref();
        Facts {
            event,
            params,
            place: Place::of(event),
            path: hints.path(params),
            owner: owner.and_then(|parameter| params.text(parameter)),
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

//! What resolving one event looks at.

use std::borrow::Cow;
use std::cell::OnceCell;

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

/// An event, its parameters and its place; what few events need is looked for when it is asked for.
pub(crate) struct Facts<'a> {
    pub(crate) event: &'a Event<'a>,
    pub(crate) params: Params<'a>,
    hints: &'a Hints,
    place: OnceCell<Place<'a>>,
    /// The account that the request names as the resource's.
    owner: OnceCell<Option<Cow<'a, str>>>,
    path: OnceCell<Option<Cow<'a, str>>>,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(event: &'a Event<'a>, params: Params<'a>, hints: &'a Hints) -> Self {
        Facts {
            event,
            params,
            hints,
            place: OnceCell::new(),
            owner: OnceCell::new(),
            path: OnceCell::new(),
        }
    }

    /// Where the event took place.
    pub(crate) fn event_place(&self) -> &Place<'a> {
        self.place.get_or_init(|| Place::of(self.event))
    }

    /// Where the resources of the request are.
    pub(crate) fn place(&self) -> Place<'_> {
        let named = || self.params.text(self.hints.owner.as_ref()?);
        let owner = self.owner.get_or_init(named);
        self.event_place().owned_by((owner.as_deref(), None))
    }

    /// IAM path of a request that creates with one.
    pub(crate) fn path(&self) -> Option<&str> {
        let path = self.path.get_or_init(|| self.hints.path(&self.params));
        path.as_deref()
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

//! What is read of a raw table: members of its columns, and what is lost where they are missing.

use super::types;
use std::collections::BTreeMap;

/// A member of the table that the statement reads.
pub(super) struct Member {
    /// Its name in the statement.
    pub(super) name: &'static str,
    /// Column, and names within it; `[]` stands for the elements of a list.
    pub(super) path: &'static str,
    /// What is lost without it; `None`: without it there is no usage.
    lost: Option<&'static str>,
}

const fn must(name: &'static str, path: &'static str) -> Member {
    Member {
        name,
        path,
        lost: None,
    }
}

const fn may(name: &'static str, path: &'static str, lost: &'static str) -> Member {
    Member {
        name,
        path,
        lost: Some(lost),
    }
}

const AMENDED: &str = "an amended event counts twice";
const OWNERS: &str = "resources of other accounts get the caller's account";
const NAMED: &str = "resources that only the log's own list names are unknown";

/// The members, of the table that AWS documents (Athena User Guide, "Create a table for CloudTrail logs").
#[rustfmt::skip]
pub(super) const MEMBERS: &[Member] = &[
    must("event_id", "eventid"),
    must("event_time", "eventtime"),
    may("event_version", "eventversion", "events of an unknown version are taken for readable ones"),
    may("event_type", "eventtype", "what services and consoles do is taken for API calls"),
    may("event_category", "eventcategory", "whether an event is a data event is told by its action"),
    must("event_source", "eventsource"),
    must("event_name", "eventname"),
    must("region", "awsregion"),
    may("recipient", "recipientaccountid", "an owner's copy of a cross-account call counts as another call"),
    may("read_only", "readonly", "reading and writing events are told apart by their actions"),
    must("error_code", "errorcode"),
    may("error_message", "errormessage", "what a denied call was denied is derived from its event"),
    must("identity_type", "useridentity.type"),
    must("principal_id", "useridentity.principalid"),
    must("arn", "useridentity.arn"),
    must("caller", "useridentity.accountid"),
    may("invoked_by", "useridentity.invokedby", "calls that a service made in a principal's name count as its own"),
    must("issuer_arn", "useridentity.sessioncontext.sessionissuer.arn"),
    must("issuer_id", "useridentity.sessioncontext.sessionissuer.principalid"),
    may("mfa", "useridentity.sessioncontext.attributes.mfaauthenticated", "sessions with MFA are not counted"),
    may("vpc_endpoint", "vpcendpointid", "VPC endpoints are not listed"),
    may("shared_id", "sharedeventid", "an owner's copy of a cross-account call counts as another call"),
    may("request_id", "requestid", "events of one id, second and request count once"),
    must("parameters", "requestparameters"),
    may("details", "serviceeventdetails", "service events show no access"),
    may("amend_reason", "addendum.reason", AMENDED),
    may("amended_id", "addendum.originaleventid", AMENDED),
    may("resource_arn", "resources[].arn", NAMED),
    may("resource_account", "resources[].accountid", OWNERS),
    may("resource_type", "resources[].type", "S3 Tables are taken for S3"),
];

/// Which members a table has.
#[derive(Debug)]
pub(crate) struct Columns(BTreeMap<String, String>);

impl Columns {
    /// Of the engine's own names of columns and types.
    pub(crate) fn of(found: &BTreeMap<String, String>) -> Self {
        let mut members = BTreeMap::new();
        for (name, type_name) in found {
            types::members(name, type_name, &mut members);
        }
        Self(members)
    }

    /// Of the table that AWS documents.
    pub(crate) fn documented() -> Self {
        let member = |member: &Member| (member.path.to_owned(), "string".to_owned());
        Self(MEMBERS.iter().map(member).collect())
    }

    /// Whether the table has the member, as a value that has a text.
    pub(super) fn has(&self, member: &Member) -> bool {
        let is_text = |type_name: &String| {
            !["array", "map", "row", "struct"]
                .iter()
                .any(|kind| type_name.starts_with(kind))
        };
        self.0.get(member.path).is_some_and(is_text)
    }

    /// Members without which there is no usage and that the table lacks.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let missing = self.lacking().filter(|member| member.lost.is_none());
        missing.map(|member| member.path).collect()
    }

    /// Other members that the table lacks, and what is lost with each.
    pub(crate) fn lost(&self) -> BTreeMap<String, String> {
        let lost = |member: &Member| Some((member.path.to_owned(), member.lost?.to_owned()));
        self.lacking().filter_map(lost).collect()
    }

    fn lacking(&self) -> impl Iterator<Item = &'static Member> {
        MEMBERS.iter().filter(|member| !self.has(member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_table_has_all() {
        let columns = Columns::documented();
        assert!(columns.missing().is_empty() && columns.lost().is_empty());
    }

    #[test]
    fn an_older_table_lacks_some() {
        let found = [
            ("eventid", "string"),
            ("eventtime", "string"),
            ("requestparameters", "map<string,string>"),
            ("resources", "array<struct<arn:string,accountid:string>>"),
        ];
        let found = found.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
        let columns = Columns::of(&BTreeMap::from(found));
        let missing = columns.missing();
        assert!(missing.contains(&"requestparameters") && !missing.contains(&"eventid"));
        let lost = columns.lost();
        assert!(lost.contains_key("resources[].type") && !lost.contains_key("resources[].arn"));
    }
}

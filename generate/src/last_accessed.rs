//! Last-accessed reports: what IAM itself noticed of a role's use of services and actions.
//!
//! A report is a veto on "unused", never a proof of need: it counts denied attempts, tracks no data events, and says
//! nothing about resources (IAM User Guide, "Refine permissions using last accessed information"). What
//! `get-service-last-accessed-details` prints does not name the role it was made for; the entities in it do.

use crate::error::Error;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Last-accessed reports of roles and users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastAccessed(BTreeMap<String, BTreeMap<String, Accessed>>);

/// What a report says of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Accessed {
    /// When the service was last accessed; none: not in the tracking period.
    pub(crate) last: Option<String>,
    /// The actions that are tracked one by one, in lower case, and when each was last accessed.
    pub(crate) actions: BTreeMap<String, Option<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    job_status: String,
    #[serde(default)]
    services_last_accessed: Vec<Service>,
    #[serde(default)]
    is_truncated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Service {
    service_namespace: String,
    last_authenticated: Option<String>,
    last_authenticated_entity: Option<String>,
    #[serde(default)]
    tracked_actions_last_accessed: Vec<Tracked>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tracked {
    action_name: String,
    last_accessed_entity: Option<String>,
    last_accessed_time: Option<String>,
}

impl LastAccessed {
    /// Adds a report: the JSON that `aws iam get-service-last-accessed-details` prints.
    pub fn read(&mut self, path: &Path) -> Result<(), Error> {
        let json = std::fs::read(path).map_err(|source| Error::Io {
            what: "read",
            path: path.to_owned(),
            source,
        })?;
        self.add(&json, &path.display().to_string())
    }

    /// Adds a report from its JSON; `file` names it in errors.
    pub fn add(&mut self, json: &[u8], file: &str) -> Result<(), Error> {
        let report: Report = serde_json::from_slice(json).map_err(|source| Error::Report {
            file: file.to_owned(),
            source,
        })?;
        if report.is_truncated || report.job_status != "COMPLETED" {
            return Err(Error::Incomplete {
                file: file.to_owned(),
            });
        }
        for service in report.services_last_accessed {
            self.add_service(service);
        }
        Ok(())
    }

    fn add_service(&mut self, service: Service) {
        let namespace = service.service_namespace.to_ascii_lowercase();
        let tracked = &service.tracked_actions_last_accessed;
        let by_action = tracked
            .iter()
            .filter_map(|one| one.last_accessed_entity.as_ref());
        let entities = by_action.chain(&service.last_authenticated_entity);
        for entity in entities {
            let services = self.0.entry(entity.clone()).or_default();
            let accessed = services.entry(namespace.clone()).or_default();
            if service.last_authenticated_entity.as_ref() == Some(entity) {
                accessed.last = accessed.last.take().max(service.last_authenticated.clone());
            }
            for action in tracked {
                let own = action.last_accessed_entity.as_ref() == Some(entity);
                let time = action.last_accessed_time.clone().filter(|_| own);
                let name = action.action_name.to_ascii_lowercase();
                let last = accessed.actions.entry(name).or_default();
                *last = last.take().max(time);
            }
        }
    }

    /// Whether there is a report on the principal.
    pub(crate) fn knows(&self, principal: &str) -> bool {
        self.0.contains_key(principal)
    }

    /// What the reports say of a principal's use of a service.
    pub(crate) fn service(&self, principal: &str, service: &str) -> Option<&Accessed> {
        self.0.get(principal)?.get(service)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/app/web";

    fn report(services: &str) -> String {
        format!(
            r#"{{"JobStatus":"COMPLETED","JobType":"ACTION_LEVEL","JobCreationDate":"2026-10-01T00:00:00Z",
            "ServicesLastAccessed":[{services}],"JobCompletionDate":"2026-10-01T00:00:02Z","IsTruncated":false}}"#
        )
    }

    #[test]
    fn reports_belong_to_the_entities_they_name() {
        let mut reports = LastAccessed::default();
        let service = format!(
            r#"{{"ServiceName":"Amazon S3","ServiceNamespace":"s3","LastAuthenticated":"2026-09-01T10:00:00Z",
            "LastAuthenticatedEntity":"{ROLE}","LastAuthenticatedRegion":"eu-west-1","TotalAuthenticatedEntities":1,
            "TrackedActionsLastAccessed":[{{"ActionName":"PutBucketPolicy"}},
            {{"ActionName":"ListBucket","LastAccessedEntity":"{ROLE}","LastAccessedTime":"2026-09-01T10:00:00Z"}}]}},
            {{"ServiceName":"Amazon SQS","ServiceNamespace":"sqs","TotalAuthenticatedEntities":0}}"#
        );
        reports.add(report(&service).as_bytes(), "r.json").unwrap();
        let found = reports.service(ROLE, "s3").unwrap();
        assert_eq!(found.last.as_deref(), Some("2026-09-01T10:00:00Z"));
        assert_eq!(found.actions.get("putbucketpolicy"), Some(&None));
        assert!(found.actions.get("listbucket").unwrap().is_some());
        assert_eq!(reports.service(ROLE, "sqs"), None);
        assert_eq!(
            reports.service("arn:aws:iam::111122223333:role/b", "s3"),
            None
        );
    }

    #[test]
    fn half_a_report_is_refused() {
        let check = |json: &str, expect: &str| {
            let error = LastAccessed::default().add(json.as_bytes(), "r.json");
            let error = error.unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        check(
            &report("").replace("COMPLETED", "IN_PROGRESS"),
            "not complete",
        );
        check(&report("").replace("false", "true"), "not complete");
        check("{}", "get-service-last-accessed-details");
    }
}

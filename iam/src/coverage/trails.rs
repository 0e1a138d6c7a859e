//! Trails as the AWS CLI prints them: `describe-trails`, `get-trail`, `get-event-selectors`.
//!
//! Source of names and meanings: CloudTrail API reference (Trail, EventSelector, DataResource, AdvancedEventSelector)
//! and CloudTrail User Guide, "Logging data events".

use super::trail::{Matches, Selector, Trail};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Why trail configurations cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrailsError {
    /// Not what one of the three commands prints.
    #[error("`{file}` is no output of describe-trails, get-trail or get-event-selectors")]
    Form {
        /// File.
        file: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Selectors of a trail that no file describes.
    #[error("`{arn}` is not described: add the output of `aws cloudtrail describe-trails`")]
    NoDescription {
        /// The trail.
        arn: String,
    },
    /// A trail whose selectors no file holds.
    #[error(
        "the selectors of `{arn}` are missing: add the output of `aws cloudtrail get-event-selectors --trail-name {arn}`"
    )]
    NoSelectors {
        /// The trail.
        arn: String,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Printed {
    Many(Vec<Printed>),
    Described {
        #[serde(rename = "trailList")]
        trails: Vec<Description>,
    },
    One {
        #[serde(rename = "Trail")]
        trail: Description,
    },
    Selected(Selection),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    #[serde(rename = "TrailARN")]
    arn: String,
    home_region: Option<String>,
    #[serde(default)]
    is_multi_region_trail: bool,
    #[serde(default)]
    include_global_service_events: bool,
    #[serde(default)]
    is_organization_trail: bool,
    has_custom_event_selectors: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Selection {
    #[serde(rename = "TrailARN")]
    arn: String,
    #[serde(default)]
    event_selectors: Option<Vec<Classic>>,
    #[serde(default)]
    advanced_event_selectors: Option<Vec<Advanced>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Classic {
    read_write_type: Option<String>,
    include_management_events: Option<bool>,
    #[serde(default)]
    data_resources: Vec<DataResource>,
    #[serde(default)]
    exclude_management_event_sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DataResource {
    r#type: String,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Advanced {
    field_selectors: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Field {
    field: String,
    #[serde(default)]
    equals: Vec<String>,
    #[serde(default)]
    starts_with: Vec<String>,
    #[serde(default)]
    ends_with: Vec<String>,
    #[serde(default)]
    not_equals: Vec<String>,
    #[serde(default)]
    not_starts_with: Vec<String>,
    #[serde(default)]
    not_ends_with: Vec<String>,
}

/// The trails of some files, given by name and content; sorted by ARN. A trail that is described but has no custom
/// selectors records all management events.
pub fn read_trails<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
) -> Result<Vec<Trail>, TrailsError> {
    let (mut described, mut selected) = (BTreeMap::new(), BTreeMap::new());
    for (name, content) in files {
        let form = |source| TrailsError::Form {
            file: name.to_owned(),
            source,
        };
        // By way of a value, so that the error names the line when it is no JSON at all.
        let value: Value = serde_json::from_slice(content).map_err(form)?;
        let printed = serde_json::from_value(value).map_err(form)?;
        sort(printed, &mut described, &mut selected);
    }
    if let Some(arn) = selected.keys().find(|arn| !described.contains_key(*arn)) {
        return Err(TrailsError::NoDescription { arn: arn.clone() });
    }
    let trail = |(arn, description): (String, Description)| {
        let selection = selected.remove(&arn);
        description.trail(selection.map(Selection::selectors))
    };
    described.into_iter().map(trail).collect()
}

fn sort(
    printed: Printed,
    described: &mut BTreeMap<String, Description>,
    selected: &mut BTreeMap<String, Selection>,
) {
    match printed {
        Printed::Many(many) => many
            .into_iter()
            .for_each(|one| sort(one, described, selected)),
        Printed::Described { trails } => {
            described.extend(trails.into_iter().map(|trail| (trail.arn.clone(), trail)));
        }
        Printed::One { trail } => drop(described.insert(trail.arn.clone(), trail)),
        Printed::Selected(selection) => {
            selected.insert(selection.arn.clone(), selection);
        }
    }
}

impl Description {
    fn trail(self, selectors: Option<Vec<Selector>>) -> Result<Trail, TrailsError> {
        let selectors = match (selectors, self.has_custom_event_selectors) {
            (Some(selectors), _) => selectors,
            (None, Some(false)) => vec![management(None, &[])],
            (None, _) => return Err(TrailsError::NoSelectors { arn: self.arn }),
        };
        let mut parts = self.arn.split(':').skip(3);
        let region = parts.next().unwrap_or_default();
        let account = parts.next().unwrap_or_default().to_owned();
        Ok(Trail {
            account,
            region: self.home_region.unwrap_or_else(|| region.to_owned()),
            multi_region: self.is_multi_region_trail,
            global_events: self.include_global_service_events,
            organization: self.is_organization_trail,
            selectors,
            arn: self.arn,
        })
    }
}

impl Selection {
    fn selectors(self) -> Vec<Selector> {
        let classic = self.event_selectors.unwrap_or_default();
        let advanced = self.advanced_event_selectors.unwrap_or_default();
        let classic = classic.into_iter().flat_map(Classic::selectors);
        classic
            .chain(advanced.into_iter().map(Advanced::selector))
            .collect()
    }
}

fn management(read_only: Option<bool>, excluded: &[String]) -> Selector {
    Selector {
        category: "Management".to_owned(),
        read_only,
        sources: Matches {
            any_of: Vec::new(),
            none_of: excluded.iter().map(|source| literal(source)).collect(),
        },
        ..Selector::default()
    }
}

impl Classic {
    fn selectors(self) -> Vec<Selector> {
        let read_only = match self.read_write_type.as_deref() {
            Some("ReadOnly") => Some(true),
            Some("WriteOnly") => Some(false),
            _ => None,
        };
        let mut selectors = Vec::new();
        if self.include_management_events.unwrap_or(true) {
            selectors.push(management(
                read_only,
                &self.exclude_management_event_sources,
            ));
        }
        let data = self.data_resources.into_iter();
        selectors.extend(data.map(|data| data.selector(read_only)));
        selectors
    }
}

impl DataResource {
    /// S3 values are prefixes; values of other types are whole ARNs; `arn:aws:s3`, `arn:aws:lambda` and
    /// `arn:aws:dynamodb` are all resources of the service.
    fn selector(self, read_only: Option<bool>) -> Selector {
        let prefixes = self.r#type.starts_with("AWS::S3::");
        let pattern = |value: &String| {
            let whole = value.split(':').count() <= 3;
            format!(
                "{}{}",
                literal(value),
                if prefixes || whole { "*" } else { "" }
            )
        };
        Selector {
            category: "Data".to_owned(),
            read_only,
            resources: Matches {
                any_of: self.values.iter().map(pattern).collect(),
                none_of: Vec::new(),
            },
            // A type without values selects nothing.
            narrowed_by: if self.values.is_empty() {
                vec!["Values".to_owned()]
            } else {
                Vec::new()
            },
            types: vec![self.r#type],
            ..Selector::default()
        }
    }
}

impl Advanced {
    fn selector(self) -> Selector {
        let mut selector = Selector::default();
        for field in self.field_selectors {
            match field.field.as_str() {
                "eventCategory" => selector.category = field.only().unwrap_or_default(),
                "readOnly" => match field.only().as_deref() {
                    Some("true") => selector.read_only = Some(true),
                    Some("false") => selector.read_only = Some(false),
                    _ => selector.narrowed_by.push(field.field),
                },
                "resources.type" if field.is_equals() => selector.types = field.equals,
                "resources.ARN" => selector.resources = field.matches(),
                "eventSource" => selector.sources = field.matches(),
                _ => selector.narrowed_by.push(field.field),
            }
        }
        selector
    }
}

impl Field {
    fn is_equals(&self) -> bool {
        let others = [
            &self.starts_with,
            &self.ends_with,
            &self.not_equals,
            &self.not_starts_with,
            &self.not_ends_with,
        ];
        others.into_iter().all(Vec::is_empty)
    }

    fn only(&self) -> Option<String> {
        match (self.equals.as_slice(), self.is_equals()) {
            ([only], true) => Some(only.clone()),
            _ => None,
        }
    }

    fn matches(&self) -> Matches {
        let patterns = |equals: &[String], starts: &[String], ends: &[String]| {
            let equals = equals.iter().map(|text| literal(text));
            let starts = starts.iter().map(|text| format!("{}*", literal(text)));
            let ends = ends.iter().map(|text| format!("*{}", literal(text)));
            equals.chain(starts).chain(ends).collect()
        };
        Matches {
            any_of: patterns(&self.equals, &self.starts_with, &self.ends_with),
            none_of: patterns(&self.not_equals, &self.not_starts_with, &self.not_ends_with),
        }
    }
}

/// The text as a policy pattern that stands for it alone.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '*' | '?' | '$' => pattern.extend(["${", c.encode_utf8(&mut [0; 4]), "}"]),
            c => pattern.push(c),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]
    use super::*;

    const DESCRIBED: &str = r#"{"trailList":[{"Name":"main","S3BucketName":"logs","IncludeGlobalServiceEvents":true,
        "IsMultiRegionTrail":true,"HomeRegion":"eu-west-1","LogFileValidationEnabled":true,
        "TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main",
        "HasCustomEventSelectors":HAS,"HasInsightSelectors":false,"IsOrganizationTrail":false}]}"#;

    fn read(files: &[&str]) -> Result<Vec<Trail>, TrailsError> {
        read_trails(files.iter().map(|text| ("t.json", text.as_bytes())))
    }

    fn selectors(selection: &str) -> Vec<Selector> {
        let arn = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main";
        let selection = format!(r#"{{"TrailARN":"{arn}",{selection}}}"#);
        let trails = read(&[&selection, &DESCRIBED.replace("HAS", "true")]).unwrap();
        trails.into_iter().next().unwrap().selectors
    }

    #[test]
    fn a_trail_without_custom_selectors_records_management_events() {
        let trails = read(&[&DESCRIBED.replace("HAS", "false")]).unwrap();
        assert_eq!(trails.len(), 1);
        assert_eq!(trails[0].account, "111122223333");
        assert!(trails[0].multi_region && trails[0].global_events && !trails[0].organization);
        assert_eq!(trails[0].selectors, [management(None, &[])]);
    }

    #[test]
    fn classic_selectors() {
        let found = selectors(
            r#""EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true,
            "DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::b/raw","arn:aws:s3:::odd*/"]},
                {"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda"]},
                {"Type":"AWS::DynamoDB::Table","Values":["arn:aws:dynamodb:eu-west-1:111122223333:table/t"]}],
            "ExcludeManagementEventSources":["kms.amazonaws.com"]}]"#,
        );
        assert_eq!(found.len(), 4);
        assert_eq!(found[0].sources.none_of, ["kms.amazonaws.com"]);
        assert!(found.iter().all(|one| one.read_only == Some(false)));
        let patterns: Vec<_> = found.iter().flat_map(|one| &one.resources.any_of).collect();
        assert_eq!(
            patterns,
            [
                "arn:aws:s3:::b/raw*",
                "arn:aws:s3:::odd${*}/*",
                "arn:aws:lambda*",
                "arn:aws:dynamodb:eu-west-1:111122223333:table/t"
            ]
        );
    }

    #[test]
    fn advanced_selectors() {
        let found = selectors(
            r#""AdvancedEventSelectors":[
            {"Name":"no kms","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},
                {"Field":"eventSource","NotEquals":["kms.amazonaws.com"]},{"Field":"readOnly","Equals":["true"]}]},
            {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},
                {"Field":"resources.type","Equals":["AWS::SQS::Queue"]},
                {"Field":"resources.ARN","StartsWith":["arn:aws:sqs:eu-west-1:"],"NotEndsWith":["-dlq"]},
                {"Field":"eventName","Equals":["SendMessage"]}]}]"#,
        );
        assert_eq!(found[0].read_only, Some(true));
        assert_eq!(found[0].sources.none_of, ["kms.amazonaws.com"]);
        assert_eq!(found[1].types, ["AWS::SQS::Queue"]);
        assert_eq!(found[1].resources.any_of, ["arn:aws:sqs:eu-west-1:*"]);
        assert_eq!(found[1].resources.none_of, ["*-dlq"]);
        assert_eq!(found[1].narrowed_by, ["eventName"]);
    }

    fn check_error(files: &[&str], expect: &str) {
        let error = read(files).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    }

    #[test]
    fn what_is_missing_is_named() {
        check_error(&[&DESCRIBED.replace("HAS", "true")], "get-event-selectors");
        check_error(&[r#"{"TrailARN":"arn:x"}"#], "describe-trails");
        check_error(&["{}"], "`t.json` is no output of");
        check_error(&["{"], "`t.json` is no output of");
    }
}

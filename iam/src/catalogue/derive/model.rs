//! A model: one API of botocore, as far as the recipe reads it.

use super::{DeriveError, Package};
use flate2::read::GzDecoder;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read;

const FOLDER: &str = "botocore/data/";
const FILE: &str = "/service-2.json.gz";

/// One API model.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Model {
    /// Directory name.
    #[serde(skip)]
    pub(crate) name: String,
    pub(crate) metadata: Metadata,
    pub(crate) operations: BTreeMap<String, OperationModel>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

/// How a service calls itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Metadata {
    pub(crate) service_id: String,
    pub(crate) service_abbreviation: String,
    pub(crate) service_full_name: String,
    pub(crate) signing_name: String,
    pub(crate) endpoint_prefix: String,
    pub(crate) signature_version: String,
}

/// One operation.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OperationModel {
    /// Its key in the model; the model's own `name` may carry an API date.
    #[serde(skip)]
    pub(crate) name: String,
    pub(crate) http: Http,
    /// `none` for calls that nobody signs.
    #[serde(rename = "authtype")]
    pub(crate) auth_type: String,
    pub(crate) input: Option<Reference>,
    pub(crate) documentation: String,
}

/// Its HTTP request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Http {
    pub(crate) method: String,
    pub(crate) request_uri: String,
}

/// A reference to a shape.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Reference {
    pub(crate) shape: String,
    pub(crate) location: String,
    pub(crate) location_name: String,
}

/// A shape.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) members: BTreeMap<String, Reference>,
    /// The element of a list.
    pub(crate) member: Option<Reference>,
    pub(crate) pattern: String,
}

impl Shape {
    /// A string, integer or long.
    pub(crate) fn is_scalar(&self) -> bool {
        matches!(self.kind.as_str(), "string" | "integer" | "long")
    }
}

impl Model {
    /// The shape behind a reference.
    pub(crate) fn shape(&self, reference: &Reference) -> Option<&Shape> {
        self.shapes.get(&reference.shape)
    }

    /// The input structure of an operation.
    pub(crate) fn input(&self, operation: &OperationModel) -> Option<&Shape> {
        operation.input.as_ref().and_then(|input| self.shape(input))
    }

    /// The element shape of a list.
    pub(crate) fn element(&self, list: &Shape) -> Option<&Shape> {
        list.member.as_ref().and_then(|element| self.shape(element))
    }
}

/// Directory → path of the newest model in it.
pub(crate) fn paths(package: &Package) -> BTreeMap<&str, &str> {
    let files = package.under(FOLDER).filter_map(|path| {
        let inner = path.strip_prefix(FOLDER)?.strip_suffix(FILE)?;
        let (directory, _version) = inner.split_once('/')?;
        Some((directory, path))
    });
    files.collect()
}

/// Reads the model of a directory.
pub(crate) fn read(package: &Package, name: &str, path: &str) -> Result<Model, DeriveError> {
    let mut json = Vec::new();
    let mut unpacked = GzDecoder::new(package.file(path)?);
    unpacked
        .read_to_end(&mut json)
        .map_err(|source| DeriveError::Gzip {
            package: package.name().to_owned(),
            path: path.to_owned(),
            source,
        })?;
    let mut model: Model = package.parse(path, &json)?;
    model.name = name.to_owned();
    for (key, operation) in &mut model.operations {
        operation.name.clone_from(key);
    }
    Ok(model)
}

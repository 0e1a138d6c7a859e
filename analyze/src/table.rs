//! The archive as an external table: its columns in the words of Hive (Athena) and of Trino, and whether a table that
//! is already there has them.

use crate::sql::{identifier, literal};
use arrow::datatypes::{DataType, Field};
use ingest::PARTITION_COLUMN;
use std::collections::BTreeMap;

/// Days that the partition projection holds: from CloudTrail's beginning to tomorrow, for clocks that run ahead.
const DAYS: (&str, &str) = ("2013-11-01", "NOW+1DAYS");

/// Whose type names are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Hive,
    Trino,
}

/// `CREATE EXTERNAL TABLE` of Athena: Hive's, with partition projection. `name` is quoted as Hive does.
pub(crate) fn hive(name: &str, location: &str) -> String {
    let columns = columns(Dialect::Hive, |column| format!("`{column}`"));
    let location = location.trim_end_matches('/');
    let (first, last) = DAYS;
    let place = format!("{location}/{PARTITION_COLUMN}=${{{PARTITION_COLUMN}}}");
    let properties = [
        ("projection.enabled", "true"),
        ("projection.event_date.type", "date"),
        ("projection.event_date.format", "yyyy-MM-dd"),
        ("projection.event_date.range", &format!("{first},{last}")),
        ("projection.event_date.interval", "1"),
        ("projection.event_date.interval.unit", "DAYS"),
        ("storage.location.template", &place),
    ];
    let properties = properties.map(|(key, value)| format!("  '{key}' = {}", literal(value)));
    format!(
        "CREATE EXTERNAL TABLE IF NOT EXISTS {name} (\n{columns}\n)\nPARTITIONED BY (`{PARTITION_COLUMN}` string)\n\
         STORED AS PARQUET\nLOCATION {}\nTBLPROPERTIES (\n{}\n)",
        literal(&format!("{location}/")),
        properties.join(",\n")
    )
}

/// `CREATE TABLE` of Trino's Hive connector, with partition projection. `name` is quoted as Trino does.
pub(crate) fn trino(name: &str, location: &str) -> String {
    let columns = columns(Dialect::Trino, identifier);
    let (first, last) = DAYS;
    format!(
        "CREATE TABLE IF NOT EXISTS {name} (\n{columns},\n  {PARTITION_COLUMN} varchar WITH (\n    \
         partition_projection_type = 'date',\n    partition_projection_format = 'yyyy-MM-dd',\n    \
         partition_projection_range = ARRAY['{first}', '{last}'],\n    partition_projection_interval = 1,\n    \
         partition_projection_interval_unit = 'DAYS'\n  )\n)\nWITH (\n  external_location = {},\n  \
         format = 'PARQUET',\n  partitioned_by = ARRAY['{PARTITION_COLUMN}'],\n  partition_projection_enabled = true\n)",
        literal(&format!("{}/", location.trim_end_matches('/')))
    )
}

fn columns(dialect: Dialect, quoted: impl Fn(&str) -> String) -> String {
    let schema = ingest::schema();
    let columns: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| {
            let type_name = type_name(field.data_type(), dialect);
            format!("  {} {type_name}", quoted(field.name()))
        })
        .collect();
    columns.join(",\n")
}

/// The type in the dialect's words.
fn type_name(data_type: &DataType, dialect: Dialect) -> String {
    match (data_type, dialect) {
        (DataType::Boolean, _) => "boolean".to_owned(),
        (DataType::Timestamp(..), Dialect::Hive) => "timestamp".to_owned(),
        (DataType::Timestamp(..), Dialect::Trino) => "timestamp(3)".to_owned(),
        (DataType::List(item), Dialect::Hive) => {
            format!("array<{}>", type_name(item.data_type(), dialect))
        }
        (DataType::List(item), Dialect::Trino) => {
            format!("array({})", type_name(item.data_type(), dialect))
        }
        (DataType::Struct(fields), Dialect::Hive) => {
            let field = |field: &Field| {
                format!("{}:{}", field.name(), type_name(field.data_type(), dialect))
            };
            let fields: Vec<String> = fields.iter().map(|one| field(one)).collect();
            format!("struct<{}>", fields.join(","))
        }
        (DataType::Struct(fields), Dialect::Trino) => {
            let field = |field: &Field| {
                format!("{} {}", field.name(), type_name(field.data_type(), dialect))
            };
            let fields: Vec<String> = fields.iter().map(|one| field(one)).collect();
            format!("row({})", fields.join(", "))
        }
        (_, Dialect::Hive) => "string".to_owned(),
        (_, Dialect::Trino) => "varchar".to_owned(),
    }
}

/// The columns that a table lacks or has with another type, each as `name type`; empty for a table of the archive.
/// `found` has the engine's own names of types.
pub(crate) fn missing(found: &BTreeMap<String, String>, dialect: Dialect) -> Vec<String> {
    let schema = ingest::schema();
    let partition = Field::new(PARTITION_COLUMN, DataType::Utf8, false);
    let fields = schema.fields().iter().map(|field| field.as_ref());
    fields
        .chain(std::iter::once(&partition))
        .filter_map(|field| {
            let expected = type_name(field.data_type(), dialect);
            let found = found.get(field.name()).map(|found| plain(found));
            (found.as_deref() != Some(plain(&expected).as_str()))
                .then(|| format!("{} {expected}", field.name()))
        })
        .collect()
}

/// A type's name without quotes and white space, in lower case.
fn plain(type_name: &str) -> String {
    type_name
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '"')
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "test code")]
    use super::*;

    #[test]
    fn ddl_of_athena() {
        insta::assert_snapshot!(hive("`logs`.`it's`", "s3://bucket/archive"));
    }

    #[test]
    fn ddl_of_trino() {
        insta::assert_snapshot!(trino(
            "\"hive\".\"logs\".\"archive\"",
            "s3://bucket/o'neil/"
        ));
    }

    #[test]
    fn a_table_is_checked_column_by_column() {
        let schema = ingest::schema();
        let fields = schema.fields().iter();
        let mut found: BTreeMap<String, String> = fields
            .map(|field| {
                (
                    field.name().clone(),
                    type_name(field.data_type(), Dialect::Trino),
                )
            })
            .collect();
        found.insert(PARTITION_COLUMN.to_owned(), "varchar".to_owned());
        found.insert("more".to_owned(), "bigint".to_owned());
        assert_eq!(missing(&found, Dialect::Trino), Vec::<String>::new());
        found.remove("mfa");
        found.insert("event_time".to_owned(), "timestamp(6)".to_owned());
        assert_eq!(
            missing(&found, Dialect::Trino),
            ["event_time timestamp(3)", "mfa boolean"]
        );
    }
}

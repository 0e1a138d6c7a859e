//! Archives of given rows, with the columns that `ingest::schema` says.

use arrow::array::{
    ArrayRef, BooleanArray, ListBuilder, RecordBatch, StringArray, StringBuilder, StructBuilder,
    TimestampMillisecondArray, new_null_array,
};
use arrow::datatypes::{DataType, Field, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// A row of the archive, as far as usage depends on it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) event_id: String,
    pub(crate) time: i64,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) event_source: String,
    pub(crate) event_name: String,
    pub(crate) outcome: String,
    pub(crate) error_code: Option<String>,
    pub(crate) principal: Option<String>,
    pub(crate) principal_id: Option<String>,
    pub(crate) principal_account: Option<String>,
    pub(crate) invoked_by: Option<String>,
    pub(crate) mfa: Option<bool>,
    pub(crate) vpc_endpoint: Option<String>,
    pub(crate) accesses: Vec<Access>,
    pub(crate) no_access: Option<String>,
    pub(crate) shared_event_id: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) action: String,
    pub(crate) resource: Option<String>,
    pub(crate) template: Option<String>,
    pub(crate) via: String,
}

impl Row {
    pub(crate) fn day(&self) -> i64 {
        self.time.div_euclid(86_400_000)
    }

    pub(crate) fn date(&self) -> String {
        chrono::DateTime::from_timestamp_millis(self.time)
            .unwrap()
            .date_naive()
            .to_string()
    }
}

/// A row without anything optional.
pub(crate) fn row(number: u64) -> Row {
    Row {
        event_id: format!("{number:08x}-5f9e-4ee1-bb48-e20fecb32403"),
        time: 1_767_225_600_000,
        account: String::new(),
        region: "eu-west-1".to_owned(),
        event_source: "s3.amazonaws.com".to_owned(),
        event_name: "GetThat".to_owned(),
        outcome: "allowed".to_owned(),
        error_code: None,
        principal: None,
        principal_id: None,
        principal_account: None,
        invoked_by: None,
        mfa: None,
        vpc_endpoint: None,
        accesses: Vec::new(),
        no_access: None,
        shared_event_id: None,
    }
}

/// Writes the rows by day, in files of `file_rows` and row groups of `group_rows`.
pub(crate) fn write_archive(archive: &Path, rows: &[Row], file_rows: usize, group_rows: usize) {
    let mut days: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        days.entry(row.date()).or_default().push(row.clone());
    }
    for (date, rows) in days {
        let folder = archive.join(format!("event_date={date}"));
        std::fs::create_dir_all(&folder).unwrap();
        for (at, rows) in rows.chunks(file_rows).enumerate() {
            let properties = WriterProperties::builder()
                .set_max_row_group_row_count(Some(group_rows))
                .build();
            let file = File::create(folder.join(format!("part-{at:04}.parquet"))).unwrap();
            let mut writer =
                ArrowWriter::try_new(file, ingest::schema(), Some(properties)).unwrap();
            writer.write(&batch(rows)).unwrap();
            writer.close().unwrap();
        }
    }
}

fn batch(rows: &[Row]) -> RecordBatch {
    let schema: SchemaRef = ingest::schema();
    let columns = schema
        .fields()
        .iter()
        .map(|field| column(field, rows))
        .collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

fn column(field: &Field, rows: &[Row]) -> ArrayRef {
    let text = |of: fn(&Row) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    match field.name().as_str() {
        "event_id" => text(|row| Some(&row.event_id)),
        "event_time" => {
            let times: TimestampMillisecondArray = rows.iter().map(|row| Some(row.time)).collect();
            Arc::new(times.with_timezone("UTC"))
        }
        "event_category" => text(|_| Some("Management")),
        "account" => text(|row| Some(&row.account)),
        "region" => text(|row| Some(&row.region)),
        "event_source" => text(|row| Some(&row.event_source)),
        "event_name" => text(|row| Some(&row.event_name)),
        "outcome" => text(|row| Some(&row.outcome)),
        "error_code" => text(|row| row.error_code.as_deref()),
        "principal" => text(|row| row.principal.as_deref()),
        "principal_id" => text(|row| row.principal_id.as_deref()),
        "principal_account" => text(|row| row.principal_account.as_deref()),
        "invoked_by" => text(|row| row.invoked_by.as_deref()),
        "mfa" => Arc::new(rows.iter().map(|row| row.mfa).collect::<BooleanArray>()),
        "vpc_endpoint_id" => text(|row| row.vpc_endpoint.as_deref()),
        "accesses" => accesses(field, rows),
        "no_access" => text(|row| row.no_access.as_deref()),
        "shared_event_id" => text(|row| row.shared_event_id.as_deref()),
        _ if field.is_nullable() => new_null_array(field.data_type(), rows.len()),
        _ => text(|_| Some("")),
    }
}

fn accesses(field: &Field, rows: &[Row]) -> ArrayRef {
    let DataType::List(element) = field.data_type() else {
        panic!("accesses is a list")
    };
    let DataType::Struct(fields) = element.data_type() else {
        panic!("of structures")
    };
    let elements = StructBuilder::from_fields(fields.clone(), 0);
    let mut list = ListBuilder::new(elements).with_field(Arc::clone(element));
    for row in rows {
        for access in &row.accesses {
            let texts = [
                Some(&access.action),
                access.resource.as_ref(),
                access.template.as_ref(),
                Some(&access.via),
            ];
            for (at, text) in texts.into_iter().enumerate() {
                list.values()
                    .field_builder::<StringBuilder>(at)
                    .unwrap()
                    .append_option(text);
            }
            list.values().append(true);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}

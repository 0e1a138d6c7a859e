//! SQL text: names and values in quotes, and the filters of an analysis.

use crate::config::Config;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// A value. Only quotes need care: neither engine knows escapes in plain literals.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name of a catalog, schema, table or column.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A condition that holds when the column has one of the values; always when there are none.
pub(super) fn one_of(column: &str, values: &BTreeSet<String>) -> String {
    if values.is_empty() {
        return "true".to_owned();
    }
    let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
    format!("{column} IN ({})", values.join(", "))
}

/// The partitions, accounts and regions that count.
pub(super) fn filter((first, last): (NaiveDate, NaiveDate), config: &Config) -> String {
    let places = places(config, "account", "region");
    format!("event_date BETWEEN '{first}' AND '{last}' AND {places}")
}

/// The accounts and regions that count.
pub(super) fn places(config: &Config, account: &str, region: &str) -> String {
    let account = one_of(account, &config.accounts);
    format!("{account} AND {}", one_of(region, &config.regions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_end_nothing() {
        assert_eq!(literal("o'neil' OR ''='"), "'o''neil'' OR ''''='''");
        assert_eq!(identifier("a\"b; DROP"), "\"a\"\"b; DROP\"");
    }

    #[test]
    fn no_values_mean_all() {
        assert_eq!(one_of("region", &BTreeSet::new()), "true");
        let two = BTreeSet::from(["b".to_owned(), "a".to_owned()]);
        assert_eq!(one_of("region", &two), "region IN ('a', 'b')");
    }
}

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
pub(crate) fn one_of(column: &str, values: &BTreeSet<String>) -> String {
    if values.is_empty() {
        return "true".to_owned();
    }
    let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
    format!("{column} IN ({})", values.join(", "))
}

/// The partitions, accounts and regions that count.
pub(super) fn filter(days: &[NaiveDate], config: &Config) -> String {
    let mut filter = partitions(days);
    for (column, values) in [("account", &config.accounts), ("region", &config.regions)] {
        if !values.is_empty() {
            filter.push_str(" AND ");
            filter.push_str(&one_of(column, values));
        }
    }
    filter
}

/// The days, sorted. The partition projection knows no gaps, and an engine looks for files in each day that it is asked
/// for: so days with gaps are named one by one.
fn partitions(days: &[NaiveDate]) -> String {
    let is_next = |pair: &[NaiveDate]| match pair {
        [day, next] => day.succ_opt() == Some(*next),
        _ => false,
    };
    match days {
        [first, .., last] if days.windows(2).all(is_next) => {
            format!("event_date BETWEEN '{first}' AND '{last}'")
        }
        days => one_of(
            "event_date",
            &days.iter().map(NaiveDate::to_string).collect(),
        ),
    }
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
    fn days_with_gaps_are_named_one_by_one() {
        let check = |days: &[&str], expect: &str| {
            let days = days.iter().filter_map(|day| day.parse().ok());
            assert_eq!(partitions(&days.collect::<Vec<_>>()), expect);
        };
        check(&["2026-02-28"], "event_date IN ('2026-02-28')");
        check(
            &["2026-02-28", "2026-03-01", "2026-03-02"],
            "event_date BETWEEN '2026-02-28' AND '2026-03-02'",
        );
        check(
            &["2019-02-28", "2026-03-01"],
            "event_date IN ('2019-02-28', '2026-03-01')",
        );
    }

    #[test]
    fn no_values_mean_all() {
        assert_eq!(one_of("region", &BTreeSet::new()), "true");
        let two = BTreeSet::from(["b".to_owned(), "a".to_owned()]);
        assert_eq!(one_of("region", &two), "region IN ('a', 'b')");
    }
}

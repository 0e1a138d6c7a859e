//! Event names and sources, reduced to what the tables are keyed by.

/// The text before `.amazonaws.com`, `.amazonaws.com.cn` or `.amazon.com`, in lower case.
pub(crate) fn label(event_source: &str) -> String {
    let lower = event_source.to_ascii_lowercase();
    let ends = [".amazonaws.com.cn", ".amazonaws.com", ".amazon.com"];
    let label = ends.into_iter().find_map(|end| lower.strip_suffix(end));
    match label {
        Some(label) => label.to_owned(),
        None => lower,
    }
}

/// The event name without a trailing API date: `CreateFunction20150331v2` → `CreateFunction`.
///
/// The date is `_?20\d{2}_?\d{2}_?\d{2}`, optionally followed by `v` and digits.
pub(crate) fn without_date(event_name: &str) -> &str {
    let dated = match event_name.trim_end_matches(|c: char| c.is_ascii_digit()) {
        stem if stem.len() < event_name.len() => stem.strip_suffix('v').unwrap_or(event_name),
        _ => return event_name,
    };
    let bare = strip_date(dated).or_else(|| strip_date(event_name));
    bare.filter(|name| !name.is_empty()).unwrap_or(event_name)
}

fn strip_date(text: &str) -> Option<&str> {
    let year_and_month = strip_two_digits(text).map(strip_line)?;
    let year = strip_two_digits(year_and_month).map(strip_line)?;
    let century = strip_two_digits(year)?;
    Some(strip_line(century.strip_suffix("20")?))
}

fn strip_line(text: &str) -> &str {
    text.strip_suffix('_').unwrap_or(text)
}

fn strip_two_digits(text: &str) -> Option<&str> {
    let digit = |c: char| c.is_ascii_digit();
    text.strip_suffix(digit)?.strip_suffix(digit)
}

#[cfg(test)]
mod tests {
    use super::{label, without_date};

    #[test]
    fn labels() {
        assert_eq!(label("s3.amazonaws.com"), "s3");
        assert_eq!(label("S3.amazonaws.com.cn"), "s3");
        assert_eq!(label("models.lex.amazonaws.com"), "models.lex");
        assert_eq!(label("signin.amazon.com"), "signin");
        assert_eq!(label("odd"), "odd");
    }

    #[test]
    fn dates_go_and_other_digits_stay() {
        for (name, expect) in [
            ("CreateFunction20150331", "CreateFunction"),
            ("GetFunction20150331v2", "GetFunction"),
            ("CreateDistribution2020_05_31", "CreateDistribution"),
            ("CreateDistribution_2020_05_31v12", "CreateDistribution"),
            ("ListObjectsV2", "ListObjectsV2"),
            ("GetFindingsV2", "GetFindingsV2"),
            ("CreateEnvironmentEC2", "CreateEnvironmentEC2"),
            ("Put19990101", "Put19990101"),
            ("20150331", "20150331"),
            ("v2", "v2"),
            ("", ""),
            ("É20150331", "É"),
        ] {
            assert_eq!(without_date(name), expect, "{name}");
        }
    }
}

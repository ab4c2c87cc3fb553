//! References to the environment within a value: `${NAME}`, and `$${` for the characters themselves.

/// Looks a name up in the environment.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A value with its references replaced.
pub(super) struct Expanded {
    pub(super) text: String,
    /// What the references stood for.
    pub(super) values: Vec<String>,
}

/// Why a reference cannot be replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// `${` without a `}` behind it, or with something between that is no name.
    NotAName,
    /// The environment has no such name.
    Unset(String),
    /// The file is one that does not read the environment.
    NoEnvironment,
}

/// Replaces every reference.
pub(super) fn expand(raw: &str, environment: Option<Environment<'_>>) -> Result<Expanded, Fault> {
    let mut expanded = Expanded { text: String::with_capacity(raw.len()), values: Vec::new() };
    let mut rest = raw;
    while let Some(dollar) = rest.find('$') {
        let (before, from) = rest.split_at(dollar);
        expanded.text.push_str(before);
        if let Some(behind) = from.strip_prefix("$${") {
            expanded.text.push_str("${");
            rest = behind;
        } else if let Some(behind) = from.strip_prefix("${") {
            let (name, behind) = behind.split_once('}').filter(|(name, _)| is_name(name)).ok_or(Fault::NotAName)?;
            let environment = environment.ok_or(Fault::NoEnvironment)?;
            let value = environment(name).ok_or_else(|| Fault::Unset(name.to_owned()))?;
            expanded.text.push_str(&value);
            expanded.values.push(value);
            rest = behind;
        } else {
            expanded.text.push('$');
            rest = &from[1..];
        }
    }
    expanded.text.push_str(rest);
    Ok(expanded)
}

/// Returns whether a reference may have this name.
pub(super) fn is_name(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(raw: &str) -> Result<(String, Vec<String>), Fault> {
        let environment = |name: &str| (name == "NAME").then(|| "${value}".to_owned());
        expand(raw, Some(&environment)).map(|expanded| (expanded.text, expanded.values))
    }

    #[test]
    fn references_are_replaced_once() {
        for (raw, text, references) in [
            ("plain", "plain", 0),
            ("${NAME}", "${value}", 1),
            ("a${NAME}b${NAME}c", "a${value}b${value}c", 2),
            ("$${NAME}", "${NAME}", 0),
            ("$$${NAME}", "$${NAME}", 0),
            ("costs $5, $NAME, 5$", "costs $5, $NAME, 5$", 0),
            ("é${NAME}é", "é${value}é", 1),
        ] {
            let (found, values) = expanded(raw).unwrap();
            assert_eq!((found.as_str(), values.len()), (text, references), "{raw}");
        }
    }

    #[test]
    fn what_cannot_be_replaced_is_a_fault() {
        for (raw, fault) in [
            ("${NAME", Fault::NotAName),
            ("${}", Fault::NotAName),
            ("${A-B}", Fault::NotAName),
            ("${1A}", Fault::NotAName),
            ("${OTHER}", Fault::Unset("OTHER".to_owned())),
        ] {
            assert_eq!(expanded(raw).unwrap_err(), fault, "{raw}");
        }
        assert_eq!(expand("${NAME}", None).map(|_| ()).unwrap_err(), Fault::NoEnvironment);
    }
}

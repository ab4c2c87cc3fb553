//! The JUnit report as its readers take it: as one reads it that is not ours, and as the strictest would refuse it.

use serde::Deserialize;
use time::PrimitiveDateTime;
use time::macros::format_description;

/// How long a moment is without its zone, which no reader but one wants: Jenkins refuses it.
const WITHOUT_ZONE: usize = "2026-01-01T00:00:00".len();

/// Reads a report.
pub(crate) fn junit(xml: &str) -> quick_junit::Report {
    let mut parts = xml.split("timestamp=\"");
    let mut zoned = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (moment, rest) = part.split_at(WITHOUT_ZONE);
        zoned.extend(["timestamp=\"", moment, "Z", rest]);
    }
    quick_junit::Report::deserialize_from_str(&zoned).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

/// Returns what of Jenkins' xunit plugin, GitLab and Azure Pipelines one or the other would refuse. Jenkins' plugin is the
/// strictest: it knows no `file`, `line`, `timestamp` or `properties` of a test case, and neither `skipped` nor `timestamp`
/// of all suites together.
pub(crate) fn refusals(xml: &str) -> Vec<String> {
    let report: Suites = match quick_xml::de::from_str(xml) {
        Ok(report) => report,
        Err(error) => return vec![error.to_string()],
    };
    let cases = report.testsuite.iter().flat_map(|suite| &suite.testcase);
    let ended_twice = cases
        .filter(|case| [&case.failure, &case.error, &case.skipped].into_iter().flatten().count() > 1)
        .map(|case| format!("`{}` ends twice", case.name));
    let ends_late = |case: &&str| {
        let output = case.find("<system-out");
        ["<failure", "<error", "<skipped"].iter().any(|end| output.is_some_and(|output| case.find(end) > Some(output)))
    };
    let late =
        xml.split("<testcase").skip(1).filter(ends_late).map(|case| format!("`system-out` is not last in {case}"));
    ended_twice.chain(late).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suites {
    #[serde(rename = "@name")]
    _name: String,
    #[serde(rename = "@tests")]
    _tests: u64,
    #[serde(rename = "@failures")]
    _failures: u64,
    #[serde(rename = "@errors")]
    _errors: u64,
    #[serde(rename = "@time")]
    _time: Seconds,
    #[serde(default)]
    testsuite: Vec<Suite>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    #[serde(rename = "@name")]
    _name: String,
    #[serde(rename = "@tests")]
    _tests: u64,
    #[serde(rename = "@failures")]
    _failures: u64,
    #[serde(rename = "@errors")]
    _errors: u64,
    #[serde(rename = "@skipped")]
    _skipped: u64,
    #[serde(rename = "@time")]
    _time: Seconds,
    #[serde(rename = "@timestamp")]
    _timestamp: Moment,
    #[serde(rename = "@file")]
    _file: Option<String>,
    #[serde(rename = "properties")]
    _properties: Option<Properties>,
    testcase: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Properties {
    #[serde(rename = "property")]
    _property: Vec<Property>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Property {
    #[serde(rename = "@name")]
    _name: String,
    #[serde(rename = "@value")]
    _value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "@classname")]
    _classname: String,
    #[serde(rename = "@time")]
    _time: Seconds,
    failure: Option<Ended>,
    error: Option<Ended>,
    skipped: Option<Ended>,
    #[serde(rename = "system-out")]
    _output: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ended {
    #[serde(rename = "@message")]
    _message: String,
    #[serde(rename = "@type")]
    _type: Option<String>,
    #[serde(rename = "$text")]
    _text: Option<String>,
}

/// Seconds with three decimals.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Seconds;

impl TryFrom<String> for Seconds {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let parts = text.split_once('.');
        let is_right = parts
            .is_some_and(|(whole, thousandths)| is_number(whole) && is_number(thousandths) && thousandths.len() == 3);
        is_right.then_some(Self).ok_or(format!("{text} is no time in seconds"))
    }
}

/// A moment without a zone and without fractions of a second.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Moment;

impl TryFrom<String> for Moment {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
        PrimitiveDateTime::parse(&text, format).map(|_| Self).map_err(|error| format!("{text}: {error}"))
    }
}

//! The JUnit report as a reader reads it that is not ours.

use quick_junit::Report;

/// How long a moment is without its zone, which no reader but this one wants: Jenkins refuses it.
const WITHOUT_ZONE: usize = "2026-01-01T00:00:00".len();

pub(crate) fn junit(xml: &str) -> Report {
    let mut parts = xml.split("timestamp=\"");
    let mut zoned = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (moment, rest) = part.split_at(WITHOUT_ZONE);
        zoned.extend(["timestamp=\"", moment, "Z", rest]);
    }
    Report::deserialize_from_str(&zoned).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

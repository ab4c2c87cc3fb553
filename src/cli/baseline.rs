//! The text of a baseline: reads what a user wrote, and writes what a run found. Opens no file.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::config::{Document, Entry, Leaf, Section};
use crate::diagnostic::Diagnostic;
use crate::report::{Baseline, KnownDeviation, Place, TO_BE_FILLED_IN, Wrong};
use crate::verdict::Defect;

const TOP_KEYS: [&str; 2] = ["known", "stray"];
const KEYS: [&str; 7] = ["scenario", "participant", "arrow", "subject", "defect", "reason", "expires"];
const STRAY_KEYS: [&str; 6] = ["participant", "arrow", "subject", "defect", "reason", "expires"];

/// What a baseline may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The addresses of the scenarios that there are.
    pub scenarios: BTreeSet<String>,
    /// How many arrows the diagram has.
    pub arrows: usize,
    /// Whether an entry may still wait for its reason: where the file is to be written again, and not held against a run.
    pub waits_for_reasons: bool,
}

/// Reads the text of a baseline, which complaints call `file`.
pub fn read_baseline(file: &str, text: &str, scope: &Scope) -> Result<Baseline, Diagnostic> {
    let document = Document::parse(file, text, shows, None)?;
    let top = document.top(&TOP_KEYS)?;
    let mut known: Vec<KnownDeviation> = Vec::new();
    for (key, keys) in [("known", &KEYS[..]), ("stray", &STRAY_KEYS)] {
        for section in top.get(key).map(|entry| entry.sections(keys)).transpose()?.unwrap_or_default() {
            let scenario = if key == "known" { Some(scenario(&section, scope)?) } else { None };
            let place = Place { scenario, wrong: wrong(&section, scope)? };
            if known.iter().any(|other| other.place == place) {
                return Err(section.complaint(format!("{place} is listed already")));
            }
            known.push(KnownDeviation {
                place,
                reason: reason(&section, scope)?,
                expires: section.get("expires").map(|entry| entry.day()).transpose()?,
            });
        }
    }
    Ok(Baseline { file: file.to_owned(), known })
}

/// Returns the text of a baseline, which reads as the same again.
pub fn baseline_text(baseline: &Baseline) -> String {
    let mut text =
        "# What is known to deviate, for `hopcheck verify --baseline`. Each entry needs a reason; one that no longer\n\
                    # deviates has to go. `scenario` may end with `*`, for all that begin so.\n\
                    # `hopcheck verify --write-baseline` keeps reasons and days of expiry, but no comments.\n"
            .to_owned();
    for KnownDeviation { place, reason, expires } in &baseline.known {
        text.push_str(if place.scenario.is_some() { "\n[[known]]\n" } else { "\n[[stray]]\n" });
        if let Some(address) = &place.scenario {
            let _ = writeln!(text, "scenario = {}", quoted(address));
        }
        let Wrong { participant, arrow, subject, defect } = &place.wrong;
        if let Some(participant) = participant {
            let _ = writeln!(text, "participant = {}", quoted(participant));
        }
        if let Some(arrow) = arrow {
            let _ = writeln!(text, "arrow = {arrow}");
        }
        let _ = writeln!(text, "subject = {}", quoted(subject));
        let _ = writeln!(text, "defect = {}", quoted(defect.word()));
        let _ = writeln!(text, "reason = {}", quoted(reason));
        if let Some(day) = expires {
            let _ = writeln!(text, "expires = {day}");
        }
    }
    text
}

/// Returns whether a value of the file may be quoted in a complaint. A reason may not: people paste things.
fn shows(leaf: Leaf<'_>) -> bool {
    matches!(leaf.path, [section, "scenario" | "participant" | "arrow" | "subject" | "defect" | "expires"]
        if TOP_KEYS.contains(section))
}

fn scenario(section: &Section<'_>, scope: &Scope) -> Result<String, Diagnostic> {
    let entry = section.require("scenario")?;
    let text = entry.text()?;
    if scope.scenarios.contains(text.as_str()) {
        return Ok(text.into_string());
    }
    if text.as_str().strip_suffix('*').is_some_and(|it| scope.scenarios.iter().any(|known| known.starts_with(it))) {
        return Ok(text.into_string());
    }
    let complaint = text.complaint("no scenario has this address");
    let beginning = format!("{}/", text.as_str());
    let of_rows = format!("{}:", text.as_str());
    let is_above = |address: &String| address.starts_with(&beginning) || address.starts_with(&of_rows);
    if scope.scenarios.iter().any(is_above) {
        return Err(complaint.hint(format!(
            "several have addresses that begin so: `{}*` means all of them",
            text_of(&scope.scenarios, text.as_str())
        )));
    }
    let distance = |address: &&String| strsim::damerau_levenshtein(address, text.as_str());
    let nearest = scope.scenarios.iter().min_by_key(distance).filter(|it| distance(it) <= it.len() / 3);
    Err(match nearest {
        Some(nearest) => complaint.hint(format!("did you mean `{nearest}`?")),
        None => complaint.hint("`hopcheck list scenarios` prints the addresses"),
    })
}

/// Returns the address as it begins those of others: with the sign behind which they differ.
fn text_of(scenarios: &BTreeSet<String>, address: &str) -> String {
    let sign = if scenarios.iter().any(|known| known.starts_with(&format!("{address}/"))) { '/' } else { ':' };
    format!("{address}{sign}")
}

fn wrong(section: &Section<'_>, scope: &Scope) -> Result<Wrong, Diagnostic> {
    let words: Vec<(&str, Defect)> = Defect::ALL.map(|defect| (defect.word(), defect)).into();
    Ok(Wrong {
        participant: section.get("participant").map(|entry| Ok(entry.text()?.into_string())).transpose()?,
        arrow: arrow(section, scope)?,
        subject: section.require("subject")?.text()?.into_string(),
        defect: section.require("defect")?.text()?.one_of(&words)?,
    })
}

fn reason(section: &Section<'_>, scope: &Scope) -> Result<String, Diagnostic> {
    let text = section.require("reason")?.text()?;
    if text.as_str() == TO_BE_FILLED_IN && !scope.waits_for_reasons {
        return Err(text.complaint("nobody has given a reason yet").hint("say why this deviation is accepted"));
    }
    Ok(text.into_string())
}

fn arrow(section: &Section<'_>, scope: &Scope) -> Result<Option<usize>, Diagnostic> {
    let Some(entry) = section.get("arrow") else { return Ok(None) };
    let number = |entry: &Entry<'_>| Ok(usize::try_from(entry.count()?.get()).unwrap_or(usize::MAX));
    let arrow = number(&entry)?;
    if arrow > scope.arrows {
        let complaint = entry.complaint(format!("the diagram has no arrow {arrow}"));
        return Err(complaint.expected(format!("expected 1 to {}", scope.arrows)));
    }
    Ok(Some(arrow))
}

/// Returns a text as the file holds it: on one line, and referring to nothing.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.replace("${", "$${").chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use time::{Date, Month};

    use super::*;

    /// What an entry says of what is wrong.
    const WRONG: &str = "subject = 'path'\ndefect = 'wrong_value'\n";

    #[test]
    fn every_kind_of_entry_is_read() {
        let text = format!(
            "[[known]]\nscenario = 'a/one'\nparticipant = 'Starship'\narrow = 14\n{WRONG}reason = 'later'\n\
             expires = 2027-01-31\n[[known]]\nscenario = 'b/*'\n{WRONG}reason = 'no arrow'\n\
             [[stray]]\n{WRONG}reason = 'stray'\n[[stray]]\narrow = 1\n{WRONG}reason = 'stray, at an arrow'\n"
        );
        let known = read(&text).unwrap_or_else(|error| panic!("{error}")).known;
        let read: Vec<_> = known.iter().map(|it| (it.place.to_string(), it.reason.as_str(), it.expires)).collect();
        assert_eq!(
            read,
            [
                ("a/one, Starship, arrow 14: path is not the one expected".to_owned(), "later", Some(day())),
                ("b/*, path is not the one expected".to_owned(), "no arrow", None),
                ("outside any scenario, path is not the one expected".to_owned(), "stray", None),
                ("outside any scenario, arrow 1: path is not the one expected".to_owned(), "stray, at an arrow", None),
            ]
        );
        assert_eq!(read_baseline("b.toml", "", &scope()).map(|baseline| baseline.known), Ok(Vec::new()));
    }

    #[test]
    fn what_cannot_be_read_is_refused_at_its_place() {
        let entry = format!("[[known]]\nscenario = 'a/one'\narrow = 14\nreason = 's3cret'\n{WRONG}");
        for (text, expected) in [
            ("[[knwon]]\n".to_owned(), "no key in the top of the file is called `knwon`\n --> b.toml:1:3"),
            (format!("{entry}expire = 1\n"), "no key in [known] is called `expire`\n --> b.toml:7:1"),
            ("[[stray]]\nscenario = 'a/one'\n".to_owned(), "no key in [stray] is called `scenario`\n --> b.toml:2:1"),
            ("[[known]]\nreason = 's3cret'\n".to_owned(), "[known] has no `scenario`\n --> b.toml:1:1"),
            ("[[known]]\nscenario = 'a/one'\n".to_owned(), "[known] has no `subject`\n --> b.toml:1:1"),
            (format!("[[stray]]\n{WRONG}"), "[stray] has no `reason`\n --> b.toml:1:1"),
            (entry.replace("wrong_value", "wrong"), "`defect` cannot be this\n --> b.toml:6:10"),
            (entry.replace("s3cret", " "), "`reason` is empty\n --> b.toml:4:10"),
            (entry.replace("s3cret", TO_BE_FILLED_IN), "nobody has given a reason yet\n --> b.toml:4:10"),
            (entry.replace("a/one", "a/ome"), "no scenario has this address\n --> b.toml:2:12"),
            (entry.replace("a/one", "a"), "no scenario has this address\n --> b.toml:2:12"),
            (entry.replace("a/one", "c/*"), "no scenario has this address\n --> b.toml:2:12"),
            (entry.replace("14", "27"), "the diagram has no arrow 27\n --> b.toml:3:9"),
            (entry.replace("14", "0"), "`arrow` is out of range\n --> b.toml:3:9"),
            (
                format!("{entry}{entry}"),
                "a/one, arrow 14: path is not the one expected is listed already\n --> b.toml:7:1",
            ),
            (format!("{entry}expires = '2027-01-31'\n"), "`expires` is a text\n --> b.toml:7:11"),
            (format!("{entry}expires = 2027-01-31T00:00:00Z\n"), "`expires` is no day\n --> b.toml:7:11"),
            (format!("{entry}expires = 10:00:00\n"), "`expires` is no day\n --> b.toml:7:11"),
        ] {
            let error = read(&text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}\n{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        let hint = |address: &str| read(&entry.replace("a/one", address)).unwrap_err().to_string();
        assert!(hint("a/ome").ends_with("hint: did you mean `a/one`?"), "{}", hint("a/ome"));
        let all = "hint: several have addresses that begin so: `b/rows:*` means all of them";
        assert!(hint("b/rows").ends_with(all), "{}", hint("b/rows"));
        assert!(hint("elsewhere").ends_with("hint: `hopcheck list scenarios` prints the addresses"));
    }

    #[test]
    fn an_entry_may_wait_for_its_reason_where_the_file_is_to_be_written_again() {
        let text = format!("[[known]]\nscenario = 'a/one'\n{WRONG}reason = '{TO_BE_FILLED_IN}'\n");
        assert!(read_baseline("b.toml", &text, &Scope { waits_for_reasons: true, ..scope() }).is_ok());
    }

    #[test]
    fn what_is_written_reads_as_the_same_again() {
        let reasons = ["plain", "\"", "\\", "a\nb\t\u{7f}\u{85}", "${NAME} $${NAME} $", "’é🙂", "'''", "\"\"\"", "#"];
        let entry = |(at, reason): (usize, &str)| KnownDeviation {
            place: Place {
                scenario: (at % 2 == 0).then(|| "a/one".to_owned()),
                wrong: Wrong {
                    participant: (at % 2 == 1).then(|| reason.to_owned()),
                    arrow: (at > 1).then_some(at),
                    subject: reason.to_owned(),
                    defect: Defect::ALL[at],
                },
            },
            reason: reason.to_owned(),
            expires: (at % 3 == 0).then_some(day()),
        };
        let known: Vec<KnownDeviation> = reasons.into_iter().enumerate().map(entry).collect();
        let baseline = Baseline { file: "b.toml".to_owned(), known };
        let again = read(&baseline_text(&baseline)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.known.len(), baseline.known.len());
        assert!(baseline.known.iter().all(|known| again.known.contains(known)), "{again:?}");
    }

    #[test]
    fn a_defect_is_written_in_the_same_word_everywhere() {
        for defect in Defect::ALL {
            assert_eq!(serde_json::json!(defect), defect.word());
        }
    }

    fn read(text: &str) -> Result<Baseline, Diagnostic> {
        read_baseline("b.toml", text, &scope())
    }

    fn day() -> Date {
        Date::from_calendar_date(2027, Month::January, 31).unwrap()
    }

    fn scope() -> Scope {
        let scenarios = ["a/one", "b/rows:1", "b/rows:2"].map(str::to_owned).into();
        Scope { scenarios, arrows: 26, waits_for_reasons: false }
    }
}

//! The JUnit report: a suite per feature, a case per scenario. A scenario that was not judged is skipped, with its
//! reason; one that could not be judged is an error, never a failure.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as JUnit, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::terminal::{finding_lines, gravest};
use super::{BaselineReport, Outcome, Report, RunVerdict, ScenarioReport};
use crate::verdict::Finding;

/// Returns the report as JUnit XML.
pub fn junit(report: &Report) -> Result<String, SerializeError> {
    let mut xml = JUnit::new("hopcheck");
    let mut suites: Vec<TestSuite> = Vec::new();
    for scenario in &report.scenarios {
        let case = case_of(report, scenario);
        if suites.last().is_none_or(|suite| suite.name.as_str() != scenario.feature) {
            suites.push(TestSuite::new(scenario.feature.as_str()));
        }
        if let Some(suite) = suites.last_mut() {
            suite.add_test_case(case);
        }
    }
    if let Some(case) = run_case(report) {
        let mut suite = TestSuite::new("the run itself");
        suite.add_test_case(case);
        suites.push(suite);
    }
    xml.add_test_suites(suites);
    xml.to_string()
}

fn case_of(report: &Report, scenario: &ScenarioReport) -> TestCase {
    let reason = scenario.reason.clone().unwrap_or_default();
    let findings: Vec<String> = scenario.findings.iter().flat_map(|finding| finding_lines(report, finding)).collect();
    let rerun = format!("rerun: {}", scenario.rerun);
    let status = match scenario.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Deviates if scenario.known.is_some() => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("known: {}", scenario.known.as_deref().unwrap_or_default()));
            status
        }
        Outcome::Deviates => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let first = gravest(&scenario.findings).map(ToString::to_string).unwrap_or_default();
            status.set_message(first).set_type("deviates").set_description([findings.join("\n"), rerun].join("\n"));
            status
        }
        Outcome::Error => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(reason).set_type("could not judge").set_description(rerun);
            status
        }
        Outcome::NotRun | Outcome::Waived | Outcome::NotObserved => {
            let mut status = TestCaseStatus::skipped();
            let what = match scenario.outcome {
                Outcome::NotRun => "not run",
                Outcome::Waived => "waived",
                Outcome::NotObserved | Outcome::Passed | Outcome::Deviates | Outcome::Error => "not observed",
            };
            status.set_message(format!("{what}: {reason}"));
            status
        }
    };
    let mut case = TestCase::new(format!("{}: {}", scenario.address, scenario.name), status);
    case.set_classname(scenario.address.split(['/', ':']).next().unwrap_or_default());
    case.set_time(Duration::from_secs_f64(scenario.duration_ms / 1000.0));
    if (scenario.outcome == Outcome::Passed || scenario.known.is_some()) && !scenario.findings.is_empty() {
        case.set_system_out(findings.join("\n"));
    }
    case.extra.insert("file".into(), scenario.file.as_str().into());
    case.extra.insert("line".into(), scenario.line.to_string().into());
    case
}

/// Returns a case for what belongs to no scenario: findings about the whole run, entries of the baseline that are not right
/// (any more), or why it says less than it should.
fn run_case(report: &Report) -> Option<TestCase> {
    let (known, strays): (Vec<&Finding>, Vec<_>) =
        report.findings.iter().partition(|finding| report.lists_stray(finding));
    let complaints = report.baseline.iter().flat_map(BaselineReport::complaints);
    let findings: Vec<String> = strays.into_iter().map(ToString::to_string).chain(complaints).collect();
    let kind = match report.verdict {
        RunVerdict::Deviates if !findings.is_empty() => NonSuccessKind::Failure,
        RunVerdict::Deviates if report.broken_off.is_none() => return None,
        RunVerdict::Deviates | RunVerdict::Incomplete | RunVerdict::NothingRan => NonSuccessKind::Error,
        RunVerdict::Conforms => {
            let known: Vec<String> = known.into_iter().map(ToString::to_string).collect();
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("known: {}", known.join("; ")));
            return (!known.is_empty()).then(|| TestCase::new("run", status));
        }
    };
    let broken_off = report.broken_off.iter().map(|reason| format!("the run broke off: {reason}"));
    let mut told: Vec<String> = broken_off.chain(findings).collect();
    if report.verdict != RunVerdict::Deviates {
        told.extend(shortcomings(report));
    }
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(told.first().map_or("the run is incomplete", String::as_str)).set_description(told.join("\n"));
    Some(TestCase::new("run", status))
}

/// Says in words why a run that does not deviate does not conform either.
fn shortcomings(report: &Report) -> Vec<String> {
    let open: Vec<String> = report.unasserted.iter().map(usize::to_string).collect();
    let summary = &report.summary;
    let counts = [
        (summary.selected == 0, "no scenario was selected".to_owned()),
        (summary.errors > 0, format!("{} scenarios could not be judged", summary.errors)),
        (summary.not_run > 0, format!("{} scenarios were not run", summary.not_run)),
        (summary.not_ended > 0, format!("{} scenarios did not end", summary.not_ended)),
        (summary.passed + summary.known == 0, "no scenario passed".to_owned()),
        (!open.is_empty(), format!("no scenario is about arrow {}", open.join(" "))),
        (!report.unchecked.is_empty(), "labels of the diagram say more than is checked".to_owned()),
    ];
    counts.into_iter().filter(|(holds, _)| *holds).map(|(_, what)| what).collect()
}

#[cfg(test)]
mod tests;

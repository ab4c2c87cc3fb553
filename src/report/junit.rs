//! The JUnit report: a suite per feature, a case per scenario. A scenario that was not judged is skipped, with its
//! reason; one that could not be judged is an error, never a failure.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as JUnit, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::terminal::finding_lines;
use super::{Outcome, Report, ScenarioReport};

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
        Outcome::Deviates => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let first = scenario.findings.first().map(ToString::to_string).unwrap_or_default();
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
    case.extra.insert("file".into(), scenario.file.as_str().into());
    case.extra.insert("line".into(), scenario.line.to_string().into());
    case
}

/// Returns a case for what belongs to no scenario: an early end, or findings about the whole run.
fn run_case(report: &Report) -> Option<TestCase> {
    let mut status = if report.findings.is_empty() {
        TestCaseStatus::non_success(NonSuccessKind::Error)
    } else {
        TestCaseStatus::non_success(NonSuccessKind::Failure)
    };
    let findings = report.findings.iter().map(ToString::to_string);
    let broken_off = report.broken_off.iter().map(|reason| format!("the run broke off: {reason}"));
    let told: Vec<String> = broken_off.chain(findings).collect();
    status.set_message(told.first()?).set_description(told.join("\n"));
    Some(TestCase::new("run", status))
}

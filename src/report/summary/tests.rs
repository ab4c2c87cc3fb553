use super::super::testing::{asserting, finding, report, scenario};
use super::*;
use crate::verdict::Assertion;

/// The verdict on a run of these scenarios, with its exit code.
fn told(results: Vec<ScenarioResult>, change: impl FnOnce(&mut RunContext<'_>)) -> (RunVerdict, u8) {
    let report = report(results, change);
    (report.verdict, report.exit_code)
}

const CONFORMS: (RunVerdict, u8) = (RunVerdict::Conforms, 0);
const DEVIATES: (RunVerdict, u8) = (RunVerdict::Deviates, 1);
const INCOMPLETE: (RunVerdict, u8) = (RunVerdict::Incomplete, 3);
const NOTHING_RAN: (RunVerdict, u8) = (RunVerdict::NothingRan, 4);

#[test]
fn how_one_scenario_among_good_ones_ended_decides() {
    for (outcome, expected) in [
        (Outcome::Passed, CONFORMS),
        (Outcome::Deviates, DEVIATES),
        (Outcome::NotRun, CONFORMS),
        (Outcome::Error, INCOMPLETE),
        (Outcome::Waived, CONFORMS),
        (Outcome::NotObserved, CONFORMS),
    ] {
        assert_eq!(told(vec![asserting([1]), scenario("a/b", outcome)], |_| {}), expected, "{outcome:?}");
    }
}

#[test]
fn a_run_in_which_nothing_passed_never_conforms() {
    for outcome in [Outcome::Waived, Outcome::NotObserved, Outcome::NotRun, Outcome::Error] {
        assert_eq!(told(vec![scenario("a/b", outcome)], |_| {}), INCOMPLETE, "{outcome:?}");
    }
    assert_eq!(told(Vec::new(), |_| {}), NOTHING_RAN);
    assert_eq!(told(Vec::new(), |run| run.selected = 1), INCOMPLETE);
}

#[test]
fn a_deviation_outweighs_what_could_not_be_judged() {
    let results = vec![scenario("a/b", Outcome::Error), scenario("a/c", Outcome::Deviates)];
    assert_eq!(told(results, |run| run.broken_off = Some("SIGTERM".into())), DEVIATES);
}

#[test]
fn a_run_that_broke_off_is_incomplete() {
    assert_eq!(told(vec![asserting([1])], |run| run.broken_off = Some("SIGTERM".into())), INCOMPLETE);
    assert_eq!(told(vec![asserting([1])], |run| run.selected = 2), INCOMPLETE);
}

#[test]
fn an_arrow_that_no_scenario_is_about_leaves_the_run_incomplete() {
    assert_eq!(told(vec![asserting(1..=25)], |run| run.unasserted = vec![26]), INCOMPLETE);
    assert_eq!(told(vec![asserting(1..=25)], |_| {}), CONFORMS);
}

#[test]
fn what_is_only_a_should_fails_when_strict() {
    let should = || ScenarioResult { findings: vec![finding().only_should()], ..asserting([1]) };
    assert_eq!(told(vec![should()], |_| {}), CONFORMS);
    assert_eq!(told(vec![should()], |run| run.strict = true), DEVIATES);
    assert_eq!(report(vec![should()], |_| {}).summary.should_findings, 1);
    let stray = |run: &mut RunContext<'_>| run.findings = vec![finding().only_should()];
    assert_eq!(told(vec![asserting([1])], stray), CONFORMS);
}

#[test]
fn a_finding_that_belongs_to_no_scenario_fails() {
    assert_eq!(told(vec![asserting([1])], |run| run.findings = vec![finding()]), DEVIATES);
}

#[test]
fn a_finding_or_an_arrow_that_deviates_fails_however_its_scenario_ended() {
    let unseen = || scenario("a/b", Outcome::NotObserved);
    let found = ScenarioResult { findings: vec![finding()], ..unseen() };
    assert_eq!(told(vec![asserting([1]), found], |_| {}), DEVIATES);
    let asserted = Assertion { verdict: Verdict::Deviates, ..without_evidence(5) };
    let deviating = ScenarioResult { assertions: vec![asserted], ..unseen() };
    assert_eq!(told(vec![asserting([1]), deviating], |_| {}), DEVIATES);
}

#[test]
fn the_counts_are_of_what_was_seen() {
    let inferred = Assertion { evidence: Evidence::Inferred, verdict: Verdict::Conforms, ..without_evidence(2) };
    let derived = Assertion { evidence: Evidence::Wire, derived: true, ..without_evidence(14) };
    let mut result = asserting([1, 1, 5]);
    result.assertions.extend([inferred, derived]);
    let report = report(vec![result, scenario("a/b", Outcome::Waived)], |run| run.selected = 5);
    let summary = report.summary;
    assert_eq!((summary.arrows_on_the_wire, summary.arrows_inferred, summary.arrows_deviating), (2, 1, 0));
    assert_eq!((summary.selected, summary.passed, summary.waived, summary.not_ended), (5, 1, 1, 3));
    assert_eq!(report.scenarios[0].arrows, [1, 2, 5, 14]);
    assert_eq!(report.scenarios[0].rerun, "hopcheck verify a/good");
}

fn without_evidence(arrow: usize) -> Assertion {
    Assertion { arrow, verdict: Verdict::Conforms, evidence: Evidence::None, derived: false }
}

use time::Month;

use super::super::testing::{asserting, finding, must, report, scenario};
use super::super::{Detail, Report, RunContext, RunVerdict, tail};
use super::*;
use crate::verdict::{Assertion, Evidence, Verdict};

const CONFORMS: (RunVerdict, u8) = (RunVerdict::Conforms, 0);
const DEVIATES: (RunVerdict, u8) = (RunVerdict::Deviates, 1);
const INCOMPLETE: (RunVerdict, u8) = (RunVerdict::Incomplete, 3);

/// The day of the run.
const TODAY: Date = time::OffsetDateTime::UNIX_EPOCH.date();

#[test]
fn what_is_listed_and_deviates_does_not_fail() {
    let run = || vec![asserting([1]), deviating("a/bad", [finding()])];
    assert_eq!(told(&held(run(), &[])), DEVIATES);
    let report = held(run(), &[known("a/bad", 5)]);
    assert_eq!(told(&report), CONFORMS);
    assert_eq!(standings(&report), [Standing::Known]);
    assert_eq!((report.summary.deviating, report.summary.known, report.summary.passed), (0, 1, 1));
    assert_eq!((report.scenarios[1].outcome, report.scenarios[1].known.as_deref()), (Outcome::Deviates, Some("why")));
    assert_eq!(report.scenarios[0].known, None);
}

#[test]
fn a_run_of_nothing_but_known_deviations_conforms() {
    assert_eq!(told(&held(vec![deviating("a/bad", [finding()])], &[known("a/bad", 5)])), CONFORMS);
}

#[test]
fn another_scenario_arrow_member_kind_or_participant_is_not_listed() {
    for listed in [
        known("a/other", 5),
        known("a/bad", 6),
        at_no_arrow("a/bad"),
        stray(Some(5)),
        but(|wrong| wrong.subject = "path".to_owned()),
        but(|wrong| wrong.defect = Defect::Missing),
        but(|wrong| wrong.participant = Some("Starship".to_owned())),
        in_scenarios("b/*"),
    ] {
        let report = held(vec![asserting([1]), deviating("a/bad", [finding()])], std::slice::from_ref(&listed));
        assert_eq!((told(&report), report.summary.deviating), (DEVIATES, 1), "{listed:?}");
    }
}

#[test]
fn every_arrow_at_which_a_scenario_deviates_must_be_listed() {
    let run = || vec![deviating("a/bad", [finding(), must(6, "path", "/a", "/b")])];
    for (listed, expected) in [
        (vec![known("a/bad", 5)], DEVIATES),
        (vec![known("a/bad", 6)], DEVIATES),
        (vec![known("a/bad", 5), known("a/bad", 6)], CONFORMS),
    ] {
        assert_eq!(told(&held(run(), &listed)), expected, "{listed:?}");
    }
}

#[test]
fn what_is_only_a_should_must_be_listed_when_strict() {
    let should = must(6, "path", "200", "500").only_should();
    let run = || vec![deviating("a/bad", [finding(), should.clone()])];
    for (strict, listed, expected) in [
        (false, vec![known("a/bad", 5)], CONFORMS),
        (true, vec![known("a/bad", 5)], DEVIATES),
        (true, vec![known("a/bad", 5), known("a/bad", 6)], CONFORMS),
        // It is there, though it would not fail: the entry is not stale.
        (false, vec![known("a/bad", 5), known("a/bad", 6)], CONFORMS),
    ] {
        let report = under(run(), &listed, |run| run.strict = strict);
        assert_eq!(told(&report), expected, "{strict} {listed:?}");
    }
}

#[test]
fn a_finding_at_no_arrow_and_one_of_no_scenario_can_be_listed() {
    let at_nothing = finding().at(None);
    let run = || vec![asserting([1]), deviating("a/bad", [at_nothing.clone()])];
    assert_eq!(told(&held(run(), &[known("a/bad", 5)])), DEVIATES);
    assert_eq!(told(&held(run(), &[at_no_arrow("a/bad")])), CONFORMS);
    for (found, listed, expected) in [
        (finding(), stray(Some(5)), CONFORMS),
        (finding(), stray(None), DEVIATES),
        (at_nothing.clone(), stray(None), CONFORMS),
        (at_nothing.clone(), stray(Some(5)), DEVIATES),
    ] {
        let report = under(vec![asserting([1])], &[listed], |run| run.findings = vec![found]);
        assert_eq!(told(&report), expected, "{report:?}");
        assert_eq!(
            told_text(&report).contains("outside any scenario\n"),
            expected == DEVIATES,
            "{}",
            told_text(&report)
        );
    }
}

#[test]
fn an_arrow_that_deviates_without_a_finding_must_be_listed_too() {
    let assertion = Assertion { arrow: 5, verdict: Verdict::Deviates, evidence: Evidence::Wire, derived: false };
    let run = || ScenarioResult { assertions: vec![assertion.clone()], ..scenario("a/bad", Outcome::Deviates) };
    assert_eq!(told(&held(vec![run()], &[known("a/bad", 5)])), DEVIATES);
    let bare = but(|wrong| {
        *wrong = Wrong { participant: None, arrow: Some(5), subject: "arrow".to_owned(), defect: Defect::NotAsDrawn };
    });
    assert_eq!(told(&held(vec![run()], &[bare])), CONFORMS);
    let unplaced = scenario("a/bad", Outcome::Deviates);
    assert_eq!(told(&held(vec![asserting([1]), unplaced], &[at_no_arrow("a/bad")])), DEVIATES);
}

#[test]
fn one_entry_can_hold_in_many_scenarios() {
    let run = || vec![deviating("a/bad", [finding()]), deviating("a/worse:2", [finding()])];
    assert_eq!(told(&held(run(), &[known("a/bad", 5)])), DEVIATES);
    for everywhere in ["a/*", "*"] {
        let report = held(run(), &[in_scenarios(everywhere)]);
        assert_eq!((told(&report), standings(&report)), (CONFORMS, vec![Standing::Known]), "{everywhere}");
    }
    // It is mended where every scenario that applies was played and shows it no more.
    let mended = || vec![asserting([5]), scenario("a/b", Outcome::NotRun)];
    assert_eq!(standings(&held(mended(), &[in_scenarios("a/*")])), [Standing::Stale]);
    let unseen = vec![asserting([5]), scenario("a/b", Outcome::NotObserved)];
    assert_eq!(standings(&held(unseen, &[in_scenarios("a/*")])), [Standing::NotSeen]);
    let in_part = under(mended(), &[in_scenarios("a/*")], |run| run.is_whole = false);
    assert_eq!(standings(&in_part), [Standing::NotSeen]);
}

#[test]
fn what_follows_from_a_cause_that_is_listed_is_listed() {
    let cause = must(5, "method", "POST", "GET");
    let form = serde_json::to_value(must(6, "path", "b", "c")).unwrap();
    let mut form = form.as_object().unwrap().clone();
    form.insert("follows_from".to_owned(), 5.into());
    let follows: Finding = serde_json::from_value(form.into()).unwrap();
    let run = |findings: Vec<Finding>| vec![deviating("a/bad", findings)];
    assert_eq!(told(&held(run(vec![cause, follows.clone()]), &[known("a/bad", 5)])), CONFORMS);
    assert_eq!(told(&held(run(vec![follows]), &[known("a/bad", 5)])), DEVIATES);
}

#[test]
fn an_entry_whose_arrow_is_as_it_should_be_is_stale() {
    let report = held(vec![asserting([1])], &[known("a/good", 1)]);
    assert_eq!((told(&report), standings(&report)), (DEVIATES, vec![Standing::Stale]));
    assert!(
        told_text(&report)
            .contains("stale a/good, Customer, arrow 1: path is not the one expected: it is as it should be"),
        "{}",
        told_text(&report)
    );
    // It asserted nothing of the arrow, and came to its end.
    assert_eq!(told(&held(vec![asserting([1])], &[known("a/good", 2)])), DEVIATES);
    assert_eq!(told(&held(vec![asserting([1])], &[stray(None)])), DEVIATES);
}

#[test]
fn an_entry_of_which_nothing_was_seen_is_not_stale() {
    let seen = |arrow, verdict| {
        let evidence = if verdict == Verdict::NotObserved { Evidence::None } else { Evidence::Wire };
        Assertion { arrow, verdict, evidence, derived: false }
    };
    let in_part = |outcome| ScenarioResult {
        assertions: vec![seen(1, Verdict::Conforms), seen(5, Verdict::NotObserved)],
        ..scenario("a/b", outcome)
    };
    let elsewhere = || ScenarioResult { findings: vec![finding()], ..in_part(Outcome::Deviates) };
    for (run, listed, why) in [
        (scenario("a/b", Outcome::NotRun), known("a/b", 5), "the scenario does not apply"),
        (scenario("a/b", Outcome::Waived), known("a/b", 5), "the scenario is waived"),
        (scenario("a/b", Outcome::NotObserved), known("a/b", 5), "the scenario was not observed"),
        (scenario("a/b", Outcome::Error), known("a/b", 5), "the scenario could not be judged"),
        (scenario("a/b", Outcome::Passed), known("a/c", 5), "the scenario was not selected"),
        (in_part(Outcome::Passed), known("a/b", 5), "the arrow was not observed"),
        (in_part(Outcome::Passed), at_no_arrow("a/b"), "the scenario was observed in part"),
        (elsewhere(), known("a/b", 6), "the scenario ended at another deviation"),
        (scenario("a/b", Outcome::Error), stray(None), "not every scenario was played"),
    ] {
        let report = held(vec![asserting([1]), run], &[listed]);
        assert_eq!(standings(&report), [Standing::NotSeen], "{why}");
        assert_eq!(report.baseline.as_ref().and_then(|it| it.entries[0].unseen.as_deref()), Some(why));
        assert!(told_text(&report).contains(why), "{}", told_text(&report));
    }
    let not_all = |run: &mut RunContext<'_>| run.is_whole = false;
    assert_eq!(told(&under(vec![asserting([1])], &[stray(None)], not_all)), CONFORMS);
}

#[test]
fn what_did_not_end_leaves_the_run_incomplete_and_its_entry_open() {
    let report = under(vec![asserting([1])], &[known("a/b", 5), stray(None)], |run| {
        run.selected = 2;
        run.addresses = vec!["a/good".to_owned(), "a/b".to_owned()];
        run.broken_off = Some("SIGTERM was received".to_owned());
    });
    assert_eq!((told(&report), standings(&report)), (INCOMPLETE, vec![Standing::NotSeen; 2]));
}

#[test]
fn an_entry_whose_last_day_is_over_counts_no_more() {
    let run = || vec![asserting([1]), deviating("a/bad", [finding()])];
    let until = |day: Date| [KnownDeviation { expires: Some(day), ..known("a/bad", 5) }];
    let yesterday = TODAY.previous_day().unwrap();
    assert_eq!(told(&held(run(), &until(TODAY))), CONFORMS);
    let report = held(run(), &until(yesterday));
    assert_eq!((told(&report), standings(&report)), (DEVIATES, vec![Standing::Expired]));
    assert_eq!(report.scenarios[1].known, None);
    // Neither is it forgotten where its scenario was to be played, but could not be.
    let unseen = held(vec![asserting([1]), scenario("a/bad", Outcome::NotObserved)], &until(yesterday));
    assert_eq!((told(&unseen), standings(&unseen)), (DEVIATES, vec![Standing::Expired]));
    let of_others = held(vec![asserting([1])], &until(yesterday));
    assert_eq!((told(&of_others), standings(&of_others)), (CONFORMS, vec![Standing::NotSeen]));
}

#[test]
fn a_baseline_never_makes_an_incomplete_run_conform() {
    let run = vec![deviating("a/bad", [finding()]), scenario("a/b", Outcome::Error)];
    assert_eq!(told(&held(run, &[known("a/bad", 5)])), INCOMPLETE);
}

#[test]
fn a_renewed_baseline_lists_what_fails_and_keeps_what_was_said_of_it() {
    let day = Date::from_calendar_date(1969, Month::May, 1).unwrap();
    let expired = KnownDeviation { reason: "mine".to_owned(), expires: Some(day), ..known("a/bad", 5) };
    let before = [expired.clone(), known("a/good", 1), known("a/unselected", 2)];
    let results =
        vec![asserting([1]), deviating("a/bad", [finding(), must(6, "path", "b", "c"), finding().only_should()])];
    let strays = [finding().at(None), finding().only_should()];
    let selected = ["a/good".to_owned(), "a/bad".to_owned()];
    let found =
        Found { results: &results, strays: &strays, selected: &selected, is_whole: true, strict: false, today: TODAY };
    let renewed = Baseline { file: "b.toml".to_owned(), known: before.to_vec() }.renewed(&found);
    let new = |known: KnownDeviation| KnownDeviation { reason: TO_BE_FILLED_IN.to_owned(), ..known };
    assert_eq!(renewed.known, [expired, known("a/unselected", 2), new(known("a/bad", 6)), new(stray(None))]);
    let strict = renewed.renewed(&Found { strict: true, ..found });
    assert_eq!(strict.known.last(), Some(&new(stray(Some(5)))));
}

#[test]
fn reports_that_are_text_say_what_was_known() {
    let dated = KnownDeviation { expires: Some(TODAY), ..known("a/bad", 5) };
    let other = KnownDeviation { reason: "other".to_owned(), ..known("a/bad", 6) };
    let results = vec![asserting([1]), deviating("a/bad", [finding(), must(6, "path", "b", "c")])];
    let report = held(results, &[dated, other, known("a/c", 1), known("a/d", 2)]);
    let plain = told_text(&report);
    for line in [
        "≈ known a/bad, FlexWebchatOrchestratorService, arrow 5: method is not the one expected: why (until 1970-01-01)\n",
        "≈ known a/bad, FederatedAuthService, arrow 6: path is not the one expected: other\n",
        "· not seen 2 entries: the scenario was not selected: a/c, ",
        "2 scenarios: 1 passed, 1 known in 9 ms\nconforms, but for what is known\n",
    ] {
        assert!(plain.contains(line), "{line}\n{plain}");
    }
    assert!(!plain.contains("✗"), "{plain}");
    let xml = super::super::junit(&report);
    assert!(xml.contains(r#"<skipped message="known: why; other"/>"#), "{xml}");
    assert!(xml.contains(r#"failures="0""#) && xml.contains(r#"errors="0""#), "{xml}");
}

#[test]
fn junit_tells_what_is_known_of_the_run_itself_and_fails_for_what_is_stale() {
    let report = under(vec![asserting([1])], &[stray(Some(5))], |run| run.findings = vec![finding()]);
    let xml = super::super::junit(&report);
    let known_stray =
        "<skipped message=\"known: FlexWebchatOrchestratorService, arrow 5: method is not the one expected";
    assert!(xml.contains(known_stray), "{xml}");
    let xml = super::super::junit(&held(vec![asserting([1])], &[known("a/good", 1)]));
    assert!(xml.contains("<failure message=\"stale a/good, ") && xml.contains(r#"failures="1""#), "{xml}");
}

fn told(report: &Report) -> (RunVerdict, u8) {
    (report.verdict, report.exit_code)
}

fn standings(report: &Report) -> Vec<Standing> {
    report.baseline.iter().flat_map(|baseline| &baseline.entries).map(|entry| entry.standing).collect()
}

fn deviating(address: &str, findings: impl Into<Vec<Finding>>) -> ScenarioResult {
    ScenarioResult { findings: findings.into(), ..scenario(address, Outcome::Deviates) }
}

/// Lists what [`finding`] finds at arrow 5; at any other arrow, a path.
fn known(address: &str, arrow: usize) -> KnownDeviation {
    let found = if arrow == 5 { finding() } else { must(arrow, "path", "/a", "/b") };
    let place = Place { scenario: Some(address.to_owned()), wrong: Wrong::of(&found) };
    KnownDeviation { place, reason: "why".to_owned(), expires: None }
}

/// Lists what [`finding`] finds, changed in one way.
fn but(change: impl FnOnce(&mut Wrong)) -> KnownDeviation {
    let mut known = known("a/bad", 5);
    change(&mut known.place.wrong);
    known
}

fn in_scenarios(pattern: &str) -> KnownDeviation {
    known(pattern, 5)
}

fn at_no_arrow(address: &str) -> KnownDeviation {
    let mut known = known(address, 5);
    known.place.wrong.arrow = None;
    known
}

fn stray(arrow: Option<usize>) -> KnownDeviation {
    let mut known = known("", 5);
    known.place.scenario = None;
    known.place.wrong.arrow = arrow;
    known
}

/// Returns the text of a run, without styles and line ends within it.
fn told_text(report: &Report) -> String {
    let plain = anstream::adapter::strip_str(&tail(report, Detail::Usual)).to_string();
    plain.replace("\n    ", " ")
}

/// Holds a run against a baseline of these entries.
fn held(results: Vec<ScenarioResult>, known: &[KnownDeviation]) -> Report {
    under(results, known, |_| {})
}

fn under(results: Vec<ScenarioResult>, known: &[KnownDeviation], change: impl FnOnce(&mut RunContext<'_>)) -> Report {
    report(results, |run| {
        run.baseline = Some(Baseline { file: "b.toml".to_owned(), known: known.to_vec() });
        change(run);
    })
}

use super::super::testing::{asserting, finding, must, report, scenario};
use super::super::{RunContext, ScenarioResult};
use super::*;

fn xml(results: Vec<ScenarioResult>, change: impl FnOnce(&mut RunContext<'_>)) -> String {
    junit(&report(results, change))
}

fn because(outcome: Outcome) -> ScenarioResult {
    ScenarioResult { reason: Some("the reason".into()), ..scenario("a/b:2", outcome) }
}

#[test]
fn a_deviation_is_a_failure_an_obstacle_an_error_and_the_rest_skipped() {
    for (outcome, expected) in [
        (Outcome::Deviates, [r#"failures="1""#, r#"errors="0""#, r#"<failure message="""#]),
        (
            Outcome::Error,
            [r#"failures="0""#, r#"errors="2""#, r#"<error message="the reason" type="could not judge">"#],
        ),
        (Outcome::NotRun, [r#"failures="0""#, r#"errors="0""#, r#"<skipped message="does not apply: the reason"/>"#]),
        (Outcome::Waived, [r#"failures="0""#, r#"errors="0""#, r#"<skipped message="waived: the reason"/>"#]),
        (
            Outcome::NotObserved,
            [r#"failures="0""#, r#"errors="0""#, r#"<skipped message="not observed: the reason"/>"#],
        ),
    ] {
        let xml = xml(vec![asserting([1]), because(outcome)], |_| {});
        assert!(expected.iter().all(|part| xml.contains(part)), "{outcome:?}: {xml}");
    }
}

#[test]
fn a_failure_names_its_arrow_what_was_expected_and_how_to_see_it_again() {
    let findings = vec![finding().only_should(), must(6, "path", "/a", "/b")];
    let xml = xml(vec![ScenarioResult { findings, ..scenario("a/b:2", Outcome::Deviates) }], |_| {});
    let first = r#"message="FederatedAuthService, arrow 6: path is not the one expected: expected /a, observed /b" type="deviates""#;
    for part in [
        first,
        "SHOULD FlexWebchatOrchestratorService, arrow 5",
        "(d.mmd:",
        "rerun: hopcheck verify a/b:2",
        "a.feature:7",
        r#"classname="a""#,
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
}

#[test]
fn a_run_that_is_incomplete_is_never_all_green() {
    let unasserted = |run: &mut RunContext<'_>| run.unasserted = vec![26];
    let text = xml(vec![asserting(1..=25)], unasserted);
    assert!(
        text.contains(
            r#"<error message="no scenario is about arrow 26; `hopcheck lint` tells more" type="could not judge">"#
        ),
        "{text}"
    );
    let text = xml(vec![asserting([1])], |run| run.broken_off = Some("SIGTERM was received".into()));
    assert!(
        text.contains(r#"<error message="the run broke off: SIGTERM was received" type="could not judge">"#),
        "{text}"
    );
    let text = xml(Vec::new(), |_| {});
    assert!(text.contains(r#"<error message="no scenario was selected" type="could not judge">"#), "{text}");
    assert!(!xml(vec![asserting([1])], |_| {}).contains("the run itself"));
}

#[test]
fn a_finding_of_the_run_is_a_failure_only_where_the_run_deviates() {
    assert!(xml(vec![asserting([1])], |run| run.findings = vec![finding()]).contains("<failure message=\"FlexWebchat"));
    let should = |run: &mut RunContext<'_>| run.findings = vec![finding().only_should()];
    assert!(!xml(vec![asserting([1])], should).contains("<failure"));
}

#[test]
fn what_came_from_the_network_stays_text() {
    let hostile = must(5, "member", "a", "]]></failure><x a=\"'&\u{0}\u{1b}[31m");
    let xml = xml(vec![ScenarioResult { findings: vec![hostile], ..scenario("a/b", Outcome::Deviates) }], |_| {});
    assert!(!xml.contains("</failure><x") && !xml.contains("<x "), "{xml}");
    assert!(!xml.contains(['\u{0}', '\u{1b}']), "{xml}");
}

#[test]
fn a_scenario_that_did_not_end_is_skipped_and_says_so() {
    let xml = xml(vec![asserting([1])], |run| {
        run.selected = 2;
        run.addresses.push("a/late".to_owned());
        run.broken_off = Some("the time\nis over".to_owned());
    });
    assert!(xml.contains(r#"<skipped message="did not end: the time; is over"/>"#), "{xml}");
    assert!(xml.contains(r#"<testcase name="a/late" classname="a" time="0.000">"#), "{xml}");
}

#[test]
fn times_are_those_of_the_run() {
    let xml = xml(vec![asserting([1])], |_| {});
    assert!(xml.contains(r#"time="0.003" timestamp="1970-01-01T00:00:00" file="a.feature""#), "{xml}");
    assert!(xml.contains(r#"<testcase name="a/good: a scenario" classname="a" time="0.003"/>"#), "{xml}");
}

#[test]
fn what_crossed_is_there_whole() {
    let exchange = crate::report::ExchangeReport {
        hop: "Customer → Starship".to_owned(),
        request: "POST /x".to_owned(),
        request_body: "{}".repeat(200),
        status: Some(200),
        acao: Vec::new(),
        reply: "[]".to_owned(),
    };
    let deviating = ScenarioResult { transcript: vec![exchange], ..scenario("a/b", Outcome::Deviates) };
    let xml = xml(vec![deviating], |_| {});
    assert!(
        xml.contains(&format!(
            "<system-out>Customer → Starship  POST /x {}\n    ⇒ 200 []\n</system-out>",
            "{}".repeat(200)
        )),
        "{xml}"
    );
}

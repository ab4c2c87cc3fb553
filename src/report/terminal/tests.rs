use super::super::testing::{asserting, finding, must, report, scenario};
use super::super::{ExchangeReport, Outcome, Report, RunContext, ScenarioResult};
use super::*;
use crate::verdict::Finding;

/// The text of a run without its styles. No line of it is longer than a terminal, but where one word is.
fn text(report: &Report, detail: Detail) -> String {
    let text = anstream::adapter::strip_str(&tail(report, detail)).to_string();
    let is_long = |line: &&str| textwrap::core::display_width(line) > 80 && !line.contains("rerun: ");
    assert_eq!(text.lines().find(is_long), None, "{text}");
    text
}

fn deviating(address: &str, findings: impl Into<Vec<Finding>>) -> ScenarioResult {
    ScenarioResult { findings: findings.into(), ..scenario(address, Outcome::Deviates) }
}

/// Has all four services real.
fn all_real(run: &mut RunContext<'_>) {
    let services = ["Starship", "FlexWebchatOrchestratorService", "FederatedAuthService", "ScopedAuthService"];
    run.participants = services.map(|service| (service.to_owned(), "real".to_owned())).into();
}

#[test]
fn a_run_that_conforms_says_what_was_asserted_a_line_a_feature() {
    let text = text(&report(vec![asserting(1..=26)], |_| {}), Detail::Usual);
    let feature = format!("✓ {:62} {:>14}\n", "A feature", "1 of 1");
    assert!(text.starts_with(&feature), "{text}");
    assert!(
        text.ends_with("\n26 of 26 arrows: 26 on the wire, 0 inferred\n1 scenario: 1 passed in 9 ms\nconforms\n"),
        "{text}"
    );
}

#[test]
fn a_cause_in_many_scenarios_is_told_once_with_what_follows_from_it() {
    let exchange = ExchangeReport {
        hop: "Customer → Starship".to_owned(),
        request: "POST /x".to_owned(),
        request_body: "x".repeat(200),
        status: Some(200),
        acao: Vec::new(),
        reply: "[]".to_owned(),
    };
    let first = ScenarioResult { transcript: vec![exchange], ..deviating("a/bad", [finding()]) };
    let report = report(vec![first, deviating("a/worse", [finding()]), asserting([1])], all_real);
    let text = text(&report, Detail::Usual);
    assert!(
        text.starts_with("✗ MUST FlexWebchatOrchestratorService, arrow 5: method is not the one expected\n"),
        "{text}"
    );
    for part in [
        "    drawn     /v1/Accounts/ACXXXXX/Tokens/refresh\n",
        "    expected  POST\n    observed  GET\n",
        "    seen in   a/bad and 1 more scenario\n    Customer → Starship  POST /x xxx",
        "        ⇒ 200 []\n    rerun: hopcheck verify a/bad\n",
    ] {
        assert_eq!(text.matches(part).count(), 1, "{part}\n{text}");
    }
    assert!(!text.contains("✓ A feature"), "{text}");
}

#[test]
fn the_last_lines_say_of_each_real_participant_what_is_wrong_with_it_or_that_nothing_is() {
    let results = || vec![deviating("a/bad", [finding()]), asserting([10, 14])];
    let text = text(&report(results(), all_real), Detail::Usual);
    let last: Vec<&str> = text.lines().rev().take(5).collect();
    let told = [
        "deviates",
        "✓ ScopedAuthService: nothing wrong in what was seen of it",
        "· FederatedAuthService: not seen from here",
        "✗ FlexWebchatOrchestratorService: method is not the one expected (arrow 5)",
        "✓ Starship: nothing wrong in what was seen of it",
    ];
    assert_eq!(last[0], told[0]);
    for line in &told[1..] {
        assert!(last.contains(line), "{line}\n{text}");
    }
    // Where hopcheck plays all of them, only one with something wrong is named.
    let ours = |run: &mut RunContext<'_>| {
        all_real(run);
        run.participants.values_mut().for_each(|player| *player = "reference".to_owned());
    };
    let text = super::tests::text(&report(results(), ours), Detail::Usual);
    assert!(text.contains("✗ FlexWebchatOrchestratorService") && !text.contains("Starship:"), "{text}");
}

#[test]
fn what_is_only_a_should_is_one_line_each_and_folded() {
    let should = |arrow: usize| must(arrow, &format!("header {arrow}"), &"long ".repeat(30), "b").only_should();
    let results = || vec![ScenarioResult { findings: (1..=9).map(should).collect(), ..asserting([1]) }];
    let usual = text(&report(results(), |_| {}), Detail::Usual);
    assert_eq!(usual.lines().filter(|line| line.starts_with("SHOULD ")).count(), 5, "{usual}");
    assert!(usual.contains("  4 more SHOULDs, which fail the run only with --strict"), "{usual}");
    let all = text(&report(results(), |_| {}), Detail::Everything);
    assert_eq!(all.matches("SHOULD ").count(), 9, "{all}");
    assert_eq!(text(&report(results(), |_| {}), Detail::Verdict), "conforms\n");
}

#[test]
fn what_does_not_apply_or_cannot_be_seen_is_a_line_each_and_says_what_would_show_more() {
    let of = |address: &str, outcome, reason: &str| ScenarioResult {
        reason: Some(reason.to_owned()),
        ..scenario(address, outcome)
    };
    let results = || {
        vec![
            asserting([1]),
            of("a/1", Outcome::NotRun, "the deployment has no second account\nhint: name one"),
            of("a/2", Outcome::NotRun, "the deployment has no second account\nhint: name one"),
            of("a/3", Outcome::NotRun, "no expired token"),
            of("a/4", Outcome::NotObserved, "both ends are real"),
            of("a/5", Outcome::Waived, "we know"),
        ]
    };
    let usual = text(&report(results(), |_| {}), Detail::Usual);
    for line in [
        "– 3 scenarios do not apply to what this deployment declares (-v names them)\n    2 more: the deployment has no second account\n    1 more: no expired token\n",
        "· 1 scenario does not show from here (--explain says why)\n",
        "– 1 scenario does not count: waived (-v names them)\n",
    ] {
        assert!(usual.contains(line), "{line}\n{usual}");
    }
    let all = text(&report(results(), |_| {}), Detail::Everything);
    assert!(all.contains("    the deployment has no second account; hint: name one\n      a/1 a/2\n"), "{all}");
}

//! The machine-readable reports: the JSON one against its published schema, the JUnit one as its readers parse it, both
//! of a run that ended well and of every other kind.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};

use hopcheck::report::SCHEMA;
use quick_junit::{NonSuccessKind, Report as JUnit, TestCase, TestCaseStatus};
use serde_json::{Value, json};
use support::{Ended, Folder, Harmed, HostileEdge, Program, StubbornEdge, answer, diagram_with, hold, until};

#[test]
fn a_run_that_conforms_is_reported_as_such() {
    let run = Run::of(&["invalid-token", "feature-off"], &Folder::new());
    assert_eq!(run.ended.code, Some(0));
    assert_eq!((&run.json["verdict"], &run.json["broken_off"]), (&json!("conforms"), &Value::Null));
    assert_eq!(run.json["summary"]["passed"], 16);
    assert_eq!(run.json["arrows"].as_array().map(Vec::len), Some(26));
    assert_eq!(run.json["hops_seen"].as_array().map(Vec::len), Some(4));
    assert_eq!((run.junit.tests, run.junit.failures, run.junit.errors, run.junit.skipped), (16, 0, 0, 0));
    let names: Vec<_> = run.junit.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(names, ["Feature is off", "Invalid token"]);
    let places = run.junit.test_suites.iter().flat_map(|suite| &suite.properties);
    assert_eq!(places.filter(|place| place.value.as_str().starts_with("features/")).count(), 16);
    assert!(run.junit.test_suites.iter().all(|suite| suite.timestamp.is_some() || suite.time.is_some()));
}

#[test]
fn a_deviation_is_a_failure_with_its_arrow_what_was_expected_and_what_was_observed() {
    let folder =
        Folder::new().with("changed.mmd", &diagram_with(35, "token:<token>}", "token:<token>, region:some_region}"));
    let run = Run::of(&["--diagram", "changed.mmd", "valid"], &folder);
    assert_eq!(run.ended.code, Some(1));
    assert_eq!(run.json["verdict"], "deviates");
    let finding = json!({
        "arrow": 14, "severity": "must", "drawn": { "line": 35, "words": "region: some_region" }, "defect": "missing",
        "subject": "member `region`", "expected": "`some_region`", "observed": "nothing", "hint": null,
        "participant": "Starship", "real": false, "follows_from": null,
    });
    assert_eq!(run.scenario("valid/new-token")["findings"][0], finding);
    assert_eq!(run.json["culprits"], json!([{ "participant": "Starship", "arrows": [14], "causes": 1 }]));
    let [cause] = run.json["causes"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        panic!("{}", run.json["causes"])
    };
    assert_eq!((&cause["scenarios"], &cause["fails"]), (&json!(["valid/new-token"]), &json!(true)));
    assert_eq!(run.scenario("valid/new-token")["transcript"].as_array().map(Vec::len), Some(4));
    assert_eq!((run.junit.tests, run.junit.failures, run.junit.errors, run.junit.skipped), (3, 1, 0, 0));
    let TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, message, ty, description, .. } =
        &run.case("valid/new-token").status
    else {
        panic!("{:?}", run.case("valid/new-token"));
    };
    assert_eq!(ty.as_ref().map(quick_junit::XmlString::as_str), Some("deviates"));
    let message = message.as_ref().map_or("", |message| message.as_str());
    let told = "Starship, arrow 14: member `region` is missing: expected `some_region`, observed nothing";
    assert_eq!(message, told);
    let description = description.as_ref().map_or("", |description| description.as_str());
    assert!(description.contains("drawn: region: some_region (changed.mmd:35)"), "{description}");
    let output = run.case("valid/new-token").system_out.as_ref().map_or("", |output| output.as_str());
    assert!(output.contains("FederatedAuth → ScopedAuth  POST /v1/ScopedAuthTokens/validate "), "{output}");
    assert!(description.contains("verify --diagram changed.mmd valid/new-token"), "{description}");
}

#[test]
fn a_deviation_that_the_baseline_lists_is_reported_as_known_and_fails_nothing() {
    let known = |day: &str| {
        format!(
            "[[known]]\nscenario = 'valid/*'\narrow = 14\nsubject = 'member `region`'\ndefect = 'missing'\n\
             reason = 'later'\nexpires = {day}\n[[stray]]\nsubject = 'path'\ndefect = 'extra_call'\nreason = 'x'\n"
        )
    };
    let folder =
        Folder::new().with("changed.mmd", &diagram_with(35, "token:<token>}", "token:<token>, region:some_region}"));
    let options = ["--diagram", "changed.mmd", "--baseline", "known.toml", "valid"];
    folder.write("known.toml", &known("2999-12-31"));
    let run = Run::of(&options, &folder);
    assert_eq!((run.ended.code, &run.json["verdict"]), (Some(0), &json!("conforms")));
    let scenario = run.scenario("valid/new-token");
    assert_eq!((&scenario["outcome"], &scenario["known"]), (&json!("deviates"), &json!("later")));
    assert_eq!((&run.json["summary"]["known"], &run.json["summary"]["deviating"]), (&json!(1), &json!(0)));
    let entries = json!([
        { "scenario": "valid/*", "participant": null, "arrow": 14, "subject": "member `region`", "defect": "missing",
          "reason": "later", "expires": "2999-12-31", "standing": "known", "unseen": null },
        { "scenario": null, "participant": null, "arrow": null, "subject": "path", "defect": "extra_call",
          "reason": "x", "expires": null,
          "standing": "not_seen", "unseen": "not every scenario was played" },
    ]);
    assert_eq!(run.json["baseline"], json!({ "file": "known.toml", "entries": entries }));
    let skipped: usize = run.junit.test_suites.iter().map(|suite| suite.skipped).sum();
    assert_eq!((run.junit.tests, run.junit.failures, run.junit.errors, skipped), (3, 0, 0, 1));
    folder.write("known.toml", &known("2020-01-31"));
    let run = Run::of(&options, &folder);
    assert_eq!((run.ended.code, &run.json["baseline"]["entries"][0]["standing"]), (Some(1), &json!("expired")));
}

#[test]
fn a_scenario_that_could_not_be_judged_is_an_error_and_never_a_failure() {
    let folder =
        Folder::new().with("own/own.feature", "Feature: Own\n  @id:own/typo\n  Scenario: s\n    Given a cat\n");
    let run = Run::of(&["--features", "own"], &folder);
    assert_eq!(run.ended.code, Some(3));
    assert_eq!(run.scenario("own/typo")["outcome"], "error");
    // The run itself is the other one: it is incomplete.
    assert_eq!((run.junit.tests, run.junit.failures, run.junit.errors, run.junit.skipped), (2, 0, 2, 0));
    let TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, message, ty, .. } = &run.case("own/typo").status
    else {
        panic!("{:?}", run.case("own/typo"));
    };
    assert_eq!(ty.as_ref().map(quick_junit::XmlString::as_str), Some("could not judge"));
    assert!(message.as_ref().is_some_and(|message| message.as_str().contains("no step is called “a cat”")));
}

#[test]
fn a_run_of_no_scenario_is_reported_as_one() {
    let run = Run::of(&["--tags", "@nothing-has-this-tag"], &Folder::new());
    assert_eq!(run.ended.code, Some(4));
    assert_eq!((&run.json["verdict"], &run.json["scenarios"]), (&json!("nothing_ran"), &json!([])));
    assert_eq!((run.junit.tests, run.junit.errors), (1, 1));
}

#[test]
fn an_edge_that_cannot_be_reached_is_an_error_of_the_run_itself() {
    let run = Run::of(&["--url", "http://127.0.0.1:1", "--key-on", "CV-some-key", "feature-on"], &Folder::new());
    assert_eq!(run.ended.code, Some(3));
    assert_eq!(run.json["verdict"], "incomplete");
    assert_eq!(run.json["summary"]["not_ended"], 4);
    let reason = run.json["broken_off"].as_str().unwrap_or_default();
    assert!(reason.starts_with("failed to reach the edge at http://127.0.0.1:1"), "{reason}");
    run.is_broken_off_for(reason);
}

#[cfg(unix)]
#[test]
fn a_run_that_is_interrupted_half_way_reports_what_it_knows() {
    for (signal, reason) in [("INT", "Ctrl-C was received"), ("TERM", "SIGTERM was received")] {
        let edge = StubbornEdge::listen();
        let folder = Folder::new();
        let running = Run::begin(&["--url", &edge.url(), "--key-on", "CV-some-key"], &folder);
        // By then, scenarios that lack what they need have ended.
        let _unanswered: Vec<_> = (0..20).map(|_| edge.left_unanswered()).collect();
        running.signal(signal);
        let run = Run::read(running.ends(), &folder);
        assert_eq!(run.ended.code, Some(3), "{signal}");
        assert_eq!(run.json["verdict"], "incomplete");
        run.is_broken_off_for(reason);
        assert!(run.ended.stdout.contains(&format!("broken off: {reason}")), "{}", run.ended.stdout);
        let count = |name: &str| run.json["summary"][name].as_u64().unwrap_or_default();
        assert!(count("not_run") > 0 && count("not_ended") > 0, "{}", run.json["summary"]);
        let skipped = run.cases().filter_map(|case| match &case.status {
            TestCaseStatus::Skipped { message, .. } => message.as_ref().map(quick_junit::XmlString::as_str),
            TestCaseStatus::Success { .. } | TestCaseStatus::NonSuccess { .. } => None,
        });
        let skipped: Vec<&str> = skipped.collect();
        let kinds =
            [("does not apply: ", "not_run"), ("not observed: ", "not_observed"), ("did not end: ", "not_ended")];
        for (kind, name) in kinds {
            let of_kind = skipped.iter().filter(|message| message.len() > kind.len() && message.starts_with(kind));
            assert_eq!(of_kind.count() as u64, count(name), "{skipped:?}");
        }
    }
}

#[test]
fn a_run_whose_time_is_over_breaks_off() {
    let edge = StubbornEdge::listen();
    let run = Run::of(&["--url", &edge.url(), "--key-on", "CV-some-key", "--max-time", "400ms"], &Folder::new());
    assert_eq!(run.ended.code, Some(3));
    run.is_broken_off_for("--max-time 400ms is over");
    let count = |name: &str| run.json["summary"][name].as_u64().unwrap_or_default();
    assert!(count("not_run") > 0 && count("not_ended") > 0, "{}", run.json["summary"]);
    assert!(run.ended.stdout.contains("broken off: --max-time 400ms is over"), "{}", run.ended.stdout);
}

#[test]
fn a_run_that_deviates_before_its_time_is_over_deviates() {
    let first = AtomicBool::new(true);
    let edge = HostileEdge::that(Harmed::Refreshes, move |stream| {
        if first.swap(false, Ordering::Relaxed) { answer(stream, "", "[]") } else { hold(stream) }
    });
    let options = [
        "--url",
        &edge.url(),
        "--key-on",
        "CV-some-key",
        "--max-time",
        "2s",
        "valid/new-token",
        "invalid-token/kinds:3",
    ];
    let run = Run::of(&options, &Folder::new());
    assert_eq!((run.ended.code, &run.json["verdict"]), (Some(1), &json!("deviates")));
    assert_eq!(run.json["broken_off"], "--max-time 2s is over");
}

#[test]
fn time_may_be_over_before_the_first_scenario() {
    let edge = HostileEdge::that(Harmed::Everything, hold);
    let run = Run::of(&["--url", &edge.url(), "--key-on", "CV-some-key", "--max-time", "100ms"], &Folder::new());
    assert_eq!(run.ended.code, Some(3));
    run.is_broken_off_for("--max-time 100ms is over before the first scenario began");
    assert_eq!(run.ended.stderr, "error: --max-time 100ms is over before the first scenario began\n");
}

#[test]
fn a_run_that_ends_in_time_does_not_break_off() {
    let run = Run::of(&["--max-time", "1m", "valid"], &Folder::new());
    assert_eq!((run.ended.code, &run.json["broken_off"]), (Some(0), &Value::Null));
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_reports_that_say_that_it_did_not_end() {
    let edge = StubbornEdge::listen();
    let folder = Folder::new();
    let running = Run::begin(&["--url", &edge.url(), "--key-on", "CV-some-key"], &folder);
    let _unanswered = edge.left_unanswered();
    running.signal("KILL");
    let run = Run::read(running.ends(), &folder);
    assert_eq!((run.ended.code, &run.json["verdict"]), (None, &json!("incomplete")));
    assert_eq!(run.json["summary"]["not_ended"], run.json["summary"]["selected"]);
    run.is_broken_off_for("the run did not end");
}

#[test]
fn the_reports_are_there_as_soon_as_the_run_begins() {
    let edge = StubbornEdge::listen();
    let folder = Folder::new();
    let _running = Run::begin(&["--url", &edge.url(), "--key-on", "CV-some-key"], &folder);
    let json = until("the report", || serde_json::from_str::<Value>(&folder.try_read("report.json")?).ok());
    assert_eq!(json["broken_off"], "the run did not end");
}

#[test]
fn a_report_on_standard_output_has_it_to_itself() {
    for (format, begins) in [("json", "{\n"), ("junit", "<?xml ")] {
        let ended = Program::new(["verify", "--report", &format!("{format}=-"), "valid"]).ends().with(0);
        assert!(ended.stdout.starts_with(begins), "{}", ended.stdout);
        assert!(ended.stderr.ends_with("conforms\n"), "{}", ended.stderr);
        if format == "json" {
            let json: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(complaints(&json), Vec::<String>::new());
        } else {
            assert_eq!(support::refusals(&ended.stdout), Vec::<String>::new());
        }
    }
}

#[test]
fn what_some_reader_refuses_is_refused() {
    let report = |attributes: &str, case: &str| {
        format!(
            "<testsuites name='x' tests='1' failures='0' errors='0' time='0.001'><testsuite name='s' tests='1' \
             failures='0' errors='0' skipped='0' time='0.001' timestamp='2026-01-01T00:00:00'>\
             <testcase name='a' classname='b' time='0.001'{attributes}>{case}</testcase></testsuite></testsuites>"
        )
    };
    assert_eq!(support::refusals(&report("", "")), Vec::<String>::new());
    for (right, wrong) in [("0.001", "1"), ("00:00'", "00:00Z'")] {
        assert_ne!(support::refusals(&report("", "").replace(right, wrong)), Vec::<String>::new(), "{wrong}");
    }
    for (attributes, case) in [
        (" line='7'", ""),
        ("", "<system-out/><skipped message=''/>"),
        ("", "<properties/>"),
        ("", "<failure/>"),
        ("", "<skipped message=''/>x"),
        ("", "<failure message=''/><error message=''/>"),
    ] {
        assert_ne!(support::refusals(&report(attributes, case)), Vec::<String>::new(), "{attributes}{case}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let good = Run::of(&["feature-on/right-account"], &Folder::new()).json;
    let spoilt = |spoil: fn(&mut Value)| {
        let mut report = good.clone();
        spoil(&mut report);
        complaints(&report)
    };
    assert_eq!(complaints(&good), Vec::<String>::new());
    for (spoil, complaint) in [
        (|report| report["extra"] = json!(1), "'extra'"),
        (|report| report["version"] = json!(1), "2 was expected"),
        (|report| report["culprits"] = json!([{ "participant": "", "arrows": [], "causes": 0 }]), "shorter than 1"),
        (|report| report["causes"] = json!([{}]), "required property"),
        (|report| report["started"] = json!("today"), "date-time"),
        (|report| report["exit_code"] = json!(2), "2 is not one of"),
        (|report| report["arrows"][0]["verdict"] = json!("fine"), "\"fine\" is not one of"),
        (|report| report["scenarios"][0]["outcome"] = json!("error"), "null is not of type \"string\""),
        (|report| report["scenarios"][0]["outcome"] = json!("deviates"), "less than 1 item"),
        (|report| report["findings"] = json!([{"arrow": 0}]), "required property"),
        (|report| report["hops_seen"] = json!(["Customer → ScopedAuth"]), "is not one of"),
    ] as [(fn(&mut Value), &str); 11]
    {
        let complaints = spoilt(spoil);
        assert!(complaints.iter().any(|text| text.contains(complaint)), "{complaint}: {complaints:?}");
    }
    for name in good.as_object().into_iter().flatten().map(|(name, _)| name) {
        let mut report = good.clone();
        report.as_object_mut().and_then(|members| members.remove(name));
        assert!(!complaints(&report).is_empty(), "{name} may be left out");
    }
}

/// A run that has ended, with its reports as their readers see them.
struct Run {
    ended: Ended,
    json: Value,
    junit: JUnit,
}

impl Run {
    fn of(arguments: &[&str], folder: &Folder) -> Self {
        Self::read(Self::begin(arguments, folder).ends(), folder)
    }

    fn begin(arguments: &[&str], folder: &Folder) -> support::Running {
        let reports = ["verify", "--report", "json=report.json", "--report", "junit=report.xml"];
        Program::new(reports.iter().chain(arguments)).within(folder).starts()
    }

    /// Reads the reports, and holds them against the schema and against each other.
    fn read(ended: Ended, folder: &Folder) -> Self {
        let json: Value = serde_json::from_str(&folder.read("report.json")).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(complaints(&json), Vec::<String>::new());
        let xml = folder.read("report.xml");
        assert_eq!(support::refusals(&xml), Vec::<String>::new(), "{xml}");
        for text in [&ended.stdout, &ended.stderr, &xml, &folder.read("report.json")] {
            assert!(!text.contains(r"\u{a}"), "{text}");
        }
        let junit = support::junit(&xml);
        let run = Self { ended, json, junit };
        if let Some(code) = run.ended.code {
            assert_eq!(run.json["exit_code"], code);
        }
        let scenarios = run.json["scenarios"].as_array().map_or(0, Vec::len);
        let open = run.json["verdict"] == "incomplete" || run.json["verdict"] == "nothing_ran";
        let of_the_run = usize::from(open || run.json["broken_off"].is_string());
        let of_the_baseline = run.json["baseline"]["entries"].as_array().into_iter().flatten();
        let complains = of_the_baseline.into_iter().any(|it| it["standing"] == "stale" || it["standing"] == "expired");
        let of_the_run = of_the_run.max(usize::from(complains));
        let not_ended = run.json["not_ended"].as_array().map_or(0, Vec::len);
        assert_eq!(run.junit.tests, scenarios + not_ended + of_the_run, "a case for each scenario");
        let summary = &run.json["summary"];
        let count = |name: &str| summary[name].as_u64().unwrap_or_default();
        let parts =
            ["passed", "deviating", "known", "not_run", "waived", "not_observed", "errors", "not_ended"].map(count);
        assert_eq!(parts.iter().sum::<u64>(), count("selected"), "{summary}");
        run
    }

    fn scenario(&self, address: &str) -> &Value {
        let mut scenarios = self.json["scenarios"].as_array().into_iter().flatten();
        scenarios.find(|scenario| scenario["address"] == address).unwrap_or(&Value::Null)
    }

    fn cases(&self) -> impl Iterator<Item = &TestCase> {
        self.junit.test_suites.iter().flat_map(|suite| &suite.test_cases)
    }

    fn case(&self, address: &str) -> &TestCase {
        let named = |case: &&TestCase| case.name.as_str().starts_with(&format!("{address}: "));
        self.cases().find(named).unwrap_or_else(|| panic!("no case is called {address}"))
    }

    fn is_broken_off_for(&self, reason: &str) {
        assert_eq!(self.json["broken_off"], reason);
        let last = self.cases().last().map(|case| &case.status);
        let Some(TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, message: Some(message), .. }) = last else {
            panic!("{last:?}");
        };
        assert_eq!(message.as_str(), format!("the run broke off: {}", reason.replace('\n', "; ")));
    }
}

fn complaints(report: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap_or_else(|error| panic!("{error}"));
    let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&schema);
    let validator = validator.unwrap_or_else(|error| panic!("{error}"));
    validator.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

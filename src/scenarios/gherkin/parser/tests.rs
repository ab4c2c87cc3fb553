//! Feature files of people who know Gherkin, and of people who mistyped it.

use super::*;

#[test]
fn what_gherkin_takes_is_taken() {
    for (text, expected) in [
        (
            "Feature: f\n Rules:\n - one\n Scenario outlines are none.\n Given names\n\n Scenario: a\n  Given x\n",
            "a: x",
        ),
        ("Feature: f\n Background reading: here\n Example\n Scenario: a\n  Rules:\n  * none\n  * x\n", "a: none; x"),
        (
            "# (c) somebody\n\n#language:de\n# more\n\n  @b\n@c # d\nFunktionalität: f\n  Beispiel: a\n    * x\n    Dann y\n",
            "a: x; y",
        ),
        ("# language: en-lol\nOH HAI: f\n MISHUN: a\n  I CAN HAZ x\n  AN y\n", "a: x; y"),
        ("# language: zh-CN\n功能: f\n 场景: a\n  假如x\n  那么 y\n", "a: x; y"),
        (
            "# language: fr\r\nFonctionnalité: f\r\n Scénario: a\r\n  Étant donné qu'il pleut\r\n  Quand x\r\n",
            "a: il pleut; x",
        ),
        ("Feature: f\n Scenario: a\n  Given x\n  # said\n\n  When y\n  #said\n", "a: x; y"),
        (
            "Feature: f\n Background:\n  Given x\n Rule: r\n  Background:\n   Given y\n  Example: a\n   Given z\n",
            "a: z",
        ),
        (
            "Feature: f\n Scenario: <a>\n  Given <a> and <b> < c > d\n  Examples: one\n   | a |\n   | 1 |\n  @t\n  Examples:\n   |a|\n   # 2 is out\n   |3|\n",
            "1: 1 and <b> < c > d | 3: 3 and <b> < c > d",
        ),
        ("Feature: f\n Scenario Template: o\n  Given <x>\n  Scenarios:\n   | x | y |\n   | <y> | z |\n", "o: z"),
        (
            "Feature: f\n Scenario: a\n  Given x\n   | a | b | # said\n\n   # said\n   | \\n | \\d |\n  Given y\n",
            "a: x[a,b/\n,\\d]; y",
        ),
        (
            "Feature: f\n Scenario: a\n  Given x\n   | a |\n   \"\"\" json\n   b\n     c\n  d\n   \\\"\\\"\\\" # e\n   \"\"\"\n  Then y\n   ```\n   \"\"\"\n   ```\n",
            "a: x[a]\"b\n  c\nd\n\"\"\" # e\"; y\"\"\"\"\"",
        ),
        ("Feature: f\n", ""),
    ] {
        assert_eq!(read_feature("f", text).map(|feature| told(&feature)), Ok(expected.to_owned()), "{text}");
    }
}

#[test]
fn what_is_wrong_is_named_where_it_is() {
    for (text, place, expected) in [
        ("", "1:1", "this file has no feature"),
        ("# said\n\n", "1:1", "this file has no feature"),
        ("Scenario: a\n  Given x\n", "1:1", "nothing has begun"),
        ("Feature: f\n Scenario: a\n  Given x\n  Whence y\n", "4:3", "begins with no keyword"),
        ("Feature: f\n Scenario: a\n  Given x\n Scenario b\n  Given y\n", "4:2", "`Scenario:`"),
        ("Feature: f\n Scenario: a\n  Given x\n Scenaro: b\n  Given y\n", "4:2", "did you mean `Scenario:`?"),
        ("Feature: f\n Scenaro: lost\n  Given x\n", "2:2", "`Scenaro:` is no keyword"),
        ("Feature: f\n Scenario: a\n  Background: b\n  Given x\n", "3:3", "`Background:` cannot stand here"),
        ("Feature: f\n Scenario: a\n  Given x\n Background:\n  Given y\n", "4:2", "before the first scenario"),
        ("Feature: f\n Scenario: a\n  Given x\nFeature: g\n", "4:1", "one feature"),
        ("Feature: f\n Scenario: empty\n Scenario: b\n  Given x\n", "2:2", "asserts nothing"),
        ("Feature: f\n Scenario Outline: o\n  Given <x>\n", "2:2", "without Examples"),
        ("# language: de\nFunktionalität: f\n Szenariogrundriss: o\n  * <x>\n", "3:2", "without Examples"),
        ("Feature: f\n Scenario: o\n  Given <x>\n  Examples:\n  | x |\n", "4:3", "no row"),
        ("Feature: f\n Scenario: o\n  Given x <kinds>\n  Examples:\n  | kind |\n  | 1 |\n", "3:11", "expected <kind>"),
        (
            "Feature: f\n Scenario: a\n  Given x\n  | a | b |\n  | 1 |\n",
            "5:3",
            "this row has 1 cell, and the first row of the table has 2",
        ),
        (
            "Feature: f\n Scenario: a\n  Given x\n  | a |\n  | 1 | 22 |\n",
            "5:9",
            "this row has 2 cells, and the first row of the table has 1",
        ),
        ("Feature: f\n Scenario: a\n  Given x\n  | a | b |\n  | 1 | 2\n", "5:3", "a row ends with `|`"),
        ("Feature: f\n Scenario: a\n  Given x\n  \"\"\"\n  unclosed\n", "4:3", "does not end"),
        ("Feature: f\n Scenario: a\n  | a |\n", "2:2", "asserts nothing"),
        ("Feature: f\n @a\n  @b c @d\n Scenario: a\n  Given x\n", "3:3", "a tag has no blank in it"),
        ("Feature: f\n Scenario: a\n  Given x\n @a\n", "4:2", "nothing follows these tags"),
        ("Feature: f\n @a\n  Given x\n", "3:3", "belongs to no scenario"),
        ("# said\n  # language: xx\nFeature: f\n", "2:15", "no language `xx`"),
        ("# language: de_DE\nFeature: f\n", "1:13", "did you mean `de` (German)?"),
        ("Funktionalität: f\n", "1:1", "that is a keyword in German: write `# language: de`"),
        (
            "# language: de\nFunktionalität: f\n Szenario: a\n  Wenn x\n  When y\n",
            "5:3",
            "that is a keyword in English",
        ),
    ] {
        let error = read_feature("f", text).map(|feature| told(&feature)).unwrap_err();
        assert_eq!(format!("{}:{}", error.line(), error.column()), place, "{text}\n{error}");
        assert!(error.to_string().contains(expected), "{text}\n{error}");
    }
}

#[test]
fn a_row_of_an_outline_stands_where_it_is_written() {
    let text = "Feature: f\n Scenario: <a>\n  Given <a>\n  Examples:\n\n   | a |\n   # said\n   | 1 |\n\n   | 2 |\n";
    let lines: Vec<usize> =
        read_feature("f", text).unwrap().scenarios.iter().map(|scenario| scenario.position.line).collect();
    assert_eq!(lines, [8, 10]);
}

fn told(feature: &Feature) -> String {
    let scenarios = feature.scenarios.iter().chain(feature.rules.iter().flat_map(|rule| &rule.scenarios));
    let step = |step: &Step| {
        let rows =
            step.table.iter().map(|table| table.rows.iter().map(|row| row.join(",")).collect::<Vec<_>>().join("/"));
        let table = rows.map(|rows| format!("[{rows}]")).next().unwrap_or_default();
        let text = step.docstring.as_ref().map(|text| format!("\"{text}\"")).unwrap_or_default();
        format!("{}{table}{text}", step.value)
    };
    let of = |scenario: &Scenario| {
        format!("{}: {}", scenario.name, scenario.steps.iter().map(step).collect::<Vec<_>>().join("; "))
    };
    scenarios.map(of).collect::<Vec<_>>().join(" | ")
}

//! Deployments that guard themselves: what one scenario does to them is not blamed on them in the next.

mod support;

use std::time::Duration;

use support::{Ended, Folder, Guard, GuardedEdge, Program, free_address};

/// A scenario that has the edge take its upstream for down, and one that needs it. They stand in this order.
const FEATURE: &str = "Feature: Own

  @id:own/trouble
  Scenario Outline: The Orchestrator <fails>
    Given an account with the feature on
    And a customer with a valid token
    And the Orchestrator <fails>
    When the customer refreshes the token
    Then the Customer receives exactly one ACAO header

    Examples:
      | fails                     |
      | answers with status 503   |
      | breaks off the connection |

  @id:own/refresh
  Scenario: A token is refreshed
    Given an account with the feature on
    And a customer with a valid token
    When the customer refreshes the token
    Then Starship answers the Customer as arrow 14 draws it
";

#[test]
fn a_circuit_breaker_is_no_deviation() {
    let ended = judged(Guard::Breaker(Duration::from_millis(700)), &["--features", "own"]).with(0);
    assert!(ended.stdout.contains("3 scenarios: 3 passed"), "{}", ended.stdout);
}

#[test]
fn a_limit_is_kept_to_and_named() {
    let ended = judged(Guard::Limit(15), &["feature-on", "valid", "invalid-token"]).with(0);
    assert!(!ended.stdout.contains("deviates"), "{}", ended.stdout);
    assert!(ended.stdout.contains("made again later\nhint: `requests_per_second` under [limits]"), "{}", ended.stdout);
}

/// Lets an edge be judged that stands before our Orchestrator.
fn judged(guard: Guard, arguments: &[&str]) -> Ended {
    let folder = Folder::new();
    let orchestrator = free_address();
    let edge = GuardedEdge::before(format!("http://{orchestrator}"), guard);
    let participants = format!(
        "[participants.starship]\nurl = \"{edge}\"\n[participants.orchestrator]\nlisten = \"{orchestrator}\"\n"
    );
    folder.write("d.toml", &participants);
    folder.write("own/own.feature", FEATURE);
    Program::new(["verify", "--deployment", "d.toml"].iter().chain(arguments)).within(&folder).ends()
}

@id:trouble @beyond-the-diagram
Feature: Trouble downstream
  When a neighbour fails, the customer gets a refusal in JSON that a page can read: soon, and never a token. Nobody tries
  again. A neighbour that is slow but in time is no trouble at all.

  @id:trouble/refused
  Scenario Outline: <participant> <trouble>
    Given an account with the feature on
    And a customer with a valid token
    And <participant> <trouble>
    When the customer refreshes the token
    Then the customer is refused because something behind Starship failed
    And <participant> is called once
    And nobody is called more than once
    And the Customer receives exactly one ACAO header

    Examples:
      | participant   | trouble                                           |
      | ScopedAuth    | breaks off the connection                         |
      | ScopedAuth    | resets the connection                             |
      | ScopedAuth    | resets the connection in the middle of its answer |
      | ScopedAuth    | cuts its answer short                             |
      | ScopedAuth    | announces a shorter answer than it gives          |
      | ScopedAuth    | answers with status 302                           |
      | ScopedAuth    | answers with status 500                           |
      | ScopedAuth    | answers with status 503                           |
      | ScopedAuth    | answers with an empty body                        |
      | ScopedAuth    | answers with something that is no JSON            |
      | ScopedAuth    | answers with JSON of another shape                |
      | FederatedAuth | breaks off the connection                         |
      | FederatedAuth | resets the connection                             |
      | FederatedAuth | resets the connection in the middle of its answer |
      | FederatedAuth | cuts its answer short                             |
      | FederatedAuth | announces a shorter answer than it gives          |
      | FederatedAuth | answers with status 302                           |
      | FederatedAuth | answers with status 500                           |
      | FederatedAuth | answers with status 503                           |
      | FederatedAuth | answers with an empty body                        |
      | FederatedAuth | answers with something that is no JSON            |
      | FederatedAuth | answers with JSON of another shape                |
      | Orchestrator  | breaks off the connection                         |
      | Orchestrator  | resets the connection                             |
      | Orchestrator  | resets the connection in the middle of its answer |
      | Orchestrator  | cuts its answer short                             |
      | Orchestrator  | announces a shorter answer than it gives          |
      | Orchestrator  | answers with status 302                           |
      | Orchestrator  | answers with status 500                           |
      | Orchestrator  | answers with status 503                           |
      | Orchestrator  | answers with an empty body                        |
      | Orchestrator  | answers with something that is no JSON            |

  @id:trouble/slow @impatient
  Scenario Outline: <participant> <trouble>
    Given an account with the feature on
    And a customer with a valid token
    And <participant> <trouble>
    When the customer refreshes the token
    Then the customer is refused because something behind Starship took too long
    And <participant> is called once
    And nobody is called more than once
    And the Customer receives exactly one ACAO header

    Examples:
      | participant   | trouble                               |
      | ScopedAuth    | never answers                         |
      | ScopedAuth    | answers after 60000 ms                |
      | ScopedAuth    | drips its answer, a byte every 500 ms |
      | FederatedAuth | never answers                         |
      | FederatedAuth | answers after 60000 ms                |
      | FederatedAuth | drips its answer, a byte every 500 ms |
      | Orchestrator  | never answers                         |
      | Orchestrator  | answers after 60000 ms                |
      | Orchestrator  | drips its answer, a byte every 500 ms |

  @id:trouble/in-time
  Scenario Outline: <participant> <delay>, which is soon enough
    Given an account with the feature on
    And a customer with a valid token
    And <participant> <delay>
    When the customer refreshes the token
    Then Starship answers the Customer as arrow 14 draws it
    And nothing crosses that is not drawn

    Examples:
      | participant   | delay                    |
      | ScopedAuth    | answers after 20 ms      |
      | ScopedAuth    | answers after 1 to 30 ms |
      | FederatedAuth | answers after 20 ms      |
      | FederatedAuth | answers after 1 to 30 ms |
      | Orchestrator  | answers after 20 ms      |
      | Orchestrator  | answers after 1 to 30 ms |

  @id:trouble/over
  Scenario: Once the trouble is over, the same token is refreshed
    Given an account with the feature on
    And a customer with a valid token
    And ScopedAuth answers with status 500
    When the customer refreshes the token
    And ScopedAuth is well again
    And the customer refreshes the token
    Then Starship answers the Customer as arrow 14 draws it

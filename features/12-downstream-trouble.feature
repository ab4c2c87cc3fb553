@id:trouble @beyond-the-diagram
Feature: Trouble downstream
  When a neighbour fails, the customer gets a refusal in JSON that a page can read: soon, and never a token.

  @id:trouble/refused
  Scenario Outline: <participant> <trouble>
    Given an account with the feature on
    And a customer with a valid token
    And <participant> <trouble>
    When the customer refreshes the token
    Then the customer is refused because something behind Starship failed
    And <participant> is called once
    And the Customer receives exactly one ACAO header

    Examples:
      | participant   | trouble                              |
      | ScopedAuth    | breaks off the connection            |
      | ScopedAuth    | answers with status 500              |
      | ScopedAuth    | answers with something that is no JSON |
      | ScopedAuth    | answers with JSON of another shape   |
      | FederatedAuth | breaks off the connection            |
      | FederatedAuth | answers with status 500              |
      | FederatedAuth | answers with something that is no JSON |
      | FederatedAuth | answers with JSON of another shape   |
      | Orchestrator  | breaks off the connection            |

  @id:trouble/slow @impatient
  Scenario Outline: <participant> never answers
    Given an account with the feature on
    And a customer with a valid token
    And <participant> never answers
    When the customer refreshes the token
    Then the customer is refused because something behind Starship took too long
    And <participant> is called once
    And the Customer receives exactly one ACAO header

    Examples:
      | participant   |
      | ScopedAuth    |
      | FederatedAuth |
      | Orchestrator  |

  @id:trouble/over
  Scenario: Once the trouble is over, the same token is refreshed
    Given an account with the feature on
    And a customer with a valid token
    And ScopedAuth answers with status 500
    When the customer refreshes the token
    And ScopedAuth is well again
    And the customer refreshes the token
    Then Starship answers the Customer as arrow 14 draws it

@id:bad-input @beyond-the-diagram
Feature: Bad input
  Whatever is sent, each participant answers with a refusal in JSON and calls nobody for it.

  @id:bad-input/member
  Scenario Outline: <participant> refuses a request whose <member> <flaw>
    Given an account with the feature on
    And a customer with a valid token
    When <participant> is sent the request with a <member> that <flaw>
    Then <participant> refuses the request as malformed
    And <participant> calls nobody

    Examples:
      | participant   | member         | flaw        |
      | Orchestrator  | deployment key | is missing  |
      | Orchestrator  | deployment key | is null     |
      | Orchestrator  | deployment key | is a number |
      | Orchestrator  | deployment key | is a list   |
      | Orchestrator  | token          | is missing  |
      | Orchestrator  | token          | is null     |
      | Orchestrator  | token          | is a number |
      | Orchestrator  | token          | is an object |
      | FederatedAuth | token          | is missing  |
      | FederatedAuth | token          | is null     |
      | FederatedAuth | token          | is a number |
      | FederatedAuth | fingerprint    | is null     |
      | FederatedAuth | fingerprint    | is a list   |
      | ScopedAuth    | token          | is missing  |
      | ScopedAuth    | token          | is null     |
      | ScopedAuth    | token          | is a list   |
      | ScopedAuth    | fingerprint    | is null     |
      | ScopedAuth    | fingerprint    | is an object |

  @id:bad-input/body
  Scenario Outline: <participant> refuses a body that <flaw>
    Given an account with the feature on
    And a customer with a valid token
    When <participant> is sent the request with a body that <flaw>
    Then <participant> refuses the request as malformed
    And <participant> calls nobody

    Examples:
      | participant   | flaw               |
      | Orchestrator  | is empty           |
      | Orchestrator  | is not JSON        |
      | Orchestrator  | is a list          |
      | Orchestrator  | is too large       |
      | Orchestrator  | is sent as text    |
      | FederatedAuth | is empty           |
      | FederatedAuth | is not JSON        |
      | FederatedAuth | is a list          |
      | FederatedAuth | is too large       |
      | FederatedAuth | is sent as text    |
      | ScopedAuth    | is empty           |
      | ScopedAuth    | is not JSON        |
      | ScopedAuth    | is a list          |
      | ScopedAuth    | is too large       |
      | ScopedAuth    | is sent as text    |
      | Starship      | is too large       |

  @id:bad-input/method
  Scenario Outline: <participant> refuses the method <method>
    Given an account with the feature on
    And a customer with a valid token
    When <participant> is sent the request with the method <method>
    Then <participant> refuses the request as malformed
    And <participant> calls nobody

    Examples:
      | participant   | method |
      | Starship      | GET    |
      | Starship      | DELETE |
      | Orchestrator  | GET    |
      | Orchestrator  | PUT    |
      | FederatedAuth | GET    |
      | FederatedAuth | DELETE |
      | ScopedAuth    | GET    |
      | ScopedAuth    | PUT    |

  @id:bad-input/at-the-edge
  Scenario Outline: A customer whose <member> <flaw> is refused, and can read why
    Given an account with the feature on
    And a customer with a valid token
    When Starship is sent the request with a <member> that <flaw>
    Then the customer is refused because the request is malformed
    And FederatedAuth is not called
    And the Customer receives exactly one ACAO header

    Examples:
      | member         | flaw        |
      | deployment key | is missing  |
      | deployment key | is null     |
      | deployment key | is a number |
      | token          | is missing  |
      | token          | is null     |
      | token          | is a number |

  @id:bad-input/body-at-the-edge
  Scenario Outline: A customer whose body <flaw> is refused, and can read why
    Given an account with the feature on
    And a customer with a valid token
    When Starship is sent the request with a body that <flaw>
    Then the customer is refused because the request is malformed
    And FederatedAuth is not called
    And the Customer receives exactly one ACAO header

    Examples:
      | flaw            |
      | is empty        |
      | is not JSON     |
      | is a list       |
      | is too large    |
      | is sent as text |

  @id:bad-input/empty-key
  Scenario: An empty deployment key belongs to no account
    Given an account with the feature on
    And a customer with a valid token
    When Starship is sent the request with a deployment key that is empty
    Then the customer is refused because the deployment key is unknown
    And FederatedAuth is not called

  @id:bad-input/empty-fingerprint
  Scenario: An empty fingerprint is no client's fingerprint
    Given an account with the feature on
    And a customer with a valid token
    When ScopedAuth is sent the request with a fingerprint that is empty
    Then ScopedAuth does not authorise it

  @id:bad-input/empty-token
  Scenario Outline: <participant> does not take an empty token for a valid one
    Given an account with the feature on
    And a customer with a valid token
    When <participant> is sent the request with a token that is empty
    Then <participant> does not authorise it

    Examples:
      | participant   |
      | Starship      |
      | Orchestrator  |
      | FederatedAuth |
      | ScopedAuth    |

  @id:bad-input/unknown-member
  Scenario: A member that nobody knows changes nothing
    Given an account with the feature on
    And a customer with a valid token
    When the customer refreshes the token with an unknown member in the body
    Then Starship answers the Customer as arrow 14 draws it

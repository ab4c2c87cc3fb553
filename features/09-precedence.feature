@id:precedence
Feature: Which refusal comes first
  "Invalid token" is drawn without any further condition, so it wins over an invalid fingerprint.

  @id:precedence/token-before-fingerprint
  Scenario Outline: A token that <flaw>, presented by another browser, is refused for the token
    Given an account with the feature on
    And a customer with a token that <flaw>
    When the customer refreshes the token from another browser
    Then ScopedAuth has found the token invalid, arrow 21
    And ScopedAuth answers FederatedAuth as arrow 22 draws it
    And FederatedAuth answers the Orchestrator as arrow 23 draws it
    And Starship answers the Customer as arrow 26 draws it

    Examples:
      | flaw                 |
      | was tampered with    |
      | is expired           |
      | is not signed at all |

  @id:precedence/origin-before-token @beyond-the-diagram
  Scenario: A page that may not call learns nothing about its token
    Given an account with the feature on that allows some origins
    And a customer with a token that was tampered with
    When the customer refreshes the token from the page "https://elsewhere.example"
    Then the customer is refused because the origin is not allowed
    And FederatedAuth is not called

@id:tokens
Feature: Tokens and identities over several refreshes
  A refreshed token is as good as a first one, and no identity is ever given twice.

  @id:tokens/refreshed-again
  Scenario: A refreshed token can be refreshed again
    Given an account with the feature on
    And a customer with a valid token
    When the customer refreshes the token
    And the customer refreshes the new token
    And the customer refreshes the new token
    Then every refresh is as drawn
    And Starship answers the Customer as arrow 14 draws it

  @id:tokens/valid-in-its-turn
  Scenario: The token that a refresh returns is valid
    Given an account with the feature on
    And a customer with a valid token
    When the customer refreshes the token
    And the customer refreshes the new token
    Then FederatedAuth has returned a valid token, arrow 11
    And Starship has returned a valid token, arrow 14

  @id:tokens/stays-bound
  Scenario: A refreshed token stays bound to its client
    Given an account with the feature on
    And a customer with a valid token
    When the customer refreshes the token
    And the customer refreshes the new token from another browser
    Then ScopedAuth answers FederatedAuth as arrow 16 draws it
    And Starship answers the Customer as arrow 20 draws it

  @id:tokens/refreshed-tampered
  Scenario: A refreshed token that is tampered with is refused
    Given an account with the feature on
    And a customer with a valid token
    When the customer refreshes the token
    And the customer refreshes the new token after tampering with it
    Then ScopedAuth answers FederatedAuth as arrow 22 draws it
    And Starship answers the Customer as arrow 26 draws it

  @id:tokens/identities
  Scenario: No two refreshes give the same identity
    Given an account with the feature on
    And a customer with a valid token
    When the customer refreshes the token, and then each new token, 20 times in all
    Then every refresh is as drawn
    And no two replies to the Customer hold the same identity

  @id:tokens/identities-of-one-token
  Scenario: Refreshing one token twice does not give one identity twice
    Given an account with the feature on
    And a customer with a valid token
    When the customer refreshes the token
    And the customer refreshes the token
    Then no two replies to the Customer hold the same identity

  @id:tokens/identities-at-once
  Scenario: No two customers refreshing at once get the same identity
    Given an account with the feature on
    And 10 customers with valid tokens
    When all customers refresh their tokens at once
    Then every refresh is as drawn
    And no two replies to the Customer hold the same identity

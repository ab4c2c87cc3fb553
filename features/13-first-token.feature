@id:first-token @beyond-the-diagram
Feature: The first token
  The sibling flow gives a customer the token that it refreshes later.

  @id:first-token/created
  Scenario: A customer's first token can be refreshed
    Given an account with the feature on
    When the customer asks for a first token
    Then the customer is given a token
    And the token can be refreshed

  @id:first-token/as-drawn
  Scenario Outline: A first token is created as the diagram of creation draws it
    Given an account with the feature <feature>
    When the customer asks for a first token
    Then the first token is created as drawn

    Examples:
      | feature |
      | on      |
      | off     |

  @id:first-token/unknown-key
  Scenario: A deployment key that no account has gets no token
    Given an account with the feature on
    When the customer asks for a first token with a deployment key that no account has
    Then the customer is refused because the deployment key is unknown

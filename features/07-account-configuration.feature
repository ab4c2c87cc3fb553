@id:configuration
Feature: Account configuration
  The Orchestrator fetches an account's configuration at every refresh and keeps it until that refresh ends.

  @id:configuration/fetched
  Scenario: The refresh follows the account's feature and origins
    Given an account with the feature on that allows some origins
    And a customer with a valid token
    When the customer refreshes the token
    Then the Orchestrator has fetched the configuration of the account, arrow 3

  @id:configuration/each-its-own
  Scenario Outline: The refresh follows the feature of the account, which is <feature>
    Given an account with the feature <feature>
    And a customer with a valid token
    When the customer refreshes the token
    Then the Orchestrator has fetched the configuration of the account, arrow 3

    Examples:
      | feature |
      | on      |
      | off     |

  @id:configuration/fetched-each-time @changes-the-account
  Scenario: A change between two refreshes takes effect on the second
    Given an account with the feature on that allows some origins
    And a customer with a valid token
    When the customer refreshes the token
    And the account is changed to have the feature off and to allow "https://changed.example"
    And the customer refreshes the new token from the page "https://changed.example"
    Then the Orchestrator has fetched the configuration of the account, arrow 3
    And the Orchestrator calls FederatedAuth as arrow 7 draws it

  @id:configuration/kept @changes-the-account
  Scenario: A change during a refresh does not touch it
    Given an account with the feature on that allows some origins
    And a customer with a valid token
    When the account is changed to have the feature off and to allow "https://changed.example" while the customer refreshes the token
    Then the Orchestrator has kept the configuration until the refresh ended, arrow 4
    And Starship answers the Customer as arrow 14 draws it

  @id:configuration/change-takes-effect-next @changes-the-account
  Scenario: A change during a refresh takes effect on the next one
    Given an account with the feature on that allows some origins
    And a customer with a valid token
    When the account is changed to have the feature off and to allow "https://changed.example" while the customer refreshes the token
    And the customer refreshes the new token from the page "https://changed.example"
    Then the Orchestrator has fetched the configuration of the account, arrow 3
    And the Orchestrator calls FederatedAuth as arrow 7 draws it

  @id:configuration/never-mixed
  Scenario: Two accounts refreshed at once are never mixed up
    Given an account with the feature on
    And another account with the feature off
    And a customer of each account with a valid token
    When both customers refresh their tokens at once, 5 times
    Then in every refresh the Orchestrator has found the account of the deployment key, arrow 2
    And in every refresh the Orchestrator has kept the configuration until the refresh ended, arrow 4
    And every refresh is as drawn

  @id:configuration/almost-a-key
  Scenario: A deployment key that is almost an account's belongs to no account
    Given an account with the feature on
    And a customer with a valid token
    When the customer refreshes the token with a deployment key that is almost the account's
    Then the Orchestrator has found no account, arrow 2

  @id:configuration/no-address @beyond-the-diagram
  Scenario: An account without an address configuration is refused
    Given an account without an address configuration
    And a customer with a token that is no token at all
    When the customer refreshes the token
    Then the customer is refused because the account has no address configuration
    And FederatedAuth is not called

  @id:configuration/unknown-key @beyond-the-diagram
  Scenario: A deployment key that no account has is refused
    Given an account with the feature on
    And a customer with a valid token
    When the customer refreshes the token with a deployment key that no account has
    Then the customer is refused because the deployment key is unknown
    And FederatedAuth is not called

@id:feature-off
Feature: Feature is off
  With the feature off no fingerprint travels: neither a value nor a null.
  The diagram draws no reply for a valid token here; it is derived from the one drawn for the feature on.

  Rule: Feature is off

    @id:feature-off/no-fingerprint
    Scenario: The token travels to ScopedAuth without a fingerprint
      Given an account with the feature off
      And a customer with a valid token
      When the customer refreshes the token
      Then the Customer calls the Orchestrator as arrow 1 draws it
      And the Orchestrator calls FederatedAuth as arrow 7 draws it
      And FederatedAuth calls ScopedAuth as arrow 8 draws it
      And nothing crosses that is not drawn

    @id:feature-off/new-token
    Scenario: A valid token is refreshed, as it would be with the feature on
      Given an account with the feature off
      And a customer with a valid token
      When the customer refreshes the token
      Then ScopedAuth answers FederatedAuth as arrow 10 draws it for the feature on
      And FederatedAuth answers the Orchestrator as arrow 11 draws it for the feature on
      And the Orchestrator answers Starship as arrow 12 draws it for the feature on
      And Starship answers the Customer as arrow 14 draws it for the feature on

    @id:feature-off/another-browser
    Scenario: Another browser may refresh the token, since no fingerprint is checked
      Given an account with the feature off
      And a customer with a valid token
      When the customer refreshes the token from another browser
      Then FederatedAuth calls ScopedAuth as arrow 8 draws it
      And Starship answers the Customer as arrow 14 draws it for the feature on

    @id:feature-off/invalid-token
    Scenario: An invalid token is refused without a fingerprint just as with one
      Given an account with the feature off
      And a customer with a token that was tampered with
      When the customer refreshes the token
      Then FederatedAuth calls ScopedAuth as arrow 8 draws it
      And ScopedAuth answers FederatedAuth as arrow 22 draws it
      And FederatedAuth answers the Orchestrator as arrow 23 draws it
      And the Orchestrator answers Starship as arrow 24 draws it
      And Starship answers the Customer as arrow 26 draws it
      And Starship has passed the ACAO header through or set it to "*", arrow 25

    @id:feature-off/acao
    Scenario: Starship sees to the ACAO header of the reply
      Given an account with the feature off
      And a customer with a valid token
      When the customer refreshes the token
      Then Starship has passed the ACAO header through or set it to "*", arrow 13

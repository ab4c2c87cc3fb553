@id:invalid-fingerprint
Feature: Valid token, invalid fingerprint and feature is on
  A token that was given to one client is presented by another: everything but the client is as in the good case.

  Rule: Valid token, invalid fingerprint and feature is on

    @id:invalid-fingerprint/refused
    Scenario: A token presented by another browser is refused with the fingerprint's own code
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token from another browser
      Then the Orchestrator calls FederatedAuth as arrow 5 draws it
      And FederatedAuth calls ScopedAuth as arrow 6 draws it
      And ScopedAuth answers FederatedAuth as arrow 16 draws it
      And FederatedAuth answers the Orchestrator as arrow 17 draws it
      And the Orchestrator answers Starship as arrow 18 draws it
      And Starship answers the Customer as arrow 20 draws it
      And nothing crosses that is not drawn

    @id:invalid-fingerprint/found-invalid
    Scenario: ScopedAuth finds the token valid and the fingerprint invalid
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token from another browser
      Then ScopedAuth has found the token valid and the fingerprint invalid, arrow 15

    @id:invalid-fingerprint/acao
    Scenario: Starship sees to the ACAO header of the refusal
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token from another browser
      Then Starship has passed the ACAO header through or set it to "*", arrow 19

    @id:invalid-fingerprint/own-browser-afterwards
    Scenario: After the refusal the token is still good in its own browser
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token from another browser
      And the customer refreshes the token
      Then ScopedAuth has found the token valid and the fingerprint valid, arrow 9
      And Starship answers the Customer as arrow 14 draws it

    @id:invalid-fingerprint/other-fingerprint
    Scenario: Another browser has another fingerprint
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token
      And the customer refreshes the token from another browser
      Then the Orchestrator sends a different fingerprint each time

@id:valid
Feature: Valid token, valid fingerprint and feature is on
  The same client presents its token and gets a new one,
  with the roles that ScopedAuth granted and an identity never used before.

  Rule: Valid token, valid fingerprint and feature is on

    @id:valid/new-token
    Scenario: The customer gets a new token with the roles that ScopedAuth granted
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token
      Then ScopedAuth answers FederatedAuth as arrow 10 draws it
      And FederatedAuth answers the Orchestrator as arrow 11 draws it
      And the Orchestrator answers Starship as arrow 12 draws it
      And Starship answers the Customer as arrow 14 draws it
      And nothing crosses that is not drawn

    @id:valid/found-valid
    Scenario: ScopedAuth finds the token and the fingerprint valid
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token
      Then ScopedAuth has found the token valid and the fingerprint valid, arrow 9

    @id:valid/acao
    Scenario: Starship sees to the ACAO header of the reply
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token
      Then Starship has passed the ACAO header through or set it to "*", arrow 13

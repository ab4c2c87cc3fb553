@id:feature-on
Feature: Feature is on
  With the feature on, the Orchestrator generates a fingerprint of the client,
  and it travels with the token to ScopedAuth.

  Rule: Feature is on

    @id:feature-on/fingerprint-travels
    Scenario: The fingerprint travels to ScopedAuth together with the token
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token
      Then the Customer calls the Orchestrator as arrow 1 draws it
      And the Orchestrator calls FederatedAuth as arrow 5 draws it
      And FederatedAuth calls ScopedAuth as arrow 6 draws it
      And nothing crosses that is not drawn

    @id:feature-on/right-account
    Scenario: The account is the one that the deployment key belongs to
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token
      Then the Orchestrator has found the account of the deployment key, arrow 2

    @id:feature-on/client-told
    Scenario: The Orchestrator is told of the client what its fingerprint is made of
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token
      Then the Orchestrator has been told of the client what the Customer sent, arrow 1

    @id:feature-on/same-client-same-fingerprint
    Scenario: The same client has the same fingerprint at every refresh
      Given an account with the feature on
      And a customer with a valid token
      When the customer refreshes the token
      And the customer refreshes the token
      Then the Orchestrator sends the same fingerprint both times

@id:invalid-token
Feature: Invalid token
  A token that is not good is refused, whoever presents it and whatever the feature.

  Rule: Invalid token

    @id:invalid-token/refused
    Scenario: A token that was tampered with is refused with the invalid token code
      Given an account with the feature on
      And a customer with a token that was tampered with
      When the customer refreshes the token
      Then the Orchestrator calls FederatedAuth as arrow 5 draws it
      And FederatedAuth calls ScopedAuth as arrow 6 draws it
      And ScopedAuth answers FederatedAuth as arrow 22 draws it
      And FederatedAuth answers the Orchestrator as arrow 23 draws it
      And the Orchestrator answers Starship as arrow 24 draws it
      And Starship answers the Customer as arrow 26 draws it
      And nothing crosses that is not drawn

    @id:invalid-token/found-invalid
    Scenario: ScopedAuth finds the token invalid
      Given an account with the feature on
      And a customer with a token that was tampered with
      When the customer refreshes the token
      Then ScopedAuth has found the token invalid, arrow 21

    @id:invalid-token/acao
    Scenario: Starship sees to the ACAO header of the refusal
      Given an account with the feature on
      And a customer with a token that was tampered with
      When the customer refreshes the token
      Then Starship has passed the ACAO header through or set it to "*", arrow 25

    @id:invalid-token/kinds
    Scenario Outline: A token that <flaw> is refused as an invalid token
      Given an account with the feature on
      And a customer with a token that <flaw>
      When the customer refreshes the token
      Then ScopedAuth has found the token invalid, arrow 21
      And ScopedAuth answers FederatedAuth as arrow 22 draws it
      And FederatedAuth answers the Orchestrator as arrow 23 draws it
      And the Orchestrator answers Starship as arrow 24 draws it
      And Starship answers the Customer as arrow 26 draws it
      And nothing crosses that is not drawn

      Examples:
        | flaw                       |
        | is expired                 |
        | was cut short              |
        | is signed by somebody else |
        | is not signed at all       |
        | is no token at all         |

    @id:invalid-token/empty
    Scenario: A token that is empty is not found valid, whoever refuses it
      Given an account with the feature on
      And a customer with a token that is empty
      When the customer refreshes the token
      Then ScopedAuth has not found the token valid, arrow 21

    @id:invalid-token/another-account
    Scenario: The token of another account's customer is refused as an invalid token
      Given an account with the feature on
      And a customer with a token that belongs to another account
      When the customer refreshes the token
      Then FederatedAuth answers the Orchestrator as arrow 23 draws it
      And the Orchestrator answers Starship as arrow 24 draws it
      And Starship answers the Customer as arrow 26 draws it

    @id:invalid-token/another-account-feature-off
    Scenario: The token of another account's customer is refused, though no fingerprint tells it apart
      Given an account with the feature off
      And a customer with a token that belongs to an account with the feature on
      When the customer refreshes the token
      Then FederatedAuth answers the Orchestrator as arrow 23 draws it
      And the Orchestrator answers Starship as arrow 24 draws it
      And Starship answers the Customer as arrow 26 draws it

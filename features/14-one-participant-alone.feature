@id:alone
Feature: One participant alone
  Whoever is behind the participant in question is played by a stand-in, which answers what the diagram draws, whatever
  the real one would say: here the token is always good, and refused all the same. So the participant alone, and those in
  front of it, are put to the test.

  @id:alone/federated-auth
  Scenario Outline: FederatedAuth goes by a ScopedAuth that <deed>, with the feature <feature>
    Given an account with the feature <feature>
    And a customer with a valid token
    And a stand-in for ScopedAuth that <deed>
    When the customer refreshes the token
    Then FederatedAuth calls ScopedAuth as arrow <call> draws it
    And FederatedAuth answers the Orchestrator as arrow <answer>
    And ScopedAuth is called once
    And nothing crosses that is not drawn

    Examples:
      | feature | deed                    | call | answer                           |
      | on      | authorizes              | 6    | 11 draws it                      |
      | on      | refuses the fingerprint | 6    | 17 draws it                      |
      | on      | refuses the token       | 6    | 23 draws it                      |
      | off     | authorizes              | 8    | 11 draws it for the feature on   |
      | off     | refuses the token       | 8    | 23 draws it                      |

  @id:alone/federated-auth-roles
  Scenario Outline: The roles of the new token are exactly what ScopedAuth grants, such as <grants>
    Given an account with the feature on
    And a customer with a valid token
    And a stand-in for ScopedAuth that authorizes, with these values
      | grants_array | <grants> |
    When the customer refreshes the token
    Then FederatedAuth answers the Orchestrator as arrow 11 draws it
    And the Orchestrator answers Starship as arrow 12 draws it
    And Starship answers the Customer as arrow 14 draws it
    And nothing crosses that is not drawn

    Examples:
      | grants                                             |
      | []                                                 |
      | ["write", "read", "Über alles", "read", "a, b; c"] |

  @id:alone/orchestrator
  Scenario Outline: The Orchestrator goes by a FederatedAuth that <deed>, with the feature <feature>
    Given an account with the feature <feature>
    And a customer with a valid token
    And a stand-in for FederatedAuth that <deed>
    When the customer refreshes the token
    Then the Orchestrator has found the account of the deployment key, arrow 2
    And the Orchestrator has fetched the configuration of the account, arrow 3
    And the Orchestrator calls FederatedAuth as arrow <call> draws it
    And the Orchestrator answers Starship as arrow <answer>
    And FederatedAuth is called once
    And nothing crosses that is not drawn

    Examples:
      | feature | deed                    | call | answer                         |
      | on      | refreshes the token     | 5    | 12 draws it                    |
      | on      | refuses the fingerprint | 5    | 18 draws it                    |
      | on      | refuses the token       | 5    | 24 draws it                    |
      | off     | refreshes the token     | 7    | 12 draws it for the feature on |
      | off     | refuses the token       | 7    | 24 draws it                    |

  @id:alone/orchestrator-hands-on-token
  Scenario: The Orchestrator and Starship hand on a new token that looks unusual as it is
    Given an account with the feature on
    And a customer with a valid token
    And a stand-in for FederatedAuth that refreshes the token, with these values
      | date_time        | "2999-12-31T23:59:59.000001+05:45" |
      | random unique ID | "Zoë #1, or 2"                     |
      | grants_array     | []                                 |
    When the customer refreshes the token
    Then the Orchestrator answers Starship as arrow 12 draws it
    And Starship answers the Customer as arrow 14 draws it

  @id:alone/orchestrator-hands-on-message
  Scenario Outline: The Orchestrator and Starship hand on the message of a FederatedAuth that <deed> as it is
    Given an account with the feature on
    And a customer with a valid token
    And a stand-in for FederatedAuth that <deed>, with these values
      | some_msg | "{valid: true} – 100 % „nein“ 🚫" |
    When the customer refreshes the token
    Then the Orchestrator answers Starship as arrow <inner> draws it
    And Starship answers the Customer as arrow <outer> draws it

    Examples:
      | deed                    | inner | outer |
      | refuses the fingerprint | 18    | 20    |
      | refuses the token       | 24    | 26    |

  @id:alone/starship
  Scenario Outline: Starship goes by an Orchestrator that <deed>
    Given an account with the feature on
    And a customer with a valid token
    And a stand-in for the Orchestrator that <deed>
    When the customer refreshes the token
    Then the Customer calls the Orchestrator as arrow 1 draws it
    And Starship has passed the ACAO header through or set it to "*", arrow <rule>
    And Starship answers the Customer as arrow <answer> draws it
    And the Customer receives exactly one ACAO header, "*"
    And the Orchestrator is called once
    And nothing crosses that is not drawn

    Examples:
      | deed                    | rule | answer |
      | refreshes the token     | 13   | 14     |
      | refuses the fingerprint | 19   | 20     |
      | refuses the token       | 25   | 26     |

  @id:alone/starship-acao
  Scenario Outline: Starship passes on the ACAO header of an Orchestrator that <deed>
    Given an account with the feature on
    And a customer with a valid token
    And a stand-in for the Orchestrator that <deed> and sends the ACAO header "https://a.example"
    When the customer refreshes the token
    Then Starship has passed the ACAO header through or set it to "*", arrow <rule>
    And the Customer receives exactly one ACAO header, "https://a.example"
    And nothing crosses that is not drawn

    Examples:
      | deed                    | rule |
      | refreshes the token     | 13   |
      | refuses the fingerprint | 19   |
      | refuses the token       | 25   |

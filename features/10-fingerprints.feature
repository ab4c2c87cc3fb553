@id:fingerprints
Feature: What a fingerprint is made of
  FingerprintSensitivity says which attributes of a client count. One that does not count may change freely.

  @id:fingerprints/sensitivity
  Scenario Outline: Sensitivity <sensitivity>: another <attribute> is <outcome>
    Given an account with the feature on and fingerprint sensitivity <sensitivity>
    And a customer with a valid token
    When the customer refreshes the token with another <attribute>
    Then the fingerprint is found <outcome>
    And every refresh is as drawn

    Examples:
      | sensitivity | attribute      | outcome |
      | low         | user agent     | invalid |
      | low         | language       | valid   |
      | low         | client address | valid   |
      | medium      | user agent     | invalid |
      | medium      | language       | invalid |
      | medium      | client address | valid   |
      | high        | user agent     | invalid |
      | high        | language       | invalid |
      | high        | client address | invalid |
      | high        | proxy          | valid   |

  @id:fingerprints/behind-a-proxy
  Scenario: A client has the same fingerprint behind one more proxy
    Given an account with the feature on and fingerprint sensitivity high
    And a customer with a valid token
    When the customer refreshes the token
    And the customer refreshes the token with another proxy
    Then the Orchestrator sends the same fingerprint both times

  @id:fingerprints/almost
  Scenario: A fingerprint that is almost the client's is another client's
    Given an account with the feature on
    And a customer with a valid token
    When ScopedAuth is sent the request with a fingerprint that lacks its last letter
    Then ScopedAuth has found another client's fingerprint, arrow 15

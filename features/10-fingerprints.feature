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

@id:origins
Feature: Origins
  Which pages may refresh a token, and the ACAO header (Access-Control-Allow-Origin) that tells their browsers so.
  Starship passes the Orchestrator's header through, and sets "*" where there is none.

  @id:origins/any
  Scenario: An account that names no origins lets every page read the reply
    Given an account with the feature on that allows any origin
    And a customer with a valid token
    When the customer refreshes the token from the page "https://anywhere.example"
    Then the Orchestrator sets no ACAO header
    And the Customer receives exactly one ACAO header, "*"
    And Starship has passed the ACAO header through or set it to "*", arrow 13

  @id:origins/allowed
  Scenario: A page on an allowed origin is named in the reply
    Given an account with the feature on that allows some origins
    And a customer with a valid token
    When the customer refreshes the token from a page on an allowed origin
    Then the Orchestrator has been told of the client what the Customer sent, arrow 1
    And the Customer receives exactly one ACAO header, its own origin
    And Starship has passed the ACAO header through or set it to "*", arrow 13

  @id:origins/allowed-fingerprint-refused
  Scenario: A page on an allowed origin can read the refusal of a fingerprint
    Given an account with the feature on that allows some origins
    And a customer with a valid token
    When the customer refreshes the token from another browser, from a page on an allowed origin
    Then Starship answers the Customer as arrow 20 draws it
    And the Customer receives exactly one ACAO header, its own origin
    And Starship has passed the ACAO header through or set it to "*", arrow 19

  @id:origins/allowed-token-refused
  Scenario: A page on an allowed origin can read the refusal of a token
    Given an account with the feature on that allows some origins
    And a customer with a token that was tampered with
    When the customer refreshes the token from a page on an allowed origin
    Then Starship answers the Customer as arrow 26 draws it
    And the Customer receives exactly one ACAO header, its own origin
    And Starship has passed the ACAO header through or set it to "*", arrow 25

  @id:origins/any-fingerprint-refused
  Scenario: Every page can read the refusal of a fingerprint where no origins are named
    Given an account with the feature on that allows any origin
    And a customer with a valid token
    When the customer refreshes the token from another browser, from the page "https://anywhere.example"
    Then Starship answers the Customer as arrow 20 draws it
    And the Customer receives exactly one ACAO header, "*"
    And Starship has passed the ACAO header through or set it to "*", arrow 19

  @id:origins/any-token-refused
  Scenario: Every page can read the refusal of a token where no origins are named
    Given an account with the feature on that allows any origin
    And a customer with a token that was tampered with
    When the customer refreshes the token from the page "https://anywhere.example"
    Then Starship answers the Customer as arrow 26 draws it
    And the Customer receives exactly one ACAO header, "*"
    And Starship has passed the ACAO header through or set it to "*", arrow 25

  @id:origins/none-sent
  Scenario: A call that names no origin gets the first allowed one
    Given an account with the feature on that allows some origins
    And a customer with a valid token
    When the customer refreshes the token without naming an origin
    Then the Customer receives exactly one ACAO header, the first allowed origin

  @id:origins/look-alike
  Scenario Outline: A page whose origin <likeness> an allowed one is not taken for it
    Given an account with the feature on that allows some origins
    And a customer with a valid token
    When the customer refreshes the token from a page whose origin <likeness> an allowed one
    Then the Orchestrator has not taken the page's origin for an allowed one, arrow 3

    Examples:
      | likeness              |
      | begins like           |
      | ends like             |
      | has another port than |

  @id:origins/null
  Scenario: A page without an origin of its own is told what every page is told
    Given an account with the feature on that allows any origin
    And a customer with a valid token
    When the customer refreshes the token from the page "null"
    Then Starship has passed the ACAO header through or set it to "*", arrow 13

  @id:origins/null-fingerprint-refused
  Scenario: So it is where the fingerprint is refused
    Given an account with the feature on that allows any origin
    And a customer with a valid token
    When the customer refreshes the token from another browser, from the page "null"
    Then Starship has passed the ACAO header through or set it to "*", arrow 19

  @id:origins/null-token-refused
  Scenario: So it is where the token is refused
    Given an account with the feature on that allows any origin
    And a customer with a token that was tampered with
    When the customer refreshes the token from the page "null"
    Then Starship has passed the ACAO header through or set it to "*", arrow 25

  @id:origins/null-look-alike
  Scenario: A page without an origin of its own is not taken for one on an allowed origin
    Given an account with the feature on that allows some origins
    And a customer with a valid token
    When the customer refreshes the token from the page "null"
    Then the Orchestrator has not taken the page's origin for an allowed one, arrow 3

  @id:origins/readable @beyond-the-diagram
  Scenario: The pages of the account can read the reply
    Given an account with the feature on
    And a customer with a valid token
    When the customer refreshes the token
    Then the page may read what the Customer receives

  @id:origins/not-allowed @beyond-the-diagram
  Scenario: A page on another origin is refused before anybody else is called
    Given an account with the feature on that allows some origins
    And a customer with a valid token
    When the customer refreshes the token from the page "https://elsewhere.example"
    Then the customer is refused because the origin is not allowed
    And FederatedAuth is not called
    And the Customer receives exactly one ACAO header, the first allowed origin

  @id:origins/preflight @beyond-the-diagram
  Scenario: A browser's preflight is answered by Starship itself
    Given an account with the feature on
    When the browser of "https://shop.example.com" asks whether it may refresh a token
    Then the browser may go on
    And the Orchestrator is not called

  @id:origins/preflight-null @beyond-the-diagram
  Scenario: A page without an origin of its own is named in no answer to its browser
    Given an account with the feature on
    When the browser of "null" asks whether it may refresh a token
    Then the Customer receives exactly one ACAO header
    And the page may read what the Customer receives

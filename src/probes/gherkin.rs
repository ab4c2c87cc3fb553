//! A case as a scenario, in steps that scenarios can be written with, so that it can be kept beside the others.

use std::fmt::Write as _;

use super::property::{Breach, Property};
use super::requests::Request;
use super::sequence::Played;
use crate::protocol::{Feature, Participant};
use crate::topology::AccountInPlay;
use crate::wire::Draft;

/// Returns a request as a scenario of a feature of its own.
pub(super) fn of_request(
    id: &str,
    request: &Request,
    draft: &Draft,
    account: &AccountInPlay,
    breach: &Breach,
) -> String {
    let mut text = head(id, breach.property);
    given(&mut text, "Given", "an account", account.feature);
    text.push_str("    And a customer with a valid token\n");
    let who = spoken(request.who);
    let _ = writeln!(text, "    When {who} is sent this request\n      \"\"\"");
    for line in draft.to_string().lines() {
        let _ = writeln!(text, "{}", format!("      {line}").trim_end());
    }
    text.push_str("      \"\"\"\n");
    let _ = writeln!(text, "    Then {}", then(breach, request.who));
    text
}

/// Returns a sequence as a scenario of a feature of its own.
pub(super) fn of_sequence(id: &str, played: &Played, accounts: &[AccountInPlay], breach: &Breach) -> String {
    let mut text = head(id, breach.property);
    // Accounts are numbered in the order in which the scenario needs them.
    let mut used: Vec<usize> = played.tokens.iter().map(|(account, ..)| *account).collect();
    used.extend(played.refreshes.iter().map(|made| made.presented.account));
    let mut order: Vec<usize> = Vec::new();
    for account in used {
        if !order.contains(&account) {
            order.push(account);
        }
    }
    let number = |account: usize| order.iter().position(|known| *known == account).unwrap_or_default() + 1;
    for (at, account) in order.iter().filter_map(|place| accounts.get(*place)).enumerate() {
        let (keyword, what) = if at == 0 { ("Given", "an account") } else { ("And", "another account") };
        given(&mut text, keyword, what, account.feature);
    }
    text.push_str("    And these tokens\n      | token | client | account | state |\n");
    let is_new = |token: usize| played.refreshes.iter().any(|made| made.new == Some(token));
    for (token, (account, client, is_expired)) in played.tokens.iter().enumerate().filter(|(token, _)| !is_new(*token))
    {
        let state = if *is_expired { "expired" } else { "valid" };
        let _ = writeln!(text, "      | {} | {} | {} | {state} |", letter(token), client + 1, number(*account));
    }
    text.push_str(
        "    When these refreshes are made, one after the other\n      | client | account | token | manner | gives |\n",
    );
    for made in &played.refreshes {
        let presented = made.presented;
        let manner = if presented.is_intact || made.is_expired { "as given" } else { "tampered with" };
        let gives = made.new.map(letter).unwrap_or_default();
        let (client, account) = (presented.client + 1, number(presented.account));
        let _ = writeln!(text, "      | {client} | {account} | {} | {manner} | {gives} |", letter(presented.token));
    }
    // Whether a token of another account is refused as such or for its fingerprint, the diagram leaves open.
    let is_foreign = played.refreshes.last().is_some_and(|made| made.is_foreign);
    let _ = if is_foreign && breach.property == Property::AsDrawn {
        writeln!(text, "    Then Starship does not authorise it")
    } else {
        writeln!(text, "    Then {}", then(breach, Participant::Starship))
    };
    text
}

/// Returns what the token at a place is called: A to Z, and then A1 and so on.
fn letter(token: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(token % 26).unwrap_or_default());
    if token < 26 { letter.to_string() } else { format!("{letter}{}", token / 26) }
}

fn head(id: &str, property: Property) -> String {
    let sentence = property.sentence();
    format!("@beyond-the-diagram\nFeature: Found by probing\n\n  @id:probe/{id}\n  Scenario: {property}: {sentence}\n")
}

fn given(text: &mut String, keyword: &str, what: &str, feature: Feature) {
    let _ = writeln!(text, "    {keyword} {what} with the feature {feature}");
}

fn spoken(who: Participant) -> String {
    match who {
        Participant::Customer | Participant::Orchestrator => format!("the {who}"),
        Participant::Starship | Participant::FederatedAuth | Participant::ScopedAuth => who.to_string(),
    }
}

fn then(breach: &Breach, who: Participant) -> String {
    let name = spoken(who);
    match breach.property {
        Property::Answers => format!("{name} answers with a status below 500"),
        Property::RefusesInJson => format!("{name} answers in JSON, and refuses with a code and a message"),
        Property::OneAcao => "the Customer receives exactly one ACAO header".to_owned(),
        Property::TokenForToken => format!("{name} does not authorise it"),
        Property::OwnRoles => format!("the roles in the answer of {name} are those of the account"),
        Property::CallsNobody if breach.expected.contains("once") => "nobody is called more than once".to_owned(),
        Property::CallsNobody if who == Participant::Starship => "FederatedAuth is not called".to_owned(),
        Property::CallsNobody => format!("{name} calls nobody"),
        Property::EchoesNoSecret => format!("nothing secret is in the answer of {name}"),
        Property::AsDrawn => "every refresh is as drawn".to_owned(),
    }
}

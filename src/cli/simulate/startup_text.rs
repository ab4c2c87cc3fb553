//! What is printed once everything is served: where it is, what a neighbour has to know, and commands to paste.

use std::fmt::Write as _;

use crate::protocol::{
    Account, CREATE_TOKEN, GENERATE_TOKEN, Participant, REFRESH_TOKEN, VALIDATE_TOKEN, issue_tokens_path,
    refresh_tokens_path,
};
use crate::topology::System;

/// What there is to say.
pub(super) struct Welcome<'a> {
    pub(super) system: &'a System,
    pub(super) accounts: &'a [Account],
    pub(super) admin: &'a str,
    /// What the admin API needs, if it was made here and nobody knows it yet.
    pub(super) token: Option<&'a str>,
    /// Whether it needs one that somebody else knows.
    pub(super) is_token_given: bool,
}

pub(super) fn welcome(said: &Welcome<'_>) -> String {
    let mut text = String::new();
    let played = || {
        let ours = Participant::SERVICES.into_iter().filter(|service| said.system.plays(*service));
        ours.filter_map(|service| Some((service, said.system.address(service)?)))
    };
    for (service, address) in played() {
        let _ = writeln!(text, "{:32} {address}", service.drawn_name());
    }
    let page = said.token.map_or_else(|| format!("{}/", said.admin), |token| format!("{}/#token={token}", said.admin));
    let needs = if said.is_token_given { "  needs the token in HOPCHECK_ADMIN_TOKEN" } else { "" };
    let _ = writeln!(text, "{:32} {page}{needs}\n", "live page and admin API");
    if said.system.plays(Participant::Orchestrator) {
        for account in said.accounts {
            let key = account.deployment_keys.first().map_or("no deployment key", |key| key.expose());
            let _ = writeln!(text, "{key:32} {}  feature {}", account.account_sid, account.feature);
        }
        text.push('\n');
    }
    text.push_str("What a neighbour has to know:\n\n");
    for (service, address) in played() {
        let _ = writeln!(text, "export {}_URL={address}", service.key().replace('-', "_").to_uppercase());
    }
    if let (Some((service, address)), Some(account)) = (played().next(), said.accounts.first()) {
        let _ = write!(
            text,
            "\nA first token, and the same token {}:\n\n",
            if service == Participant::ScopedAuth { "validated" } else { "refreshed" }
        );
        let commands = commands(service, address, account);
        let _ = write!(text, "{commands}\nCtrl-C stops.\n");
    }
    text
}

/// Returns the commands that get a token and have it refreshed, from the outermost service that is played.
fn commands(service: Participant, address: &str, account: &Account) -> String {
    let sid = &account.account_sid;
    let (first, order, then, question) = match service {
        Participant::Customer | Participant::Starship | Participant::Orchestrator => {
            let key = account.deployment_keys.first().map_or("", |key| key.expose());
            (
                CREATE_TOKEN.to_owned(),
                format!(r#"{{"deploymentKey":"{key}"}}"#),
                REFRESH_TOKEN.to_owned(),
                format!(r#"{{\"deploymentKey\":\"{key}\",\"token\":\"$TOKEN\"}}"#),
            )
        }
        Participant::FederatedAuth => (
            issue_tokens_path(sid),
            r#"{"grants":["chat"],"ttl":3600}"#.to_owned(),
            refresh_tokens_path(sid),
            r#"{\"token\":\"$TOKEN\"}"#.to_owned(),
        ),
        Participant::ScopedAuth => (
            GENERATE_TOKEN.to_owned(),
            format!(r#"{{"accountSid":"{sid}","grants":["chat"],"ttl":3600}}"#),
            VALIDATE_TOKEN.to_owned(),
            r#"{\"token\":\"$TOKEN\"}"#.to_owned(),
        ),
    };
    let json = "-H 'content-type: application/json'";
    // Whether curl trusts the certificate is not known here.
    let curl = if address.starts_with("https:") { "curl -sk" } else { "curl -s" };
    format!(
        "TOKEN=$({curl} {address}{first} {json} -d '{order}' | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/')\n\
         {curl} {address}{then} {json} -d \"{question}\"\n"
    )
}

//! Whether the participants of a deployment file can reach each other, and nobody listens where another does.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use reqwest::Url;

use super::participants::Declaration;
use super::{Declared, DeclaredAccount};
use crate::config::toml_text::Section;
use crate::diagnostic::Diagnostic;
use crate::protocol::{Hop, Participant};

/// Complains about the first thing that could not work.
pub(super) fn check(
    top: &Section<'_>,
    declarations: &BTreeMap<Participant, Declaration<'_>>,
    accounts: &[DeclaredAccount],
) -> Result<(), Diagnostic> {
    if !declarations.values().any(|declaration| declaration.declared.is_real()) {
        let complaint = match top.get("participants") {
            Some(participants) => participants.complaint("no participant of this deployment is real"),
            None => top.complaint("the file declares no real participant"),
        };
        return Err(complaint
            .expected("expected a `url` for at least one of them")
            .hint("add `url = \"https://…\"` under [participants.starship], the edge that customers call"));
    }
    for hop in Hop::ALL {
        check_hop(hop, declarations)?;
    }
    check_addresses(declarations)?;
    let orchestrator = &declarations[&Participant::Orchestrator];
    match &orchestrator.real {
        Some(real) if accounts.is_empty() => Err(real
            .complaint("the real Orchestrator has to be told whose token it is, and the file has no account")
            .hint("add [accounts.feature-on] and [accounts.feature-off], each with its `deployment_key`")),
        _ => Ok(()),
    }
}

fn check_hop(hop: Hop, declarations: &BTreeMap<Participant, Declaration<'_>>) -> Result<(), Diagnostic> {
    let (caller, neighbour) = (hop.caller(), hop.callee());
    let declaration = &declarations[&neighbour];
    let caller_is_real = declarations.get(&caller).and_then(|caller| caller.real.as_ref());
    let section = format!("[participants.{}]", neighbour.key());
    match (caller_is_real, &declaration.declared, &declaration.real) {
        (Some(real), Declared::Ours { listen: None }, _) => Err(real
            .complaint(format!(
                "{caller} is real and calls {neighbour}, which hopcheck plays at an address that nobody knows"
            ))
            .hint(format!("add `listen` to {section}, or `real = true` there if the real one runs behind {caller}"))),
        (None, Declared::Behind, Some(real)) => Err(real
            .complaint(format!("{neighbour} is real, but {caller}, which hopcheck plays, has no `url` to call it at"))
            .hint(format!(
                "add its `url` to {section}{}",
                if caller == Participant::Customer {
                    String::new()
                } else {
                    format!(", or declare the real {caller} too")
                }
            ))),
        _ => Ok(()),
    }
}

fn check_addresses(declarations: &BTreeMap<Participant, Declaration<'_>>) -> Result<(), Diagnostic> {
    let mut bound: Vec<(SocketAddr, Participant)> = Vec::new();
    for (who, declaration) in declarations {
        let (Some(address), Some(entry)) = (declaration.declared.bound(), &declaration.bound) else { continue };
        if let Some((_, other)) = bound.iter().find(|(other, _)| overlap(*other, address)) {
            return Err(entry.complaint(format!("{who} and {other} cannot both listen at this address")));
        }
        bound.push((address, *who));
    }
    for declaration in declarations.values() {
        let (Declared::Reachable { url, .. }, Some(entry)) = (&declaration.declared, &declaration.real) else {
            continue;
        };
        if let Some((_, who)) = bound.iter().find(|(address, _)| leads_to(url, *address)) {
            return Err(entry
                .complaint(format!("this is the address at which hopcheck itself listens for {who}"))
                .expected("expected the address of the real participant"));
        }
    }
    Ok(())
}

fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let any = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && (any || one.ip() == other.ip())
}

fn leads_to(url: &Url, address: SocketAddr) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let same_host = match host.parse::<IpAddr>() {
        Ok(ip) => ip == address.ip() || address.ip().is_unspecified() && ip.is_loopback(),
        Err(_) => host == "localhost" && (address.ip().is_loopback() || address.ip().is_unspecified()),
    };
    same_host && url.port_or_known_default() == Some(address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_overlap_where_one_socket_would_take_what_the_other_wants() {
        for (one, other, expected) in [
            ("127.0.0.1:7001", "127.0.0.1:7001", true),
            ("127.0.0.1:7001", "127.0.0.1:7002", false),
            ("127.0.0.1:7001", "127.0.0.2:7001", false),
            ("0.0.0.0:7001", "127.0.0.1:7001", true),
            ("127.0.0.1:7001", "[::]:7001", true),
            ("0.0.0.0:7001", "127.0.0.1:7002", false),
        ] {
            assert_eq!(overlap(one.parse().unwrap(), other.parse().unwrap()), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_url_leads_to_an_address_of_this_host() {
        for (url, address, expected) in [
            ("http://127.0.0.1:7001", "127.0.0.1:7001", true),
            ("http://127.0.0.1:7001/path", "0.0.0.0:7001", true),
            ("http://[::1]:7001", "[::1]:7001", true),
            ("http://localhost:7001", "127.0.0.1:7001", true),
            ("http://localhost:7001", "0.0.0.0:7001", true),
            ("http://localhost", "127.0.0.1:80", true),
            ("http://127.0.0.1:7001", "127.0.0.1:7002", false),
            ("http://localhost:7001", "10.0.0.7:7001", false),
            ("http://10.0.0.7:7001", "0.0.0.0:7001", false),
            ("http://example.com:7001", "127.0.0.1:7001", false),
        ] {
            assert_eq!(leads_to(&url.parse().unwrap(), address.parse().unwrap()), expected, "{url} {address}");
        }
    }
}

//! Who plays whom, who calls what address, which arrows can be seen and why the others cannot: without running anything.

use std::fmt::Write as _;
use std::path::Path;

use crate::config::deployment::{Declared, Deployment};
use crate::diagram::Diagram;
use crate::protocol::{Hop, Participant};
use crate::topology::View;
use crate::verdict::hops_of;

/// Explains one deployment.
pub(super) fn explain(deployment: &Deployment, accounts_file: Option<&Path>, diagram: &Diagram) -> String {
    let mut text = String::from("who plays whom\n");
    for service in Participant::SERVICES {
        let player = match deployment.participants.get(&service) {
            Some(Declared::Reachable { url, .. }) => {
                format!("real, at {}", url.host_str().map_or_else(|| "its url".to_owned(), |host| with_port(url, host)))
            }
            Some(Declared::Behind) => "real, and not reachable from here".to_owned(),
            Some(Declared::Ours { listen: Some(address) }) => format!("hopcheck, at http://{address}"),
            None | Some(Declared::Ours { listen: None }) => "hopcheck, on any free port".to_owned(),
        };
        let _ = writeln!(text, "  {:32} {player}", service.drawn_name());
    }
    text.push_str("\nwhat can be seen\n");
    for hop in Hop::ALL {
        let why = match deployment.view(hop) {
            View::Customer => "seen: hopcheck plays the customer".to_owned(),
            View::Callee => format!("seen: hopcheck plays {}", hop.callee()),
            View::Tap => {
                format!("seen: a tap stands before {}", hop.callee())
            }
            View::Hidden => format!("not seen: both ends are real; a `tap` before {} would show it", hop.callee()),
        };
        let _ = writeln!(text, "  {:32} {why}", hop.to_string());
    }
    let is_between_real = |hop| deployment.view(hop) == View::Tap && deployment.address_to_configure(hop).is_some();
    if Hop::ALL.into_iter().any(is_between_real) {
        text.push_str(
            "  A tap ends its caller's connection and makes one of its own: what is wrong with TLS, HTTP/2 or connections that\n  \
             are kept between the two does not show while it stands between them.\n",
        );
    }
    let [seen, unseen] = [true, false].map(|seen| wire_arrows(deployment, diagram, seen));
    let _ = writeln!(text, "  on the wire: arrows {}", listed(&seen));
    if !unseen.is_empty() {
        let _ = writeln!(text, "  not observed: arrows {}", listed(&unseen));
    }
    let needs: Vec<String> = Hop::ALL
        .into_iter()
        .filter_map(|hop| Some((hop, deployment.address_to_configure(hop)?)))
        .map(|(hop, address)| format!("  {} has to call {} at {address}\n", hop.caller(), hop.callee()))
        .collect();
    if !needs.is_empty() {
        let _ = write!(text, "\nwhat the real services need\n{}", needs.concat());
    }
    let _ = write!(text, "\nwhose tokens are refreshed\n  {}\n", accounts(deployment, accounts_file));
    text
}

fn accounts(deployment: &Deployment, file: Option<&Path>) -> String {
    let orchestrator_is_real = deployment.participants.get(&Participant::Orchestrator).is_some_and(Declared::is_real);
    match file {
        _ if orchestrator_is_real => {
            let named =
                deployment.accounts.iter().map(|account| format!("{} (feature {})", account.name, account.feature));
            let accounts = named.collect::<Vec<_>>().join(", ");
            let switched = if deployment.toggle.is_some() { "; [toggle] switches the feature" } else { "" };
            format!("customers of the accounts of the deployment file: {accounts}{switched}")
        }
        Some(file) => format!("customers of the accounts in {}", file.display()),
        None => {
            "customers of accounts that each scenario makes up; --accounts FILE names some that a real neighbour knows"
                .to_owned()
        }
    }
}

/// Explains every combination of real and simulated services.
pub(super) fn topologies(diagram: &Diagram) -> String {
    let mut text = String::new();
    for combination in 0..16_u8 {
        let mut deployment = Deployment::embedded();
        for (bit, service) in Participant::SERVICES.into_iter().enumerate() {
            if combination & (1 << bit) != 0 {
                deployment.participants.insert(service, Declared::real_anywhere());
            }
        }
        let _ = writeln!(text, "{}", topology(&deployment, diagram));
    }
    text.push_str(
        "`listen` gives a service that hopcheck plays the address which its real caller is configured to call. Internal \
         arrows are\ninferred where the hops they show on are seen. `hopcheck verify --deployment FILE --explain` says the \
         same of one\ndeployment, with its addresses.\n",
    );
    text
}

fn topology(deployment: &Deployment, diagram: &Diagram) -> String {
    let is_real = |service: Participant| deployment.participants.get(&service).is_some_and(Declared::is_real);
    let named = |services: Vec<String>| if services.is_empty() { "none".to_owned() } else { services.join(", ") };
    let (real, ours): (Vec<_>, Vec<_>) = Participant::SERVICES.into_iter().partition(|service| is_real(*service));
    let played = ours.into_iter().map(|service| match service.called_on().map(Hop::caller) {
        Some(caller) if is_real(caller) => format!("{service} (the real {caller} calls it: needs `listen`)"),
        Some(_) | None => service.to_string(),
    });
    let mut text = format!("real: {}\n", named(real.iter().map(ToString::to_string).collect()));
    let _ = writeln!(text, "  hopcheck plays  {}", named(played.collect()));
    let seen = wire_arrows(deployment, diagram, true);
    let _ = writeln!(text, "  on the wire     {}", listed(&seen));
    let unseen = wire_arrows(deployment, diagram, false);
    if !unseen.is_empty() {
        let hidden = Hop::ALL.into_iter().filter(|hop| deployment.view(*hop) == View::Hidden);
        let taps: Vec<String> = hidden.map(|hop| format!("before {}", hop.callee())).collect();
        let _ = writeln!(
            text,
            "  not observed    {}: both ends are real; a `tap` {} shows them",
            listed(&unseen),
            taps.join(" and ")
        );
    }
    text
}

fn with_port(url: &reqwest::Url, host: &str) -> String {
    url.port().map_or_else(|| format!("{}://{host}", url.scheme()), |port| format!("{}://{host}:{port}", url.scheme()))
}

fn wire_arrows(deployment: &Deployment, diagram: &Diagram, seen: bool) -> Vec<usize> {
    let is_seen = |hops: &[Hop]| hops.iter().any(|hop| deployment.view(*hop).is_seen());
    let wire = diagram.arrows().iter().filter(|arrow| !arrow.is_internal());
    wire.filter(|arrow| is_seen(&hops_of(arrow)) == seen).map(|arrow| arrow.number).collect()
}

fn listed(arrows: &[usize]) -> String {
    arrows.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}

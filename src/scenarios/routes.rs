//! The routes that the diagrams in hand draw, for the customer and for whoever is played beside a stranger.

use std::collections::BTreeMap;

use crate::diagram::{Diagram, Kind, Meaning, Member, RequestLabel, Segment, Value};
use crate::protocol::{Participant, Route, Routes};

/// Returns the routes of a refresh and of a creation as they are drawn; where one is not, that of the reference.
pub fn drawn_routes(refresh: &Diagram, creation: &Diagram) -> Routes {
    let usual = Routes::default();
    let route = |diagram: &Diagram, to: Participant, usual: &Route| {
        request_to(diagram, to).and_then(route_of).unwrap_or_else(|| usual.clone())
    };
    let key = request_to(creation, Participant::Orchestrator).and_then(|label| place_of(label, Kind::Text));
    let token = request_to(refresh, Participant::Orchestrator).and_then(|label| place_of(label, Kind::Token));
    Routes {
        create: route(creation, Participant::Orchestrator, &usual.create),
        refresh: route(refresh, Participant::Orchestrator, &usual.refresh),
        issue: route(creation, Participant::FederatedAuth, &usual.issue),
        renew: route(refresh, Participant::FederatedAuth, &usual.renew),
        generate: route(creation, Participant::ScopedAuth, &usual.generate),
        validate: route(refresh, Participant::ScopedAuth, &usual.validate),
        deployment_key_at: key.unwrap_or(usual.deployment_key_at),
        token_at: token,
        states_grants: request_to(creation, Participant::ScopedAuth)
            .is_none_or(|label| place_of(label, Kind::Texts).is_some()),
        places: drawn_places(creation),
        is_lenient: false,
    }
}

/// Returns where a diagram of creation draws what the reference calls otherwise.
fn drawn_places(creation: &Diagram) -> BTreeMap<(Participant, &'static str), Vec<String>> {
    let arrows = creation.arrows().iter();
    let messages = arrows.filter_map(|arrow| match (&arrow.meaning, Participant::drawn_as(&arrow.from)?) {
        (Meaning::Request(label), sender) if sender > Participant::Starship => Some((sender, &label.members)),
        (Meaning::Reply(label), sender) if sender > Participant::Starship => Some((sender, &label.members)),
        (Meaning::Request(_) | Meaning::Reply(_) | Meaning::Action(_) | Meaning::Prose(_), _) => None,
    });
    let members = messages.flat_map(|(sender, members)| members.iter().map(move |member| (sender, member)));
    let placed = members.filter_map(|(sender, member)| {
        let called = usual_name(member)?;
        (member.path != [called]).then(|| ((sender, called), member.path.clone()))
    });
    placed.collect()
}

/// Returns what the reference calls a member of a body of the creation flow.
fn usual_name(member: &Member) -> Option<&'static str> {
    let name = member.name()?;
    let says = |word: &str| name.text.to_lowercase().contains(word);
    match name.kind {
        Kind::AccountSid => Some("accountSid"),
        Kind::Texts => Some("grants"),
        Kind::Token => Some("token"),
        Kind::UniqueId => Some("identity"),
        Kind::Text if says("finger") => Some("fingerprint"),
        Kind::Text | Kind::DateTime if says("ttl") || says("life") => Some("ttl"),
        Kind::Text | Kind::DateTime | Kind::Code | Kind::Verdict => None,
    }
}

/// Returns the first request that is drawn to a participant.
fn request_to(diagram: &Diagram, to: Participant) -> Option<&RequestLabel> {
    diagram.arrows().iter().find_map(|arrow| match &arrow.meaning {
        Meaning::Request(label) if arrow.to == to.drawn_name() => Some(label),
        Meaning::Request(_) | Meaning::Reply(_) | Meaning::Action(_) | Meaning::Prose(_) => None,
    })
}

/// Returns a label's route, unless its path names something that is not known here.
fn route_of(label: &RequestLabel) -> Option<Route> {
    let segments = label.path.iter().map(|segment| match segment {
        Segment::Literal(text) => Some(format!("/{text}")),
        Segment::Name(name) => (name.kind == Kind::AccountSid).then(|| "/{account_sid}".to_owned()),
    });
    let path = segments.collect::<Option<String>>()?;
    (!path.is_empty()).then(|| Route {
        method: label.method_or_post().to_owned(),
        path,
        is_method_agreed: label.method.is_some(),
    })
}

/// Returns where a label draws the first name of a kind.
fn place_of(label: &RequestLabel, kind: Kind) -> Option<Vec<String>> {
    let is_wanted = |member: &&Member| matches!(&member.value, Value::Name(name) if name.kind == kind);
    label.members.iter().find(is_wanted).map(|member| member.path.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_diagrams_draw_the_routes_of_the_reference() {
        let (refresh, creation) = (Diagram::built_in().unwrap(), Diagram::built_in_creation().unwrap());
        assert_eq!(drawn_routes(&refresh, &creation), Routes::default());
    }

    #[test]
    fn another_diagram_draws_others() {
        let drawn = "sequenceDiagram\n\
            actor C as Customer\n\
            participant FWO as FlexWebchatOrchestratorService\n\
            participant FAS as FederatedAuthService\n\
            C ->> FWO : PUT /v9/chat/start req.body.site.key=deployment_key\n\
            FWO ->> FAS : POST /v2/Accounts/ACXXXXX/Tokens\n\
            FAS ->> FWO : {token: generated_token}\n\
            FWO ->> C : {token: generated_token}\n";
        let (refresh, creation) = (Diagram::built_in().unwrap(), Diagram::parse("c.mmd", drawn).unwrap());
        let routes = drawn_routes(&refresh, &creation);
        assert_eq!(routes.create, Route { method: "PUT".to_owned(), ..Route::post("/v9/chat/start") });
        assert_eq!(routes.issue, Route::post("/v2/Accounts/{account_sid}/Tokens"));
        assert_eq!(routes.generate, Routes::default().generate);
        assert_eq!(routes.deployment_key_at, ["site", "key"]);
        assert_eq!(routes.places, BTreeMap::new());
    }

    #[test]
    fn members_stand_where_a_diagram_of_creation_draws_them() {
        let drawn = "sequenceDiagram\n\
            participant FAS as FederatedAuthService\n\
            participant SAS as ScopedAuthService\n\
            FAS ->> SAS : POST /mint req.body.account=account_sid req.body.life=ttl\n\
            SAS ->> FAS : {session_token: generated_token}\n";
        let (refresh, creation) = (Diagram::built_in().unwrap(), Diagram::parse("c.mmd", drawn).unwrap());
        let places = drawn_routes(&refresh, &creation).places;
        let of = |sender, called| places.get(&(sender, called)).map(|path| path.join("."));
        assert_eq!(of(Participant::FederatedAuth, "accountSid"), Some("account".to_owned()));
        assert_eq!(of(Participant::FederatedAuth, "ttl"), Some("life".to_owned()));
        assert_eq!(of(Participant::ScopedAuth, "token"), Some("session_token".to_owned()));
        assert_eq!(places.len(), 3);
    }
}

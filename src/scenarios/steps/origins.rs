//! Origins and the ACAO header (Access-Control-Allow-Origin), as browsers see them.

use cucumber::{then, when};

use crate::protocol::{Hop, OPAQUE_ORIGIN, Participant, REFRESH_TOKEN, is_origin};
use crate::scenarios::parameters::Who;
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::transcript::{Keys, Purpose, Request};
use crate::verdict::{Defect, Finding};

const ACAO: &str = "access-control-allow-origin";

/// The participant's reply has no ACAO header of its own.
#[then(expr = "{participant} sets no ACAO header")]
fn sets_no_acao_header(stage: &mut Stage, who: Who) -> Step {
    let Some(hop) = who.0.called_on() else {
        return Err(stage.stop(Halt::Error(format!("{} answers nobody", who.0))));
    };
    stage.must_be_judged(who.0)?;
    let transcript = stage.last_transcript()?;
    if !stage.sees(hop) {
        stage.unseen(&format!("what {} answers", who.0));
        return Ok(());
    }
    let values = transcript
        .first_on(hop)
        .and_then(|exchange| exchange.reply())
        .map(|reply| reply.header_values(ACAO).map(str::to_owned).collect::<Vec<_>>());
    let Some(values) = values else {
        return stage.remark(who.0, "the reply", ["one to look at", "none"], &transcript);
    };
    // Others may say in another way that every page can read the reply.
    let page = stage.last_refresh()?.origin.unwrap_or_default();
    let is_open = |value: &String| *value == "*" || *value == page;
    if values.is_empty() || stage.run()?.under_test().is_real(who.0) && values.iter().all(is_open) {
        stage.holds();
        return Ok(());
    }
    let subject = format!("the ACAO header of {}", who.0);
    let observed = values.join(" and ");
    acao_finding(stage, who.0, &subject, ["none, as the account names no origins", &observed])
}

/// One header, and a value that browsers take: `*`, or an origin as they write it.
#[then(expr = "the Customer receives exactly one ACAO header")]
fn receives_one_acao_header(stage: &mut Stage) -> Step {
    receives_acao(stage, &Wanted::One)
}

/// One header, with this value.
#[then(expr = "the Customer receives exactly one ACAO header, {string}")]
fn receives_this_acao_header(stage: &mut Stage, value: String) -> Step {
    receives_acao(stage, &Wanted::Value(value))
}

/// One header, which names the origin of the page that called.
#[then(expr = "the Customer receives exactly one ACAO header, its own origin")]
fn receives_its_own_origin(stage: &mut Stage) -> Step {
    match stage.last_refresh()?.origin {
        Some(origin) => receives_acao(stage, &Wanted::Value(origin)),
        None => Err(stage.stop(Halt::Error("the customer named no origin in this scenario".to_owned()))),
    }
}

/// One header, which names the first of the account's AllowedOrigins.
#[then(expr = "the Customer receives exactly one ACAO header, the first allowed origin")]
fn receives_the_first_allowed_origin(stage: &mut Stage) -> Step {
    match stage.account()?.allowed_origins.and_then(|allowed| allowed.into_iter().next()) {
        Some(first) => receives_acao(stage, &Wanted::ByTheReference(first)),
        None => Err(stage.stop(Halt::Error("the account names no allowed origins in this scenario".to_owned()))),
    }
}

/// The preflight of a cross-origin POST with a JSON body.
#[when(expr = "the browser of {string} asks whether it may refresh a token")]
async fn asks_for_permission(stage: &mut Stage, origin: String) -> Step {
    let headers = [
        ("origin", origin.as_str()),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    let request = Request {
        method: "OPTIONS".to_owned(),
        path: REFRESH_TOKEN.to_owned(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..Request::default()
    };
    stage.call(Participant::Starship, Purpose::Refresh, Keys::default(), request).await
}

/// The preflight's answer lets the browser send its request.
#[then(expr = "the browser may go on")]
fn may_go_on(stage: &mut Stage) -> Step {
    let transcript = stage.last_transcript()?;
    let Some(reply) = transcript.customer_reply().cloned() else {
        return stage.remark(Participant::Starship, "the preflight", ["an answer", "none"], &transcript);
    };
    if !(200..300).contains(&reply.status) {
        let told = ["200 to 299", &reply.status.to_string()];
        stage.remark(Participant::Starship, "the status of the preflight", told, &transcript)?;
    }
    for (header, wanted) in [("access-control-allow-methods", "post"), ("access-control-allow-headers", "content-type")]
    {
        let values = reply.header_values(header).collect::<Vec<_>>().join(",").to_ascii_lowercase();
        if !values.split(',').any(|value| matches!(value.trim(), value if value == wanted || value == "*")) {
            let observed = if values.is_empty() { "nothing" } else { &values };
            let subject = format!("the preflight's {header}");
            stage.remark(Participant::Starship, &subject, [wanted, observed], &transcript)?;
        }
    }
    receives_acao(stage, &Wanted::One)?;
    lets_the_page_read(stage)
}

/// The ACAO header is `*` or names the page's own origin; any other keeps its browser from what came back. A page without an
/// origin of its own is like every other such page, so that naming it names them all.
#[then(expr = "the page may read what the Customer receives")]
fn lets_the_page_read(stage: &mut Stage) -> Step {
    let transcript = stage.last_transcript()?;
    let Some(exchange) = transcript.first_on(Hop::Edge) else {
        let told = ["one to look at", "none"];
        return stage.remark(Participant::Starship, "the reply to the Customer", told, &transcript);
    };
    let values: Vec<&str> = exchange.reply().into_iter().flat_map(|reply| reply.header_values(ACAO)).collect();
    let page = exchange.request.header("origin");
    let is_readable = match (&values[..], page) {
        ([value], Some(page)) => *value == "*" || *value == page,
        ([value], None) => *value == "*" || is_origin(value),
        _ => false,
    };
    if is_readable {
        stage.holds();
        return Ok(());
    }
    let observed = if values.is_empty() { "none".to_owned() } else { values.join(" and ") };
    let expected = page.map_or_else(|| "* or an origin".to_owned(), |page| format!("* or {page}"));
    let subject = "the ACAO header that the Customer receives";
    stage.remark(Participant::Starship, subject, [&expected, &observed], &transcript)
}

/// Which ACAO header the customer is to receive.
enum Wanted {
    /// Exactly one, whatever it says.
    One,
    /// This one; from a real Orchestrator, one by which the page can read the reply.
    Value(String),
    /// This one from hopcheck's own Orchestrator; it is drawn nowhere, so that others may set what they like.
    ByTheReference(String),
}

fn receives_acao(stage: &mut Stage, wanted: &Wanted) -> Step {
    let transcript = stage.last_transcript()?;
    let edge = transcript.first_on(Hop::Edge).and_then(|exchange| exchange.reply());
    let Some(reply) = edge else {
        let told = ["one to look at", "none"];
        return stage.remark(Participant::Starship, "the reply to the Customer", told, &transcript);
    };
    let values: Vec<&str> = reply.header_values(ACAO).collect();
    let is_free = stage.run()?.under_test().is_real(Participant::Orchestrator);
    let page = transcript.first_on(Hop::Edge).and_then(|exchange| exchange.request.header("origin"));
    let is_taken =
        |value: &str| value == "*" || is_origin(value) || value == OPAQUE_ORIGIN && page != Some(OPAQUE_ORIGIN);
    let is_right = match (&values[..], wanted) {
        ([value], Wanted::Value(right) | Wanted::ByTheReference(right)) if value == right => true,
        ([value], Wanted::Value(_)) if is_free => *value == "*" || page == Some(value),
        ([_], Wanted::ByTheReference(_)) => is_free,
        ([value], Wanted::One) => is_taken(value),
        _ => false,
    };
    if is_right {
        stage.holds();
        return Ok(());
    }
    let observed = if values.is_empty() { "none".to_owned() } else { values.join(" and ") };
    let expected = match wanted {
        Wanted::One => "exactly one, with * or one origin",
        Wanted::Value(value) | Wanted::ByTheReference(value) => value,
    };
    let inner = transcript.first_on(Hop::Orchestrator).and_then(|exchange| exchange.reply());
    let is_passed_on = inner.is_some_and(|inner| !values.is_empty() && inner.header_values(ACAO).eq(values));
    let who = if is_passed_on { Participant::Orchestrator } else { Participant::Starship };
    acao_finding(stage, who, "the ACAO header that the Customer receives", [expected, &observed])
}

/// Takes note of an ACAO header. Where hopcheck's own Orchestrator sets it, which one is no matter of taste.
fn acao_finding(stage: &mut Stage, who: Participant, subject: &str, [expected, observed]: [&str; 2]) -> Step {
    let (run, transcript) = (stage.run()?, stage.last_transcript()?);
    let drawn = stage.acao_arrow().and_then(|number| run.diagram.arrow(number));
    let is_exact = !run.under_test().is_real(Participant::Orchestrator) || observed == "none";
    match drawn.filter(|_| is_exact) {
        Some(arrow) => {
            let observed = run.redactor.text(observed);
            let finding = Finding::must(arrow, arrow.quote(), Defect::WrongValue, subject, expected, observed);
            let refresh = stage.last_refresh()?;
            stage.find(&refresh, finding.of(who.drawn_name()))
        }
        None => stage.remark(who, subject, [expected, observed], &transcript),
    }
}

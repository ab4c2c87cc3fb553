//! The live page in a real browser: what is seen, pressed and typed there, against the program as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

#[path = "support/browser.rs"]
mod browser;
mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use browser::{Browser, Page};
use serde_json::{Value, json};
use support::{Folder, ON, Simulator, client, free_address, send, until};

const ACCOUNT: &str = ON.0;
const KEY: &str = ON.1;
/// What the admin API asks for where it is given a token.
const ADMIN_TOKEN: &str = "the-token-of-these-tests";
/// Holds once a page is in touch with its simulator.
const LIVE: &str =
    "document.querySelector('#connection').innerText === 'live' && document.querySelector('#accounts li')";

const WITH_FINGERPRINT: [usize; 2] = [5, 6];
const WITHOUT_FINGERPRINT: [usize; 2] = [7, 8];

#[test]
fn a_refresh_lights_its_arrows_up_and_they_tell_what_crossed() {
    let (simulator, browser) = (Simulator::starts(&[]), Browser::starts());
    let mut page = page_of(&simulator, &browser);
    let token = simulator.first_token(KEY);
    let new_token = refreshed(&simulator, &token);

    for number in [1, 2, 5, 6].into_iter().chain(9..=14) {
        page.until("the arrow is lit", &format!("{} === 'conforms'", state_of(number)));
    }
    for number in (7..=8).chain(15..=26) {
        assert_eq!(page.text(&state_of(number)), "quiet", "arrow {number}");
    }
    let name = page.text("document.querySelector('#diagram [data-number=\"5\"]').getAttribute('aria-label')");
    assert_eq!(name, "Arrow 5, Orchestrator to FederatedAuth, conforms");

    page.clicks("#diagram [data-number='5'] .label");
    page.until("both bodies are shown", "document.querySelectorAll('#details pre').length >= 2");
    let details = page.text("document.querySelector('#details').innerText");
    assert!(details.contains(&format!("POST /v1/Accounts/{ACCOUNT}/Tokens/refresh")), "the request is not shown");
    assert!(details.contains("\"fingerprint\": \"fpr_"), "the request's body is not shown");
    assert!(details.contains("\"identity\": \""), "the reply's body is not shown");

    let everything = page.text("document.documentElement.outerHTML + document.body.innerText");
    for secret in [&token, &new_token, KEY] {
        assert!(!everything.contains(secret), "a secret is on the page");
    }
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn the_keyboard_alone_reaches_an_arrow_and_its_details() {
    let (simulator, browser) = (Simulator::starts(&[]), Browser::starts());
    let mut page = page_of(&simulator, &browser);
    refreshed(&simulator, &simulator.first_token(KEY));
    page.until("the arrow is lit", &format!("{} === 'conforms'", state_of(2)));

    until("the keyboard reaches the diagram", || {
        page.presses("Tab");
        (page.value("document.activeElement.matches('#diagram .arrow')") == true).then_some(())
    });
    for _ in 0..4 {
        page.presses("ArrowDown");
    }
    assert_eq!(page.text("document.activeElement.dataset.number"), "5");
    page.presses("Enter");
    page.until("the details are open", "document.querySelector('#details-title').innerText.startsWith('Arrow 5:')");
    page.presses("Escape");
    page.until("the details are closed", "document.querySelector('#details').hidden");
    assert_eq!(page.text("document.activeElement.dataset.number"), "5", "the place in the diagram is lost");
}

#[test]
fn an_accounts_feature_is_switched_by_a_click() {
    let (simulator, browser) = (Simulator::starts(&[]), Browser::starts());
    let mut page = page_of(&simulator, &browser);
    let token = simulator.first_token(KEY);
    refreshed(&simulator, &token);
    page.lights(WITH_FINGERPRINT, WITHOUT_FINGERPRINT);

    page.clicks(&format!("#accounts [role=switch][value={ACCOUNT}]"));
    let switch = format!("document.querySelector('#accounts [value={ACCOUNT}]').getAttribute('aria-checked')");
    page.until("the feature is off", &format!("{switch} === 'false'"));
    assert_eq!(simulator.get(&format!("/accounts/{ACCOUNT}")).json()["feature"], "off");
    refreshed(&simulator, &token);
    page.lights(WITHOUT_FINGERPRINT, WITH_FINGERPRINT);

    simulator.post(&format!("/accounts/{ACCOUNT}/feature"), &json!({ "feature": "on" })).with(200);
    page.until("a switch elsewhere shows here", &format!("{switch} === 'true'"));
}

#[test]
fn a_fault_made_on_the_page_is_met_once() {
    let (simulator, browser) = (Simulator::starts(&[]), Browser::starts());
    let mut page = page_of(&simulator, &browser);
    let token = simulator.first_token(KEY);

    page.chooses("#fault-hop", "scoped-auth");
    page.chooses("#fault-kind", "status");
    page.types("#fault-value", "503");
    page.types("#fault-times", "1");
    page.clicks("#add-fault");
    page.until("the fault is listed", "document.querySelector('#faults').innerText.includes('ScopedAuth status=503')");

    simulator.refresh(KEY, &token).with(502);
    page.until("the failure is listed", "document.querySelector('#refreshes').innerText.includes('failed')");
    page.until("the fault is spent", "!document.querySelector('#faults li:not(.spent)')");
    refreshed(&simulator, &token);
    page.until("the success is listed", "document.querySelector('#refreshes .refreshed')");
}

#[test]
fn a_fault_that_cannot_be_is_refused_in_words() {
    let (simulator, browser) = (Simulator::starts(&[]), Browser::starts());
    let mut page = page_of(&simulator, &browser);
    page.chooses("#fault-kind", "late");
    page.types("#fault-value", "soon");
    page.clicks("#add-fault");
    page.until("the page says why", "document.querySelector('#notice').innerText.includes('soon')");
    assert_eq!(page.value("document.querySelectorAll('#faults li').length"), 0);
}

#[test]
fn what_comes_from_the_network_never_becomes_markup() {
    const HOSTILE: &str = "<img src=x onerror=\"document.title='taken over'\"><b id=planted>bold</b>";
    let (simulator, browser) = (Simulator::starts(&[]), Browser::starts());
    let mut page = page_of(&simulator, &browser);
    let body = json!({ "deploymentKey": KEY, "token": simulator.first_token(KEY), HOSTILE: [HOSTILE] });
    let headers = [("user-agent", HOSTILE), ("origin", HOSTILE), ("x-note", HOSTILE)];
    let refreshes = |body: &Value| {
        let request = client().post(format!("{}/V2/Webchat/Token/Refresh", simulator.url("starship"))).json(body);
        send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
    };
    refreshes(&body);
    // What a secret ends with is hidden wherever it stands, so that these have nothing in common with what is shown.
    let unknown = json!({ "deploymentKey": "a key of nobody's", "token": "a token of nobody's", HOSTILE: [HOSTILE] });
    refreshes(&unknown);

    page.until("both are listed", "document.querySelectorAll('#refreshes .refused').length === 2");
    for row in 1..=2 {
        page.clicks(&format!("#refreshes li:nth-child({row}) button"));
        page.until(
            "it is shown",
            &format!("document.querySelector('#refreshes li:nth-child({row}) [aria-current=true]')"),
        );
        page.clicks("#show-messages");
        let shown = "document.querySelector('#details-body .headers')?.innerText.includes('<b id=planted>')";
        page.until("it is shown as the text it is", shown);
    }
    assert_eq!(page.value("document.querySelectorAll('main img, #planted').length"), 0);
    assert_eq!(page.text("document.title"), "hopcheck simulate");
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn the_page_finds_a_simulator_that_was_restarted() {
    let admin = free_address();
    let (simulator, browser) = (Simulator::starts(&["--admin", &admin]), Browser::starts());
    let mut page = page_of(&simulator, &browser);
    refreshed(&simulator, &simulator.first_token(KEY));
    page.until("the refresh is listed", "document.querySelector('#refreshes .refreshed')");

    drop(simulator);
    page.until("the page says that it is alone", "document.querySelector('#connection').dataset.state === 'lost'");
    let simulator = Simulator::starts(&["--admin", &admin]);
    page.until("the page is live again", LIVE);
    page.until("what was before is gone", "!document.querySelector('#refreshes .refreshed')");
    refreshed(&simulator, &simulator.first_token(KEY));
    page.lights(WITH_FINGERPRINT, WITHOUT_FINGERPRINT);
}

#[test]
fn where_the_api_needs_a_token_the_page_asks_for_it() {
    // On loopback it needs one that it was given.
    for admin in ["0.0.0.0:0", "127.0.0.1:0"] {
        let given = [("HOPCHECK_ADMIN_TOKEN", ADMIN_TOKEN)];
        let simulator = Simulator::within(Folder::new(), &["--admin", admin], &given);
        let (address, browser) = (simulator.url("admin"), Browser::starts());
        let mut page = browser.opens(&address);
        for token in ["another token", ADMIN_TOKEN] {
            page.until("the page asks", "document.querySelector('#ask-token').open");
            page.types("#token", token);
            page.presses("Enter");
        }
        page.until("the page is live", LIVE);

        let mut page = browser.opens(&format!("{address}/#token={ADMIN_TOKEN}"));
        page.until("the page is live", LIVE);
        assert!(!page.text("location.href").contains(ADMIN_TOKEN), "the token stays in the address bar");
        page.clicks("#clear-journal");
        page.clicks("#show-verdict");
        page.until("what is pressed has the token, too", "document.querySelector('#verdict').open");
        assert_eq!(page.text("document.querySelector('#verdict-word').innerText"), "nothing ran");
        assert_eq!(page.complaints(), Vec::<String>::new());
    }
}

#[test]
fn thousands_of_refreshes_leave_the_page_in_use() {
    const MANY: usize = 2100;
    let (simulator, browser) = (Simulator::starts(&[]), Browser::starts());
    let mut page = page_of(&simulator, &browser);
    page.value(
        "(() => { window.longest = 0; let last = performance.now(); const frame = (now) => { \
         window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(frame) }; \
         requestAnimationFrame(frame) })()",
    );
    let burst = bursts(&simulator, MANY);
    page.until("some are counted", "Number.parseInt(document.querySelector('[data-count=refreshes]').innerText) > 0");
    page.clicks("#follow");
    page.until("the page obeys meanwhile", "document.querySelector('#follow').ariaChecked === 'false'");
    page.clicks("#follow");
    assert_eq!(burst.join().unwrap(), MANY, "not every refresh succeeded");

    let count = "Number(document.querySelector('[data-count=refreshed]').innerText.replaceAll(',', ''))";
    page.until("all of them are counted", &format!("{count} === {MANY}"));
    assert!(page.value("document.querySelectorAll('#refreshes li').length").as_u64().unwrap() <= 200);
    // A browser that shares its processors with the burst may well be slow, but not gone.
    assert!(page.value("window.longest").as_f64().unwrap() < 3000.0, "the page stood still");
    page.lights(WITH_FINGERPRINT, WITHOUT_FINGERPRINT);
}

#[test]
fn a_page_on_an_allowed_origin_refreshes_its_token_and_one_on_another_cannot() {
    let (simulator, browser) = (Simulator::starts(&[]), Browser::starts());
    let (shop, other) = (web_site(), web_site());
    let path = format!("/accounts/{ACCOUNT}");
    let mut account = simulator.get(&path).json();
    account.as_object_mut().unwrap().remove("account_sid");
    account["allowed_origins"] = json!([shop]);
    simulator.put(&path, &account).with(200);
    let mut page = browser.opens(&shop);
    let token = page.text(&fetches(&simulator, "Token", &json!({ "deploymentKey": KEY })));
    let refreshes = fetches(&simulator, "Token/Refresh", &json!({ "deploymentKey": KEY, "token": token }));
    let new_token = page.text(&refreshes);
    assert!(token.len() > 100 && new_token.len() > 100 && new_token != token, "the page got no new token");
    assert_eq!(page.preflights(), 2);

    let mut page = browser.opens(&other);
    assert_eq!(page.text(&refreshes), "TypeError");
    assert_eq!(page.preflights(), 1);
}

#[test]
fn it_fits_into_a_narrow_window_light_and_dark() {
    let (simulator, browser) = (Simulator::starts(&[]), Browser::starts());
    let mut page = page_of(&simulator, &browser);
    let token = simulator.first_token(KEY);
    refreshed(&simulator, &token);
    simulator.refresh(KEY, "no token at all");
    simulator.fault(&json!({ "hop": "orchestrator", "fault": "wrong-shape", "times": 1 }));
    simulator.refresh(KEY, &token);
    page.until("the deviation is told of", "document.querySelector('#deviations li')");
    for (width, height) in [(1440, 900), (1280, 800), (360, 800)] {
        page.is_sized(width, height);
        page.clicks("#diagram [data-number='1'] .badge");
        page.until("the details are open", "document.querySelectorAll('#details pre').length > 0");
        page.value("window.scrollTo(0, 0)");
        for scheme in ["light", "dark"] {
            page.is_preferred(scheme);
            page.is_photographed(&format!("page-{width}-{scheme}.png"));
        }
        let beyond = page.text(
            "[...document.querySelectorAll('body, body :not(#diagram *)')].filter((it) => it.checkVisibility() && \
             it.getBoundingClientRect().right > innerWidth).map((it) => it.id || it.tagName).join(', ')",
        );
        assert_eq!(beyond, "", "reaches beyond a window of {width} pixels");
        assert_eq!(page.value("document.documentElement.scrollWidth > innerWidth"), false);
    }
}

/// Opens the page of a simulator and waits until it is live.
fn page_of(simulator: &Simulator, browser: &Browser) -> Page {
    let mut page = browser.opens(&simulator.url("admin"));
    page.until("the page is live", LIVE);
    page
}

/// Refreshes a token successfully and returns the new one.
fn refreshed(simulator: &Simulator, token: &str) -> String {
    simulator.refresh(KEY, token).with(200).text_of("token")
}

/// Returns what a page does to get a token from Starship; its value is the token, or the name of the error.
fn fetches(simulator: &Simulator, path: &str, body: &Value) -> String {
    let url = format!("{}/V2/Webchat/{path}", simulator.url("starship"));
    let asked =
        json!({ "method": "POST", "headers": { "content-type": "application/json" }, "body": body.to_string() });
    format!("fetch('{url}', {asked}).then((reply) => reply.json()).then(({{ token }}) => token, ({{ name }}) => name)")
}

/// Lets many customers refresh their tokens at once, meanwhile. The result is how often that succeeded.
fn bursts(simulator: &Simulator, times: usize) -> thread::JoinHandle<usize> {
    const AT_ONCE: usize = 30;
    let customers: Vec<_> = (0..AT_ONCE).map(|_| simulator.refreshing(KEY, &simulator.first_token(KEY))).collect();
    thread::spawn(move || {
        let refresh = |request: reqwest::RequestBuilder| {
            thread::spawn(move || {
                (0..times / AT_ONCE).filter(|_| send(request.try_clone().unwrap()).status == 200).count()
            })
        };
        let customers: Vec<_> = customers.into_iter().map(refresh).collect();
        customers.into_iter().map(|customer| customer.join().unwrap()).sum()
    })
}

fn state_of(number: usize) -> String {
    format!("document.querySelector('#diagram [data-number=\"{number}\"]').dataset.state")
}

impl Page {
    /// Waits until these arrows are lit as conforming and those are not seen.
    fn lights(&mut self, seen: [usize; 2], unseen: [usize; 2]) {
        for (numbers, state) in [(seen, "conforms"), (unseen, "quiet")] {
            for number in numbers {
                self.until(&format!("arrow {number} is {state}"), &format!("{} === '{state}'", state_of(number)));
            }
        }
    }
}

/// Serves an empty page at an origin of its own, for as long as the test runs, and returns the origin.
fn web_site() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut asked = [0; 4096];
                if stream.read(&mut asked).is_ok_and(|length| length > 0) {
                    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n";
                    // A browser may open a connection and close it without a word.
                    let _ = stream.write_all(format!("{head}<!doctype html><title>A shop</title>").as_bytes());
                }
            });
        }
    });
    origin
}

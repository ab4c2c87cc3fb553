//! A real Chromium without a window, driven through its `DevTools` protocol. One runs at a time: none starves another.

use std::env;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::support::{Folder, until};

/// How long the browser may take to answer.
const LONGEST: Duration = Duration::from_mins(1);

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A browser, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Browser {
    process: Child,
    /// What it was started with, such as its profile; removed after its end.
    _folder: Folder,
    /// Where it is driven from: an address, and a path there.
    address: String,
    path: String,
    _turn: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts one that knows nothing of any other.
    pub(crate) fn starts() -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = Folder::new();
        let mut command = Command::new(chromium());
        command.arg(format!("--user-data-dir={}", folder.path().display()));
        // It loads what these tests serve and nothing else, and no sandbox can be made as root.
        command.args(["--headless", "--no-sandbox", "--remote-debugging-port=0", "--disable-gpu"]);
        command.args(["--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-sync"]);
        command.args(["--disable-background-networking", "--disable-component-update", "about:blank"]);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (port, path) = until("the browser listens", || {
            let told = folder.try_read("DevToolsActivePort")?;
            told.split_once('\n').map(|(port, path)| (port.to_owned(), path.to_owned()))
        });
        Self { process, _folder: folder, address: format!("127.0.0.1:{port}"), path, _turn: turn }
    }

    /// Opens a page of its own at this address.
    pub(crate) fn opens(&self, url: &str) -> Page {
        let mut browser = Connection::to(&self.address, &self.path);
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let target = target["targetId"].as_str().unwrap_or_else(|| panic!("no page was opened"));
        let mut page = Page(Connection::to(&self.address, &format!("/devtools/page/{target}")));
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.0.call(&format!("{domain}.enable"), &json!({}));
        }
        page.is_sized(1280, 900);
        page.0.call("Page.navigate", &json!({ "url": url }));
        page.until("it is loaded", "document.readyState === 'complete' && location.href !== 'about:blank'");
        page
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended of itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A page that is open.
#[derive(Debug)]
pub(crate) struct Page(Connection);

impl Page {
    /// Returns the value of a JavaScript expression, awaited where it is a promise.
    ///
    /// What failed is told without the expression, which may hold a token.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut told = self.0.call("Runtime.evaluate", &asked);
        let failure = &told["exceptionDetails"];
        assert!(failure.is_null(), "JavaScript failed: {}", failure["exception"]["className"]);
        told["result"]["value"].take()
    }

    /// Returns the text of an expression.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        self.value(expression).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression holds.
    pub(crate) fn until(&mut self, what: &str, expression: &str) {
        // A page that is just being loaded has no value for anything.
        let guarded = format!("(() => {{ try {{ return Boolean({expression}) }} catch {{ return false }} }})()");
        until(what, || (self.value(&guarded) == true).then_some(()));
    }

    /// Clicks into the middle of an element, with the mouse, once it stays where it is.
    pub(crate) fn clicks(&mut self, selector: &str) {
        let still = "async () => { let was; for (;;) { const it = document.querySelector(SELECTOR); \
             it.scrollIntoView({ block: 'center' }); await new Promise(requestAnimationFrame); \
             await new Promise((resume) => setTimeout(resume, 100)); \
             const { x, y, width, height } = it.getBoundingClientRect(); const is = [x + width / 2, y + height / 2]; \
             if (it.isConnected && String(is) === was) return is; was = String(is) } }";
        let place = self.value(&format!("({})()", still.replace("SELECTOR", &json!(selector).to_string())));
        for kind in ["mousePressed", "mouseReleased"] {
            let at = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.0.call("Input.dispatchMouseEvent", &at);
        }
    }

    /// Presses a key, such as `Tab`.
    pub(crate) fn presses(&mut self, key: &str) {
        let (number, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            "ArrowDown" => (40, ""),
            _ => panic!("{key} is not among the keys that tests press"),
        };
        let pressed = json!({ "key": key, "code": key, "windowsVirtualKeyCode": number, "text": text });
        for kind in ["keyDown", "keyUp"] {
            let mut event = pressed.clone();
            event["type"] = kind.into();
            self.0.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// Replaces the text of an input by typing another.
    pub(crate) fn types(&mut self, selector: &str, text: &str) {
        self.clicks(selector);
        self.value(&format!("document.querySelector({}).select()", json!(selector)));
        self.0.call("Input.insertText", &json!({ "text": text }));
    }

    /// Chooses an option, as somebody who picks it from the list does.
    pub(crate) fn chooses(&mut self, selector: &str, option: &str) {
        let (selector, option) = (json!(selector), json!(option));
        self.value(&format!(
            "(() => {{ const it = document.querySelector({selector}); it.value = {option}; \
             for (const name of ['input', 'change']) it.dispatchEvent(new Event(name, {{ bubbles: true }})) }})()"
        ));
    }

    /// Gives the window this size, in CSS pixels.
    pub(crate) fn is_sized(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.0.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Shows it to somebody who prefers `light` or `dark`, and nothing that moves.
    pub(crate) fn is_preferred(&mut self, scheme: &str) {
        let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        let features = json!([still, { "name": "prefers-color-scheme", "value": scheme }]);
        self.0.call("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Writes what is to be seen to a file of this name under Cargo's target folder.
    pub(crate) fn is_photographed(&mut self, name: &str) {
        let photograph = self.0.call("Page.captureScreenshot", &json!({ "format": "png" }));
        let bytes = STANDARD.decode(photograph["data"].as_str().unwrap_or_default());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let bytes = bytes.unwrap_or_else(|error| panic!("{error}"));
        fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Returns how often it has asked another origin's leave before a request.
    pub(crate) fn preflights(&mut self) -> usize {
        let events = self.0.happened().iter();
        events.filter(|event| event["params"]["type"] == "Preflight").count()
    }

    /// Returns what went wrong in its programs, or was kept from happening by its policy.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        let events = self.0.happened().iter();
        let complaints = events.filter_map(|event| match event["method"].as_str()? {
            "Runtime.exceptionThrown" => Some(event["params"]["exceptionDetails"].to_string()),
            "Log.entryAdded" if event["params"]["entry"]["source"] != "network" => {
                Some(event["params"]["entry"]["text"].to_string())
            }
            _ => None,
        });
        complaints.collect()
    }
}

/// A connection to the browser, or to one of its pages.
#[derive(Debug)]
struct Connection {
    socket: WebSocket<TcpStream>,
    calls: u64,
    happened: Vec<Value>,
}

impl Connection {
    fn to(address: &str, path: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        stream.set_read_timeout(Some(LONGEST)).unwrap_or_else(|error| panic!("{error}"));
        let socket = tungstenite::client(format!("ws://{address}{path}"), stream);
        let (socket, _) = socket.unwrap_or_else(|error| panic!("{address}: {error}"));
        Self { socket, calls: 0, happened: Vec::new() }
    }

    /// Calls a method and returns its result, keeping what happens meanwhile.
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let call = json!({ "id": self.calls, "method": method, "params": parameters });
        self.socket.send(Message::text(call.to_string())).unwrap_or_else(|error| panic!("{method}: {error}"));
        loop {
            let message = self.socket.read().unwrap_or_else(|error| panic!("{method}: {error}"));
            let Ok(text) = message.to_text() else { continue };
            let mut told: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{method}: {error}"));
            if told["id"] == self.calls {
                assert!(told["error"].is_null(), "{method}: {}", told["error"]["message"]);
                return told["result"].take();
            }
            self.happened.push(told);
        }
    }

    /// Returns what has happened so far.
    fn happened(&mut self) -> &[Value] {
        // Whatever happened before this call is told before its result.
        self.call("Runtime.evaluate", &json!({ "expression": "0" }));
        &self.happened
    }
}

/// Finds the browser: where `CHROMIUM` says, or by its usual names.
fn chromium() -> PathBuf {
    if let Some(path) = env::var_os("CHROMIUM") {
        return path.into();
    }
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let candidates = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|path| path.is_file()).unwrap_or_else(|| {
        panic!("these tests need a browser: install chromium, or say in the variable CHROMIUM where one is")
    })
}

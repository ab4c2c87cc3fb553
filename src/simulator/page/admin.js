// The admin API as the page sees it: calls with the bearer token, and the stream of events that reconnects by itself.

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 2000;
const TOKEN = "hopcheck-admin-token";

let askForToken;
let asking = null;

/** Takes the token out of the page's address, where the program's output puts it, and says who asks for one. */
export function admit(ask) {
  askForToken = ask;
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!given) return;
  sessionStorage.setItem(TOKEN, given);
  history.replaceState(null, "", location.pathname);
}

/** Calls the API and returns the reply's JSON. Fails with the error and hint that the API answers. */
export async function call(method, path, body) {
  const reply = await answered(method, path, body);
  const text = await reply.text();
  const said = text ? JSON.parse(text) : null;
  if (!reply.ok) throw new Error([said?.error ?? `${method} ${path}: status ${reply.status}`, said?.hint].filter(Boolean).join(". "));
  return said;
}

/** Hands out the events for as long as the page is open: `heard(name, data)`, and `turned(state)` when it changes. */
export async function listen(heard, turned) {
  let wait = FIRST_WAIT_MS;
  for (;;) {
    try {
      const reply = await answered("GET", "/api/events");
      if (reply.ok) {
        await eachEvent(reply.body, (name, data) => {
          if (name === "hello") {
            wait = FIRST_WAIT_MS;
            turned("live");
          }
          heard(name, data);
        });
      }
    } catch (error) {
      console.debug("events:", error);
    }
    turned("reconnecting…");
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** Saves what a path answers as a file. A link alone could not carry the token. */
export async function download(path, name) {
  const reply = await answered("GET", path);
  if (!reply.ok) throw new Error(`${path}: status ${reply.status}`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await reply.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), LONGEST_WAIT_MS);
}

async function answered(method, path, body) {
  for (;;) {
    const token = sessionStorage.getItem(TOKEN);
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    if (body !== undefined) headers["content-type"] = "application/json";
    const reply = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    if (reply.status !== 401) return reply;
    // Another call may have got a token meanwhile.
    if (token === sessionStorage.getItem(TOKEN)) await newToken();
  }
}

async function newToken() {
  asking ??= askForToken();
  sessionStorage.setItem(TOKEN, await asking);
  asking = null;
}

async function eachEvent(stream, heard) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) told(event, heard);
  }
}

function told(event, heard) {
  let name = "message";
  let data = "";
  for (const line of event.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    if (line.startsWith("data:")) data += line.slice(5);
  }
  if (data) heard(name, JSON.parse(data));
}

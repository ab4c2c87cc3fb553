// What is known of one arrow of one refresh: what is drawn, what deviates, and the request and reply that carried it.

import { element } from "./dom.js";

const MOST_TEXT = 50_000;

/** Makes the elements that tell of an arrow. `seen` is how the refresh took it, if it did. */
export function describe(arrow, state, seen, refresh) {
  const exchange = seen && Number.isInteger(seen.exchange) ? refresh.exchanges?.[seen.exchange] : undefined;
  return [
    element("p", { class: `state ${state.split(",")[0].replace(" ", "-")}` }, state),
    element("p", { class: "drawn" }, arrow.text, element("small", {}, ` line ${arrow.line}`)),
    ...(seen?.findings ?? []).map((finding) => deviation(finding)),
    exchange && arrow.kind !== "action" ? null : note(without(arrow, seen, refresh)),
    ...(exchange ? messages(exchange) : []),
  ].filter(Boolean);
}

/** Makes the elements that tell of every request and reply of a refresh. */
export function describeAll(refresh) {
  return refresh?.exchanges?.length ? refresh.exchanges.flatMap(messages) : [note(unread(refresh))];
}

const note = (text) => element("p", { class: "quiet" }, text);

/** Makes the element that says what was expected and what was observed. */
export function deviation({ subject, expected, observed, severity }) {
  return element("dl", { class: "deviation" },
    element("dt", { class: "subject" }, subject, severity === "should" ? element("small", {}, " should") : null),
    element("div", {}, element("dt", {}, "expected"), element("dd", {}, expected ?? "nothing")),
    element("div", {}, element("dt", {}, "observed"), element("dd", {}, observed ?? "nothing")));
}

function without(arrow, seen, refresh) {
  if (refresh && !seen) return arrow.kind === "action" ? `Nothing in refresh ${refresh.id} tells of it.` : `Not seen in refresh ${refresh.id}.`;
  if (arrow.kind === "action" && refresh?.exchanges) return "Nothing crosses the wire here. This is what tells of it:";
  return unread(refresh);
}

function unread(refresh) {
  if (!refresh) return "No refresh is shown.";
  if (refresh.exchanges) return "No request and reply are kept.";
  return refresh.state === "ended" ? "The request and reply are being read…" : "The request and reply are shown when the refresh has ended.";
}

function messages({ hop, from, to, request, request_headers, request_body, status, reply_headers, reply_body, failure, took_ms, claims }) {
  const told = failure ?? (status === null ? "no reply" : `${status}`);
  return [
    message("Request", `${from} → ${to}`, request, request_headers, request_body, claims?.request),
    message("Reply", Number.isFinite(took_ms) ? `${took_ms} ms` : "", told, reply_headers, reply_body, claims?.reply),
  ].map((section) => (section.setAttribute("data-hop", hop), section));
}

function message(title, aside, line, headers, body, claims) {
  return element("section", { class: "message", "aria-label": title },
    element("h4", {}, title, element("small", {}, aside)),
    element("p", { class: "first-line" }, line),
    headers?.length ? headerList(headers) : null,
    body ? element("pre", { tabindex: 0, "aria-label": `${title} body` }, shortened(indented(body))) : null,
    ...Object.entries(claims ?? {}).map(([name, decoded]) => claimList(name, decoded)));
}

function headerList(headers) {
  return element("details", { open: "" },
    element("summary", {}, `${headers.length} ${headers.length === 1 ? "header" : "headers"}`),
    element("dl", { class: "headers" }, ...headers.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])));
}

function claimList(name, decoded) {
  return element("details", { open: "" },
    element("summary", {}, `claims of ${name}`),
    element("pre", { tabindex: 0 }, shortened(JSON.stringify(decoded, null, 2))));
}

function shortened(text) {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}\n… ${text.length - MOST_TEXT} more characters` : text;
}

/** Indents JSON sign by sign, so that numbers and repeated members stay as they were sent. Other texts stay whole. */
export function indented(text) {
  if (!isJson(text)) return text;
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  const parts = text.match(/"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  return parts.map((part) => {
    if (part === "{" || part === "[") return (depth += 1, part + line());
    if (part === "}" || part === "]") return (depth -= 1, line() + part);
    if (part === ",") return part + line();
    if (part === ":") return ": ";
    return part.length > 1 && "{[".includes(part[0]) ? part[0] + part.at(-1) : part;
  }).join("");
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

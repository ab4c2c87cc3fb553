// The live page: which refresh is shown, the list of them, and what the buttons do.

import { admit, call, download, listen } from "./admin.js";
import { readAccounts, readFaults, readServices, wire } from "./controls.js";
import { describe, describeAll, deviation } from "./details.js";
import { show } from "./diagram.js";
import { byId, inFrames, element, keep, oneAtATime, reachable, shortSid, walkable } from "./dom.js";

const MOST_ROWS = 200;
const SHORTEST_LOOK_MS = 350;
const BETWEEN_LISTS_MS = 150;
/** Stands for every arrow where the details of one are open. */
const ALL = 0;

const page = {
  diagram: null,
  view: null,
  counts: {},
  known: new Map(),
  shown: null,
  since: 0,
  follow: true,
  arrow: null,
  pinnedByArrow: false,
};

const drawList = inFrames(() => {
  forgetOldest();
  const newest = [...page.known.values()].sort((a, b) => b.id - a.id);
  keep(byId("refreshes"), newest, (refresh) => refresh.id, refreshRow, updateRow);
  reachable(byId("refreshes"), "button");
  byId("no-refreshes").hidden = newest.length > 0;
}, BETWEEN_LISTS_MS);

const drawCounts = inFrames(() => {
  for (const place of document.querySelectorAll("[data-count]")) {
    place.textContent = Math.round(page.counts[place.dataset.count] ?? 0).toLocaleString("en");
  }
});

const drawShown = inFrames(() => {
  const refresh = page.shown;
  const arrows = refresh?.arrows ?? [];
  page.view?.light(arrows, refresh?.state === "ended");
  byId("shown").replaceChildren(...(refresh ? summary(refresh) : ["Nothing was refreshed yet."]));
  const found = arrows.flatMap((arrow) => (arrow.findings ?? []).map((finding) => ({ arrow, finding })));
  byId("show-messages").disabled = !refresh;
  byId("deviations").replaceChildren(...found.map(({ arrow, finding }) => linkedDeviation(arrow.number, finding)));
  drawDetails();
  drawList();
});

const catchUp = oneAtATime(async () => {
  const wait = page.since + SHORTEST_LOOK_MS - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  const next = newestRefresh();
  if (page.follow && next) look(next);
});

const readFaultsSoon = inFrames(() => readFaults().catch(tell));

/** Runs what a person asked for and tells where it fails. */
async function attempt(action) {
  byId("notice").textContent = "";
  try {
    await action();
  } catch (error) {
    tell(error);
  }
}

function tell(error) {
  byId("notice").textContent = error.message;
}

function heard(name, data) {
  if (name === "hello") hello(data);
  else if (name === "counts") counted(data);
  else if (name === "refresh") refreshed(data);
  else if (name === "accounts") readAccounts().catch(tell);
  else if (name === "faults") readFaults().catch(tell);
  else if (name === "cleared") cleared();
}

/** Everything is read anew: another simulator may listen at the address now, whose numbers begin at 1 again. */
function hello({ counts }) {
  cleared();
  counted(counts);
  attempt(() => Promise.all([readDiagram(), readAccounts(), readFaults(), readServices(), readRefreshes()]));
}

async function readDiagram() {
  const diagram = await call("GET", "/api/diagram");
  if (page.diagram && JSON.stringify(page.diagram) !== JSON.stringify(diagram)) location.reload();
  if (page.diagram) return;
  page.diagram = diagram;
  page.view = show(diagram, openArrow);
  drawShown();
}

async function readRefreshes() {
  const { refreshes } = await call("GET", `/api/refreshes?limit=${MOST_ROWS}`);
  for (const refresh of refreshes) remember(refresh);
  drawList();
  const newest = refreshes.find(({ kind }) => kind === "refresh");
  if (page.follow && !page.shown && newest) look(await whole(newest.id));
}

function counted(counts) {
  page.counts = counts;
  drawCounts();
}

function refreshed(refresh) {
  remember(refresh);
  drawList();
  const isWhole = page.shown?.state === "ended" && page.shown.exchanges;
  if (page.shown?.id !== refresh.id) catchUp();
  else if (!isWhole) look(refresh);
  if (refresh.state === "ended" && refresh.faults?.length) readFaultsSoon();
}

/** Keeps a refresh, unless more is known of it already. */
function remember(refresh) {
  const known = page.known.get(refresh.id);
  if (known?.state === "ended" && (refresh.state !== "ended" || !refresh.arrows)) return;
  page.known.set(refresh.id, { ...known, ...refresh });
  if (page.known.size > 2 * MOST_ROWS) forgetOldest();
}

function forgetOldest() {
  const oldest = [...page.known.keys()].sort((a, b) => b - a).slice(MOST_ROWS);
  for (const id of oldest) page.known.delete(id);
}

function cleared() {
  page.known.clear();
  closeArrow();
  setFollow(true);
  page.shown = null;
  drawShown();
}

function newestRefresh() {
  return [...page.known.values()].filter((refresh) => refresh.arrows && refresh.kind === "refresh").reduce((a, b) => (a?.id > b.id ? a : b), null);
}

async function whole(id) {
  return { exchanges: [], ...await call("GET", `/api/refreshes/${id}`) };
}

function look(refresh) {
  if (page.shown?.id !== refresh.id) page.since = performance.now();
  page.shown = refresh;
  drawShown();
  if (page.arrow !== null) readShown();
}

/** Reads the messages of the refresh that is shown, once it has ended; those of a long time ago are no longer kept. */
const readShown = oneAtATime(async () => {
  const refresh = page.shown;
  if (refresh?.state !== "ended" || refresh.exchanges) return;
  const told = await whole(refresh.id).catch(() => ({ ...refresh, exchanges: [] }));
  if (page.shown?.id === refresh.id) look(told);
});

async function pin(id) {
  setFollow(false);
  const known = page.known.get(id);
  if (known?.arrows) look(known);
  look(await whole(id));
  const first = page.shown.arrows.find(({ verdict }) => verdict === "deviates");
  if (first) page.view.reveal(first.number);
}

function setFollow(follow) {
  page.follow = follow;
  page.pinnedByArrow = false;
  byId("follow").setAttribute("aria-checked", String(follow));
  if (follow) catchUp();
}

/** Opens an arrow's details. The refresh stays in place while they are read. */
function openArrow(number) {
  const was = page.follow || page.pinnedByArrow;
  setFollow(false);
  page.pinnedByArrow = was;
  page.arrow = number;
  page.view.mark(number);
  byId("details").hidden = false;
  drawDetails();
  readShown();
  byId("details").scrollIntoView({ block: "nearest" });
}

function closeArrow() {
  if (page.arrow === null) return;
  if (byId("details").contains(document.activeElement)) page.view.focus(page.arrow);
  page.view.mark(null);
  page.arrow = null;
  byId("details").hidden = true;
  if (page.pinnedByArrow) setFollow(true);
}

function drawDetails() {
  if (page.arrow === null) return;
  if (page.arrow === ALL) {
    byId("details-title").textContent = page.shown ? `Messages of ${titleOf(page.shown)}` : "Messages";
    byId("details-body").replaceChildren(...describeAll(page.shown));
    return;
  }
  const arrow = page.diagram.arrows.find(({ number }) => number === page.arrow);
  const seen = page.shown?.arrows?.find(({ number }) => number === page.arrow);
  byId("details-title").textContent = `Arrow ${arrow.number}: ${arrow.from} → ${arrow.to}`;
  byId("details-body").replaceChildren(...describe(arrow, page.view.state(arrow.number), seen, page.shown));
}

function summary(refresh) {
  const parts = [
    element("b", { class: outcomeOf(refresh) }, `${titleOf(refresh)} ${outcomeOf(refresh)}`),
    refresh.status === null ? null : `status ${refresh.status}`,
    refresh.code === null ? null : `code ${refresh.code}`,
    refresh.course ?? refresh.not_judged,
    refresh.account ? shortSid(refresh.account) : null,
    ...(refresh.faults ?? []).map((fault) => `fault ${fault}`),
    Number.isFinite(refresh.took_ms) ? `${refresh.took_ms.toFixed(1)} ms` : null,
  ];
  return parts.filter(Boolean).map((part) => element("span", {}, part));
}

const titleOf = ({ kind, id }) => `${kind === "creation" ? "First token" : "Refresh"} ${id}`;

function linkedDeviation(number, finding) {
  const link = element("button", { type: "button", "data-arrow": number }, `✗ Arrow ${number}`);
  return element("li", {}, link, deviation(finding));
}

function refreshRow({ id }) {
  return element("li", {}, element("button", { type: "button", tabindex: -1, value: id },
    element("b"), element("span", { class: "outcome" }), element("code"), element("time"), element("small")));
}

function updateRow(row, refresh) {
  const button = row.firstChild;
  const isShown = page.shown?.id === refresh.id;
  if (row.refresh === refresh && row.isShown === isShown) return;
  Object.assign(row, { refresh, isShown });
  const [number, outcome, account, time, note] = button.children;
  button.className = outcomeOf(refresh);
  button.setAttribute("aria-current", String(isShown));
  number.textContent = refresh.id;
  outcome.textContent = outcomeOf(refresh);
  account.textContent = refresh.account ? shortSid(refresh.account) : "no account";
  time.textContent = clock(refresh.at);
  time.title = refresh.at;
  note.textContent = [refresh.deviates ? "✗ deviates" : null, refresh.kind === "creation" ? "first token" : null].filter(Boolean).join(", ");
}

function outcomeOf({ state, outcome }) {
  return state === "ended" ? (outcome ?? "ended") : "under way";
}

function clock(moment) {
  const time = new Date(moment);
  return Number.isNaN(time.getTime()) ? moment : `${time.toLocaleTimeString("en-GB")}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

async function showVerdict() {
  const { verdict, judged, not_judged: left, arrows, findings } = await call("GET", "/api/verdict");
  const count = (word) => arrows.filter((arrow) => arrow.verdict === word).length;
  const words = verdict.replace("_", " ");
  byId("verdict-word").textContent = words;
  byId("verdict-word").className = `state ${words.replace(" ", "-")}`;
  byId("verdict-counts").textContent = `${judged} judged, ${left} not judged. Arrows: ${count("conforms")} conform, `
    + `${count("deviates")} deviate, ${count("not_observed")} not observed.`;
  byId("verdict-findings").replaceChildren(...findings.slice(0, MOST_ROWS).map((finding) => {
    const named = Number.isInteger(finding.arrow) ? `, arrow ${finding.arrow}` : "";
    return element("li", {}, element("button", { type: "button", "data-refresh": finding.refresh }, `Refresh ${finding.refresh}${named}`), deviation(finding));
  }));
  byId("verdict").showModal();
}

function askForToken() {
  const dialog = byId("ask-token");
  dialog.showModal();
  return new Promise((resolve) => {
    byId("token-form").addEventListener("submit", () => {
      const token = byId("token").value.trim();
      byId("token").value = "";
      resolve(token);
    }, { once: true });
  });
}

function turned(state) {
  byId("connection").textContent = state;
  byId("connection").dataset.state = state === "live" ? "live" : "lost";
}

function onClick(id, action) {
  byId(id).addEventListener("click", (event) => attempt(() => action(event)));
}

function start() {
  admit(askForToken);
  wire(attempt);
  walkable(byId("refreshes"), "button");
  onClick("refreshes", ({ target }) => target.closest("button") && pin(Number(target.closest("button").value)));
  onClick("deviations", ({ target }) => {
    const number = Number(target.closest("button")?.dataset.arrow);
    if (!number) return;
    openArrow(number);
    page.view.reveal(number);
  });
  onClick("verdict-findings", async ({ target }) => {
    const id = target.closest("button")?.dataset.refresh;
    if (!id) return;
    byId("verdict").close();
    await pin(Number(id));
  });
  onClick("follow", () => setFollow(!page.follow));
  onClick("show-messages", () => openArrow(ALL));
  onClick("close-details", closeArrow);
  onClick("show-verdict", showVerdict);
  onClick("export-har", (event) => {
    event.preventDefault();
    return download("/api/refreshes.har", "hopcheck.har");
  });
  onClick("clear-journal", () => call("DELETE", "/api/refreshes"));
  byId("ask-token").addEventListener("cancel", (event) => event.preventDefault());
  document.addEventListener("keydown", ({ key }) => key === "Escape" && !document.querySelector("dialog[open]") && closeArrow());
  listen(heard, turned);
}

start();

// The sequence diagram as an SVG whose arrows are buttons and light up.

import { byId, drawn, element, keep, reachable, walkable } from "./dom.js";
import { BADGE, HEAD, LINE, LOOP, layOut } from "./layout.js";

const STEP_MS = 25;
const WORDS = { quiet: "not seen", conforms: "conforms", deviates: "deviates", missing: "deviates, is missing" };
const MARKS = { quiet: "", conforms: "✓", deviates: "✗ deviates", missing: "✗ missing" };

/** Draws the diagram into its box. `opened(number)` is called when somebody chooses an arrow. */
export function show(diagram, opened) {
  const box = byId("diagram");
  const view = { diagram, groups: new Map(), frames: [], seen: new Map(), ended: false, chosen: null, width: 0 };
  const draw = () => {
    if (view.width === box.clientWidth) return;
    view.width = box.clientWidth;
    redraw(view, box);
  };
  new ResizeObserver(draw).observe(box);
  draw();
  walkable(box, ".arrow");
  walkable(byId("strip"), "button");
  for (const part of [box, byId("strip")]) part.addEventListener("click", ({ target }) => choose(target, opened));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose(event.target, opened);
  });
  return {
    light: (arrows, ended) => light(view, arrows, ended),
    mark: (number) => mark(view, number),
    reveal: (number) => view.groups.get(number)?.scrollIntoView({ block: "center", inline: "nearest" }),
    focus: (number) => view.groups.get(number)?.focus(),
    state: (number) => WORDS[stateOf(view, number)],
  };
}

function choose(target, opened) {
  const number = target.closest("[data-number]")?.dataset.number;
  if (number) opened(Number(number));
}

function redraw(view, box) {
  const focused = document.activeElement?.closest("#diagram .arrow")?.dataset.number;
  const plan = layOut(view.diagram, box.clientWidth, measures(box));
  const heads = plan.columns.map((column) => head(column, HEAD.height + HEAD.actor));
  const lifelines = plan.columns.map(({ x }) => drawn("line", { class: "lifeline", x1: x, x2: x, y1: 0, y2: plan.height }));
  const feet = plan.columns.map((column) => head(column, plan.height + HEAD.height, true));
  view.frames = plan.frames.map((frame) => ({ arrows: frame.arrows, drawn: frameAround(frame) }));
  view.groups = new Map(plan.rows.map((row) => [row.arrow.number, arrowGroup(row)]));
  const sheet = { width: plan.width, height: plan.height + HEAD.height + 8 };
  box.replaceChildren(
    element("div", { class: "heads" }, drawn("svg", { width: plan.width, height: HEAD.height + HEAD.actor, "aria-hidden": "true" }, ...heads)),
    drawn("svg", { ...sheet, role: "group", "aria-label": `Sequence diagram ${view.diagram.file}` },
      drawn("g", { "aria-hidden": "true" }, ...lifelines, ...feet, ...view.frames.map((frame) => frame.drawn)),
      ...view.groups.values()),
  );
  light(view, [...view.seen.values()], view.ended);
  mark(view, view.chosen);
  reachable(box, ".arrow");
  if (focused) view.groups.get(Number(focused))?.focus();
}

function measures(box) {
  const context = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(box).fontFamily;
  const measuring = (font) => (text) => {
    context.font = `${font} ${family}`;
    return context.measureText(text).width;
  };
  return { plain: measuring("12px"), bold: measuring("600 12px") };
}

function head({ participant, x, lines }, bottom, isFoot = false) {
  const top = bottom - HEAD.height;
  const left = x - HEAD.width / 2;
  const name = texts(lines, { class: "name", "text-anchor": "middle" }, x, top + HEAD.height / 2 + 5 - ((lines.length - 1) * LINE) / 2);
  if (participant.actor && !isFoot) return drawn("g", { class: "head" }, figure(x, bottom - HEAD.height - 24), name);
  return drawn("g", { class: "head" }, drawn("rect", { x: left, y: top + 1, width: HEAD.width, height: HEAD.height - 2, rx: 6 }), name);
}

function figure(x, top) {
  const limbs = `M${x} ${top + 14}v14M${x - 12} ${top + 19}h24M${x - 10} ${top + 40}l10 -12l10 12`;
  return drawn("g", { class: "figure" }, drawn("circle", { cx: x, cy: top + 7, r: 7 }), drawn("path", { d: limbs }));
}

function frameAround({ label, left, right, top, bottom }) {
  const tab = `M${left} ${top}h40v12l-8 8h-32z`;
  return drawn("g", { class: "frame" },
    drawn("rect", { x: left, y: top, width: right - left, height: bottom - top }),
    drawn("path", { d: tab }),
    drawn("text", { class: "keyword", x: left + 18, y: top + 14, "text-anchor": "middle" }, "opt"),
    drawn("text", { class: "condition", x: left + 50, y: top + 15 }, `[${label}]`));
}

function arrowGroup(row) {
  const { arrow, from, left, right, top, bottom, y } = row;
  const pad = BADGE + 5;
  return drawn("g", { class: "arrow", role: "button", tabindex: -1, "data-number": arrow.number },
    drawn("rect", { class: "hit", x: left - pad, y: top - 1, width: right - left + 2 * pad, height: bottom - top - 1, rx: 6 }),
    ...(row.side ? loop(row) : straight(row)),
    drawn("circle", { class: "badge", cx: from.x, cy: y, r: BADGE }),
    drawn("text", { class: "number", x: from.x, y: y + 3.5, "text-anchor": "middle" }, String(arrow.number)));
}

function straight({ lines, from, to, middle, top, y }) {
  const ahead = to.x > from.x ? 1 : -1;
  const line = `M${from.x + ahead * BADGE} ${y}H${to.x - ahead * 8}`;
  return [
    texts(lines, { class: "label", "text-anchor": "middle" }, middle, top + LINE - 1),
    drawn("path", { class: "line", d: line }),
    pointer(to.x, y, ahead),
    drawn("text", { class: "mark", x: to.x - ahead * 10, y: y + 15, "text-anchor": ahead > 0 ? "end" : "start" }),
  ];
}

function loop({ lines, from, side, y }) {
  const back = y + LOOP.height;
  const turn = side > 0 ? "1" : "0";
  const line = `M${from.x + side * BADGE} ${y}h${side * (LOOP.width - BADGE - 8)}a8 8 0 0 ${turn} ${side * 8} 8`
    + `v${LOOP.height - 16}a8 8 0 0 ${turn} ${-side * 8} 8h${-side * (LOOP.width - 16)}`;
  const anchor = { "text-anchor": side > 0 ? "start" : "end" };
  return [
    texts(lines, { class: "label", ...anchor }, from.x + side * (LOOP.width + 8), y + 4),
    drawn("path", { class: "line", d: line }),
    pointer(from.x, back, -side),
    drawn("text", { class: "mark", x: from.x + side * 6, y: back + 15, ...anchor }),
  ];
}

function pointer(x, y, ahead) {
  return drawn("path", { class: "point", d: `M${x} ${y}l${-ahead * 10} -5v10z` });
}

function texts(lines, attributes, x, y) {
  const spans = lines.map((line, place) => drawn("tspan", { x, y: y + place * LINE }, line));
  return drawn("text", attributes, ...spans);
}

/** Shows which arrows a refresh took. Those of one that has ended can be missing. */
function light(view, arrows, ended) {
  view.seen = new Map(arrows.map((arrow) => [arrow.number, arrow]));
  view.ended = ended;
  let place = 0;
  for (const [number, group] of view.groups) {
    const state = stateOf(view, number);
    if (group.dataset.state === state) continue;
    group.dataset.state = state;
    group.style.setProperty("--wait", `${state === "quiet" ? 0 : place * STEP_MS}ms`);
    if (state !== "quiet") place += 1;
    group.querySelector(".mark").textContent = MARKS[state];
    group.setAttribute("aria-label", nameOf(view, number));
  }
  for (const frame of view.frames) frame.drawn.classList.toggle("on", frame.arrows.some((number) => view.seen.has(number)));
  drawStrip(view);
}

/** Draws every arrow as a number only, so that all of them are in sight at once. */
function drawStrip(view) {
  const chip = () => element("button", { type: "button", tabindex: -1 });
  keep(byId("strip"), view.diagram.arrows, (arrow) => arrow.number, chip, (button, arrow) => {
    button.dataset.number = arrow.number;
    button.dataset.state = stateOf(view, arrow.number);
    button.textContent = arrow.number;
    button.title = nameOf(view, arrow.number);
    button.classList.toggle("apart", arrow.number > 1 && view.diagram.arrows[arrow.number - 2].block !== arrow.block);
  });
  reachable(byId("strip"), "button");
}

function mark(view, number) {
  view.chosen = number;
  for (const [each, group] of view.groups) group.setAttribute("aria-pressed", String(each === number));
}

function stateOf(view, number) {
  const arrow = view.seen.get(number);
  if (arrow?.verdict === "conforms") return "conforms";
  if (arrow?.verdict !== "deviates") return "quiet";
  const kind = view.diagram.arrows.find((each) => each.number === number)?.kind;
  return view.ended && arrow.exchange === null && kind !== "action" ? "missing" : "deviates";
}

function nameOf(view, number) {
  const arrow = view.diagram.arrows.find((each) => each.number === number);
  const names = new Map(view.diagram.participants.map(({ drawn, name }) => [drawn, name]));
  const [from, to] = [arrow.from, arrow.to].map((end) => names.get(end) ?? end);
  return `Arrow ${number}, ${from} to ${from === to ? "itself" : to}, ${WORDS[stateOf(view, number)]}`;
}

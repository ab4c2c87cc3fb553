// Elements of the page: made of text and never of markup, kept in step with data, walked with the arrow keys.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/** Makes an HTML element; texts among its children stay texts. */
export const element = (name, attributes, ...children) => filled(document.createElement(name), attributes, children);

/** Makes an SVG element; texts among its children stay texts. */
export const drawn = (name, attributes, ...children) => filled(document.createElementNS(SVG, name), attributes, children);

function filled(made, attributes = {}, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Makes a parent's children those of the items, in their order, touching what stays as little as possible. */
export function keep(parent, items, keyOf, make, update) {
  const left = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, place) => {
    const key = String(keyOf(item));
    const child = left.get(key) ?? make(item);
    left.delete(key);
    child.dataset.key = key;
    update(child, item);
    if (parent.children[place] !== child) parent.insertBefore(child, parent.children[place] ?? null);
  });
  for (const child of left.values()) child.remove();
}

/** Lets the arrow keys, Home and End walk what matches the selector; one of it can be reached with Tab. */
export function walkable(box, selector) {
  const stop = (chosen) => {
    for (const other of box.querySelectorAll(`${selector}[tabindex="0"]`)) other.setAttribute("tabindex", "-1");
    chosen.setAttribute("tabindex", "0");
  };
  box.addEventListener("focusin", ({ target }) => target.matches(selector) && stop(target));
  box.addEventListener("keydown", (event) => {
    const all = [...box.querySelectorAll(selector)];
    const here = all.indexOf(document.activeElement);
    const next = { ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: here - 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 };
    const target = here < 0 ? undefined : all[next[event.key]];
    if (!target) return;
    event.preventDefault();
    target.focus();
  });
}

/** Makes sure that Tab reaches something of what matches the selector. */
export function reachable(box, selector) {
  if (!box.querySelector(`${selector}[tabindex="0"]`)) box.querySelector(selector)?.setAttribute("tabindex", "0");
}

/** Puts off an action to a frame, however often it is asked for until then, and lets so much time pass between two. */
export function inFrames(action, betweenMs = 0) {
  let asked = false;
  let last = -betweenMs;
  return () => {
    if (asked) return;
    asked = true;
    const wait = Math.max(last + betweenMs - performance.now(), 0);
    setTimeout(() => requestAnimationFrame(() => {
      asked = false;
      last = performance.now();
      action();
    }), wait);
  };
}

/** Lets an asynchronous action run once at a time, and once more where it was asked for meanwhile. */
export function oneAtATime(action) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    again = false;
    try {
      await action();
    } finally {
      running = false;
    }
    if (again) await run();
  };
}

/** Shortens an account's SID so that its two ends still tell it from others. */
export const shortSid = (sid) => (sid.length > 14 ? `${sid.slice(0, 6)}…${sid.slice(-4)}` : sid);

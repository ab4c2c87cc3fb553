// Where everything of the diagram goes, in pixels: columns of lifelines, rows of arrows, frames around blocks.

export const LINE = 15;
export const BADGE = 9;
export const LOOP = { width: 30, height: 26 };
export const HEAD = { width: 158, height: 44, actor: 30 };
const MARGIN = 92;
const NARROWEST = 168;
const WIDEST = 268;
const MARK = 20;
const FRAME = { gap: 8, title: 34, end: 14, reach: 66, step: 10 };

/** Places a diagram within a width, as far as it can be made that narrow. */
export function layOut(diagram, width, measure) {
  const columns = columnsOf(diagram, width, measure);
  const frames = diagram.blocks.filter(({ arrows }) => arrows.length).map(frameOf);
  for (const frame of frames) frame.depth = frames.filter((other) => isAround(other, frame)).length;
  const rows = [];
  let y = 14;
  for (const arrow of diagram.arrows) {
    for (const frame of frames.filter(({ first }) => first === arrow.number).sort((a, b) => a.depth - b.depth)) {
      y += FRAME.gap;
      frame.top = y;
      y += FRAME.title;
    }
    const row = rowOf(arrow, columns, y, measure);
    rows.push(row);
    y = row.bottom;
    for (const frame of frames.filter(({ last }) => last === arrow.number).sort((a, b) => b.depth - a.depth)) {
      frame.bottom = y;
      y += FRAME.end;
    }
  }
  for (const frame of frames) Object.assign(frame, reachOf(frame, rows));
  return { columns, rows, frames, height: y + 10, width: columns.at(-1).x + MARGIN };
}

function columnsOf(diagram, width, measure) {
  const gaps = Math.max(diagram.participants.length - 1, 1);
  const spacing = Math.floor(Math.min(Math.max((width - 2 * MARGIN) / gaps, NARROWEST), WIDEST));
  return diagram.participants.map((participant, place) => ({
    participant,
    x: MARGIN + place * spacing,
    lines: lined(participant.drawn, HEAD.width - 10, measure.bold),
  }));
}

function rowOf(arrow, columns, top, measure) {
  const at = (name) => columns.findIndex(({ participant }) => participant.drawn === name || participant.name === name);
  const [from, to] = [at(arrow.from), at(arrow.to)].map((place) => Math.max(place, 0));
  const ends = { arrow, top, from: columns[from], to: columns[to] };
  return from === to ? loop(ends, from, columns, measure) : straight(ends, measure);
}

function straight(ends, measure) {
  const [left, right] = [ends.from.x, ends.to.x].sort((a, b) => a - b);
  const lines = lined(ends.arrow.text, right - left - 2 * BADGE - 14, measure.plain);
  const y = ends.top + lines.length * LINE + 9;
  return { ...ends, lines, y, left, right, middle: (left + right) / 2, bottom: y + MARK };
}

/** An arrow to itself goes to the right with its label beside it; at the last lifeline, where no room is, to the left. */
function loop(ends, place, columns, measure) {
  const spacing = columns.length > 1 ? columns[1].x - columns[0].x : NARROWEST;
  const ahead = columns.length - 1 - place;
  const side = ahead > 0 ? 1 : -1;
  const room = spacing * (ahead > 1 ? 1.6 : 1) - LOOP.width - 26;
  const lines = lined(ends.arrow.text, room, measure.plain);
  const y = ends.top + 13;
  const far = ends.from.x + side * (spacing - 14);
  const bottom = y + Math.max(LOOP.height + MARK - 4, (lines.length - 1) * LINE + MARK);
  return { ...ends, lines, y, side, left: Math.min(ends.from.x, far), right: Math.max(ends.from.x, far), bottom };
}

function frameOf({ label, arrows }) {
  return { label, arrows, first: Math.min(...arrows), last: Math.max(...arrows) };
}

function isAround(other, frame) {
  return other !== frame && other.first <= frame.first && other.last >= frame.last;
}

function reachOf(frame, rows) {
  const within = rows.filter(({ arrow }) => arrow.number >= frame.first && arrow.number <= frame.last);
  const reach = FRAME.reach - frame.depth * FRAME.step;
  const ends = within.flatMap(({ from, to }) => [from.x, to.x]);
  return { left: Math.min(...ends) - reach, right: Math.max(...ends) + reach };
}

/** Breaks a text into lines of at most this width: between words, and within one that is too long for a line. */
function lined(text, width, measure) {
  const lines = [""];
  for (const word of text.split(" ").flatMap((word) => fitting(word, width, measure))) {
    const joined = word.goesOn ? lines.at(-1) + word.text : `${lines.at(-1)} ${word.text}`.trim();
    if (measure(joined) <= width || lines.at(-1) === "") lines[lines.length - 1] = joined;
    else lines.push(word.text);
  }
  return lines;
}

/** Cuts a word that is wider than a line: behind the signs between its parts, and where that is not enough, anywhere fit. */
function fitting(word, width, measure) {
  const parts = measure(word) <= width ? [word] : word.match(/[^=/,]*[=/,]?/g).filter(Boolean);
  const pieces = parts.flatMap((part) => (measure(part) <= width ? [part] : part.match(/[A-Z]?[^A-Z.:_-]*[.:_-]*/g).filter(Boolean)));
  return pieces.map((text, place) => ({ text, goesOn: place > 0 }));
}

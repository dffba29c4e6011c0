"use strict";
// Shared by all interactives. DATA holds what the reference computed; pages look up and draw, they do not compute layers.
const DATA = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

// An SVG element with attributes and, optionally, text.
function svg(name, attributes = {}, text = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  return element;
}

// A number for people: a few digits, a real minus sign, no "-0".
function show(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "\u2212");
}

// Numbers that are drawn are also said: a screen reader hears this line when it changes.
function say(text) { $("readout").textContent = text; }

// A group to draw into, instead of what was drawn before.
function fresh(box) {
  box.querySelectorAll("g").forEach((old) => old.remove());
  return box.appendChild(svg("g"));
}

// The choices of a select, as [value, label] pairs.
function offer(select, pairs, chosen = pairs[0][0]) {
  for (const [value, label] of pairs) select.append(new Option(label, value, false, String(value) === String(chosen)));
}

// A range with two buttons beside it: for whoever would rather press than slide. Steps go round at the ends.
function stepper(range, back, next, changed) {
  const move = (by) => {
    const size = Number(range.max) + 1;
    range.value = (Number(range.value) + by + size) % size;
    changed();
  };
  range.addEventListener("input", changed);
  back.addEventListener("click", () => move(-1));
  next.addEventListener("click", () => move(1));
}

// A grid of numbers; mark(row, column) names the classes of a cell.
function grid(table, caption, rows, mark, digits = 0) {
  const body = document.createElement("tbody");
  rows.forEach((row, r) => {
    const line = body.insertRow();
    row.forEach((value, c) => {
      const cell = line.insertCell();
      cell.textContent = typeof value === "number" ? show(value, digits) : value;
      cell.className = mark(r, c);
    });
  });
  const title = document.createElement("caption");
  title.textContent = caption;
  table.replaceChildren(title, body);
}

// Series differ by colour and by dashes.
const LOOKS = [
  { stroke: "var(--a)" },
  { stroke: "var(--b)", "stroke-dasharray": "8 4" },
  { stroke: "var(--c)", "stroke-dasharray": "2 3" },
  { stroke: "var(--d)", "stroke-dasharray": "10 3 2 3" },
];
function look(k) { return { ...LOOKS[k % LOOKS.length], fill: "none", "stroke-width": 2.5 }; }

function legend(list, names) {
  list.replaceChildren(...names.map((name, k) => {
    const item = document.createElement("li");
    const sample = svg("svg", { viewBox: "0 0 36 12", "aria-hidden": "true" });
    sample.append(svg("line", { x1: 0, x2: 36, y1: 6, y2: 6, ...look(k) }));
    item.append(sample, name);
    return item;
  }));
}

// Axes in an SVG of 400 x 276 from y = -16 on. An axis is {low, high, ticks, label, log, name: tick => text}.
function chart(box, x, y) {
  const group = fresh(box);
  const place = (axis, value, from, to) => {
    const scale = (v) => (axis.log ? Math.log10(v) : v);
    const inside = Math.min(axis.high, Math.max(axis.low, value));
    return from + ((scale(inside) - scale(axis.low)) / (scale(axis.high) - scale(axis.low))) * (to - from);
  };
  const left = (v) => place(x, v, 58, 388);
  const top = (v) => place(y, v, 212, 12);
  for (const tick of y.ticks) {
    group.append(svg("line", { x1: 58, x2: 388, y1: top(tick), y2: top(tick), stroke: "var(--rule)" }));
    group.append(svg("text", { x: 53, y: top(tick) + 5, "text-anchor": "end" }, y.name(tick)));
  }
  for (const tick of x.ticks) {
    group.append(svg("line", { x1: left(tick), x2: left(tick), y1: 212, y2: 217, stroke: "var(--faint)" }));
    group.append(svg("text", { x: left(tick), y: 232, "text-anchor": "middle" }, x.name(tick)));
  }
  group.append(svg("text", { x: 223, y: 254, "text-anchor": "middle" }, x.label));
  group.append(svg("text", { x: 6, y: -3 }, y.label));
  return {
    line: (points, k) => group.append(svg("polyline", { points: points.map(([a, b]) => `${left(a)},${top(b)}`).join(" "), ...look(k) })),
    dot: (a, b) => group.append(svg("circle", { cx: left(a), cy: top(b), r: 5, fill: "var(--paper)", stroke: "var(--ink)", "stroke-width": 2 })),
    upright: (a) => group.append(svg("line", { x1: left(a), x2: left(a), y1: 12, y2: 212, stroke: "var(--faint)", "stroke-dasharray": "3 3" })),
  };
}
const SUPER = { "-": "\u207b", 0: "\u2070", 1: "\u00b9", 2: "\u00b2", 3: "\u00b3", 4: "\u2074", 5: "\u2075", 6: "\u2076", 7: "\u2077", 8: "\u2078", 9: "\u2079" };
// A power of ten for an axis or a sentence.
function power(value) { return `10${String(Math.round(Math.log10(value))).replace(/./g, (sign) => SUPER[sign])}`; }
// 3.2 × 10⁻⁷ for quantities over many orders of magnitude.
function small(value) {
  if (value === 0) return "0";
  if (Math.abs(value) >= 0.01 && Math.abs(value) < 1000) return show(value, 3);
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${digits.replace("-", "\u2212")} \u00d7 ${power(10 ** Number(exponent))}`;
}

// The page of the book decides on light or dark; alone, the system does.
function theme(name) { document.documentElement.dataset.theme = name; }
const dark = matchMedia("(prefers-color-scheme: dark)");
if (window.parent === window) {
  theme(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => theme(dark.matches ? "dark" : "light"));
}

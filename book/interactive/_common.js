"use strict";
// Shared by all interactives. DATA holds what the page starts from.
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

// An HTML element with attributes and children, which are elements or text.
function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// A number for people: a few digits, a real minus sign, no "-0".
function show(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "\u2212");
}
// The same with a fixed number of digits, for columns; what rounds to zero is zero.
function fixed(value, digits = 2) {
  if (!Number.isFinite(value)) return "\u2013";
  if (Math.abs(value) >= 1e4) return small(value);
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "\u2212");
}
const SUPER = { "-": "\u207b", 0: "\u2070", 1: "\u00b9", 2: "\u00b2", 3: "\u00b3", 4: "\u2074", 5: "\u2075", 6: "\u2076", 7: "\u2077", 8: "\u2078", 9: "\u2079" };
// A power of ten for an axis or a sentence.
function power(value) { return `10${String(Math.round(Math.log10(value))).replace(/./g, (sign) => SUPER[sign])}`; }
// 3.2 × 10⁻⁷ for quantities over many orders of magnitude.
function small(value) {
  if (!Number.isFinite(value)) return "\u221e";
  if (value === 0) return "0";
  if (Math.abs(value) >= 0.01 && Math.abs(value) < 1000) return String(Number(value.toPrecision(3))).replace("-", "\u2212");
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${digits.replace("-", "\u2212")}\u00a0\u00d7\u00a0${power(10 ** Number(exponent))}`;
}
// A colour between the paper and a colour of ours, for a value of that size; never so strong that ink on it is hard to read.
function tint(value, most, positive = "--a", negative = "--d") {
  const share = most > 0 ? Math.min(1, Math.abs(value) / most) : 0;
  return `color-mix(in srgb, var(${value < 0 ? negative : positive}) ${Math.round(36 * share)}%, var(--paper))`;
}

// What is drawn is also said: a screen reader hears this line when it changes.
function say(text) { $("readout").textContent = text; }

// A group to draw into, instead of what was drawn before.
function fresh(box) {
  box.querySelectorAll(":scope > g").forEach((old) => old.remove());
  return box.appendChild(svg("g"));
}

// The choices of a select, as [value, label] pairs.
function offer(select, pairs, chosen = pairs[0][0]) {
  for (const [value, label] of pairs) select.append(new Option(label, value, false, String(value) === String(chosen)));
}

// A choice among a few, as one bar of radio buttons. Returns a function that says what is chosen, and chooses when it is given a value.
function choice(box, label, pairs, chosen, changed) {
  const name = box.id;
  const group = html("span", { class: "segments", role: "radiogroup", "aria-label": label });
  const inputs = pairs.map(([value, text]) => {
    const input = html("input", { type: "radio", name, value, id: `${name}-${value}` });
    input.checked = String(value) === String(chosen);
    input.addEventListener("change", changed);
    group.append(html("label", {}, input, html("span", {}, text)));
    return input;
  });
  box.classList.add("field");
  box.replaceChildren(html("span", { "aria-hidden": "true" }, label), group);
  return (value) => {
    if (value !== undefined) inputs.forEach((input) => { input.checked = input.value === String(value); });
    return inputs.find((input) => input.checked).value;
  };
}

// A range with two buttons beside it: for those who would rather press than slide. Steps go round at the ends.
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

// Draw now, and again whenever the page gets another width: what is drawn keeps its size of type.
function live(draw) {
  let width = 0;
  draw();
  new ResizeObserver(([entry]) => {
    const now = Math.round(entry.contentRect.width);
    if (now !== width) { width = now; draw(); }
  }).observe(document.querySelector("main"));
}

// A table of numbers; mark(row, column) names the classes of a cell.
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
  table.replaceChildren(html("caption", {}, caption), body);
}

// A grid whose cells can be chosen and changed. One cell is in the order of Tab; arrow keys move, + and - and digits change, dragging paints.
// on.choose(r, c) when a cell is chosen; on.change(r, c, value), if given, when it gets a value; on.brush() says the value a drag paints, or null.
function cells(box, label, on) {
  let [rows, columns, at] = [0, 0, [0, 0]];
  box.classList.add("cells");
  box.setAttribute("role", "grid");
  box.setAttribute("aria-label", label);
  const cell = (r, c) => box.children[r]?.children[c];
  const place = (element) => {
    const found = element?.closest?.("[role=gridcell]");
    return found && box.contains(found) ? [Number(found.dataset.r), Number(found.dataset.c)] : null;
  };
  const touch = (r, c) => {
    at = [r, c];
    const value = on.brush && on.change ? on.brush() : null;
    if (value !== null) on.change(r, c, value);
    else on.choose(r, c);
  };
  let down = false;
  box.addEventListener("pointerdown", (event) => {
    const found = place(event.target);
    if (!found) return;
    down = true;
    // A finger's events all go to where it began, unless that is let go.
    if (event.target.hasPointerCapture?.(event.pointerId)) event.target.releasePointerCapture(event.pointerId);
    touch(...found);
  });
  addEventListener("pointerup", () => { down = false; });
  addEventListener("pointercancel", () => { down = false; });
  box.addEventListener("pointermove", (event) => {
    if (!down) return;
    const found = place(document.elementFromPoint(event.clientX, event.clientY));
    if (found && (found[0] !== at[0] || found[1] !== at[1])) touch(...found);
  });
  box.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (moves[event.key]) {
      at = [Math.min(rows - 1, Math.max(0, at[0] + moves[event.key][0])), Math.min(columns - 1, Math.max(0, at[1] + moves[event.key][1]))];
      on.choose(...at);
    } else if (on.change && /^[0-9+\-=]$/.test(event.key)) {
      const now = Number(cell(...at).dataset.value);
      on.change(...at, /\d/.test(event.key) ? Number(event.key) : now + (event.key === "-" ? -1 : 1));
    } else if (event.key === "Enter" || event.key === " ") on.choose(...at);
    else return;
    event.preventDefault();
    cell(...at)?.focus();
  });
  // values: rows of numbers; look(r, c): {class, tint, text, name} of a cell.
  return (values, look) => {
    [rows, columns] = [values.length, values[0].length];
    at = [Math.min(at[0], rows - 1), Math.min(at[1], columns - 1)];
    if (box.children.length !== rows || box.children[0].children.length !== columns) {
      box.style.gridTemplateColumns = `repeat(${columns}, auto)`;
      box.replaceChildren(...values.map((row, r) => html("div", { role: "row" }, ...row.map((_, c) => html("div", { role: "gridcell", "data-r": r, "data-c": c })))));
    }
    values.forEach((row, r) => row.forEach((value, c) => {
      const element = cell(r, c);
      const { text = show(value, 0), name = "", tint: colour = "", class: kind = "" } = look(r, c, value);
      element.textContent = text;
      element.className = kind;
      element.style.background = colour;
      element.dataset.value = value;
      element.tabIndex = r === at[0] && c === at[1] ? 0 : -1;
      element.setAttribute("aria-label", `row ${r}, column ${c}: ${name || show(value, 0)}`);
      if (/chosen/.test(kind)) element.setAttribute("aria-selected", "true");
      else element.removeAttribute("aria-selected");
    }));
  };
}

// Series differ by colour and by dashes.
const LOOKS = [
  { stroke: "var(--a)" },
  { stroke: "var(--b)", "stroke-dasharray": "8 4" },
  { stroke: "var(--c)", "stroke-dasharray": "2 3" },
  { stroke: "var(--d)", "stroke-dasharray": "10 3 2 3" },
];
function look(k) { return { ...LOOKS[k % LOOKS.length], fill: "none", "stroke-width": 2.5, "stroke-linejoin": "round" }; }

function legend(list, names) {
  list.replaceChildren(...names.map((name, k) => {
    const sample = svg("svg", { viewBox: "0 0 36 12", "aria-hidden": "true" });
    sample.append(svg("line", { x1: 0, x2: 36, y1: 6, y2: 6, ...look(k) }));
    return html("li", {}, sample, name);
  }));
}

// Axes as wide as the page. An axis is {low, high, ticks, label, log, name: tick => text}.
function chart(box, x, y, height = 250) {
  const width = Math.max(260, Math.round(box.getBoundingClientRect().width));
  box.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const group = fresh(box);
  const edge = { left: 46, right: width - 12, top: 26, bottom: height - 40 };
  const place = (axis, value, from, to) => {
    const scale = (v) => (axis.log ? Math.log10(v) : v);
    const inside = Number.isNaN(value) ? axis.high : Math.min(axis.high, Math.max(axis.low, value));
    return from + ((scale(inside) - scale(axis.low)) / (scale(axis.high) - scale(axis.low))) * (to - from);
  };
  const left = (v) => place(x, v, edge.left, edge.right);
  const top = (v) => place(y, v, edge.bottom, edge.top);
  for (const tick of y.ticks) {
    group.append(svg("line", { x1: edge.left, x2: edge.right, y1: top(tick), y2: top(tick), stroke: "var(--rule)" }));
    group.append(svg("text", { x: edge.left - 6, y: top(tick) + 4, "text-anchor": "end", class: "faint" }, y.name(tick)));
  }
  for (const tick of x.ticks) {
    group.append(svg("line", { x1: left(tick), x2: left(tick), y1: edge.bottom, y2: edge.bottom + 5, stroke: "var(--faint)" }));
    group.append(svg("text", { x: left(tick), y: edge.bottom + 18, "text-anchor": "middle", class: "faint" }, x.name(tick)));
  }
  group.append(svg("line", { x1: edge.left, x2: edge.right, y1: edge.bottom, y2: edge.bottom, stroke: "var(--faint)" }));
  group.append(svg("text", { x: (edge.left + edge.right) / 2, y: height - 5, "text-anchor": "middle" }, x.label));
  group.append(svg("text", { x: 2, y: 13 }, y.label));
  return {
    group, edge, left, top,
    line: (points, k, more = {}) => group.append(svg("polyline", { points: points.map(([a, b]) => `${left(a).toFixed(1)},${top(b).toFixed(1)}`).join(" "), ...look(k), ...more })),
    dot: (a, b, more = {}) => group.append(svg("circle", { cx: left(a), cy: top(b), r: 5, fill: "var(--paper)", stroke: "var(--ink)", "stroke-width": 2, ...more })),
    upright: (a) => group.append(svg("line", { x1: left(a), x2: left(a), y1: edge.top, y2: edge.bottom, stroke: "var(--ink)", "stroke-dasharray": "3 3" })),
    text: (a, b, text, more = {}) => group.append(svg("text", { x: left(a), y: top(b), class: "halo", ...more }, text)),
  };
}

// The page of the book decides on light or dark; alone, the system does. Messages, since a file's frame may not look at its page.
function theme(name) { document.documentElement.dataset.theme = name === "dark" ? "dark" : "light"; }
if (window.parent === window) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => theme(dark.matches ? "dark" : "light");
  follow();
  dark.addEventListener("change", follow);
} else {
  addEventListener("message", (event) => { if (event.source === window.parent && event.data?.coursenn === "theme") theme(event.data.name); });
  const tell = () => window.parent.postMessage({ coursenn: "height", height: document.body.offsetHeight }, "*");
  new ResizeObserver(tell).observe(document.querySelector("main"));
}

// Uses _batchnorm.js
// Uses _space.js
"use strict";
const NAMES = DATA.names;
const KEYS = Object.keys(NAMES);
const now = structuredClone(DATA.start);
const view = { turn: DATA.view[0], tilt: DATA.view[1] };
let chosen = "diff";
const at = $("at");
at.max = 2 * KEYS.length - 1;
at.value = at.max;
$("eps").value = now.eps;
const list = (values) => (values.length > 1 ? `(${values.map((v) => fixed(v)).join(", ")})` : fixed(values[0]));

// The table is made once, so that a box keeps the cursor while one types.
const boxes = {};
const slots = {};
function number(id, label, get, set) {
  const input = html("input", { type: "number", step: "0.5", "aria-label": label, id });
  input.addEventListener("input", () => {
    if (input.value !== "" && Number.isFinite(Number(input.value))) { set(Math.max(-1000, Math.min(1000, Number(input.value)))); at.value = at.max; draw(input); }
  });
  boxes[id] = [input, get];
  return input;
}
function make() {
  const head = html("tr", {}, html("th", { scope: "col", class: "name" }, "node"), html("th", { scope: "colgroup", colspan: 3, class: "gap" }, "value \u2193"), html("th", { scope: "colgroup", colspan: 3, class: "gap" }, "gradient \u2191"));
  const body = html("tbody");
  for (const key of KEYS) {
    const button = html("button", { type: "button", id: `node-${key}`, "aria-label": `${NAMES[key]}: show how it is computed` }, NAMES[key]);
    // Chosen a second time, a node says the other thing: how its value is made, or its gradient.
    button.addEventListener("click", () => {
      if (chosen === key) way(way() === "forward" ? "backward" : "forward");
      chosen = key;
      draw();
    });
    const row = html("tr", {}, html("th", { scope: "row", class: "name" }, button));
    const wide = ["mean", "var", "root", "gamma", "beta"].includes(key);
    for (const which of ["value", "gradient"]) {
      for (let i = 0; i < (wide ? 1 : 3); i += 1) {
        const cell = html("td", { class: i === 0 ? "gap" : "" });
        if (wide) cell.colSpan = 3;
        if (which === "value" && key === "x") cell.append(number(`x-${i}`, `x of example ${i}`, () => now.x[i], (v) => { now.x[i] = v; }));
        else if (which === "gradient" && key === "y") cell.append(number(`upstream-${i}`, `upstream gradient of example ${i}`, () => now.upstream[i], (v) => { now.upstream[i] = v; }));
        else if (which === "value" && (key === "gamma" || key === "beta")) cell.append(number(key, NAMES[key], () => now[key], (v) => { now[key] = v; }));
        else slots[`${key} ${which} ${i}`] = cell;
        if (cell.firstChild) cell.classList.add("given");
        row.append(cell);
      }
    }
    body.append(row);
  }
  $("table").replaceChildren(html("thead", {}, head), body);
}

function arrows(found, backward, known) {
  const tape = $("tape").getBoundingClientRect();
  const box = $("arrows");
  const width = box.getBoundingClientRect().width;
  if (!tape.height) return;
  box.setAttribute("viewBox", `0 0 ${width} ${tape.height}`);
  const group = fresh(box);
  const middle = Object.fromEntries(KEYS.map((key) => {
    const row = $(`node-${key}`).getBoundingClientRect();
    return [key, (row.top + row.bottom) / 2 - tape.top];
  }));
  const size = Object.fromEntries(Object.entries(found.along).map(([name, share]) => [name, Math.hypot(...share)]));
  const most = Math.max(...Object.values(size), 1e-9);
  const sorted = [...ARROWS].sort((a, b) => Number(touches(a)) - Number(touches(b)));
  for (const [from, to] of sorted) {
    const lit = touches([from, to]);
    const span = KEYS.indexOf(to) - KEYS.indexOf(from);
    const bulge = Math.min(width - 10, 8 + span * (width - 16) / 4.2);
    const [start, end] = backward ? [middle[to] - 5, middle[from] + 5] : [middle[from] + 5, middle[to] - 5];
    const away = known(from, to) ? (backward ? "var(--b)" : "var(--a)") : "var(--rule)";
    // Backward, an arrow is as wide as what comes along it.
    const thick = backward && known(from, to) ? 1 + 5 * Math.sqrt(size[`${from}-${to}`] / most) : 2;
    const x = width - 3;
    const d = `M${x} ${start}C${x - bulge * 1.25} ${start} ${x - bulge * 1.25} ${end} ${x - 4} ${end}`;
    const path = svg("path", { d, fill: "none", stroke: away, "stroke-width": thick, opacity: lit ? 1 : 0.38 });
    group.append(path);
    group.append(svg("path", { d: `M${x + 2} ${end}l-9 -5v10z`, fill: away, opacity: lit ? 1 : 0.5 }));
    if (lit && known(from, to)) group.append(svg("path", { d, fill: "none", stroke: "var(--paper)", "stroke-width": Math.min(2, thick / 2), "stroke-dasharray": "2 12", class: "flow" }));
  }
}
// An arrow that brings what the chosen node is made of.
function touches([from, to]) { return way() === "forward" ? to === chosen : from === chosen; }

function draw(typed = null) {
  const found = batchnorm(now);
  const step = Number(at.value);
  const ended = step === Number(at.max);
  const back = step >= KEYS.length;
  const reached = back ? 2 * KEYS.length - 1 - step : step;
  const has = { value: (i) => back || i <= reached, gradient: (i) => back && i >= reached };
  const backward = way() === "backward";
  for (const [input, get] of Object.values(boxes)) if (input !== typed) input.value = Number(get().toFixed(2));
  for (const which of ["value", "gradient"]) {
    for (const key of KEYS) {
      const values = found[which][key];
      const most = Math.max(1, ...values.map(Math.abs));
      values.forEach((value, i) => {
        const cell = slots[`${key} ${which} ${i}`];
        if (!cell) return;
        const there = has[which](KEYS.indexOf(key));
        cell.textContent = there ? fixed(value) : "\u00b7";
        cell.style.background = there ? tint(Math.abs(value), 2.2 * most, which === "value" ? "--a" : "--b") : "var(--panel)";
      });
    }
  }
  for (const key of KEYS) $(`node-${key}`).setAttribute("aria-pressed", key === chosen);
  arrows(found, backward, (from, to) => (backward ? has.gradient(KEYS.indexOf(to)) && has.gradient(KEYS.indexOf(from)) : has.value(KEYS.indexOf(to))));
  if ($("projection").getBoundingClientRect().width) inSpace(found.gradient.hat, found.value.hat);

  const name = NAMES[chosen];
  const place = KEYS.indexOf(chosen);
  const head = ended ? "" : `Step ${step + 1} of ${2 * KEYS.length}. `;
  const sum = found.gradient.x.reduce((a, b) => a + b, 0);
  const given = `\u03b3 = ${now.gamma}, \u03b2 = ${now.beta}, \u03b5 = ${now.eps}`.replaceAll("-", "\u2212");
  const end = ended ? ` In all, with ${given}: y = ${list(found.value.y)}; the gradients of x, ${list(found.gradient.x)}, add up to ${fixed(sum)}.` : "";
  if (!backward) {
    const sources = ARROWS.filter((arrow) => arrow[1] === chosen).map((arrow) => NAMES[arrow[0]]);
    say(`${head}Forward: ${name} ${has.value(place) ? `= ${list(found.value[chosen])}` : "is not there yet"}${sources.length ? `, computed from ${sources.join(" and ")}` : ", given"}.${end}`);
  } else if (!has.gradient(place)) say(`${head}Backward: no gradient has reached ${name} yet.`);
  else {
    const shares = ARROWS.filter((arrow) => arrow[0] === chosen).map(([from, to]) => `${list(found.along[`${from}-${to}`])} from ${NAMES[to]}`);
    const ways = shares.length > 1 ? `, the sum of ${shares.join(" and ")}` : shares.length ? `, ${shares[0].replace(/^.*? from/, "from")}` : ", given from above";
    say(`${head}Backward: the gradient of ${name} is ${list(found.gradient[chosen])}${ways}.${end}`);
  }
}

make();
const way = choice($("way"), "arrows show", [["forward", "values"], ["backward", "gradients"]], "backward", () => draw());
const panel = choice($("panel"), "view", [["graph", "graph"], ["projection", "projection"]], "graph", () => {
  document.querySelector("main").dataset.panel = panel();
  draw();
  if (panel() === "projection") $("readout").prepend("In space. ");
});
document.querySelector("main").dataset.panel = "graph";
// The tip is the gradient of the normalized feature, gamma times the upstream gradient.
const inSpace = space($("space"), view, (move) => {
  if (Math.abs(now.gamma) < 1e-6) return;
  now.upstream = now.upstream.map((entry, i) => move(now.gamma * entry, i) / now.gamma);
  draw();
}, () => draw());
$("eps").addEventListener("input", () => { if (Number($("eps").value) >= 0 && $("eps").value !== "") { now.eps = Number($("eps").value); at.value = at.max; draw(); } });
stepper(at, $("back"), $("next"), () => {
  const step = Number(at.value);
  // Replaying follows the step: its node and its direction.
  way(step >= KEYS.length ? "backward" : "forward");
  chosen = KEYS[step >= KEYS.length ? 2 * KEYS.length - 1 - step : step];
  draw();
});
live(() => draw());

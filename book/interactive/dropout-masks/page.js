"use strict";
const keep = $("keep");
let drawn = 1;
for (const p of Object.keys(DATA.keeps).sort()) keep.append(new Option(p, p, p === "0.5", p === "0.5"));

const SERIES = [["input", "var(--a)", "none"], ["this draw", "var(--paper)", "var(--b)"], ["mean of the draws", "var(--c)", "none"]];

function bars(now) {
  const group = fresh($("bars"));
  const top = Math.max(...[...DATA.x, ...now.outputs.flat()].map(Math.abs));
  const y = (value) => 120 - (value / top) * 105;
  DATA.x.forEach((x, unit) => {
    const left = 8 + unit * 65;
    [x, now.outputs[drawn - 1][unit], now.means[drawn - 1][unit]].forEach((value, k) => {
      const height = Math.max(1, Math.abs(y(value) - y(0)));
      const [, fill, stroke] = SERIES[k];
      const box = { x: left + k * 18, width: 15, y: Math.min(y(0), y(value)), height, fill, stroke, "stroke-width": 2 };
      group.append(svg("rect", k === 1 ? { ...box, "stroke-dasharray": "4 2" } : box));
      // Letters tell the bars apart without colour.
      group.append(svg("text", { x: left + k * 18 + 7, y: 240, "text-anchor": "middle" }, "idm"[k]));
    });
    group.append(svg("text", { x: left + 26, y: 257, "text-anchor": "middle" }, `unit ${unit + 1}`));
  });
  group.append(svg("line", { x1: 4, x2: 396, y1: y(0), y2: y(0), stroke: "var(--faint)" }));
}

function sums(now) {
  const group = fresh($("sums"));
  const { values, chances } = now.sums;
  const low = Math.min(...values, DATA.z) - 1;
  const high = Math.max(...values, DATA.z) + 1;
  const most = Math.max(...chances);
  const x = (value) => 12 + ((value - low) / (high - low)) * 376;
  values.forEach((value, i) => {
    if (chances[i] > 0) group.append(svg("line", { x1: x(value), x2: x(value), y1: 150, y2: 150 - (chances[i] / most) * 130, stroke: "var(--b)", "stroke-width": 3 }));
  });
  group.append(svg("line", { x1: 4, x2: 396, y1: 150, y2: 150, stroke: "var(--faint)" }));
  group.append(svg("path", { d: `M${x(now.mean)} 152 l-7 14 h14 z`, fill: "var(--c)" }));
  group.append(svg("text", { x: x(now.mean), y: 185, "text-anchor": "middle" }, `mean ${show(now.mean)}`));
}

function ensemble(now) {
  const body = document.createElement("tbody");
  const line = (title, cells, scope) => {
    const row = body.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = title;
    row.append(head);
    for (const text of cells) {
      const cell = row.appendChild(document.createElement(scope ? "th" : "td"));
      if (scope) cell.scope = scope;
      cell.textContent = text;
    }
  };
  const rows = Object.entries(now.ensemble);
  line("probability of", rows[0][1].map((_, c) => `class ${c}`), "col");
  for (const [name, values] of rows) line(name, values.map((value) => show(value)));
  $("ensemble").replaceChildren(body);
  const gap = now.ensemble["average of all"].map((value, c) => Math.abs(value - now.ensemble["test mode"][c]));
  $("gap").textContent = `At keep probability ${keep.value} test mode is the normalized geometric mean of all networks; from their average it is off by up to ${show(Math.max(...gap))}.`;
}

function draw() {
  const now = DATA.keeps[keep.value];
  drawn = Math.min(drawn, now.outputs.length);
  bars(now);
  sums(now);
  ensemble(now);
  const kept = now.outputs[drawn - 1].filter((value) => value !== 0).length;
  say(`Draw ${drawn}: ${kept} of 6 units kept. In each group the bars are the input (i), this draw (d, kept units divided by ${keep.value}) and the mean (m) of ${drawn === 1 ? "1 draw" : `${drawn} draws`}.`);
  $("exact").textContent = `Over all 64 masks the unit above has mean ${show(now.mean)}, as without dropout (${show(DATA.z)}), and variance ${show(now.variance)}.`;
  $("draw").disabled = $("many").disabled = drawn >= now.outputs.length;
}

keep.addEventListener("change", () => { drawn = 1; draw(); });
$("draw").addEventListener("click", () => { drawn += 1; draw(); });
$("many").addEventListener("click", () => { drawn += 20; draw(); });
$("again").addEventListener("click", () => { drawn = 1; draw(); });
$("legend").replaceChildren(...SERIES.map(([name, fill, stroke], k) => {
  const item = document.createElement("li");
  const sample = svg("svg", { viewBox: "0 0 36 12", "aria-hidden": "true" });
  sample.append(svg("rect", { x: 6, y: 1, width: 24, height: 10, fill, stroke, "stroke-width": 2, "stroke-dasharray": k === 1 ? "4 2" : "none" }));
  item.append(sample, `${"idm"[k]}: ${name}`);
  return item;
}));
draw();

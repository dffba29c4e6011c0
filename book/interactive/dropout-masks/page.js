"use strict";
const keep = $("keep");
let drawn = 1;
for (const p of Object.keys(DATA.keeps).sort()) keep.append(new Option(p, p, p === "0.5", p === "0.5"));

function bars(now) {
  const group = fresh($("bars"));
  const top = Math.max(...[...DATA.x, ...now.outputs.flat()].map(Math.abs));
  const y = (value) => 120 - (value / top) * 105;
  DATA.x.forEach((x, unit) => {
    const left = 20 + unit * 102;
    const series = [[x, "var(--a)"], [now.outputs[drawn - 1][unit], "var(--b)"], [now.means[drawn - 1][unit], "var(--c)"]];
    series.forEach(([value, fill], k) => {
      const height = Math.max(1, Math.abs(y(value) - y(0)));
      group.append(svg("rect", { x: left + k * 28, width: 24, y: Math.min(y(0), y(value)), height, fill }));
    });
    group.append(svg("text", { x: left + 40, y: 252, "text-anchor": "middle" }, `unit ${unit + 1}`));
  });
  group.append(svg("line", { x1: 10, x2: 630, y1: y(0), y2: y(0), stroke: "var(--faint)" }));
}

function sums(now) {
  const group = fresh($("sums"));
  const { values, chances } = now.sums;
  const low = Math.min(...values, DATA.z) - 1;
  const high = Math.max(...values, DATA.z) + 1;
  const most = Math.max(...chances);
  const x = (value) => 20 + ((value - low) / (high - low)) * 600;
  values.forEach((value, i) => {
    if (chances[i] > 0) group.append(svg("line", { x1: x(value), x2: x(value), y1: 160, y2: 160 - (chances[i] / most) * 120, stroke: "var(--b)", "stroke-width": 3 }));
  });
  group.append(svg("line", { x1: 10, x2: 630, y1: 160, y2: 160, stroke: "var(--faint)" }));
  group.append(svg("path", { d: `M${x(now.mean)} 162 l-7 14 h14 z`, fill: "var(--c)" }));
  group.append(svg("text", { x: x(now.mean), y: 193, "text-anchor": "middle" }, `mean ${show(now.mean)}`));
}

function draw() {
  const now = DATA.keeps[keep.value];
  drawn = Math.min(drawn, now.outputs.length);
  bars(now);
  sums(now);
  const kept = now.outputs[drawn - 1].filter((value) => value !== 0).length;
  say(`Draw ${drawn}: ${kept} of 6 units kept. In each group the bars are the input, this draw (kept units divided by ${keep.value}) and the mean of ${drawn === 1 ? "1 draw" : `${drawn} draws`}.`);
  $("exact").textContent = `Over all 64 masks the unit above has mean ${show(now.mean)}, as without dropout (${show(DATA.z)}), and variance ${show(now.variance)}.`;
  $("draw").disabled = $("many").disabled = drawn >= now.outputs.length;
}

keep.addEventListener("change", () => { drawn = 1; draw(); });
$("draw").addEventListener("click", () => { drawn += 1; draw(); });
$("many").addEventListener("click", () => { drawn += 20; draw(); });
$("again").addEventListener("click", () => { drawn = 1; draw(); });
draw();

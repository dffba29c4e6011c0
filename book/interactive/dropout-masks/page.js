// Uses _random.js
"use strict";
const { x, w, V } = DATA;
let random = generator(DATA.seed);
const draws = [];
const keep = () => Number($("keep").value);
const mask = () => draws[draws.length - 1];

function drawMask(count = 1) {
  for (let k = 0; k < count; k += 1) draws.push(x.map(() => (random() < keep() ? 1 : 0)));
  if (draws.length > 5000) draws.splice(0, draws.length - 5000);
}

function bars(p, means) {
  const narrow = document.documentElement.clientWidth < 620;
  const box = $("bars");
  const [width, height] = [Math.max(240, box.getBoundingClientRect().width), narrow ? 150 : 210];
  box.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const group = fresh(box);
  const most = Math.max(...x.map(Math.abs)) / Math.min(1, Math.max(p, 0.34));
  const y = (value) => height / 2 + 6 - (Math.max(-most, Math.min(most, value)) / most) * (height / 2 - 14);
  const slot = width / x.length;
  group.append(svg("text", { x: 2, y: 13 }, "value of each unit"));
  for (const tick of [-4, 4]) {
    group.append(svg("line", { x1: 22, x2: width, y1: y(tick), y2: y(tick), stroke: "var(--rule)" }), svg("text", { x: 0, y: y(tick) + 4, class: "faint" }, show(tick, 0)));
  }
  x.forEach((v, i) => {
    const middle = (i + 0.5) * slot;
    const out = dropped(x, mask(), p)[i];
    const bar = (value, from, wide, more) => group.append(svg("rect", { x: middle + from, width: wide, y: Math.min(y(0), y(value)), height: Math.max(0.5, Math.abs(y(value) - y(0))), ...more }));
    const wide = Math.min(18, slot * 0.3);
    bar(v, -wide - 1, wide, { fill: "none", stroke: "var(--a)", "stroke-width": 1.5, "stroke-dasharray": "3 2" });
    bar(out, 1, wide, { fill: "var(--a)" });
    group.append(svg("line", { x1: middle - wide - 4, x2: middle + wide + 4, y1: y(means[i]), y2: y(means[i]), stroke: "var(--b)", "stroke-width": 3 }));
    const text = Math.abs(out) > most ? "\u2191" : "";
    if (text) group.append(svg("text", { x: middle + wide + 4, y: y(out) + 10 }, text));
  });
  group.append(svg("line", { x1: 0, x2: width, y1: y(0), y2: y(0), stroke: "var(--faint)" }));
}

function sums(p, exact, here) {
  const values = exact.sums.map((s) => s.value);
  const spread = Math.sqrt(exact.variance);
  const [low, high] = [Math.floor(Math.max(Math.min(...values), exact.mean - 4 * spread - 1)), Math.ceil(Math.min(Math.max(...values), exact.mean + 4 * spread + 1))];
  const room = high - low || 1;
  const size = 2 * 10 ** Math.floor(Math.log10(room / 4));
  const ticks = [];
  for (let t = Math.ceil(low / size) * size; t <= high; t += size * Math.max(1, Math.round(room / size / 6))) ticks.push(t);
  // Neighbouring values are counted together.
  const bins = Array(28).fill(0);
  for (const { value, chance } of exact.sums) bins[Math.max(0, Math.min(27, Math.floor(((value - low) / room) * 28)))] += chance;
  const most = Math.max(...bins);
  const scale = [0.05, 0.1, 0.2, 0.5, 1].find((step) => most / step <= 4) || 1;
  const plot = chart($("sums"), { low, high: low + room, ticks, label: "value of the unit above", name: (v) => show(v, 0) },
    { low: 0, high: most * 1.12, ticks: [0, 1, 2, 3, 4].map((k) => k * scale).filter((v) => v <= most * 1.12), label: "probability, over all 64 masks", name: (v) => show(v, v ? 2 : 0) }, document.documentElement.clientWidth < 620 ? 138 : 180);
  bins.forEach((chance, k) => {
    const [from, to] = [plot.left(low + (room * k) / 28), plot.left(low + (room * (k + 1)) / 28)];
    if (chance > 0) plot.group.append(svg("rect", { x: from + 0.5, width: to - from - 1, y: plot.top(chance), height: plot.edge.bottom - plot.top(chance), fill: "var(--a)", "fill-opacity": 0.55 }));
  });
  const [mean, draw] = [plot.left(exact.mean), plot.left(here)];
  plot.group.append(svg("path", { d: `M${mean} ${plot.edge.bottom}l-7 12h14z`, fill: "var(--b)" }));
  plot.group.append(svg("line", { x1: draw, x2: draw, y1: plot.edge.top, y2: plot.edge.bottom, stroke: "var(--ink)", "stroke-width": 2, "stroke-dasharray": "4 3" }));
  plot.group.append(svg("text", { x: draw + (draw > plot.edge.right - 70 ? -5 : 5), y: plot.edge.top + 9, class: "halo", "text-anchor": draw > plot.edge.right - 70 ? "end" : "start" }, "this draw"));
}

function draw() {
  const p = keep();
  $("p").textContent = show(p, 2);
  const outputs = draws.map((one) => dropped(x, one, p));
  const means = x.map((_, i) => total(outputs.map((row) => row[i])) / draws.length);
  const exact = distribution(x, w, p);
  const here = inner(outputs[outputs.length - 1], w);
  bars(p, means);
  sums(p, exact, here);
  [...$("units").children].forEach((button, i) => {
    button.setAttribute("aria-pressed", mask()[i] === 1);
    button.textContent = mask()[i] ? "kept" : "off";
  });
  const found = ensemble(x, V, p);
  const rows = [["average of all 64", found.average], ["their geometric mean", found.geometric], ["test mode, one pass", found.test]];
  const body = html("tbody", {}, html("tr", {}, html("th", { scope: "col" }, "softmax over 3 classes"), ...V[0].map((_, c) => html("th", { scope: "col" }, `${c}`))));
  for (const [name, values] of rows) body.append(html("tr", {}, html("th", { scope: "row" }, name), ...values.map((v) => html("td", {}, show(v)))));
  $("ensemble").replaceChildren(body);
  const gap = Math.max(...found.average.map((v, c) => Math.abs(v - found.test[c])));
  const drawn = total(draws.map((one) => inner(dropped(x, one, p), w))) / draws.length;
  say(`p = ${show(p, 2)}, draw ${draws.length}: units ${mask().map((m, i) => (m ? i : "")).filter((v) => v !== "").join(", ") || "none"} kept and divided by p; the unit above is ${show(here, 2)}. Mean over ${draws.length === 1 ? "this draw" : `${draws.length} draws`} ${show(drawn, 2)}, over all masks ${show(exact.mean, 2)} as without dropout, variance ${show(exact.variance, 2)}. Test mode differs from the average of the networks by up to ${show(gap)}.`);
}

function restart() {
  draws.length = 0;
  random = generator(DATA.seed);
  drawMask(DATA.draws);
  draw();
}
$("units").append(...x.map((_, i) => {
  const button = html("button", { type: "button", id: `unit-${i}`, "aria-label": `unit ${i}` });
  button.addEventListener("click", () => { draws[draws.length - 1] = mask().map((m, k) => (k === i ? 1 - m : m)); draw(); });
  return button;
}));
$("legend").append(...[["input", { fill: "none", stroke: "var(--a)", "stroke-dasharray": "3 2", "stroke-width": 1.5 }], ["this draw", { fill: "var(--a)" }], ["mean of the draws", { fill: "var(--b)", y: 4, height: 4 }]].map(([name, more]) => {
  const sample = svg("svg", { viewBox: "0 0 36 12", "aria-hidden": "true" });
  sample.append(svg("rect", { x: 4, y: 1, width: 28, height: 10, ...more }));
  return html("li", {}, sample, name);
}));
$("keep").addEventListener("input", restart);
$("draw").addEventListener("click", () => { drawMask(); draw(); });
$("many").addEventListener("click", () => { drawMask(50); draw(); });
$("again").addEventListener("click", () => { $("keep").value = 0.5; restart(); $("readout").prepend("Started again. "); });
$("constants").textContent = `Inputs ${x.map((v) => show(v, 1)).join(", ")}; weights of the unit above ${w.map((v) => show(v, 1)).join(", ")}; weights of the scores ${V[0].map((_, c) => `of class ${c}: ${V.map((line) => show(line[c], 1)).join(", ")}`).join("; ")}.`;
drawMask(DATA.draws);
live(draw);

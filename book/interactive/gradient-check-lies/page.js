"use strict";
const STEPS = Array.from({ length: 49 }, (_, k) => 10 ** (-12 + k / 4));
const RIGHT = "nothing";
let mistake = "returns zeros";
const at = $("at");
at.value = 28;

const X = { low: 1e-12, high: 1, ticks: [1e-12, 1e-9, 1e-6, 1e-3, 1], label: "step h", log: true, name: (v) => (v === 1 ? "1" : power(v)) };
const Y = { low: 1e-6, high: 1e6, ticks: [1e-6, 1e-3, 1, 1e3, 1e6], label: "largest error, as a multiple of what is allowed", log: true, name: (v) => (v === 1 ? "1" : power(v)) };

function settings(h) {
  return { layer: layer(), loss: loss(), precision: precision(), rule: rule(), h, rtol: Number($("allowed").value), atol: DATA.atol };
}

function offerMistakes() {
  const names = Object.keys(LAYERS[layer()].backward);
  if (!names.includes(mistake)) mistake = names[1];
  $("mistakes").replaceChildren(...names.map((name, k) => {
    const input = html("input", { type: "radio", name: "mistake", value: name, id: `mistake-${k}` });
    input.checked = name === mistake;
    input.addEventListener("change", () => { mistake = name; draw(); });
    return html("label", {}, input, html("span", {}, name === RIGHT ? "right code" : name), html("span", { class: "verdict-of" }));
  }));
}

// Where the right gradient passes and the wrong one does not.
function truthful(curves) {
  return curves.map((errors) => errors[RIGHT] <= 1 && (mistake === RIGHT || errors[mistake] > 1));
}

function draw() {
  const curves = STEPS.map((h) => check(settings(h), DATA));
  const k = Number(at.value);
  $("h").textContent = small(STEPS[k]);
  const plot = chart($("chart"), X, Y, document.documentElement.clientWidth < 620 ? 172 : 264);
  const truth = truthful(curves);
  const half = 10 ** 0.125;
  truth.forEach((good, i) => {
    if (good) plot.group.append(svg("rect", { x: plot.left(STEPS[i] / half), width: plot.left(STEPS[i] * half) - plot.left(STEPS[i] / half) + 0.5, y: plot.edge.top, height: plot.edge.bottom - plot.edge.top, fill: "var(--good)", "fill-opacity": 0.14 }));
  });
  plot.group.append(svg("line", { x1: plot.edge.left, x2: plot.edge.right, y1: plot.top(1), y2: plot.top(1), stroke: "var(--ink)", "stroke-width": 1.5 }));
  plot.text(1, 1, "fails \u2191", { "text-anchor": "end", y: plot.top(1) - 6, x: plot.edge.right - 2 });
  plot.text(1, 1, "passes \u2193", { "text-anchor": "end", y: plot.top(1) + 16, x: plot.edge.right - 2 });
  plot.upright(STEPS[k]);
  plot.line(STEPS.map((h, i) => [h, curves[i][RIGHT]]), 0);
  if (mistake !== RIGHT) {
    plot.line(STEPS.map((h, i) => [h, curves[i][mistake]]), 1);
    plot.dot(STEPS[k], curves[k][mistake], { stroke: "var(--b)" });
  }
  plot.dot(STEPS[k], curves[k][RIGHT], { stroke: "var(--a)" });
  legend($("legend"), mistake === RIGHT ? ["right code"] : ["right code", mistake]);
  const sample = svg("svg", { viewBox: "0 0 36 12", "aria-hidden": "true" });
  sample.append(svg("rect", { width: 36, height: 12, fill: "var(--good)", "fill-opacity": 0.25 }));
  $("legend").append(html("li", {}, sample, mistake === RIGHT ? "accepts right code" : "tells them apart"));

  const errors = curves[k];
  document.querySelectorAll("#mistakes label").forEach((label) => {
    const name = label.querySelector("input").value;
    const passes = errors[name] <= 1;
    const lied = passes !== (name === RIGHT);
    const verdict = label.querySelector(".verdict-of");
    verdict.className = `verdict-of ${lied ? "lied" : "told"}`;
    verdict.textContent = name === RIGHT ? (passes ? "\u2713 passes" : "\u2717 rejected") : passes ? "\u2717 passes" : "\u2713 caught";
  });
  const lies = Object.entries(errors).filter(([name, error]) => (error <= 1) !== (name === RIGHT)).length;
  const reach = STEPS.filter((_, i) => truth[i]);
  const window = reach.length === 0 ? "No step tells the truth here." : `Steps that tell the truth here: ${reach.length === STEPS.length ? "all" : `${small(reach[0])} to ${small(reach[reach.length - 1])}`}.`;
  const one = (name) => `errs by ${small(errors[name])} times what is allowed`;
  const right = `right code ${one(RIGHT)} and ${errors[RIGHT] <= 1 ? "passes" : "is rejected"}`;
  const wrong = mistake === RIGHT ? "" : `; \u201c${mistake}\u201d ${one(mistake)} and ${errors[mistake] <= 1 ? "passes" : "is caught"}`;
  const fooled = errors[RIGHT] > 1 ? "A false alarm" : mistake !== RIGHT && errors[mistake] <= 1 ? "Fooled" : "The truth";
  say(`${fooled}, h = ${small(STEPS[k])}, rtol = ${power(Number($("allowed").value))}: ${right}${wrong}. ${window} ${lies} of ${Object.keys(errors).length} verdicts mislead.`);
  const form = { relative: "each |g \u2212 n| up to rtol \u00b7 (|g| + |n|)", absolute: "each |g \u2212 n| up to rtol", scaled: "each |g \u2212 n| up to 10\u207b\u2077 + rtol \u00b7 max |n|" }[rule()];
  const { x, eps } = DATA[layer()];
  const input = `${x.length} examples of ${x[0].length} features${eps ? `, \u03b3 = 1, \u03b2 = 0, \u03b5 = ${power(eps)}` : ""}`;
  $("form").textContent = `Allowed: ${form}; g is the gradient of the code, n the numeric one. ${layer()} (${input}), ${loss()}, ${precision()}.`;
}

const changed = () => draw();
const layer = choice($("layer"), "layer", Object.keys(LAYERS).map((v) => [v, v]), "batch norm", () => { offerMistakes(); draw(); });
const loss = choice($("loss"), "loss", Object.keys(LOSSES).map((v) => [v, v]), "sum of y", changed);
const precision = choice($("precision"), "numbers", Object.keys(PRECISIONS).map((v) => [v, v]), "float64", changed);
const rule = choice($("rule"), "rule", ["relative", "absolute", "scaled"].map((v) => [v, v]), "scaled", changed);
offer($("allowed"), [1e-7, 1e-5, 1e-3].map((v) => [v, power(v)]), 1e-5);
$("allowed").addEventListener("change", changed);
at.addEventListener("input", changed);
offerMistakes();
live(draw);

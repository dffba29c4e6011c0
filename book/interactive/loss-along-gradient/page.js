// Uses _random.js
"use strict";
const at = $("at");
const { steps, eps } = DATA;
const called = { none: "no normalization", batch: "batch normalization", layer: "layer normalization" };
const names = Object.keys(called);
const X = { low: 1e-4, high: 100, ticks: [1e-4, 1e-2, 1, 100], label: "step along the negative gradient", log: true, name: (v) => (v === 1 ? "1" : power(v)) };
const Y = { low: 0, high: 3, label: "loss, as a multiple of the loss before the step", ticks: [0, 1, 2, 3], name: (v) => (v === 3 ? "\u2265 3" : String(v)) };
let { seed } = DATA;
let net = null;
let curves = {};

function compute() {
  curves = Object.fromEntries(names.map((name) => [name, alongGradient(net, name, Number(scale()), eps, steps)]));
}

function make() { net = sample({ ...DATA, depth: Number(hidden()), seed }); }

function draw() {
  const k = Number(at.value);
  $("length").textContent = small(steps[k]);
  const plot = chart($("chart"), X, Y, 280);
  plot.upright(steps[k]);
  const said = names.map((name, i) => {
    const curve = curves[name];
    const relative = curve.along.map((loss) => loss / curve.start);
    plot.line(steps.map((step, j) => [step, relative[j]]), i);
    plot.dot(steps[k], relative[k], { stroke: LOOKS[i].stroke });
    return `${small(curve.along[k])} with ${called[name]} (before: ${small(curve.start)})`;
  });
  say(`Weight scale ${scale()}, ${hidden()} hidden layers, step ${small(steps[k])}. Loss after it: ${said.join(", ")}. Draw ${seed - DATA.seed + 1} of data and weights.`);
  const best = names.map((name) => {
    const curve = curves[name];
    const least = Math.min(...curve.along.filter(Number.isFinite));
    return `${called[name]}: ${small(least)} at step ${small(steps[curve.along.indexOf(least)])}, gradient of length ${small(curve.length)}`;
  });
  $("best").textContent = `Lowest on the way: ${best.join("; ")}.`;
}

function anew() { make(); compute(); draw(); }

legend($("legend"), names.map((name) => called[name]));
at.max = steps.length - 1;
stepper(at, $("back"), $("next"), draw);
const scale = choice($("scale"), "weight scale", DATA.scales.map((value) => [value, value]), DATA.scales[2], () => { compute(); draw(); });
const hidden = choice($("hidden"), "hidden layers", [2, 4, 8].map((v) => [v, v]), DATA.depth, anew);
$("again").addEventListener("click", () => { seed += 1; anew(); });
$("constants").textContent = `${DATA.examples} random examples of ${DATA.features} features with random labels of ${DATA.classes} classes; hidden layers of ${DATA.units} units, ReLU, softmax loss, no weight decay, \u03b5 = ${power(eps)}.`;
make();
compute();
live(draw);

// Uses _batchnorm.js
// Uses _random.js
"use strict";
const at = $("at");
const { examples, features, directions, eps, steps } = DATA;
const rules = ["forward", "central", "complex step"];
// Mean and spread of the features. A difference rounds more where the numbers are large, and bends earlier where they are close together.
const INPUTS = { standard: [0, 1], far: [100, 1], close: [0, 0.01] };
const called = (name) => INPUTS[name].join(" \u00b1 ");
const X = { low: 1e-15, high: 1, ticks: [1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1], label: "step h", log: true, name: (v) => (v === 1 ? "1" : power(v)) };
const Y = { low: 1e-17, high: 1e2, label: "relative error of the derivative", ticks: [1e-16, 1e-12, 1e-8, 1e-4, 1], log: true, name: (v) => (v === 1 ? "1" : power(v)) };
let { seed } = DATA;
let curves = {};

function compute() {
  const [mean, spread] = INPUTS[input()];
  curves = derivativeErrors(sample({ examples, features, directions, mean, spread, seed }), eps, format(), steps);
}

function draw() {
  const k = Number(at.value);
  $("h").textContent = small(steps[k]);
  const plot = chart($("chart"), X, Y, 280);
  plot.upright(steps[k]);
  rules.forEach((rule, i) => {
    plot.line(steps.map((h, j) => [h, curves[rule][j]]), i);
    plot.dot(steps[k], curves[rule][k], { stroke: LOOKS[i].stroke });
  });
  say(`${format()}, features ${called(input())}, step ${small(steps[k])}: relative error ${rules.map((rule) => `${small(curves[rule][k])} (${rule})`).join(", ")}. Draw ${seed - DATA.seed + 1} of the numbers.`);
  const best = rules.map((rule) => {
    const least = Math.min(...curves[rule]);
    return `${rule} ${small(least)} at h = ${small(steps[curves[rule].lastIndexOf(least)])}`;
  });
  $("best").textContent = `Best of each rule: ${best.join("; ")}. The unit roundoff is ${small(ROUNDOFF[format()])}.`;
}

function anew() { compute(); draw(); }

legend($("legend"), rules);
at.max = steps.length - 1;
stepper(at, $("back"), $("next"), draw);
const format = choice($("format"), "numbers", Object.keys(PRECISIONS).map((name) => [name, name]), "float64", anew);
const input = choice($("input"), "features", Object.keys(INPUTS).map((name) => [name, called(name)]), "standard", anew);
$("again").addEventListener("click", () => { seed += 1; anew(); });
$("constants").textContent = `${examples} random examples of ${features} features, \u03b3 = 1, \u03b2 = 0, \u03b5 = ${power(eps)}; the loss is a weighted sum of the outputs. Errors: median over ${directions} directions, relative to the median derivative.`;
compute();
live(draw);

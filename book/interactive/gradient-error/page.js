"use strict";
const at = $("at");
at.max = DATA.steps.length - 1;
const rules = Object.keys(DATA.errors.float64);
legend($("legend"), rules);
const X = { low: 1e-15, high: 1, ticks: [1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1], label: "step h", log: true, name: (v) => (v === 1 ? "1" : power(v)) };
const Y = { low: 1e-17, high: 1e2, label: "relative error of the derivative", ticks: [1e-16, 1e-12, 1e-8, 1e-4, 1], log: true, name: (v) => (v === 1 ? "1" : power(v)) };

function draw() {
  const curves = DATA.errors[format()];
  const k = Number(at.value);
  $("h").textContent = small(DATA.steps[k]);
  const plot = chart($("chart"), X, Y, 280);
  plot.upright(DATA.steps[k]);
  rules.forEach((rule, i) => {
    plot.line(DATA.steps.map((h, j) => [h, curves[rule][j]]), i);
    plot.dot(DATA.steps[k], curves[rule][k], { stroke: LOOKS[i].stroke });
  });
  say(`${format()}, step ${small(DATA.steps[k])}: relative error ${rules.map((rule) => `${small(curves[rule][k])} (${rule})`).join(", ")}.`);
  const best = rules.map((rule) => {
    const least = Math.min(...curves[rule]);
    return `${rule} ${small(least)} at h = ${small(DATA.steps[curves[rule].lastIndexOf(least)])}`;
  });
  $("best").textContent = `Best of each rule: ${best.join("; ")}. The unit roundoff is ${small(DATA.unit[format()])}.`;
}

const { examples, features, directions, eps } = DATA.constants;
$("constants").textContent = `${examples} random examples of ${features} features, \u03b3 = 1, \u03b2 = 0, \u03b5 = ${power(eps)}; the loss is a weighted sum of the outputs. Errors: median over ${directions} directions, relative to the median derivative.`;
stepper(at, $("back"), $("next"), draw);
const format = choice($("format"), "numbers", Object.keys(DATA.errors).map((name) => [name, name]), "float64", draw);
live(draw);

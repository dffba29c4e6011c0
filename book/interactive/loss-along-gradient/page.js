"use strict";
const at = $("at");
at.max = DATA.steps.length - 1;
const names = Object.keys(DATA.losses);
const called = { none: "no normalization", batch: "batch normalization", layer: "layer normalization" };
legend($("legend"), names.map((name) => called[name]));
const X = { low: 1e-4, high: 100, ticks: [1e-4, 1e-2, 1, 100], label: "step along the negative gradient", log: true, name: (v) => (v === 1 ? "1" : power(v)) };
const Y = { low: 0, high: 3, label: "loss, as a multiple of the loss before the step", ticks: [0, 1, 2, 3], name: (v) => (v === 3 ? "\u2265 3" : String(v)) };

function draw() {
  const k = Number(at.value);
  $("length").textContent = small(DATA.steps[k]);
  const plot = chart($("chart"), X, Y, 280);
  plot.upright(DATA.steps[k]);
  const said = names.map((name, i) => {
    const curve = DATA.losses[name][scale()];
    const relative = curve.along.map((loss) => loss / curve.start);
    plot.line(DATA.steps.map((step, j) => [step, relative[j]]), i);
    plot.dot(DATA.steps[k], relative[k], { stroke: LOOKS[i].stroke });
    return `${small(curve.along[k])} with ${called[name]} (before: ${small(curve.start)})`;
  });
  say(`Weight scale ${DATA.scales[scale()]}, step ${small(DATA.steps[k])}. Loss after it: ${said.join(", ")}.`);
  const best = names.map((name) => {
    const curve = DATA.losses[name][scale()];
    const least = Math.min(...curve.along);
    return `${called[name]}: ${small(least)} at step ${small(DATA.steps[curve.along.indexOf(least)])}, gradient of length ${small(curve.length)}`;
  });
  $("best").textContent = `Lowest on the way: ${best.join("; ")}.`;
}

const { classes, features, examples, layers, units } = DATA.constants;
$("constants").textContent = `${examples} random examples of ${features} features with random labels of ${classes} classes; ${layers} hidden layers of ${units} units, ReLU, softmax loss, no weight decay.`;
stepper(at, $("back"), $("next"), draw);
const scale = choice($("scale"), "weight scale", DATA.scales.map((value, k) => [k, value]), 2, draw);
live(draw);

// Uses _random.js
"use strict";
const at = $("at");
const names = Object.keys(STACKS);
const { depth } = DATA;
const X = { low: 0, high: depth, ticks: [0, 10, 20, 30], label: "layer", name: String };
const Y = { low: 1e-14, high: 1e10, label: "root mean square of the activations", ticks: [1e-12, 1e-8, 1e-4, 1, 1e4, 1e8], log: true, name: (v) => (v === 1 ? "1" : power(v)) };
// Eighths of an octave, from half to two and a half.
const gains = Array.from({ length: 19 }, (_, k) => 2 ** (k / 8 - 1));
let { seed } = DATA;
let net = null;
// Without batch normalization a gain only multiplies each layer's activations, so these are computed once.
let plain = {};

function make() {
  net = network({ ...DATA, units: Number(units()), seed });
  plain = Object.fromEntries(names.slice(0, 2).map((name) => [name, sizes(net, name, 1, DATA.eps)]));
}

function draw() {
  const value = gains[Number(at.value)];
  const gain = `${show(value, 2)}/\u221an`;
  $("gain").textContent = gain;
  const plot = chart($("chart"), X, Y, 280);
  const found = Object.fromEntries(names.map((name) => [name, plain[name] ? plain[name].map((size, layer) => size * value ** layer) : sizes(net, name, value, DATA.eps)]));
  names.forEach((name, i) => plot.line(found[name].map((size, layer) => [layer, size]), i, name === stack() ? { "stroke-width": 3.5 } : { opacity: 0.65 }));
  const chosen = found[stack()];
  [0, 10, 20, depth].forEach((layer) => plot.dot(layer, chosen[layer]));
  const each = (chosen[depth] / chosen[1]) ** (1 / (depth - 1));
  const what = chosen[depth] < 1e-2 ? "The signal dies out" : chosen[depth] > 1e2 ? "The signal explodes" : "The signal keeps its size";
  say(`${stack()}, standard deviation of the weights ${gain}, n = ${net.units}: root mean square ${small(chosen[1])} after layer 1, ${small(chosen[10])} after 10, ${small(chosen[depth])} after ${depth}. ${what}: on average a factor of ${show(each, 3)} per layer. Draw ${seed - DATA.seed + 1} of the weights.`);
}

legend($("legend"), names);
at.max = gains.length - 1;
at.value = gains.indexOf(1);
stepper(at, $("back"), $("next"), draw);
const stack = choice($("stack"), "layers", names.map((name) => [name, name.replace("affine, batch norm, ReLU", "with batch norm")]), names[1], draw);
const units = choice($("units"), "units n", [16, 64, 128].map((v) => [v, v]), DATA.units, () => { make(); draw(); });
$("again").addEventListener("click", () => { seed += 1; make(); draw(); });
$("constants").textContent = `${depth} layers of n units without biases; ${DATA.examples} random examples; normally distributed weights. Batch normalization: \u03b3 = 1, \u03b2 = 0, \u03b5 = ${power(DATA.eps)}.`;
make();
live(draw);

"use strict";
const at = $("at");
at.max = DATA.gains.length - 1;
const names = Object.keys(DATA.sizes);
const depth = DATA.sizes[names[0]][0].length - 1;
const X = { low: 0, high: depth, ticks: [0, 10, 20, 30], label: "layer", name: String };
const Y = { low: 1e-14, high: 1e10, label: "root mean square of the activations", ticks: [1e-12, 1e-8, 1e-4, 1, 1e4, 1e8], log: true, name: (v) => (v === 1 ? "1" : power(v)) };

function draw() {
  const k = Number(at.value);
  const gain = `${show(DATA.gains[k], 2)}/\u221an`;
  $("gain").textContent = gain;
  const plot = chart($("chart"), X, Y, 280);
  names.forEach((name, i) => plot.line(DATA.sizes[name][k].map((size, layer) => [layer, size]), i, name === stack() ? { "stroke-width": 3.5 } : { opacity: 0.65 }));
  const sizes = DATA.sizes[stack()][k];
  [0, 10, 20, depth].forEach((layer) => plot.dot(layer, sizes[layer]));
  const each = (sizes[depth] / sizes[1]) ** (1 / (depth - 1));
  const what = sizes[depth] < 1e-2 ? "The signal dies out" : sizes[depth] > 1e2 ? "The signal explodes" : "The signal lives";
  say(`${stack()}, standard deviation of the weights ${gain} (n = ${DATA.units}): root mean square ${small(sizes[1])} after layer 1, ${small(sizes[10])} after 10, ${small(sizes[depth])} after ${depth}. ${what}: on average a factor of ${show(each, 2)} per layer.`);
}

legend($("legend"), names);
stepper(at, $("back"), $("next"), draw);
const stack = choice($("stack"), "layers", names.map((name) => [name, name.replace("affine, batch norm, ReLU", "with batch norm")]), names[1], draw);
live(draw);

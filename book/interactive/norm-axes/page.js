"use strict";
const x = structuredClone(DATA.x);
const [N, C, H, W] = DATA.shape;
const EPS = DATA.eps;
const PRESETS = { "batch": ["N", 1], "spatial batch": ["NHW", 1], "layer": ["CHW", 1], "group, G = 2": ["CHW", 2], "instance": ["HW", 1] };
let chosen = [0, 0, 0, 0];

// A column of the grid is a pixel column of an image, a row a pixel row of a channel.
const entry = (r, c) => [Math.floor(c / W), Math.floor(r / H), r % H, c % W];
const cube = cells($("cube"), "batch: images side by side, channels one below the other", {
  choose: (r, c) => { chosen = entry(r, c); draw(); },
  change: (r, c, value) => {
    chosen = entry(r, c);
    const [n, ch, h, w] = chosen;
    x[n][ch][h][w] = Math.max(-99, Math.min(99, value));
    draw();
  },
});
const over = () => Object.fromEntries([..."NCHW"].map((axis) => [axis, $(`over-${axis}`).checked]));

function draw() {
  const axes = over();
  const G = Number(groups());
  const found = normalize(x, axes, G, EPS);
  const set = found.of(chosen);
  const inputs = shows() === "inputs";
  const values = Array.from({ length: C * H }, (_, r) => Array.from({ length: N * W }, (_, c) => { const [n, ch, h, w] = entry(r, c); return x[n][ch][h][w]; }));
  const members = new Set(set.members.map(String));
  cube(values, (r, c, value) => {
    const place = entry(r, c);
    const [n, ch, h, w] = place;
    const shown = inputs ? value : found.normalized[n][ch][h][w];
    const here = String(place) === String(chosen);
    const edges = `${w === 0 ? "left " : ""}${h === 0 ? "top " : ""}`;
    const inside = members.has(String(place));
    return {
      class: `${edges}${here ? "chosen" : inside ? "touched" : ""}`,
      tint: inside ? "var(--mark)" : inputs ? "" : tint(shown, 4),
      text: show(shown, inputs ? 0 : 1),
      name: `image ${n}, channel ${ch}, ${show(shown, inputs ? 0 : 2)}${inside ? ", in the set" : ""}`,
    };
  });
  $("cube").querySelectorAll(".top.left[data-c='0']").forEach((cell, k) => { cell.dataset.name = `channel ${k}`; });
  const [n, c, h, w] = chosen;
  const axisNames = [..."NCHW"].filter((axis) => axes[axis]).join(", ") || "no axis";
  const cut = axes.C && G > 1 ? ` in ${G} groups of channels` : "";
  const name = called(axes, axes.C ? G : 1);
  say(`Averaged over ${axisNames}${cut}: ${name}. Image ${n}, channel ${c}, pixel (${h}, ${w}) shares its mean with ${set.size - 1} others: mean ${show(set.mean, 2)}, standard deviation ${show(set.std, 2)}, so ${show(x[n][c][h][w], 0)} becomes ${show(found.normalized[n][c][h][w], 2)}. Statistics: ${found.sets.length} sets of ${set.size}. Cells show ${shows()}.`);
  $("norm").value = Object.keys(PRESETS).find((key) => PRESETS[key][0] === axisNames.replaceAll(", ", "") && (PRESETS[key][1] === G || !axes.C)) || "own";
}

offer($("norm"), [...Object.keys(PRESETS).map((v) => [v, v]), ["own", "your own"]], "spatial batch");
const groups = choice($("groups"), "groups", [1, 2, 4].map((v) => [v, v]), 1, () => { $("over-C").checked = true; draw(); });
const shows = choice($("cells-show"), "cells", [["inputs", "inputs"], ["normalized values", "normalized"]], "inputs", draw);
function preset(name) {
  if (!PRESETS[name]) return;
  const [axes, G] = PRESETS[name];
  for (const axis of "NCHW") $(`over-${axis}`).checked = axes.includes(axis);
  groups(G);
}
$("norm").addEventListener("change", () => { preset($("norm").value); draw(); });
for (const axis of "NCHW") $(`over-${axis}`).addEventListener("change", draw);
$("heads").append(html("span"), ...Array.from({ length: N }, (_, n) => html("span", {}, `image ${n}`)));
$("constants").textContent = `\u03b3 = 1, \u03b2 = 0, \u03b5 = ${power(EPS)}.`;
preset("spatial batch");
live(draw);

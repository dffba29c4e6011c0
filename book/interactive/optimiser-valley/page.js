"use strict";
const names = Object.keys(RULES);
const now = { start: [...DATA.start], settings: structuredClone(DATA.settings) };
const at = $("at");
const MEMORY = { momentum: "momentum", RMSProp: "decay", Adam: "\u03b2\u2081" };
const Y = { low: 1e-6, high: 1e4, ticks: [1e-6, 1e-3, 1, 1e3], label: "loss", log: true, name: (v) => (v === 1 ? "1" : power(v)) };

// The plane in pixels: as many for one unit across as for one up.
function frame() {
  const width = Math.max(260, $("plane").getBoundingClientRect().width);
  const height = document.documentElement.clientWidth < 620 ? 136 : 250;
  // A turned valley needs more room upwards.
  const unit = Math.min(width / 24, height / (Number(turn()) ? 19 : 9));
  return { width, height, unit, flat: ([a, b]) => [width / 2 + unit * a, height / 2 - unit * b], back: (px, py) => [(px - width / 2) / unit, (height / 2 - py) / unit] };
}

function plane(paths, k, turn) {
  const box = $("plane");
  const { width, height, unit, flat } = frame();
  box.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const group = fresh(box);
  const [cx, cy] = flat([0, 0]);
  for (const level of [0.5, 2, 8, 25, 60, 120, 220]) {
    group.append(svg("ellipse", { cx, cy, rx: unit * Math.sqrt(2 * level), ry: unit * Math.sqrt((2 * level) / k), transform: `rotate(${-turn} ${cx} ${cy})`, fill: "none", stroke: "var(--faint)", "stroke-opacity": 0.45 }));
  }
  group.append(svg("text", { x: 8, y: 17, class: "halo" }, "w\u2082 \u2191"), svg("text", { x: width - 8, y: height - 7, "text-anchor": "end", class: "halo" }, "w\u2081 \u2192"));
  for (const tick of [-10, -5, 0, 5]) group.append(svg("text", { x: flat([tick, 0])[0], y: height - 7, "text-anchor": "middle", class: "halo faint" }, show(tick, 0)));
  for (const tick of [-2, 0, 2]) group.append(svg("text", { x: 8, y: flat([0, tick])[1] + 4, class: "halo faint" }, show(tick, 0)));
  group.append(svg("path", { d: `M${cx - 7} ${cy}h14M${cx} ${cy - 7}v14`, stroke: "var(--ink)", "stroke-width": 2 }));
  const order = [...names.keys()].sort((a, b) => Number(names[a] === rule()) - Number(names[b] === rule()));
  for (const i of order) {
    const chosen = names[i] === rule();
    // What leaves the plane is cut off a little outside of it.
    const points = paths[names[i]].map((w) => flat(w).map((v) => Math.max(-2000, Math.min(3000, Number.isFinite(v) ? v : 3000))));
    group.append(svg("polyline", { points: points.map((p) => p.map((v) => v.toFixed(1)).join()).join(" "), ...look(i), "stroke-width": chosen ? 3 : 1.75, opacity: chosen ? 1 : 0.55, "stroke-dasharray": chosen ? "none" : look(i)["stroke-dasharray"] || "none" }));
    if (chosen) points.forEach(([px, py]) => group.append(svg("circle", { cx: px, cy: py, r: 3, fill: LOOKS[i].stroke })));
  }
  const [sx, sy] = flat(now.start);
  const handle = svg("g", { class: "handle" });
  handle.append(svg("circle", { cx: sx, cy: sy, r: 22, fill: "transparent" }), svg("circle", { cx: sx, cy: sy, r: 8, fill: "var(--paper)", stroke: "var(--ink)", "stroke-width": 3 }));
  group.append(handle, svg("text", { x: sx, y: sy > 30 ? sy - 14 : sy + 24, "text-anchor": "middle", class: "halo", style: "font-weight:700" }, "start"));
}

function draw(typed = null) {
  const settings = now.settings[rule()];
  const k = Number(curvature());
  const where = valley(k, angle);
  const steps = Number(at.value);
  $("rate").value = Math.round(10 * Math.log10(settings.rate));
  $("rate-is").textContent = show(settings.rate, settings.rate < 0.1 ? 4 : 2);
  $("memory-label").style.visibility = MEMORY[rule()] ? "visible" : "hidden";
  $("memory").disabled = !MEMORY[rule()];
  $("memory-name").textContent = MEMORY[rule()] || "memory";
  $("memory").value = Math.round(100 * (settings.memory ?? 0));
  $("memory-is").textContent = show(settings.memory ?? 0, 2);
  $("steps").textContent = steps;
  [0, 1].forEach((i) => { if ($(`start-${i}`) !== typed) $(`start-${i}`).value = Number(now.start[i].toFixed(2)); });
  const paths = Object.fromEntries(names.map((name) => [name, descend(name, now.settings[name], where, now.start, steps)]));
  plane(paths, k, angle);
  const X = { low: 0, high: Math.max(10, steps), ticks: steps > 20 ? [0, 20, 40, 60].filter((t) => t <= steps) : [0, 5, 10, 15, 20].filter((t) => t <= Math.max(10, steps)), label: "step", name: String };
  const plot = chart($("chart"), X, Y, document.documentElement.clientWidth < 620 ? 126 : 250);
  const losses = Object.fromEntries(names.map((name) => [name, paths[name].map(where.loss)]));
  names.forEach((name, i) => plot.line(losses[name].map((l, t) => [t, l]), i, { "stroke-width": name === rule() ? 3 : 1.75, opacity: name === rule() ? 1 : 0.6 }));
  legend($("legend"), names);
  const last = (name) => losses[name][steps];
  const limit = rule() === "gradient descent" ? ` It converges below a rate of 2/${k} = ${show(2 / k)}.` : "";
  const best = names.reduce((a, b) => (last(b) < last(a) ? b : a));
  const setting = `rate ${$("rate-is").textContent}${MEMORY[rule()] ? `, ${MEMORY[rule()]} ${$("memory-is").textContent}` : ""}`;
  const up = last(rule()) > losses[rule()][0] ? ", more than at the start" : "";
  say(`${rule()}, ${setting}: after ${steps} steps from (${now.start.map((v) => fixed(v)).join(", ")}) the loss is ${small(last(rule()))}${up}; it was ${small(losses[rule()][0])}.${limit} Curvatures 1 and ${k}, turned by ${angle}\u00b0. Lowest: ${best}, ${small(last(best))}.`);
}

const rule = choice($("rule"), "rule", names.map((name) => [name, name]), "momentum", () => draw());
const curvature = choice($("curvature"), "curvature", [1, 10, 50].map((v) => [v, v]), DATA.curvature, () => draw());
// The start turns with the valley, so that rules to which the direction is all the same do the same as before.
function turned([a, b], degrees) {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [cos * a - sin * b, sin * a + cos * b];
}
let angle = 0;
const turn = choice($("turn"), "turned", [0, 30, 45].map((v) => [v, `${v}\u00b0`]), 0, () => {
  now.start = turned(now.start, Number(turn()) - angle);
  angle = Number(turn());
  draw();
});
$("rate").addEventListener("input", () => { now.settings[rule()].rate = 10 ** (Number($("rate").value) / 10); draw(); });
$("memory").addEventListener("input", () => { now.settings[rule()].memory = Number($("memory").value) / 100; draw(); });
at.addEventListener("input", () => draw());
for (const i of [0, 1]) {
  $(`start-${i}`).addEventListener("input", (event) => {
    const value = Number(event.target.value);
    if (event.target.value !== "" && Number.isFinite(value)) { now.start[i] = Math.max(-12, Math.min(12, value)); draw(event.target); }
  });
}
let dragging = false;
const follow = (event) => {
  const box = $("plane").getBoundingClientRect();
  now.start = frame().back(event.clientX - box.left, event.clientY - box.top).map((v) => Math.round(10 * Math.max(-12, Math.min(12, v))) / 10);
  draw();
};
$("plane").addEventListener("pointerdown", (event) => {
  if (event.pointerType !== "mouse" && !event.target.closest(".handle")) return;
  dragging = true;
  $("plane").setPointerCapture(event.pointerId);
  follow(event);
});
$("plane").addEventListener("pointermove", (event) => { if (dragging) follow(event); });
for (const end of ["pointerup", "pointercancel"]) $("plane").addEventListener(end, () => { dragging = false; });
live(() => draw());

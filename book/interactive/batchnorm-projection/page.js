"use strict";
offer($("case"), Object.keys(DATA.cases).map((name) => [name, name]));
const vector = (v) => `(${v.map((entry) => show(entry, 2)).join(", ")})`;
const dot = (a, b) => a.reduce((sum, entry, i) => sum + entry * b[i], 0);

// Two unit vectors that span the screen.
function screen() {
  const [turn, tilt] = [$("turn"), $("tilt")].map((input) => (Number(input.value) * Math.PI) / 180);
  return [
    [Math.cos(turn), Math.sin(turn), 0],
    [Math.sin(turn) * Math.sin(tilt), -Math.cos(turn) * Math.sin(tilt), Math.cos(tilt)],
  ];
}

function draw() {
  const now = DATA.cases[$("case").value];
  const [across, up] = screen();
  const group = fresh($("space"));
  const flat = (v) => [200 + 64 * dot(v, across), 160 - 64 * dot(v, up)];
  const line = (from, to, attributes) => {
    const [[x1, y1], [x2, y2]] = [flat(from), flat(to)];
    group.append(svg("line", { x1, y1, x2, y2, "stroke-width": 2, ...attributes }));
  };
  const name = (v, text, down = 0) => {
    const [x, y] = flat(v);
    const left = x > 200;
    group.append(svg("text", { x: x + (left ? 6 : -6), y: y + down, "text-anchor": x > 300 ? "end" : left ? "start" : x < 100 ? "start" : "end" }, text));
  };
  const zero = [0, 0, 0];
  const minus = (v) => v.map((entry) => -entry);
  const ones = [1, 1, 1];
  // The plane of both directions, as a light patch.
  const corners = [[1, 1], [1, -1], [-1, -1], [-1, 1]].map(([a, b]) => flat(ones.map((one, i) => a * one + b * DATA.hat[i])).join(","));
  group.append(svg("polygon", { points: corners.join(" "), fill: "var(--panel)", stroke: "var(--rule)" }));
  line(minus(ones), ones, { stroke: "var(--faint)", "stroke-dasharray": "2 3" });
  line(minus(DATA.hat), DATA.hat, { stroke: "var(--faint)", "stroke-dasharray": "8 4" });
  line(now.rest, now.gradient, { stroke: "var(--d)", "stroke-dasharray": "10 3 2 3" });
  line(zero, now.gradient, { stroke: "var(--a)", "stroke-width": 4 });
  line(zero, now.rest, { stroke: "var(--b)", "stroke-width": 6 });
  for (const [v, fill] of [[now.gradient, "var(--a)"], [now.rest, "var(--b)"]]) {
    const [cx, cy] = flat(v);
    group.append(svg("circle", { cx, cy, r: 6, fill }));
  }
  name(ones, "1");
  name(DATA.hat, "x\u0302");
  name(now.gradient, "upstream", -8);
  name(now.rest, "left", 18);
  const rows = [["upstream gradient", now.gradient], ["part along 1", now.ones], ["part along x\u0302", now.hat], ["what is left", now.rest], ["dx = left / \u03c3", now.dx]];
  const body = document.createElement("tbody");
  for (const [label, values] of rows) {
    const row = body.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = label;
    row.append(head);
    for (const value of values) row.insertCell().textContent = show(value, 3);
  }
  $("table").replaceChildren(body);
  const lost = dot(now.rest, now.rest) < 1e-6 ? "Nothing is left" : `${vector(now.rest)} is left`;
  say(`Turned by ${$("turn").value}\u00b0, tilted by ${show(Number($("tilt").value), 0)}\u00b0. Of the upstream gradient ${vector(now.gradient)} the part ${vector(now.ones)} along 1 and the part ${vector(now.hat)} along x\u0302 = ${vector(DATA.hat)} go. ${lost}; over \u03c3 = ${show(DATA.deviation, 2)} it is dx = ${vector(now.dx)}.`);
}

function look_from(turn, tilt) { $("turn").value = turn; $("tilt").value = tilt; draw(); }
// Seen along what is left, the two directions that go lie in the screen, and what is left is a point.
$("along").addEventListener("click", () => {
  const [a, b, c] = DATA.cases["at a right angle to both"].dx;
  look_from(Math.round((((Math.atan2(a, -b) * 180) / Math.PI + 360) % 360) / 5) * 5, -Math.round((Math.atan2(c, Math.hypot(a, b)) * 180) / Math.PI / 5) * 5);
});
$("home").addEventListener("click", () => look_from(...DATA.view));
for (const control of ["turn", "tilt"]) $(control).addEventListener("input", draw);
$("case").addEventListener("change", draw);
look_from(...DATA.view);

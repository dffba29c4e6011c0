// Uses _batchnorm.js
// Uses _space.js
"use strict";
const now = { x: [...DATA.x], upstream: [...DATA.upstream] };
const view = { turn: DATA.view[0], tilt: DATA.view[1] };
const list = (values) => `(${values.map((v) => fixed(v)).join(", ")})`;
const boxes = { x: [], upstream: [] };
const slots = {};
const ROWS = [["x", "x"], ["hat", "x\u0302"], ["upstream", "upstream"], ["ones", "part along 1"], ["along", "part along x\u0302"], ["rest", "what is left"], ["dx", "gradient of x"]];

function make() {
  const head = html("tr", {}, html("td", {}, ""), ...[0, 1, 2].map((i) => html("th", { scope: "col" }, `ex. ${i}`)));
  const lines = ROWS.map(([key, name]) => {
    const line = html("tr", { class: key === "rest" ? "left" : "" }, html("th", { scope: "row" }, name));
    for (let i = 0; i < 3; i += 1) {
      const cell = html("td");
      if (boxes[key]) {
        const input = html("input", { type: "number", step: "0.5", id: `${key}-${i}`, "aria-label": `${name}, example ${i}` });
        input.addEventListener("input", () => {
          const value = Number(input.value);
          if (input.value === "" || !Number.isFinite(value)) return;
          now[key][i] = Math.max(-100, Math.min(100, value));
          if (key === "upstream") $("case").value = "own";
          draw(input);
        });
        boxes[key].push(input);
        cell.append(input);
      } else slots[`${key} ${i}`] = cell;
      line.append(cell);
    }
    return line;
  });
  $("table").replaceChildren(html("tbody", {}, head, ...lines));
}

// Cases that follow from x, and say in their names what happens to them.
function cases(x) {
  const mean = (x[0] + x[1] + x[2]) / 3;
  const hat = x.map((v) => v - mean);
  const across = [hat[2] - hat[1], hat[0] - hat[2], hat[1] - hat[0]];
  const largest = Math.max(...across.map(Math.abs)) || 1;
  return { "the same for all": [1, 1, 1], "half of the feature": x.map((v) => v / 2), "at a right angle to both": across.map((v) => (1.6 * v) / largest), "a mixture": DATA.upstream };
}

function draw(typed = null) {
  const { value, gradient } = batchnorm({ x: now.x, gamma: 1, beta: 0, eps: 0, upstream: now.upstream });
  const flat = !(value.var[0] > 0);
  const hat = flat ? [0, 0, 0] : value.hat;
  const parts = takeApart(now.upstream, hat);
  for (const key of Object.keys(boxes)) boxes[key].forEach((input, i) => { if (input !== typed) input.value = Number(now[key][i].toFixed(2)); });
  const rows = { hat, ...parts, dx: flat ? [NaN, NaN, NaN] : gradient.x };
  for (const [key, v] of Object.entries(rows)) v.forEach((entry, i) => { slots[`${key} ${i}`].textContent = fixed(entry); });
  $("turn").value = view.turn;
  $("tilt").value = view.tilt;
  inSpace(now.upstream, hat);
  const kept = Math.hypot(...parts.rest) / (Math.hypot(...now.upstream) || 1);
  const where = `Seen from ${show(view.turn, 0)}\u00b0, ${show(view.tilt, 0)}\u00b0 up.`;
  if (flat) say("All examples are equal: with a variance of 0 and \u03b5 = 0 there is no normalized feature.");
  else say(`Of the upstream gradient ${list(now.upstream)}, ${show(100 * kept, 0)} % of the length is left: ${list(parts.rest)}. Divided by the root, ${fixed(value.root[0])}, it is the gradient of x (\u03b3 = 1, \u03b5 = 0). ${where}`);
}

make();
offer($("case"), [["a mixture", "a mixture"], ["the same for all", "the same for all"], ["half of the feature", "half of the feature"], ["at a right angle to both", "at a right angle"], ["own", "your own"]]);
$("case").addEventListener("change", () => {
  const found = cases(now.x)[$("case").value];
  if (found) now.upstream = [...found];
  draw();
});
const inSpace = space($("space"), view, (move) => { now.upstream = now.upstream.map(move); $("case").value = "own"; draw(); }, () => draw());
for (const name of ["turn", "tilt"]) $(name).addEventListener("input", () => { view[name] = Number($(name).value); draw(); });
// From where the plane of ones and the feature is seen face on: along its normal.
$("along").addEventListener("click", () => {
  const [a, b, c] = cases(now.x)["at a right angle to both"];
  const home = view.turn === DATA.view[0] && view.tilt === DATA.view[1];
  if (home && Math.hypot(a, b, c) > 0) {
    // The eye looks along (sin turn cos tilt, -cos turn cos tilt, -sin tilt).
    view.tilt = (-Math.asin(c / Math.hypot(a, b, c)) * 180) / Math.PI;
    view.turn = ((Math.atan2(a, -b) * 180) / Math.PI + 360) % 360;
    $("along").textContent = "From the side";
  } else {
    [view.turn, view.tilt] = DATA.view;
    $("along").textContent = "Along what is left";
  }
  draw();
});
live(() => draw());

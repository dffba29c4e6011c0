"use strict";
const at = $("at");
const nodes = DATA.nodes;
const places = Object.fromEntries(nodes.map((node) => [node.key, node]));
at.max = 2 * nodes.length - 1;
const list = (values) => values.map((v) => show(v)).join(", ");

function arrow(group, [from, to], back, strong) {
  const [[x1, y1], [x2, y2]] = back ? [places[to].at, places[from].at] : [places[from].at, places[to].at];
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  // Boxes are wide and low: an arrow ends where it meets one.
  const reach = ([half, name]) => Math.min(Math.abs(half / (dx || 1e-9)), Math.abs(18 / (dy || 1e-9)), name);
  const half = (key) => [widths[key] / 2 + 2, 200];
  const [start, end] = back ? [reach(half(to)), reach(half(from))] : [reach(half(from)), reach(half(to))];
  const [ax, ay, bx, by] = [x1 + dx * start, y1 + dy * start, x2 - dx * end, y2 - dy * end];
  const stroke = strong ? "var(--b)" : "var(--faint)";
  group.append(svg("line", { x1: ax, y1: ay, x2: bx, y2: by, stroke, "stroke-width": strong ? 4 : 1.5 }));
  const head = `M${bx} ${by} l${-9 * dx + 5 * dy} ${-9 * dy - 5 * dx} l${-10 * dy} ${10 * dx} z`;
  group.append(svg("path", { d: head, fill: stroke }));
}
const widths = Object.fromEntries(nodes.map((node) => [node.key, { square: 64, root: 78, diff: 52 }[node.key] || 40]));

function draw() {
  const step = Number(at.value);
  const backward = step >= nodes.length;
  const k = backward ? 2 * nodes.length - 1 - step : step;
  const here = nodes[k];
  const group = fresh($("graph"));
  const sources = DATA.edges.filter((edge) => edge[backward ? 0 : 1] === here.key);
  for (const edge of DATA.edges) arrow(group, edge, backward, sources.includes(edge));
  nodes.forEach((node, i) => {
    const [x, y] = node.at;
    const known = backward ? i >= k : i <= k;
    const width = widths[node.key];
    group.append(svg("rect", {
      x: x - width / 2, y: y - 16, width, height: 32, rx: 6, fill: node === here ? "var(--mark)" : "var(--paper)",
      stroke: "var(--ink)", "stroke-width": node === here ? 3 : 1, "stroke-dasharray": known ? "none" : "3 3",
    }));
    group.append(svg("text", { x, y: y + 5, "text-anchor": "middle" }, node.name));
  });
  const body = document.createElement("tbody");
  const head = body.insertRow();
  for (const title of ["node", "value", "gradient"]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = title;
    head.append(cell);
  }
  nodes.forEach((node, i) => {
    const row = body.insertRow();
    if (node === here) row.className = "on";
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = node.name;
    row.append(name);
    row.insertCell().textContent = backward || i <= k ? list(node.value) : "\u00b7";
    row.insertCell().textContent = backward && i >= k ? list(node.gradient) : "\u00b7";
  });
  $("table").replaceChildren(body);
  const partners = sources.map((edge) => places[edge[backward ? 1 : 0]].name);
  const ways = partners.length > 1 ? `, from ${partners.length} ${backward ? "ways that add up" : "nodes"}: ${partners.join(" and ")}` : partners.length ? `, from ${partners[0]}` : "";
  say(`Step ${step + 1} of ${2 * nodes.length}, ${backward ? "backward: the gradient of" : "forward:"} ${here.name}${backward ? " is" : " ="} ${list(backward ? here.gradient : here.value)}${ways || (backward ? ", given from above" : ", given")}.`);
}

stepper(at, $("back"), $("next"), draw);
draw();

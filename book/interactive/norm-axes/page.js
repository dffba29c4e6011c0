"use strict";
const at = $("at");
offer($("norm"), Object.keys(DATA.norms).map((name) => [name, name]));
const [N, C, H, W] = DATA.shape;

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function draw() {
  const norm = DATA.norms[$("norm").value];
  const values = DATA[$("show").value] || norm[$("show").value];
  const k = Number(at.value);
  const place = [Math.floor(k / (C * H * W)), Math.floor(k / (H * W)) % C, Math.floor(k / W) % H, k % W];
  const [n, c, h, w] = place;
  const set = norm.member[n][c][h][w];
  const head = element("tr", "");
  head.append(element("td", ""), ...Array.from({ length: N }, (_, i) => element("th", `image ${i}`, { scope: "col", colspan: W })));
  const lines = [head];
  for (let row = 0; row < C * H; row += 1) {
    const [ch, y] = [Math.floor(row / H), row % H];
    const line = element("tr", "");
    if (y === 0) line.append(element("th", `ch. ${ch}`, { scope: "row", rowspan: H }));
    for (let i = 0; i < N; i += 1) {
      for (let x = 0; x < W; x += 1) {
        const value = values[i][ch][y][x];
        const cell = element("td", show(value, $("show").value === "x" ? 0 : 1));
        if (norm.member[i][ch][y][x] === set) cell.className = "on";
        if (i === n && ch === c && y === h && x === w) cell.classList.add("chosen");
        if (x === 0) cell.classList.add("first");
        if (y === 0) cell.classList.add("top");
        line.append(cell);
      }
    }
    lines.push(line);
  }
  const body = element("tbody", "");
  body.append(...lines);
  $("cube").replaceChildren(body);
  say(`${$("norm").value}: image ${n}, channel ${c}, pixel (${h}, ${w}) is averaged with ${norm.size - 1} others. Their mean is ${show(norm.mean[set], 2)}, their standard deviation ${show(norm.std[set], 2)}; ${show(DATA.x[n][c][h][w], 0)} becomes ${show(norm.normalised[n][c][h][w], 2)}.`);
}

stepper(at, $("back"), $("next"), draw);
$("norm").addEventListener("change", draw);
$("show").addEventListener("change", () => { draw(); $("readout").append($("show").value === "x" ? " Cells show inputs." : " Cells show normalized values."); });
draw();

"use strict";
const COLOURS = ["--red", "--green", "--blue"];
const LETTERS = ["R", "G", "B"];
const now = { channels: structuredClone(DATA.channels), filter: [], upstream: structuredClone(DATA.upstream) };
let chosen = { kind: "out", c: 0, r: 2, s: 2 };
let planes = [];
let products = null;

const forward = () => way() === "forward";
const three = () => channels() === "3";
const image = () => now.channels.slice(0, three() ? 3 : 1);
const filter = () => now.filter.slice(0, three() ? 3 : 1);
const front = () => (three() ? Number(channel()) : 0);
const settings = () => [Number(stride()), Number(pad())];
const brush = () => (hand() === "choose" ? null : Number(hand()));
// Ink of a value; three channels have their own colours, gradients are orange.
const colour = (c) => (three() ? COLOURS[c] : "--a");
const term = (a, b) => `${show(a, 0)}\u00b7${b < 0 ? `(${show(b, 0)})` : show(b, 0)}`;
const where = (r, s) => `(${r}, ${s})`;

function usePreset(name) {
  // In colour the same filter looks at each channel, half as strong and turned over in the last one: edges between colours show.
  now.filter = [1, 1, -1].map((sign) => DATA.filters[name].map((row) => row.map((v) => sign * v)));
}

function choose(kind, c, r, s) { chosen = { kind, c, r, s }; draw(); }

const imageGrid = cells($("image"), "image", {
  choose: (r, s) => choose("image", front(), r, s),
  change: (r, s, value) => {
    const p = Number(pad());
    const plane = now.channels[front()];
    if (forward() && plane[r - p]?.[s - p] !== undefined) plane[r - p][s - p] = Math.max(-9, Math.min(9, value));
    choose("image", front(), r, s);
  },
  brush: () => (forward() ? brush() : null),
});
const outGrid = cells($("out"), "output", {
  choose: (r, s) => choose("out", front(), r, s),
  change: (r, s, value) => {
    if (!forward()) now.upstream[r][s] = Math.max(-9, Math.min(9, value));
    choose("out", front(), r, s);
  },
  brush: () => (forward() ? null : brush()),
});

function makePlanes() {
  const count = three() ? 3 : 1;
  if (planes.length === count) return;
  planes = Array.from({ length: count }, (_, c) => {
    const [title, box, part] = [html("div", { class: "title" }), html("div"), html("div", { class: "part" })];
    const fill = cells(box, count > 1 ? `filter, channel ${LETTERS[c]}` : "filter", {
      choose: (r, s) => choose("filter", c, r, s),
      change: (r, s, value) => {
        if (forward()) { now.filter[c][r][s] = Math.max(-9, Math.min(9, value)); $("filters").value = "own"; }
        choose("filter", c, r, s);
      },
      brush: () => (forward() ? brush() : null),
    });
    return { title, part, box, fill, figure: html("figure", { class: "plane" }, title, box, part) };
  });
  // With one channel there is room to show each product, or each share, of the chosen output.
  const box = html("div", { class: "cells products", "aria-hidden": "true", style: "grid-template-columns: repeat(3, auto)" });
  for (let k = 0; k < 3; k += 1) box.append(html("div", {}, ...[0, 1, 2].map(() => html("div"))));
  products = { title: html("div", { class: "title" }), box };
  const extra = count === 1 ? [html("figure", { class: "plane", id: "products" }, products.title, box)] : [];
  $("planes").replaceChildren(...planes.map((plane) => plane.figure), ...extra);
}

// Which cells the chosen one has to do with, by their keys, and what it is made of.
function relations() {
  const touched = new Set();
  const terms = [];
  const partial = filter().map(() => 0);
  const [step, rim] = settings();
  const x = padded(image(), rim);
  meetings(image(), filter(), step, rim, (c, i, j, k, l, r, s) => {
    const meets = { out: chosen.r === i && chosen.s === j, image: chosen.c === c && chosen.r === r && chosen.s === s, filter: chosen.c === c && chosen.r === k && chosen.s === l }[chosen.kind];
    if (!meets) return;
    touched.add(`image ${c} ${r} ${s}`).add(`filter ${c} ${k} ${l}`).add(`out ${i} ${j}`);
    terms.push({ c, x: x[c][r][s], w: filter()[c][k][l], g: now.upstream[i][j] });
    partial[c] += x[c][r][s] * filter()[c][k][l];
  });
  return { touched, terms, partial };
}

function words({ terms, partial }, out, back) {
  const { kind, c, r, s } = chosen;
  const [step, rim] = settings();
  const inside = kind !== "image" || now.channels[0][r - rim]?.[s - rim] !== undefined;
  const count = terms.length;
  const many = `${count} ${count === 1 ? "output" : "outputs"}`;
  const sum = (parts) => {
    const used = parts.filter(([a, b]) => a !== 0 && b !== 0);
    return used.length === 0 ? "0" : used.length > 9 ? `${used.length} products that are not 0` : used.map(([a, b]) => term(a, b)).join(" + ");
  };
  if (forward()) {
    if (kind === "out") {
      const total = three() ? partial.map((v, k) => `${LETTERS[k]} ${show(v, 0)}`).join(", ") : sum(terms.map((t) => [t.x, t.w]));
      return `Forward, output ${where(r, s)} gathers: each pixel of its window times the weight on it, ${total}. The sum is ${show(out[r][s], 0)}.`;
    }
    if (kind === "image") {
      if (!count) return `Forward, pixel ${where(r - rim, s - rim)} is read by no output: the stride steps over it.`;
      return `Forward, ${inside ? `pixel ${where(r - rim, s - rim)}` : "a zero of the padding"} is read by ${many}: it scatters its value, ${show(terms[0].x, 0)}, to them, each time with a different weight.`;
    }
    return `Forward, weight ${where(r, s)} is used for all ${many}: its value, ${show(filter()[c][r][s], 0)}, meets a different pixel each time.`;
  }
  if (kind === "out") return `Backward, output ${where(r, s)} scatters: its upstream gradient, ${show(now.upstream[r][s], 0)}, times the filter goes to the pixels of its window, and times these pixels to the filter.`;
  if (kind === "image") {
    if (!inside) return "Backward, what reaches the padding is dropped: padding is not an input.";
    return `Backward, pixel ${where(r - rim, s - rim)} gathers from ${many}, with the filter read backwards: ${sum(terms.map((t) => [t.g, t.w]))} = ${show(back.dx[c][r - rim][s - rim], 0)}.`;
  }
  return `Backward, weight ${where(r, s)} gathers from ${many}, upstream gradient times the pixel under it: ${sum(terms.map((t) => [t.g, t.x]))} = ${show(back.dw[c][r][s], 0)}.`;
}

function draw() {
  makePlanes();
  const [step, rim] = settings();
  const down = reaches(6, 3, step, rim);
  // What was chosen may lie outside of what there is now.
  if (chosen.kind === "out") [chosen.r, chosen.s] = [Math.min(chosen.r, down - 1), Math.min(chosen.s, down - 1)];
  if (chosen.kind === "image") [chosen.r, chosen.s] = [Math.min(chosen.r, 5 + 2 * rim), Math.min(chosen.s, 5 + 2 * rim)];
  if (!three() || chosen.kind === "image") chosen.c = front();
  const out = convolve(image(), filter(), 0, step, rim);
  const upstream = now.upstream.slice(0, down).map((row) => row.slice(0, down));
  const back = convolveBack(image(), filter(), step, rim, upstream);
  const related = relations();
  const most = (grid) => Math.max(1, ...grid.flat(2).map(Math.abs));
  const mark = (key, r, s, kind, c = front()) => {
    const here = chosen.kind === kind && chosen.r === r && chosen.s === s && (kind === "out" || chosen.c === c);
    return here ? "chosen" : related.touched.has(key) ? "touched" : "";
  };
  const room = document.querySelector(".stage").clientWidth;
  const size = Math.max(19, Math.min(34, Math.floor((room - 32) / (6 + 2 * rim + Math.max(down, 3)) - 1)));
  for (const name of ["image", "out"]) $(name).style.setProperty("--cell", `${size}px`);
  for (const box of [$("image"), $("out"), ...planes.map((plane) => plane.box)]) box.classList.toggle("paint", brush() !== null && (box === $("out") ? !forward() : forward()));

  const shown = forward() ? image()[front()] : back.dx[front()];
  const rimmed = padded([shown], rim)[0];
  const strongest = most(forward() ? now.channels : back.dx);
  imageGrid(rimmed, (r, s, value) => {
    const outside = shown[r - rim]?.[s - rim] === undefined;
    const kind = `${outside ? "pad " : ""}${mark(`image ${front()} ${r} ${s}`, r, s, "image")}`;
    return { class: kind, tint: outside ? "" : forward() ? tint(value, 1.3 * strongest, colour(front())) : tint(value, strongest, "--b"), text: outside ? (forward() ? "0" : "") : undefined, name: outside ? "padding" : "" };
  });
  outGrid(forward() ? out : upstream, (r, s, value) => ({ class: mark(`out ${r} ${s}`, r, s, "out"), tint: forward() ? tint(value, most(out)) : tint(value, most(upstream), "--b") }));
  planes.forEach((plane, c) => {
    const values = forward() ? filter()[c] : back.dw[c];
    const top = most(forward() ? filter() : back.dw);
    plane.fill(values, (r, s, value) => ({ class: mark(`filter ${c} ${r} ${s}`, r, s, "filter", c), tint: forward() ? tint(value, 1.3 * top, colour(c)) : tint(value, top, "--b") }));
    plane.title.textContent = `${forward() ? "filter" : "gradient of filter"}${three() ? ` ${LETTERS[c]}` : ""}`;
    plane.part.textContent = forward() && chosen.kind === "out" && three() ? `${c === 0 ? show(related.partial[c], 0) : `${related.partial[c] < 0 ? "\u2212" : "+"} ${show(Math.abs(related.partial[c]), 0)}`}${c === 2 ? ` = ${show(out[chosen.r][chosen.s], 0)}` : ""}` : "";
  });
  const few = chosen.kind === "out" && !three();
  products.box.parentElement?.toggleAttribute("hidden", !few);
  if (few) {
    products.title.textContent = forward() ? `products, sum ${show(out[chosen.r][chosen.s], 0)}` : `share: ${show(upstream[chosen.r][chosen.s], 0)} times filter`;
    related.terms.forEach((t, n) => {
      const value = forward() ? t.x * t.w : t.g * t.w;
      const cell = products.box.children[Math.floor(n / 3)].children[n % 3];
      cell.textContent = show(value, 0);
      cell.style.background = forward() ? tint(value, 9) : tint(value, 4, "--b");
    });
  }
  $("image-title").textContent = `${forward() ? "image" : "gradient of the image"}${three() ? `, channel ${LETTERS[front()]}` : ""}${rim ? " (hatched: padding)" : ""}`;
  $("out-title").textContent = `${forward() ? "output" : "upstream gradient"}, ${down} \u00d7 ${down}`;
  $("front").hidden = $("colours").hidden = !three();
  if (three()) {
    const canvas = $("colours").getContext("2d");
    for (let r = 0; r < 6; r += 1) {
      for (let s = 0; s < 6; s += 1) {
        canvas.fillStyle = `rgb(${now.channels.map((plane) => Math.max(0, Math.min(255, 85 * plane[r][s]))).join(" ")})`;
        canvas.fillRect(s, r, 1, 1);
      }
    }
  }
  const hint = brush() === null ? "" : ` A tap on ${forward() ? "image or filter" : "the upstream gradient"} paints ${show(brush(), 0)}.`;
  const shape = `Stride ${step}, padding ${rim}, ${three() ? `channel ${LETTERS[front()]} of 3` : "1 channel"}, filter: ${$("filters").selectedOptions[0].text}. `;
  say(`${shape}${words(related, out, back)}${hint}`);
}

const way = choice($("way"), "pass", [["forward", "forward"], ["backward", "backward"]], "forward", draw);
const stride = choice($("stride"), "stride", [1, 2, 3].map((v) => [v, v]), 1, draw);
const pad = choice($("pad"), "padding", [0, 1].map((v) => [v, v]), 1, () => {
  // The chosen pixel stays the same pixel.
  if (chosen.kind === "image") { const by = Number(pad()) ? 1 : -1; chosen.r = Math.max(0, chosen.r + by); chosen.s = Math.max(0, chosen.s + by); }
  draw();
});
const channels = choice($("channels"), "channels", [["1", "1"], ["3", "3"]], "1", draw);
const channel = choice($("front"), "in front", LETTERS.map((letter, c) => [c, letter]), 0, () => { chosen.c = front(); draw(); });
const hand = choice($("brush"), "tap", [["choose", "chooses"], ...[-1, 0, 1, 2, 3].map((v) => [v, show(v, 0)])], "choose", draw);
offer($("filters"), [...Object.keys(DATA.filters).map((name) => [name, name]), ["own", "your own"]]);
$("filters").addEventListener("change", () => { if (DATA.filters[$("filters").value]) usePreset($("filters").value); draw(); });
usePreset("vertical edges");
live(draw);

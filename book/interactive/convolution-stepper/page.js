"use strict";
const at = $("at");
offer($("setting"), DATA.settings.map((s, k) => [k, `${s.size} \u00d7 ${s.size}, stride ${s.stride}, pad ${s.pad}`]));

function rows(flat, side) {
  return Array.from({ length: side }, (_, r) => flat.slice(r * side, (r + 1) * side));
}

function withRim(image, pad) {
  const side = image.length + 2 * pad;
  return Array.from({ length: side }, (_, r) => Array.from({ length: side }, (_, c) => image[r - pad]?.[c - pad] ?? 0));
}

function draw() {
  const now = DATA.settings[$("setting").value];
  at.max = now.out.length - 1;
  const t = Number(at.value);
  const forward = $("way").value === "forward";
  const [row, column] = [Math.floor(t / now.side), t % now.side];
  const [top, left] = [row * now.stride, column * now.stride];
  const last = DATA.image.length + now.pad;
  const rim = (r, c) => Math.min(r, c) < now.pad || Math.max(r, c) >= last;
  const read = (r, c) => r >= top && r < top + now.size && c >= left && c < left + now.size;
  const mark = (r, c) => `${read(r, c) ? "on" : ""} ${rim(r, c) ? "pad" : ""}`;
  const here = (r, c) => (r === row && c === column ? "on" : "");
  const where = `row ${row}, column ${column}`;
  grid($("filter"), "filter", now.filter, () => "");
  if (forward) {
    grid($("image"), now.pad ? "image (dashed: padding)" : "image", withRim(DATA.image, now.pad), mark);
    grid($("products"), "window times filter", rows(now.products[t], now.size), () => "");
    grid($("out"), "output so far", rows(now.out.map((v, k) => (k <= t ? v : "\u00b7")), now.side), here);
    const sum = now.products[t].map((v) => show(v, 0)).join(" + ").replaceAll("+ \u2212", "\u2212 ");
    say(`Output ${t + 1} of ${now.out.length} (${where}) adds up ${now.size ** 2} products: ${sum} = ${show(now.out[t], 0)}.`);
  } else {
    grid($("image"), "gradient of the image so far", withRim(now.dx[t], now.pad).map((line, r) => line.map((v, c) => (rim(r, c) ? "\u00b7" : v))), mark);
    grid($("products"), "share: upstream times filter", rows(now.shares[t], now.size), () => "");
    grid($("out"), "upstream gradient", rows(now.upstream, now.side), here);
    const dropped = now.pad ? " What falls on the padding (dots) is dropped." : "";
    say(`Output ${t + 1} of ${now.out.length} (${where}) has the upstream gradient ${show(now.upstream[t], 0)}; times the filter it is added to the framed pixels.${dropped}`);
  }
}

function restart() { at.value = 0; draw(); }
stepper(at, $("back"), $("next"), draw);
$("way").addEventListener("change", restart);
$("setting").addEventListener("change", restart);
draw();

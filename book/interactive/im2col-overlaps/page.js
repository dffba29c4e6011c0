"use strict";
const at = $("at");
const side = DATA.image.length;
const image = structuredClone(DATA.image);
let pixel = null;

const settings = () => [Number(size()), Number(stride()), Number(pad())];
const pixels = cells($("image"), "image", {
  choose: (r, c) => { pixel = [r - Number(pad()), c - Number(pad())]; draw(); },
  change: (r, c, value) => {
    const p = Number(pad());
    pixel = [r - p, c - p];
    if (image[r - p]?.[c - p] !== undefined) image[r - p][c - p] = Math.max(-99, Math.min(99, value));
    draw();
  },
});
const sums = cells($("counts"), "result of col2im", { choose: (r, c) => { pixel = [r, c]; draw(); } });
const matrixCells = cells($("matrix"), "matrix of im2col", { choose: (r, c) => { pixel = null; at.value = c; draw(); } });

function draw() {
  const [K, S, P] = settings();
  const { count, places } = windows(side, K, S, P);
  at.max = places.length - 1;
  const t = Number(at.value);
  const [top, left] = places[t];
  const cols = im2col(image, K, S, P);
  const ones = cols.map((row) => row.map(() => 1));
  const counts = col2im(ones, side, K, S, P);
  const back = col2im(cols, side, K, S, P);
  const reads = (r, c, [y, x]) => r >= y && r < y + K && c >= x && c < x + K;
  const rimmed = Array.from({ length: side + 2 * P }, (_, r) => Array.from({ length: side + 2 * P }, (_, c) => image[r - P]?.[c - P] ?? 0));
  const is = (r, c) => pixel !== null && pixel[0] === r && pixel[1] === c;
  const most = Math.max(...counts.flat(), 1);
  pixels(rimmed, (r, c) => {
    const outside = image[r - P]?.[c - P] === undefined;
    return { class: `${outside ? "pad " : ""}${is(r - P, c - P) ? "chosen" : pixel === null && reads(r - P, c - P, [top, left]) ? "touched" : ""}`, name: outside ? "padding" : "" };
  });
  const counting = result() === "counts";
  sums(counting ? counts : back, (r, c) => ({ class: is(r, c) ? "chosen" : pixel === null && reads(r, c, [top, left]) ? "touched" : "", tint: tint(counts[r][c], most, "--b") }));
  matrixCells(cols, (k, w) => {
    const [r, c] = [places[w][0] + Math.floor(k / K), places[w][1] + (k % K)];
    const outside = image[r]?.[c] === undefined;
    return { class: `${outside ? "pad " : ""}${pixel === null ? (w === t ? "column" : "") : is(r, c) ? "touched" : ""}`, tint: is(r, c) ? "var(--mark)" : "" };
  });
  $("image-title").textContent = P ? "image (hatched: padding)" : "image";
  $("counts-title").textContent = counting ? "copies of each pixel" : "col2im(im2col(image))";
  $("matrix-title").textContent = `matrix, ${K * K} rows, ${count} \u00d7 ${count} = ${places.length} columns`;
  const shown = $("matrix").querySelector(pixel === null ? ".column" : ".touched");
  if (shown) $("box").scrollLeft = Math.max(0, shown.offsetLeft - $("box").clientWidth / 2);
  const [n, C, H] = DATA.layer;
  const wide = Math.floor((H + 2 * P - K) / S) + 1;
  const [images, matrix] = [4 * n * C * H * H, 4 * n * C * K * K * wide * wide];
  const memory = `A float32 batch of shape (${DATA.layer.join(", ")}) takes ${show(images / 1024, 0)} KiB, its matrix ${show(matrix / 1024, 0)} KiB: ${show(matrix / images, 1)} times as much.`;
  const unread = counts.flat().filter((v) => v === 0).length;
  const inside = pixel !== null && image[pixel[0]]?.[pixel[1]] !== undefined;
  const copies = inside ? counts[pixel[0]][pixel[1]] : 0;
  const what = pixel === null ? `Window ${t + 1} of ${places.length} is one column, ${K * K} entries.`
    : inside ? `Pixel (${pixel.join(", ")}) is copied ${copies === 1 ? "once" : `${copies} times`}; added back, it is ${show(image[pixel[0]][pixel[1]], 0)} \u00d7 ${copies} = ${show(back[pixel[0]][pixel[1]], 0)}.` : "A zero of the padding: copied, but not added back.";
  const meaning = counting ? "" : " Each pixel came back times its count: col2im is the transpose of im2col, not its inverse.";
  say(`${K} \u00d7 ${K}, stride ${S}, padding ${P}. ${what}${unread ? ` ${unread} of ${side * side} pixels are never read.` : ""}${meaning} ${memory}`);
}

const restart = () => { at.value = Math.min(Number(at.value), 0); draw(); };
const size = choice($("size"), "window", [2, 3].map((v) => [v, `${v} \u00d7 ${v}`]), 3, restart);
const stride = choice($("stride"), "stride", [1, 2, 3].map((v) => [v, v]), 1, restart);
const pad = choice($("pad"), "padding", [0, 1].map((v) => [v, v]), 0, restart);
const result = choice($("result"), "col2im of", [["counts", "ones"], ["back", "the matrix"]], "counts", draw);
stepper(at, $("back"), $("next"), () => { pixel = null; draw(); });
at.value = 5;
pixel = [2, 2];
live(draw);

"use strict";
const at = $("at");
offer($("setting"), DATA.settings.map((s, k) => [k, `${s.size} \u00d7 ${s.size}, stride ${s.stride}, pad ${s.pad}`]));

function draw() {
  const now = DATA.settings[$("setting").value];
  const columns = now.cols[0].length;
  at.max = columns - 1;
  const t = Number(at.value);
  const top = Math.floor(t / now.side) * now.stride;
  const left = (t % now.side) * now.stride;
  const side = DATA.image.length + 2 * now.pad;
  const padded = Array.from({ length: side }, (_, r) => Array.from({ length: side }, (_, c) => DATA.image[r - now.pad]?.[c - now.pad] ?? 0));
  const rim = (r, c) => Math.min(r, c) < now.pad || Math.max(r, c) >= side - now.pad;
  const read = (r, c) => r >= top && r < top + now.size && c >= left && c < left + now.size;
  grid($("image"), now.pad ? "image (dashed: padding)" : "image", padded, (r, c) => `${read(r, c) ? "on" : ""} ${rim(r, c) ? "pad" : ""}`);
  const counting = $("show").value === "counts";
  grid($("counts"), counting ? "copies of each pixel" : "col2im(im2col(image))", now[$("show").value], (r, c) => (read(r + now.pad, c + now.pad) ? "on" : ""));
  grid($("matrix"), `matrix, ${now.cols.length} \u00d7 ${columns}`, now.cols, (r, c) => (c === t ? "on" : ""));
  const cell = $("matrix").querySelector(".on");
  $("box").scrollLeft = Math.max(0, cell.offsetLeft - $("box").clientWidth / 2);
  const flat = now.counts.flat();
  const most = Math.max(...flat);
  const unread = flat.filter((count) => count === 0).length;
  const meaning = counting ? "" : " Each pixel came back times its count: col2im is the transpose of im2col, not its inverse.";
  say(`Column ${t + 1} of ${columns} is the framed window. A pixel is copied up to ${most} ${most === 1 ? "time" : "times"}${unread ? `; ${unread} of ${flat.length} are never read` : ""}.${meaning}`);
  const [images, matrix] = now.bytes;
  $("memory").textContent = `Memory: a float32 batch of shape (${DATA.layer.join(", ")}) takes ${show(images / 1024, 0)} KiB, its matrix ${show(matrix / 1024, 0)} KiB, ${show(matrix / images, 1)} times as much.`;
}

function restart() { at.value = 0; draw(); }
stepper(at, $("back"), $("next"), draw);
$("setting").addEventListener("change", restart);
$("show").addEventListener("change", draw);
draw();

// Normalization over any set of the axes of x[n][c][h][w], in groups of channels: each entry with what it is normalized by.
// over: {N, C, H, W} booleans, which axes are averaged over; groups: how many groups the channels are cut into when C is among them.
function normalize(x, over, groups, eps) {
  const [N, C, H, W] = [x.length, x[0].length, x[0][0].length, x[0][0][0].length];
  const sets = new Map();
  const key = ([n, c, h, w]) => [over.N ? "" : n, over.C ? Math.floor((c * groups) / C) : c, over.H ? "" : h, over.W ? "" : w].join();
  const places = [];
  for (let n = 0; n < N; n += 1) for (let c = 0; c < C; c += 1) for (let h = 0; h < H; h += 1) for (let w = 0; w < W; w += 1) places.push([n, c, h, w]);
  for (const place of places) {
    const [n, c, h, w] = place;
    const set = sets.get(key(place)) || { members: [], values: [] };
    set.members.push(place);
    set.values.push(x[n][c][h][w]);
    sets.set(key(place), set);
  }
  const normalized = x.map((image) => image.map((plane) => plane.map((row) => row.map(() => 0))));
  for (const set of sets.values()) {
    set.size = set.values.length;
    set.mean = set.values.reduce((a, b) => a + b, 0) / set.size;
    set.std = Math.sqrt(set.values.reduce((a, b) => a + (b - set.mean) ** 2, 0) / set.size + eps);
    set.members.forEach(([n, c, h, w], i) => { normalized[n][c][h][w] = (set.values[i] - set.mean) / set.std; });
  }
  return { of: (place) => sets.get(key(place)), sets: [...sets.values()], normalized };
}

// What a choice of axes is called in this course, if it has a name.
function called(over, groups) {
  const axes = ["N", "C", "H", "W"].filter((axis) => over[axis]).join("");
  if (axes === "N") return "batch normalization of vectors: one mean for each pixel of each channel, over the batch";
  if (axes === "NHW") return "spatial batch normalization: one mean for each channel";
  if (axes === "CHW" && groups === 1) return "layer normalization: one mean for each image";
  if (axes === "CHW" && groups < 4) return "group normalization: one mean for each image and group of channels";
  if ((axes === "CHW" && groups === 4) || axes === "HW") return "instance normalization: one mean for each image and channel";
  if (axes === "C" && groups === 1) return "layer normalization at each pixel, as in transformers with (N, C) vectors";
  if (axes === "") return "no average at all: every entry becomes 0";
  return "a choice without a name in this course";
}

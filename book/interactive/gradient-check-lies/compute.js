// Layers with right and wrong backward passes, numeric gradients, and rules of comparison. Arrays are lists of rows.
// R rounds after each operation: Math.fround makes float32 of a browser's float64.
const PRECISIONS = { float64: (v) => v, float32: Math.fround };
const map2 = (a, f) => a.map((row, n) => row.map((v, d) => f(v, n, d)));
const columns = (a) => a[0].map((_, d) => a.map((row) => row[d]));

function statistics(x, eps, R) {
  return columns(x).map((column) => {
    const n = column.length;
    const mean = R(column.reduce((s, v) => R(s + v), 0) / n);
    const diff = column.map((v) => R(v - mean));
    const variance = R(diff.reduce((s, v) => R(s + R(v * v)), 0) / n);
    return { diff, std: R(Math.sqrt(R(variance + eps))) };
  });
}

// What every gradient of a normalized feature is made of; paths says which of mean and variance are gone through.
function throughBatchnorm(x, g, eps, paths, R) {
  const columnsOf = columns(g);
  const found = statistics(x, eps, R).map(({ diff, std }, d) => {
    const n = diff.length;
    const hat = diff.map((v) => R(v / std));
    const mean = paths.mean ? R(columnsOf[d].reduce((s, v) => R(s + v), 0) / n) : 0;
    const along = paths.variance ? R(columnsOf[d].reduce((s, v, i) => R(s + R(v * hat[i])), 0) / n) : 0;
    return columnsOf[d].map((v, i) => R(R(R(v - mean) - R(hat[i] * along)) / std));
  });
  return columns(found);
}

function affine(x, w, b, R) {
  return x.map((row) => w[0].map((_, m) => R(row.reduce((s, v, d) => R(s + R(v * w[d][m])), 0) + b[m])));
}
const times = (g, w, turned, R) => g.map((row) => w.map((_, d) => row.reduce((s, v, m) => R(s + R(v * (turned ? w[d][m] : w[m][d]))), 0)));
const all = { mean: true, variance: true };
const ones = (g) => map2(g, () => 1);
const zero = (g) => map2(g, () => 0);

// For each layer: its forward pass and, by what is wrong with them, its backward passes of the upstream gradient g.
const LAYERS = {
  "batch norm": {
    forward: (x, p, R) => columns(statistics(x, R(p.eps), R).map(({ diff, std }) => diff.map((v) => R(v / std)))),
    backward: {
      "nothing": (x, g, p, R) => throughBatchnorm(x, g, R(p.eps), all, R),
      "returns zeros": (x, g) => zero(g),
      "ignores upstream": (x, g, p, R) => throughBatchnorm(x, ones(g), R(p.eps), all, R),
      "no mean path": (x, g, p, R) => throughBatchnorm(x, g, R(p.eps), { variance: true }, R),
      "no variance path": (x, g, p, R) => throughBatchnorm(x, g, R(p.eps), { mean: true }, R),
      "neither path": (x, g, p, R) => throughBatchnorm(x, g, R(p.eps), {}, R),
      "eps forgotten": (x, g, p, R) => throughBatchnorm(x, g, 0, all, R),
      "an extra 1/N": (x, g, p, R) => map2(throughBatchnorm(x, g, R(p.eps), all, R), (v) => R(v / x.length)),
    },
  },
  "ReLU": {
    forward: (x) => map2(x, (v) => Math.max(0, v)),
    backward: {
      "nothing": (x, g) => map2(g, (v, n, d) => (x[n][d] > 0 ? v : 0)),
      "returns zeros": (x, g) => zero(g),
      "ignores upstream": (x, g) => map2(g, (v, n, d) => (x[n][d] > 0 ? 1 : 0)),
      "lets all through": (x, g) => g,
      "masks by upstream": (x, g) => map2(g, (v) => (v > 0 ? v : 0)),
      "mask turned over": (x, g) => map2(g, (v, n, d) => (x[n][d] > 0 ? 0 : v)),
    },
  },
  "affine": {
    forward: (x, p, R) => affine(x, p.w, p.b, R),
    backward: {
      "nothing": (x, g, p, R) => times(g, p.w, true, R),
      "returns zeros": (x, g) => zero(g),
      "ignores upstream": (x, g, p, R) => times(ones(g), p.w, true, R),
      "one row for all": (x, g, p, R) => g.map(() => times(g, p.w, true, R)[0]),
      "W not transposed": (x, g, p, R) => times(g, p.w, false, R),
      "an extra 1/N": (x, g, p, R) => map2(times(g, p.w, true, R), (v) => R(v / x.length)),
    },
  },
};

// The upstream gradient that a loss gives the outputs y.
const LOSSES = { "sum of y": (y) => ones(y), "sum of y\u00b2": (y) => map2(y, (v) => 2 * v), "random": (y, u) => u };

// Centred differences, entry by entry, contracted with the upstream gradient.
function numericGradient(forward, x, g, h, R) {
  const [step, twice] = [R(h), R(2 * R(h))];
  return map2(x, (value, n, d) => {
    const moved = (by) => forward(map2(x, (v, i, j) => (i === n && j === d ? R(v + by) : v)));
    const [above, below] = [moved(step), moved(-step)];
    let sum = 0;
    above.forEach((row, i) => row.forEach((v, j) => { sum = R(sum + R(R(v - below[i][j]) * g[i][j])); }));
    return R(sum / twice);
  });
}

// The largest error in units of what a rule allows: a check passes up to 1.
function compare(rule, gradient, numeric, rtol, atol) {
  const pairs = gradient.flatMap((row, n) => row.map((v, d) => [v, numeric[n][d]]));
  const off = pairs.map(([a, b]) => Math.abs(a - b));
  if (rule === "relative") return Math.max(...pairs.map(([a, b], i) => off[i] / Math.max(1e-300, Math.abs(a) + Math.abs(b)))) / rtol;
  if (rule === "absolute") return Math.max(...off) / rtol;
  return Math.max(...off) / (atol + rtol * Math.max(...pairs.map(([, b]) => Math.abs(b))));
}

// Errors of each version of a layer's backward pass, for one step of the difference.
function check({ layer, loss, precision, rule, h, rtol, atol }, data) {
  const R = PRECISIONS[precision];
  const { forward, backward } = LAYERS[layer];
  const inputs = data[layer];
  const round = (a) => map2(a, R);
  const [x, u] = [round(inputs.x), round(inputs.upstream)];
  const p = { ...inputs, w: inputs.w && round(inputs.w), b: inputs.b && inputs.b.map(R) };
  const run = (at) => forward(at, p, R);
  const g = LOSSES[loss](run(x), u);
  const numeric = numericGradient(run, x, g, h, R);
  return Object.fromEntries(Object.entries(backward).map(([name, f]) => [name, compare(rule, f(x, g, p, R), numeric, rtol, atol)]));
}

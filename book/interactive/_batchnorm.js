// One feature of a few examples through batch normalization: the value of every node, its gradient, and what of it comes along each arrow.
const ARROWS = "x-mean x-diff mean-diff diff-square square-var var-root root-hat diff-hat hat-scaled gamma-scaled scaled-y beta-y".split(" ").map((arrow) => arrow.split("-"));

function batchnorm({ x, gamma, beta, eps, upstream }) {
  const total = (v) => v.reduce((sum, entry) => sum + entry, 0);
  const n = x.length;
  const mean = total(x) / n;
  const diff = x.map((entry) => entry - mean);
  const square = diff.map((entry) => entry * entry);
  const variance = total(square) / n;
  const root = Math.sqrt(variance + eps);
  const hat = diff.map((entry) => entry / root);
  const scaled = hat.map((entry) => gamma * entry);
  const value = { x, mean: [mean], diff, square, var: [variance], root: [root], hat, gamma: [gamma], scaled, beta: [beta], y: scaled.map((entry) => entry + beta) };
  // What goes back along an arrow, given the gradient where it ends.
  const back = {
    "scaled-y": (g) => g,
    "beta-y": (g) => [total(g)],
    "hat-scaled": (g) => g.map((entry) => entry * gamma),
    "gamma-scaled": (g) => [total(g.map((entry, i) => entry * hat[i]))],
    "diff-hat": (g) => g.map((entry) => entry / root),
    "root-hat": (g) => [-total(g.map((entry, i) => entry * diff[i])) / (root * root)],
    "var-root": (g) => [g[0] / (2 * root)],
    "square-var": (g) => x.map(() => g[0] / n),
    "diff-square": (g) => g.map((entry, i) => 2 * diff[i] * entry),
    "mean-diff": (g) => [-total(g)],
    "x-diff": (g) => g,
    "x-mean": (g) => x.map(() => g[0] / n),
  };
  const gradient = Object.fromEntries(Object.entries(value).map(([key, v]) => [key, v.map(() => 0)]));
  gradient.y = upstream;
  const along = {};
  for (const to of Object.keys(value).reverse()) {
    for (const [from] of ARROWS.filter((arrow) => arrow[1] === to)) {
      const share = back[`${from}-${to}`](gradient[to]);
      along[`${from}-${to}`] = share;
      gradient[from] = gradient[from].map((entry, i) => entry + share[i]);
    }
  }
  return { value, gradient, along };
}

// An upstream gradient of the normalized feature, taken apart: along the ones, along the feature, and what is at a right angle to both.
function takeApart(g, hat) {
  const dot = (a, b) => a.reduce((sum, entry, i) => sum + entry * b[i], 0);
  const mean = g.reduce((sum, entry) => sum + entry, 0) / g.length;
  const length = dot(hat, hat);
  const share = length > 0 ? dot(g, hat) / length : 0;
  const ones = g.map(() => mean);
  const along = hat.map((entry) => share * entry);
  return { ones, along, rest: g.map((entry, i) => entry - ones[i] - along[i]) };
}

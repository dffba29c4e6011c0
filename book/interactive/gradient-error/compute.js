// Numeric derivatives of batch normalization along a direction, by three rules, in two number formats.
// R rounds after each operation: Math.fround makes float32 of a browser's float64. An array has a feature's examples one after another.
const PRECISIONS = { float64: (v) => v, float32: Math.fround };
const ROUNDOFF = { float64: 2 ** -53, float32: 2 ** -24 };

// Examples of features with this mean and spread, an upstream gradient, and directions to move in.
function sample({ examples, features, directions, mean, spread, seed }) {
  const draw = normal(seed);
  const numbers = () => Array.from({ length: features }, () => Array.from({ length: examples }, draw));
  const [x, upstream] = [numbers(), numbers()];
  return { x: x.map((column) => column.map((v) => mean + spread * v)), upstream, directions: Array.from({ length: directions }, numbers) };
}

// Sums of few numbers each: one long sum would round more than the reference's.
const add = (values, R) => values.reduce((sum, v) => R(sum + v), 0);

// The loss is a weighted sum of the outputs; gamma is 1 and beta 0.
function loss(x, upstream, eps, R) {
  return add(x.map((column, d) => {
    const n = column.length;
    const mean = R(add(column, R) / n);
    const diff = column.map((v) => R(v - mean));
    const std = R(Math.sqrt(R(R(add(diff.map((v) => R(v * v)), R) / n) + R(eps))));
    return add(diff.map((v, i) => R(R(upstream[d][i]) * R(v / std))), R);
  }), R);
}

// The imaginary part of the loss at x + i y: the same operations on pairs of numbers.
function imaginaryLoss(x, y, upstream, eps, R) {
  return add(x.map((column, d) => {
    const meanOf = (values) => R(add(values, R) / values.length);
    const [meanX, meanY] = [meanOf(column), meanOf(y[d])];
    const [a, b] = [column.map((v) => R(v - meanX)), y[d].map((v) => R(v - meanY))];
    const c = R(meanOf(a.map((v, i) => R(R(v * v) - R(b[i] * b[i])))) + R(eps));
    const e = meanOf(a.map((v, i) => R(2 * R(v * b[i]))));
    // The root of c + i e, whose real part is positive.
    const rootX = R(Math.sqrt(R(R(R(Math.hypot(c, e)) + c) / 2)));
    const rootY = R(e / R(2 * rootX));
    const square = R(R(rootX * rootX) + R(rootY * rootY));
    return add(a.map((v, i) => R(R(upstream[d][i]) * R(R(R(b[i] * rootX) - R(v * rootY)) / square))), R);
  }), R);
}

// The derivative along a direction, out of the layer's backward pass.
function exactDerivative(x, upstream, direction, eps) {
  return x.reduce((sum, column, d) => {
    const { gradient } = batchnorm({ x: column, gamma: 1, beta: 0, eps, upstream: upstream[d] });
    return gradient.x.reduce((s, v, i) => s + v * direction[d][i], sum);
  }, 0);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

// For each rule and step the median error over the directions, as a multiple of the median derivative.
function derivativeErrors({ x, upstream, directions }, eps, precision, steps) {
  const R = PRECISIONS[precision];
  const rounded = x.map((column) => column.map(R));
  const here = loss(rounded, upstream, eps, R);
  const exact = directions.map((v) => exactDerivative(x, upstream, v, eps));
  const scale = median(exact.map(Math.abs));
  const found = { "forward": [], "central": [], "complex step": [] };
  for (const h of steps) {
    const off = { "forward": [], "central": [], "complex step": [] };
    directions.forEach((v, k) => {
      const moved = (by) => loss(x.map((column, d) => column.map((entry, i) => R(entry + by * v[d][i]))), upstream, eps, R);
      const [above, below] = [moved(h), moved(-h)];
      const turned = imaginaryLoss(rounded, v.map((column) => column.map((entry) => R(h * entry))), upstream, eps, R);
      off.forward.push(Math.abs(R(R(above - here) / R(h)) - exact[k]));
      off.central.push(Math.abs(R(R(above - below) / R(2 * h)) - exact[k]));
      off["complex step"].push(Math.abs(R(turned / R(h)) - exact[k]));
    });
    for (const rule of Object.keys(found)) found[rule].push(median(off[rule]) / scale);
  }
  return found;
}

// A network {affine - [normalization] - ReLU} x depth - affine - softmax, its loss and its gradients. Arrays are laid out by rows.
// Normally distributed examples with random labels, and weights with standard deviation 1.
function sample({ examples, features, classes, units, depth, seed }) {
  const draw = normal(seed);
  const random = generator(seed);
  const sizes = [features, ...Array(depth).fill(units), classes];
  return {
    examples, sizes,
    x: Float64Array.from({ length: examples * features }, draw),
    y: Array.from({ length: examples }, () => Math.floor(random() * classes)),
    weights: sizes.slice(1).map((size, i) => Float64Array.from({ length: sizes[i] * size }, draw)),
  };
}

// The parameters that training starts from, under the names of the reference.
function parameters({ sizes, weights }, norm, scale) {
  const found = {};
  weights.forEach((w, i) => {
    found[`W${i + 1}`] = w.map((v) => scale * v);
    found[`b${i + 1}`] = new Float64Array(sizes[i + 1]);
    if (norm !== "none" && i < weights.length - 1) {
      found[`gamma${i + 1}`] = new Float64Array(sizes[i + 1]).fill(1);
      found[`beta${i + 1}`] = new Float64Array(sizes[i + 1]);
    }
  });
  return found;
}

function affine(h, w, b, rows, inner, columns) {
  const out = new Float64Array(rows * columns);
  for (let n = 0; n < rows; n += 1) {
    for (let m = 0; m < columns; m += 1) out[n * columns + m] = b[m];
    for (let k = 0; k < inner; k += 1) {
      const entry = h[n * inner + k];
      // Half of what comes from a ReLU.
      if (entry === 0) continue;
      for (let m = 0; m < columns; m += 1) out[n * columns + m] += entry * w[k * columns + m];
    }
  }
  return out;
}

function affineBack(g, h, w, rows, inner, columns) {
  const [dh, dw, db] = [new Float64Array(rows * inner), new Float64Array(inner * columns), new Float64Array(columns)];
  for (let n = 0; n < rows; n += 1) {
    for (let m = 0; m < columns; m += 1) db[m] += g[n * columns + m];
    for (let k = 0; k < inner; k += 1) {
      let sum = 0;
      for (let m = 0; m < columns; m += 1) {
        sum += g[n * columns + m] * w[k * columns + m];
        dw[k * columns + m] += h[n * inner + k] * g[n * columns + m];
      }
      dh[n * inner + k] = sum;
    }
  }
  return [dh, dw, db];
}

// The places over which one mean is taken: the examples of a feature, or the features of an example.
function sets(norm, rows, columns) {
  if (norm === "batch") return Array.from({ length: columns }, (_, m) => ({ first: m, step: columns, count: rows }));
  return Array.from({ length: rows }, (_, n) => ({ first: n * columns, step: 1, count: columns }));
}

function normalize(h, norm, rows, columns, eps) {
  const hat = new Float64Array(h.length);
  const roots = sets(norm, rows, columns).map(({ first, step, count }) => {
    const end = first + step * count;
    let [sum, squares] = [0, 0];
    for (let i = first; i < end; i += step) sum += h[i];
    const mean = sum / count;
    for (let i = first; i < end; i += step) { hat[i] = h[i] - mean; squares += hat[i] * hat[i]; }
    const root = Math.sqrt(squares / count + eps);
    for (let i = first; i < end; i += step) hat[i] /= root;
    return root;
  });
  return { hat, roots };
}

// gamma * hat + beta.
function stretched(hat, gamma, beta, rows, columns) {
  const out = new Float64Array(hat.length);
  for (let n = 0, i = 0; n < rows; n += 1) for (let m = 0; m < columns; m += 1, i += 1) out[i] = gamma[m] * hat[i] + beta[m];
  return out;
}

function relu(h) {
  const out = new Float64Array(h.length);
  for (let i = 0; i < h.length; i += 1) if (h[i] > 0) out[i] = h[i];
  return out;
}

// Of the gradient of the normalized values: what is left without its parts along the ones and along the values, divided by the root.
function normalizeBack(g, { hat, roots }, norm, rows, columns) {
  const back = new Float64Array(g.length);
  sets(norm, rows, columns).forEach(({ first, step, count }, k) => {
    const end = first + step * count;
    let [mean, along] = [0, 0];
    for (let i = first; i < end; i += step) { mean += g[i] / count; along += (g[i] * hat[i]) / count; }
    for (let i = first; i < end; i += step) back[i] = (g[i] - mean - hat[i] * along) / roots[k];
  });
  return back;
}

// The mean cross-entropy of scores, which become its gradient.
function softmaxLoss(scores, y, rows, classes) {
  let loss = 0;
  for (let n = 0; n < rows; n += 1) {
    const row = scores.subarray(n * classes, (n + 1) * classes);
    const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = row.reduce((sum, v) => sum + Math.exp(v - top), 0);
    loss += (Math.log(total) + top - row[y[n]]) / rows;
    row.forEach((v, c) => { row[c] = (Math.exp(v - top) / total - (c === y[n] ? 1 : 0)) / rows; });
  }
  return loss;
}

// Loss of a sample under parameters, and, if they are wanted, the gradients under the same names.
function networkLoss({ x, y, examples, sizes }, norm, params, eps, wanted = false) {
  const last = sizes.length - 1;
  const kept = [];
  let h = x;
  for (let l = 1; l < last; l += 1) {
    const units = sizes[l];
    const before = affine(h, params[`W${l}`], params[`b${l}`], examples, sizes[l - 1], units);
    const found = norm === "none" ? null : normalize(before, norm, examples, units, eps);
    const out = found ? stretched(found.hat, params[`gamma${l}`], params[`beta${l}`], examples, units) : before;
    kept.push({ h, found, out });
    h = relu(out);
  }
  const scores = affine(h, params[`W${last}`], params[`b${last}`], examples, sizes[last - 1], sizes[last]);
  const loss = softmaxLoss(scores, y, examples, sizes[last]);
  if (!wanted) return { loss };
  const gradients = {};
  let g;
  [g, gradients[`W${last}`], gradients[`b${last}`]] = affineBack(scores, h, params[`W${last}`], examples, sizes[last - 1], sizes[last]);
  for (let l = last - 1; l > 0; l -= 1) {
    const { h: input, found, out } = kept[l - 1];
    const units = sizes[l];
    g = g.map((v, i) => (out[i] > 0 ? v : 0));
    if (found) {
      const [gamma, beta] = [new Float64Array(units), new Float64Array(units)];
      g.forEach((v, i) => { gamma[i % units] += v * found.hat[i]; beta[i % units] += v; });
      [gradients[`gamma${l}`], gradients[`beta${l}`]] = [gamma, beta];
      g = normalizeBack(g.map((v, i) => v * params[`gamma${l}`][i % units]), found, norm, examples, units);
    }
    [g, gradients[`W${l}`], gradients[`b${l}`]] = affineBack(g, input, params[`W${l}`], examples, sizes[l - 1], units);
  }
  return { loss, gradients };
}

// The loss before, the length of the gradient, and the loss after one step against it, for steps of each length.
function alongGradient(net, norm, scale, eps, steps) {
  const start = parameters(net, norm, scale);
  const { loss, gradients } = networkLoss(net, norm, start, eps, true);
  const names = Object.keys(start);
  const length = Math.sqrt(names.reduce((sum, name) => gradients[name].reduce((s, v) => s + v * v, sum), 0));
  const after = (step) => Object.fromEntries(names.map((name) => [name, start[name].map((v, i) => v - step * gradients[name][i])]));
  return { start: loss, length, along: steps.map((step) => networkLoss(net, norm, after(step), eps).loss) };
}

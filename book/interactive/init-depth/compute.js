// A network of layers of equal width and without biases: how large are its activations, layer by layer? Arrays are laid out by rows.
// Its input has normally distributed entries, and so have its weights, with standard deviation 1 / sqrt(units).
function network({ units, depth, examples, seed }) {
  const draw = normal(seed);
  const input = Float64Array.from({ length: examples * units }, draw);
  const weights = Array.from({ length: depth }, () => Float64Array.from({ length: units * units }, () => draw() / Math.sqrt(units)));
  return { units, examples, input, weights };
}

// h times gain * w.
function affine(h, w, gain, units, examples) {
  const out = new Float64Array(examples * units);
  for (let n = 0; n < examples; n += 1) {
    for (let k = 0; k < units; k += 1) {
      const entry = gain * h[n * units + k];
      // Half of what comes from a ReLU.
      if (entry === 0) continue;
      for (let m = 0; m < units; m += 1) out[n * units + m] += entry * w[k * units + m];
    }
  }
  return out;
}

function relu(h) { return h.map((v) => (v > 0 ? v : 0)); }

// Batch normalization in training mode, with gamma = 1 and beta = 0.
function centred(h, units, examples, eps) {
  const out = new Float64Array(h.length);
  for (let m = 0; m < units; m += 1) {
    let [mean, variance] = [0, 0];
    for (let n = 0; n < examples; n += 1) mean += h[n * units + m] / examples;
    for (let n = 0; n < examples; n += 1) variance += (h[n * units + m] - mean) ** 2 / examples;
    const root = Math.sqrt(variance + eps);
    for (let n = 0; n < examples; n += 1) out[n * units + m] = (h[n * units + m] - mean) / root;
  }
  return out;
}

const STACKS = {
  "affine": (h, w, gain, { units, examples }) => affine(h, w, gain, units, examples),
  "affine, ReLU": (h, w, gain, { units, examples }) => relu(affine(h, w, gain, units, examples)),
  "affine, batch norm, ReLU": (h, w, gain, { units, examples, eps }) => relu(centred(affine(h, w, gain, units, examples), units, examples, eps)),
};

// Root mean squares of the activations, from the input on.
function sizes(net, stack, gain, eps) {
  const size = (h) => Math.sqrt(h.reduce((sum, v) => sum + v * v, 0) / h.length);
  let h = net.input;
  const found = [size(h)];
  for (const w of net.weights) {
    h = STACKS[stack](h, w, gain, { ...net, eps });
    found.push(size(h));
  }
  return found;
}

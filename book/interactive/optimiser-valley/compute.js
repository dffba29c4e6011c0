// Update rules on a quadratic valley: loss = (w1^2 + k w2^2) / 2 along its own axes, which may be turned.
function valley(k, turn) {
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
  const own = ([a, b]) => [cos * a + sin * b, -sin * a + cos * b];
  return {
    loss: (w) => { const [u, v] = own(w); return (u * u + k * v * v) / 2; },
    gradient: (w) => { const [u, v] = own(w); return [cos * u - sin * k * v, sin * u + cos * k * v]; },
  };
}

// Each rule: settings s, and what it remembers from one step to the next.
const RULES = {
  "gradient descent": (w, g, s) => w.map((v, i) => v - s.rate * g[i]),
  "momentum": (w, g, s, memory) => {
    memory.v = (memory.v || [0, 0]).map((v, i) => s.memory * v - s.rate * g[i]);
    return w.map((v, i) => v + memory.v[i]);
  },
  "RMSProp": (w, g, s, memory) => {
    memory.c = (memory.c || [0, 0]).map((c, i) => s.memory * c + (1 - s.memory) * g[i] * g[i]);
    return w.map((v, i) => v - (s.rate * g[i]) / (Math.sqrt(memory.c[i]) + 1e-8));
  },
  "Adam": (w, g, s, memory) => {
    memory.t = (memory.t || 0) + 1;
    memory.m = (memory.m || [0, 0]).map((m, i) => s.memory * m + (1 - s.memory) * g[i]);
    memory.v = (memory.v || [0, 0]).map((v, i) => s.second * v + (1 - s.second) * g[i] * g[i]);
    const [first, second] = [1 - s.memory ** memory.t, 1 - s.second ** memory.t];
    return w.map((v, i) => v - (s.rate * (memory.m[i] / first)) / (Math.sqrt(memory.v[i] / second) + 1e-8));
  },
};

function descend(rule, settings, where, start, steps) {
  const memory = {};
  const path = [start];
  for (let t = 0; t < steps; t += 1) path.push(RULES[rule](path[t], where.gradient(path[t]), settings, memory));
  return path;
}

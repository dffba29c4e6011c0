// Dropout of a row of units with given masks, and everything over all masks of so few units.
const dropped = (x, mask, p) => x.map((v, i) => (mask[i] * v) / p);
const total = (v) => v.reduce((a, b) => a + b, 0);
const inner = (a, b) => total(a.map((v, i) => v * b[i]));

// All masks of n units, with the chance of each.
function allMasks(n, p) {
  return Array.from({ length: 2 ** n }, (_, code) => {
    const mask = Array.from({ length: n }, (_, i) => (code >> i) & 1);
    const kept = total(mask);
    return { mask, chance: p ** kept * (1 - p) ** (n - kept) };
  });
}

// The unit above, which adds up what comes through with weights w.
function distribution(x, w, p) {
  const sums = allMasks(x.length, p).map(({ mask, chance }) => ({ value: inner(dropped(x, mask, p), w), chance }));
  const mean = total(sums.map((s) => s.value * s.chance));
  return { sums, mean, variance: total(sums.map((s) => (s.value - mean) ** 2 * s.chance)) };
}

function softmax(scores) {
  const top = Math.max(...scores);
  const raised = scores.map((s) => Math.exp(s - top));
  return raised.map((v) => v / total(raised));
}

// Probabilities of the classes, whose scores are x V: both means over all masks, and those of test mode.
function ensemble(x, V, p) {
  const probabilities = (row) => softmax(V[0].map((_, c) => inner(row, V.map((line) => line[c]))));
  const members = allMasks(x.length, p).map(({ mask, chance }) => ({ chance, of: probabilities(dropped(x, mask, p)) }));
  const classes = V[0].map((_, c) => c);
  const logs = classes.map((c) => total(members.map((m) => m.chance * Math.log(m.of[c]))));
  return { average: classes.map((c) => total(members.map((m) => m.chance * m.of[c]))), geometric: softmax(logs), test: probabilities(x) };
}

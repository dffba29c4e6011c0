// A small generator of numbers from 0 to 1, so that a page draws the same masks each time.
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// A generator of numbers with mean 0 and variance 1, normally distributed: two at a time, by the method of Box and Muller.
function normal(seed) {
  const random = generator(seed);
  let waiting = null;
  return () => {
    if (waiting !== null) {
      const value = waiting;
      waiting = null;
      return value;
    }
    // A logarithm of 0 would be infinite.
    const length = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    waiting = length * Math.sin(angle);
    return length * Math.cos(angle);
  };
}

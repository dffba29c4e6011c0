// im2col and col2im of one channel: a column of the matrix for each window, read row by row.
function windows(side, size, stride, pad) {
  const count = Math.floor((side + 2 * pad - size) / stride) + 1;
  return { count, places: Array.from({ length: count * count }, (_, t) => [Math.floor(t / count) * stride - pad, (t % count) * stride - pad]) };
}

function im2col(image, size, stride, pad) {
  const { places } = windows(image.length, size, stride, pad);
  return Array.from({ length: size * size }, (_, k) => places.map(([top, left]) => image[top + Math.floor(k / size)]?.[left + (k % size)] ?? 0));
}

function col2im(matrix, side, size, stride, pad) {
  const image = Array.from({ length: side }, () => Array(side).fill(0));
  const { places } = windows(side, size, stride, pad);
  matrix.forEach((row, k) => row.forEach((value, t) => {
    const [r, c] = [places[t][0] + Math.floor(k / size), places[t][1] + (k % size)];
    if (image[r]?.[c] !== undefined) image[r][c] += value;
  }));
  return image;
}

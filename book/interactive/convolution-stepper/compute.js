// A convolution of one image of C channels with one filter, as lists of lists: image[c][row][column], filter[c][k][l].

const reaches = (size, window, stride, pad) => Math.floor((size + 2 * pad - window) / stride) + 1;

function padded(image, pad) {
  return image.map((plane) => {
    const [high, wide] = [plane.length + 2 * pad, plane[0].length + 2 * pad];
    return Array.from({ length: high }, (_, r) => Array.from({ length: wide }, (_, c) => plane[r - pad]?.[c - pad] ?? 0));
  });
}

// Calls meet(c, i, j, k, l, r, s) for each meeting of a weight with a pixel: output (i, j), weight (c, k, l), pixel (c, r, s) of the padded image.
function meetings(image, filter, stride, pad, meet) {
  const [high, wide] = [filter[0].length, filter[0][0].length];
  const [down, across] = [reaches(image[0].length, high, stride, pad), reaches(image[0][0].length, wide, stride, pad)];
  for (let i = 0; i < down; i += 1) {
    for (let j = 0; j < across; j += 1) {
      for (let c = 0; c < filter.length; c += 1) {
        for (let k = 0; k < high; k += 1) {
          for (let l = 0; l < wide; l += 1) meet(c, i, j, k, l, i * stride + k, j * stride + l);
        }
      }
    }
  }
  return [down, across];
}

function zeros(...shape) {
  return shape.length === 1 ? Array(shape[0]).fill(0) : Array.from({ length: shape[0] }, () => zeros(...shape.slice(1)));
}

function convolve(image, filter, bias, stride, pad) {
  const x = padded(image, pad);
  const out = zeros(reaches(image[0].length, filter[0].length, stride, pad), reaches(image[0][0].length, filter[0][0].length, stride, pad));
  out.forEach((row) => row.fill(bias));
  meetings(image, filter, stride, pad, (c, i, j, k, l, r, s) => { out[i][j] += x[c][r][s] * filter[c][k][l]; });
  return out;
}

// Gradients of image, filter and bias. That of the padding is dropped.
function convolveBack(image, filter, stride, pad, upstream) {
  const x = padded(image, pad);
  const [dx, dw] = [zeros(x.length, x[0].length, x[0][0].length), zeros(filter.length, filter[0].length, filter[0][0].length)];
  meetings(image, filter, stride, pad, (c, i, j, k, l, r, s) => {
    dx[c][r][s] += upstream[i][j] * filter[c][k][l];
    dw[c][k][l] += upstream[i][j] * x[c][r][s];
  });
  const inner = dx.map((plane) => plane.slice(pad, plane.length - pad).map((row) => row.slice(pad, row.length - pad)));
  return { dx: inner, dw, db: upstream.flat().reduce((a, b) => a + b, 0) };
}

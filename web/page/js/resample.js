/**
 * Photos at other sizes, as `kerascolor/runtime/resample.py` has them. An image is an ImageData or
 * an object like it: {data, width, height} with RGBA pixels of 8 bits.
 */

/** The short side, or up to twice as much, at which colours are made. Finer detail is luma alone. */
export const SIDE = 384;

/** How many times a photo is halved while its short side stays above `SIDE`. */
export function halvings(width, height) {
  let count = 0;
  for (let side = Math.min(width, height); side >= 2 * SIDE; side = Math.ceil(side / 2)) count++;
  return count;
}

/** The image at half its size: 2 x 2 pixels are averaged; an odd row or column is its own pair. */
export function halve({ data, width, height }) {
  const half = { width: (width + 1) >> 1, height: (height + 1) >> 1 };
  half.data = new Uint8ClampedArray(4 * half.width * half.height);
  for (let row = 0, to = 0; row < height; row += 2) {
    const upper = 4 * row * width;
    const lower = row + 1 < height ? upper + 4 * width : upper;
    for (let column = 0; column < width; column += 2) {
      const right = column + 1 < width ? 4 : 0;
      for (let at = 4 * column, end = at + 4; at < end; at++) {
        const sum =
          data[upper + at] + data[upper + at + right] + data[lower + at] + data[lower + at + right];
        half.data[to++] = (sum + 2) >> 2;
      }
    }
  }
  return half;
}

/** The image at another size: averaged over areas where smaller, bicubic where larger. */
export function resize(image, width, height) {
  const across = Math.min(width, image.width);
  const down = Math.min(height, image.height);
  const smaller = applyAxes(image, areaTaps(image.width, across), areaTaps(image.height, down));
  return applyAxes(smaller, cubicTaps(across, width), cubicTaps(down, height));
}

/**
 * What an axis of `size` samples takes from one of `source`: for each sample the first one that it
 * is made of, and `count` weights. Places beyond the ends stand for the ends themselves.
 */
export function cubicTaps(source, size) {
  const taps = { count: 4, first: new Int32Array(size), weights: new Float32Array(4 * size) };
  for (let i = 0; i < size; i++) {
    const place = ((i + 0.5) * source) / size - 0.5;
    const whole = Math.floor(place);
    const t = place - whole;
    taps.first[i] = whole - 1;
    const outer = cubicTail(1 + t);
    const inner = cubicMiddle(t);
    const next = cubicMiddle(1 - t);
    taps.weights.set([outer, inner, next, 1 - outer - inner - next], 4 * i);
  }
  return taps;
}

// Keys' cubic convolution, with the parameter that OpenCV takes.
const CUBIC = -0.75;

function cubicMiddle(x) {
  return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
}

function cubicTail(x) {
  return ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC;
}

function areaTaps(source, size) {
  const scale = source / size;
  const count = Math.ceil(scale) + 1;
  const taps = { count, first: new Int32Array(size), weights: new Float32Array(count * size) };
  for (let i = 0; i < size; i++) {
    const start = i * scale;
    const end = start + scale;
    taps.first[i] = Math.floor(start);
    for (let k = 0; k < count; k++) {
      const from = taps.first[i] + k;
      const covered = Math.min(end, from + 1) - Math.max(start, from);
      taps.weights[count * i + k] = Math.max(0, covered) / scale;
    }
  }
  return taps;
}

function applyAxes(image, across, down) {
  const width = across.first.length;
  const height = down.first.length;
  if (width === image.width && height === image.height) return image;
  const rows = new Float32Array(4 * width * image.height);
  for (let row = 0, to = 0; row < image.height; row++) {
    for (let column = 0; column < width; column++, to += 4) {
      for (let k = 0; k < across.count; k++) {
        const weight = across.weights[across.count * column + k];
        if (weight === 0) continue;
        const from = 4 * (row * image.width + clamp(across.first[column] + k, image.width));
        for (let c = 0; c < 4; c++) rows[to + c] += weight * image.data[from + c];
      }
    }
  }
  const total = new Float32Array(4 * width);
  const data = new Uint8ClampedArray(4 * width * height);
  for (let row = 0; row < height; row++) {
    total.fill(0);
    for (let k = 0; k < down.count; k++) {
      const weight = down.weights[down.count * row + k];
      if (weight === 0) continue;
      const from = 4 * width * clamp(down.first[row] + k, image.height);
      for (let i = 0; i < total.length; i++) total[i] += weight * rows[from + i];
    }
    data.set(total, 4 * width * row);
  }
  return { data, width, height };
}

/** A place along an axis, kept on it. */
export function clamp(place, size) {
  return place < 0 ? 0 : place < size ? place : size - 1;
}

/**
 * Joins the chroma of a small grid with a photo of any size, as `kerascolor/runtime/render.py` does.
 *
 * Around each grid point a linear model lets chroma follow the photo's luminance. Colours are made
 * for the small photo; what they differ from its grey by is added to the grey of the large one.
 */

import { luma, luminanceOf, writeRgb } from "./color.js";
import { clamp, cubicTaps } from "./resample.js";

// How many grid points around each one tell how chroma follows luminance, and the variance of
// luminance where chroma follows it by half.
const RADIUS = 2;
const EPSILON = 1e-3;

/**
 * How chroma follows luminance around each grid point: chroma = slope * luminance + offset.
 *
 * @param {{width, height, luminance}} grid
 * @param {Float32Array} chroma two values a point
 * @return {{width, height, lines}} four values a point: slopes of a and b, then offsets
 */
export function follow({ width, height, luminance }, chroma) {
  const mean = blur(luminance, width, height);
  const square = blur(product(luminance, luminance), width, height);
  const variance = square.map((value, i) => value - mean[i] * mean[i]);
  const lines = new Float32Array(4 * luminance.length);
  for (const channel of [0, 1]) {
    const plane = luminance.map((_, i) => chroma[2 * i + channel]);
    const both = blur(product(luminance, plane), width, height);
    const color = blur(plane, width, height);
    const steep = both.map((value, i) => (value - mean[i] * color[i]) / (variance[i] + EPSILON));
    const slope = blur(steep, width, height);
    for (let i = 0; i < plane.length; i++) {
      lines[4 * i + channel] = slope[i];
      lines[4 * i + 2 + channel] = plane[i] - slope[i] * luminance[i];
    }
  }
  return { width, height, lines };
}

function product(one, other) {
  return one.map((value, i) => value * other[i]);
}

/** The mean of the points within RADIUS; beyond a border the grid is mirrored at its last point. */
function blur(values, width, height) {
  const rows = blurLines(values, width, height, 1, width);
  return blurLines(rows, height, width, width, 1);
}

function blurLines(values, length, count, step, stride) {
  const result = new Float32Array(values.length);
  const size = 2 * RADIUS + 1;
  for (let line = 0; line < count; line++) {
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = i - RADIUS; k <= i + RADIUS; k++) {
        const inside = k < 0 ? -k : k < length ? k : 2 * length - 2 - k;
        sum += values[line * stride + inside * step];
      }
      result[line * stride + i * step] = sum / size;
    }
  }
  return result;
}

/**
 * What the colours of the small photo differ from its grey by, three values a pixel, in levels.
 *
 * @param {{data, width, height}} small
 * @param {{width, height, lines}} followed what `follow` gives
 * @param {number} saturation factor of the chroma
 */
export function colorDifference(small, followed, saturation) {
  const { width, height, data } = small;
  const luminance = luminanceOf(small);
  const across = cubicTaps(followed.width, width);
  const down = cubicTaps(followed.height, height);
  const line = new Float32Array(4 * followed.width);
  const difference = new Float32Array(3 * width * height);
  for (let row = 0, i = 0; row < height; row++) {
    enlargeRow(followed, down, row, line);
    for (let column = 0; column < width; column++, i++) {
      let slopeA = 0;
      let slopeB = 0;
      let offsetA = 0;
      let offsetB = 0;
      for (let k = 0; k < 4; k++) {
        const weight = across.weights[4 * column + k];
        const at = 4 * clamp(across.first[column] + k, followed.width);
        slopeA += weight * line[at];
        slopeB += weight * line[at + 1];
        offsetA += weight * line[at + 2];
        offsetB += weight * line[at + 3];
      }
      const light = luminance[i];
      const a = saturation * (slopeA * light + offsetA);
      const b = saturation * (slopeB * light + offsetB);
      writeRgb(light, a, b, difference, 3 * i);
      const grey = luma(data[4 * i], data[4 * i + 1], data[4 * i + 2]);
      for (let c = 3 * i; c < 3 * i + 3; c++) difference[c] -= grey;
    }
  }
  return { width, height, values: difference };
}

/** A row of the followed lines, enlarged down to the small photo's height. */
function enlargeRow(followed, down, row, line) {
  line.fill(0);
  for (let k = 0; k < 4; k++) {
    const weight = down.weights[4 * row + k];
    const from = line.length * clamp(down.first[row] + k, followed.height);
    for (let i = 0; i < line.length; i++) line[i] += weight * followed.lines[from + i];
  }
}

/**
 * Gives a strip of the photo its colours, in place.
 *
 * @param {{data, width, height}} strip rows of the photo
 * @param {number} top the strip's first row in the photo
 * @param {{width, height, values}} difference what `colorDifference` gives
 * @param {number} factor how many times the photo is as large as the small one, a power of 2
 */
export function addColors(strip, top, difference, factor) {
  const { data, width, height } = strip;
  const across = linearTaps(width, 0, factor, difference.width);
  const down = linearTaps(height, top, factor, difference.height);
  const line = new Float32Array(3 * difference.width);
  for (let row = 0, at = 0; row < height; row++) {
    const upper = line.length * down.before[row];
    const lower = line.length * down.after[row];
    for (let i = 0; i < line.length; i++) {
      const above = difference.values[upper + i];
      line[i] = above + down.share[row] * (difference.values[lower + i] - above);
    }
    for (let column = 0; column < width; column++, at += 4) {
      const left = 3 * across.before[column];
      const right = 3 * across.after[column];
      const share = across.share[column];
      const grey = luma(data[at], data[at + 1], data[at + 2]);
      // A clamped array rounds, and keeps what it holds between 0 and 255.
      data[at] = grey + line[left] + share * (line[right] - line[left]);
      data[at + 1] = grey + line[left + 1] + share * (line[right + 1] - line[left + 1]);
      data[at + 2] = grey + line[left + 2] + share * (line[right + 2] - line[left + 2]);
    }
  }
}

/** Which two places of a small axis each place of a large one lies between, and how far. */
function linearTaps(count, first, factor, size) {
  const before = new Int32Array(count);
  const after = new Int32Array(count);
  const share = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const place = (first + i + 0.5) / factor - 0.5;
    const whole = Math.floor(place);
    before[i] = clamp(whole, size);
    after[i] = clamp(whole + 1, size);
    share[i] = place - whole;
  }
  return { before, after, share };
}

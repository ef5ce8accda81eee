/**
 * What a model sees of a photo, as `kerascolor/runtime/prepare.py` has it: contrast set right, long
 * photos part by part. Grain is not smoothed here.
 */

import { luminanceOf } from "./color.js";
import { resize } from "./resample.js";

// The darkest and the lightest hundredth of a photo, in luminance. Where they lie closer together
// than FADED, the model sees them at BLACK and WHITE; closer still, the photo is blank.
const BLANK = 0.1;
const FADED = 0.5;
const BLACK = 0.05;
const WHITE = 0.95;

// A photo that is longer than this, in its widths, is seen through several windows of the length
// WINDOW, at most MOST of them.
const LONG = 2;
const WINDOW = 1.5;
const MOST = 23;

/**
 * A small photo on the model's grid.
 *
 * @param {{data, width, height}} small the photo, halved in size some times
 * @param {{width: number, height: number}} window the size of the model's grid
 * @return {{width, height, luminance, seen}} the photo's own luminance, and what the model sees
 */
export function prepare(small, window) {
  const width = gridSide(small.width / small.height, window.width);
  const height = gridSide(small.height / small.width, window.height);
  const luminance = luminanceOf(resize(small, width, height));
  return { width, height, luminance, seen: stretch(luminance) };
}

/** Luminance in [0, 1], that of a faded photo with the contrast of others. */
export function stretch(luminance) {
  const sorted = luminance.slice().sort();
  const black = percentile(sorted, 0.01);
  const white = percentile(sorted, 0.99);
  if (!(BLANK < white - black && white - black < FADED)) return luminance;
  const slope = (WHITE - BLACK) / (white - black);
  return luminance.map((value) => Math.min(Math.max((value - black) * slope + BLACK, 0), 1));
}

function percentile(sorted, share) {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** How long the grid is along a side that is `length` times as long as the other. */
function gridSide(length, side) {
  const count = length <= LONG ? 1 : Math.min(Math.ceil((2 * length) / WINDOW) - 1, MOST);
  return (count + 1) * Math.floor(side / 2) + (side % 2);
}

/**
 * Chroma of a grid, two values a point: a mean over its windows, the nearest ones weighing most.
 *
 * @param {function(Float32Array, number, number): Promise<Float32Array>} predict from a window's
 *     luminance, top and left to its chroma
 */
export async function throughWindows(predict, grid, window) {
  if (grid.width === window.width && grid.height === window.height) {
    return predict(grid.seen, 0, 0);
  }
  const total = new Float32Array(2 * grid.width * grid.height);
  const weights = new Float32Array(grid.width * grid.height);
  for (let top = 0; top + window.height <= grid.height; top += window.height >> 1) {
    for (let left = 0; left + window.width <= grid.width; left += window.width >> 1) {
      const chroma = await predict(cut(grid, left, top, window), top, left);
      for (let i = 0; i < window.width * window.height; i++) {
        const row = Math.floor(i / window.width);
        const column = i % window.width;
        const weight = ramp(row, window.height) * ramp(column, window.width);
        const at = (top + row) * grid.width + left + column;
        total[2 * at] += weight * chroma[2 * i];
        total[2 * at + 1] += weight * chroma[2 * i + 1];
        weights[at] += weight;
      }
    }
  }
  return total.map((value, i) => value / weights[i >> 1]);
}

function cut(grid, left, top, { width, height }) {
  const values = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    const from = (top + row) * grid.width + left;
    values.set(grid.seen.subarray(from, from + width), row * width);
  }
  return values;
}

function ramp(place, size) {
  return Math.min(place + 0.5, size - place - 0.5);
}

/** Normal numbers that a seed decides. */

/**
 * @param {number} count
 * @param {number} seed a whole number of 32 bits
 * @return {Float32Array} drawn from a standard normal
 */
export function normals(count, seed) {
  const uniform = mulberry(seed);
  // Box and Muller 1958.
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
}

/**
 * Values of a grid as a window of a long photo gets them: they go on from window to window and
 * begin again at their end, so that windows that overlap have the same ones at the same places.
 *
 * @param {Float32Array} values
 * @param {Array<number>} shape theirs: (1, height, width, channels), or (1, channels) for values
 *     that are the same everywhere
 * @param {number} down where the window begins, in heights of a window
 * @param {number} across the same in widths
 * @return {Float32Array}
 */
export function moved(values, shape, down, across) {
  if (shape.length < 4) return values;
  const [, height, width, channels] = shape;
  const top = Math.floor(down * height);
  const left = Math.floor(across * width);
  return values.map((_, i) => {
    const row = Math.floor(i / (width * channels));
    const column = Math.floor(i / channels) % width;
    const place = ((row + top) % height) * width + ((column + left) % width);
    return values[place * channels + (i % channels)];
  });
}

/** Tommy Ettinger's generator Mulberry32: numbers in [0, 1). */
function mulberry(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

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

/**
 * Between sRGB and luminance + chroma, as `kerascolor/color.py` has them: luminance is CIE L* / 100
 * in [0, 1], chroma (a*, b*) / 110, both for D65.
 */

export const CHROMA_RANGE = 110;

// Where the curve of Lab goes over from a straight line to a cube root.
const SMALLEST_ROOT = 6 / 29;
const SMALLEST_CUBE = SMALLEST_ROOT ** 3;
const TOE = 3 * SMALLEST_ROOT ** 2;

const LIGHT = Float32Array.from({ length: 256 }, (_, level) => {
  const value = level / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

// The sRGB levels, 0 to 255, of so many steps of linear light: a table is three times as quick as
// the power, and errs by less than 0.03 levels.
const STEPS = 1 << 16;
const LEVELS = Float32Array.from({ length: STEPS + 1 }, (_, step) => {
  const light = step / STEPS;
  return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
});

/** Luminance of each of the RGBA pixels of an image {data, width, height}. */
export function luminanceOf({ data }) {
  const luminance = new Float32Array(data.length / 4);
  for (let i = 0, at = 0; i < luminance.length; i++, at += 4) {
    const y =
      0.212671 * LIGHT[data[at]] + 0.71516 * LIGHT[data[at + 1]] + 0.072169 * LIGHT[data[at + 2]];
    const root = y > SMALLEST_CUBE ? Math.cbrt(y) : (y - SMALLEST_CUBE) / TOE + SMALLEST_ROOT;
    luminance[i] = 1.16 * root - 0.16;
  }
  return luminance;
}

/** Luma of BT.601, 0 to 255: the level of the grey pixel that a colour becomes. */
export function luma(red, green, blue) {
  return (red * 4899 + green * 9617 + blue * 1868 + 8192) >> 14;
}

/** Writes the sRGB levels, 0 to 255, of a luminance and its chroma into `rgb` from `at` on. */
export function writeRgb(luminance, a, b, rgb, at) {
  const fy = (100 * luminance + 16) / 116;
  const x = cube(fy + (CHROMA_RANGE * a) / 500);
  const y = cube(fy);
  const z = cube(fy - (CHROMA_RANGE * b) / 200);
  // XYZ in units of white's.
  rgb[at] = level(3.0799327 * x - 1.53715 * y - 0.5427821 * z);
  rgb[at + 1] = level(-0.9212351 * x + 1.875991 * y + 0.0452442 * z);
  rgb[at + 2] = level(0.0528911 * x - 0.204043 * y + 1.151142 * z);
}

function cube(root) {
  return root > SMALLEST_ROOT ? root * root * root : (root - SMALLEST_ROOT) * TOE + SMALLEST_CUBE;
}

function level(light) {
  return LEVELS[light <= 0 ? 0 : light >= 1 ? STEPS : (light * STEPS + 0.5) | 0];
}

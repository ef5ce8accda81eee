/** What the first bytes of a file say: its format, and how many pixels it claims to have. */

/**
 * @param {Uint8Array} head the file's beginning
 * @return {{format: ?string, pixels: number}} 0 pixels where they are not known
 */
export function describeFile(head) {
  const format = recognize(head);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    return { format, pixels: COUNT[format]?.(view) ?? 0 };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The file ends before it says so: the decoder finds out, too.
    return { format, pixels: 0 };
  }
}

function recognize(head) {
  const text = (from, to) => String.fromCharCode(...head.subarray(from, to));
  if (text(0, 2) === "\xff\xd8") return "JPEG";
  if (text(0, 4) === "\x89PNG") return "PNG";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "WebP";
  if (text(0, 2) === "BM") return "BMP";
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(text(0, 4))) return "TIFF";
  if (/^ftyp(hei|hev|mif|msf)/.test(text(4, 11))) return "HEIC";
  return null;
}

const COUNT = {
  JPEG: jpegPixels,
  PNG: (view) => view.getUint32(16) * view.getUint32(20),
  WebP: webpPixels,
  BMP: (view) => Math.abs(view.getInt32(18, true) * view.getInt32(22, true)),
};

/** The segments of a JPEG file before its pixels: [marker, first byte, end] of each. */
export function* jpegSegments(view) {
  let at = 2;
  while (view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda) {
    const end = at + 2 + view.getUint16(at + 2);
    yield [view.getUint8(at + 1), at + 4, end];
    at = end;
  }
}

function jpegPixels(view) {
  for (const [marker, at] of jpegSegments(view)) {
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return view.getUint16(at + 1) * view.getUint16(at + 3);
  }
  return 0;
}

function webpPixels(view) {
  // The last letter of VP8X, VP8L or "VP8 ".
  const kind = String.fromCharCode(view.getUint8(15));
  if (kind === "X") {
    const side = (at) => 1 + view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
    return side(24) * side(27);
  }
  if (kind === "L") {
    const bits = view.getUint32(21, true);
    return (1 + (bits & 0x3fff)) * (1 + ((bits >> 14) & 0x3fff));
  }
  return (view.getUint16(26, true) & 0x3fff) * (view.getUint16(28, true) & 0x3fff);
}

/**
 * What a photo's file says beside its pixels: EXIF data and XMP go along into the coloured file,
 * which also says that its colours were added.
 */

import { jpegSegments } from "./formats.js";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const EXIF_NAME = ENCODER.encode("Exif\0\0");
const XMP_NAME = ENCODER.encode("http://ns.adobe.com/xap/1.0/\0");
const PNG_XMP_NAME = ENCODER.encode("XML:com.adobe.xmp\0");
const PNG_HEAD = 33;
const ORIENTATION = 0x0112;
const LONGEST_SEGMENT = 65533;

// IPTC's word for a photo to which a trained model added something.
const SOURCE_TYPE =
  "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/**
 * The EXIF data and XMP packet of a JPEG, PNG or WebP file, for an upright photo.
 *
 * @param {Uint8Array} content the file
 * @return {{exif: ?Uint8Array, xmp: ?string}}
 */
export function keptMetadata(content) {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const found = { exif: null, xmp: null };
  try {
    if (content[0] === 0xff && content[1] === 0xd8) readJpeg(content, view, found);
    else if (content[0] === 0x89) readPng(content, view, found);
    else if (view.getUint32(8) === 0x57454250) readWebp(content, view, found);
    if (found.exif) found.exif = upright(found.exif);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // A damaged part of the metadata: the photo matters more.
    found.exif = null;
  }
  return found;
}

function startsWith(content, prefix) {
  return prefix.every((byte, i) => content[i] === byte);
}

function readJpeg(content, view, found) {
  for (const [marker, start, end] of jpegSegments(view)) {
    const segment = content.subarray(start, end);
    if (marker !== 0xe1) continue;
    if (startsWith(segment, EXIF_NAME)) found.exif = segment.slice(EXIF_NAME.length);
    if (startsWith(segment, XMP_NAME))
      found.xmp = DECODER.decode(segment.subarray(XMP_NAME.length));
  }
}

function readPng(content, view, found) {
  for (let at = 8; at + 12 <= content.length;) {
    const length = view.getUint32(at);
    const kind = DECODER.decode(content.subarray(at + 4, at + 8));
    const chunk = content.subarray(at + 8, at + 8 + length);
    if (kind === "eXIf") found.exif = chunk.slice();
    if (kind === "iTXt" && startsWith(chunk, PNG_XMP_NAME)) {
      // Neither compressed, nor with a language or a translated name.
      const plain = chunk.subarray(PNG_XMP_NAME.length);
      if (plain[0] === 0) found.xmp = DECODER.decode(plain.subarray(4));
    }
    at += 12 + length;
  }
}

function readWebp(content, view, found) {
  for (let at = 12; at + 8 <= content.length;) {
    const kind = DECODER.decode(content.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    const chunk = content.subarray(at + 8, at + 8 + length);
    if (kind === "EXIF") found.exif = chunk.slice(startsWith(chunk, EXIF_NAME) ? 6 : 0);
    if (kind === "XMP ") found.xmp = DECODER.decode(chunk);
    at += 8 + length + (length % 2);
  }
}

/** EXIF data that says the photo is upright, and without the small picture, which is grey. */
function upright(exif) {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const little = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, little);
  const count = view.getUint16(directory, little);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    if (view.getUint16(entry, little) === ORIENTATION) view.setUint16(entry + 8, 1, little);
  }
  view.setUint32(directory + 2 + 12 * count, 0, little);
  return exif;
}

/** An XMP packet that says what was done, besides what the photo's own one says. */
function notedXmp(xmp) {
  const described =
    '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"' +
    ' xmlns:iptcExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"' +
    ` iptcExt:DigitalSourceType="${SOURCE_TYPE}">` +
    `<xmp:CreatorTool>kerascolor</xmp:CreatorTool></rdf:Description>`;
  const own = (xmp ?? "").replace(/tiff:Orientation\s*=\s*("[^"]*"|'[^']*')/g, "");
  const end = own.lastIndexOf("</rdf:RDF>");
  if (end >= 0 && !own.includes("DigitalSourceType") && !own.includes("CreatorTool")) {
    return own.slice(0, end) + described + own.slice(end);
  }
  return (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>' +
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">' +
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    `${described}</rdf:RDF></x:xmpmeta><?xpacket end="w"?>`
  );
}

/**
 * A JPEG or PNG file with metadata put in.
 *
 * @param {Blob} file as a canvas gives it
 * @param {{exif: ?Uint8Array, xmp: ?string}} kept what `keptMetadata` gives
 * @param {string} note a sentence, in ASCII
 * @return {Promise<Blob>}
 */
export async function withMetadata(file, { exif, xmp }, note) {
  const packet = ENCODER.encode(notedXmp(xmp));
  const parts =
    file.type === "image/png" ? pngChunks(exif, packet, note) : jpegParts(exif, packet, note);
  const place = file.type === "image/png" ? PNG_HEAD : await afterJfif(file);
  return new Blob([file.slice(0, place), ...parts, file.slice(place)], { type: file.type });
}

/** Where the first segment, JFIF's own, ends: it must stay the first. */
async function afterJfif(file) {
  const view = new DataView(await file.slice(0, 6).arrayBuffer());
  return view.getUint16(2) === 0xffe0 ? 4 + view.getUint16(4) : 2;
}

function jpegParts(exif, xmp, note) {
  const segments = [
    [0xe1, EXIF_NAME, exif],
    [0xe1, XMP_NAME, xmp],
    [0xfe, ENCODER.encode(note), new Uint8Array()],
  ];
  return segments.flatMap(([marker, name, content]) => {
    const length = 2 + name.length + (content?.length ?? 0);
    if (!content || length > LONGEST_SEGMENT) return [];
    return [new Uint8Array([0xff, marker, length >> 8, length & 255]), name, content];
  });
}

function pngChunks(exif, xmp, note) {
  const chunks = [
    ["tEXt", ENCODER.encode(`Comment\0${note}`)],
    ["iTXt", concatenate([PNG_XMP_NAME, new Uint8Array(4), xmp])],
  ];
  if (exif) chunks.push(["eXIf", exif]);
  return chunks.map(([kind, content]) => {
    const body = concatenate([ENCODER.encode(kind), content]);
    const chunk = new DataView(new ArrayBuffer(body.length + 8));
    chunk.setUint32(0, content.length);
    new Uint8Array(chunk.buffer).set(body, 4);
    chunk.setUint32(4 + body.length, checksum(body));
    return chunk.buffer;
  });
}

function concatenate(arrays) {
  const whole = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}

/** The CRC-32 that ends a PNG chunk. */
function checksum(bytes) {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}

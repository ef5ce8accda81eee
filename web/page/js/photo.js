/** Photo files to pixels and back, with what a file says beside its pixels. */

import { describeFile } from "./formats.js";
import { keptMetadata, withMetadata } from "./metadata.js";
import { halve, halvings } from "./resample.js";

/** A photo that can't be read or written, and why, in one line. */
export class PhotoError extends Error {
  name = "PhotoError";
}

// What the page holds of a photo at once is four bytes a pixel, some times.
const MOST_MEGAPIXELS = 120;
// Rows of the full photo that are worked on at a time: a multiple of every power of 2 by which
// photos are halved.
const STRIP = 256;
const JPEG_QUALITY = 0.92;

/** A decoded photo, read and written in strips. */
export class Photo {
  /**
   * @param {Blob} file JPEG, PNG, WebP and what else the browser reads
   * @return {Promise<Photo>}
   */
  static async open(file) {
    if (file.size === 0) throw new PhotoError("the file is empty");
    const { format, pixels } = describeFile(
      new Uint8Array(await file.slice(0, 1 << 20).arrayBuffer()),
    );
    const megapixels = Math.round(pixels / 1e6);
    if (megapixels > MOST_MEGAPIXELS) {
      throw new PhotoError(
        `${megapixels} megapixels are more than the ${MOST_MEGAPIXELS} that fit here: ` +
          "use kerascolor colorize",
      );
    }
    try {
      return Photo._draw(await createImageBitmap(file), format !== "JPEG");
    } catch (error) {
      if (error instanceof PhotoError) throw error;
      throw new PhotoError(unreadable(format));
    }
  }

  static _draw(bitmap, alpha) {
    const { width, height } = bitmap;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { alpha, willReadFrequently: true });
    if (!context) throw new PhotoError("too large for this device's memory");
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return new Photo(canvas, context);
  }

  constructor(canvas, context) {
    this._canvas = canvas;
    this._context = context;
    this.width = canvas.width;
    this.height = canvas.height;
    this.halvings = halvings(this.width, this.height);
  }

  /** The photo halved so many times, {data, width, height}. */
  halved(times) {
    const scale = 2 ** times;
    const width = Math.ceil(this.width / scale);
    const height = Math.ceil(this.height / scale);
    const data = new Uint8ClampedArray(4 * width * height);
    for (const [strip, top] of this._strips()) {
      let small = strip;
      for (let i = 0; i < times; i++) small = halve(small);
      data.set(small.data, (4 * width * top) / scale);
    }
    return { data, width, height };
  }

  /** Changes the photo's pixels by `change(strip, top)`, strip by strip. */
  change(change) {
    for (const [strip, top] of this._strips()) {
      change(strip, top);
      this._context.putImageData(strip, 0, top);
    }
  }

  *_strips() {
    for (let top = 0; top < this.height; top += STRIP) {
      const rows = Math.min(STRIP, this.height - top);
      yield [this._context.getImageData(0, top, this.width, rows), top];
    }
  }

  /**
   * The photo as a file, with the metadata of the one that it came from.
   *
   * @param {string} type "image/jpeg" or "image/png"
   * @param {Blob} source the file that it was read from
   * @param {string} note what was done to it, in a sentence
   * @return {Promise<Blob>}
   */
  async encode(type, source, note) {
    if (type === "image/jpeg") {
      // Where it is transparent, a JPEG shows white.
      this._context.globalCompositeOperation = "destination-over";
      this._context.fillStyle = "white";
      this._context.fillRect(0, 0, this.width, this.height);
    }
    const encoded = await this._canvas.convertToBlob({ type, quality: JPEG_QUALITY });
    if (encoded.type !== type) throw new PhotoError(`this browser can't write ${type}`);
    const kept = keptMetadata(new Uint8Array(await source.arrayBuffer()));
    return withMetadata(encoded, kept, note);
  }
}

function unreadable(format) {
  if (format === "TIFF") return "browsers can't read TIFF: use kerascolor colorize";
  if (format === "HEIC") return "this browser can't read HEIC: save it as JPEG";
  if (format) return `the ${format} file is damaged`;
  return "not a photo that this browser can read";
}

/** Files for the user's own folder. */

import { downloadZip } from "../client-zip/client-zip.js";

const EXTENSIONS = { "image/jpeg": "jpg", "image/png": "png" };

/** Hands a file to the browser to be saved. */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The name of a photo's file in colour. */
export function nameOf(photo, type) {
  return `${photo.name.replace(/\.[^.]*$/, "")}-in-colour.${EXTENSIONS[type]}`;
}

/**
 * A zip of files.
 *
 * @param {AsyncIterable<{name: string, blob: Blob}>} files
 * @return {Promise<Blob>}
 */
export function zip(files) {
  return downloadZip(withOwnNames(files)).blob();
}

async function* withOwnNames(files) {
  const taken = new Set();
  for await (const { name, blob } of files) {
    const [, stem, extension] = name.match(/^(.*)(\.[^.]*)$/);
    let own = name;
    for (let i = 2; taken.has(own); i++) own = `${stem}-${i}${extension}`;
    taken.add(own);
    yield { name: own, input: blob, lastModified: new Date() };
  }
}

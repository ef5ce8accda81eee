/** The worker that colorizes, as seen from the page. */

/** A photo's own problem, which is shown beside its name. */
export class PhotoProblem extends Error {}

export class Client {
  /** @param {Array} models the entries of models.json */
  constructor(models) {
    this._waiting = new Map();
    this._count = 0;
    this._worker = new Worker(new URL("worker.js", import.meta.url));
    this._worker.onmessage = ({ data }) => this._settle(data);
    this._worker.onerror = () => this._fail("the page is damaged: load it again");
    this._call("start", models);
  }

  load(model) {
    return this._call("load", model);
  }

  /** An ImageBitmap of a file as it is. */
  open(photo) {
    return this._call("open", photo.key, photo.file);
  }

  /** An ImageBitmap of a file in colour. */
  colorize(photo, settings) {
    return this._call("colorize", photo.key, photo.file, settings);
  }

  /** A Blob, the file in colour at full size. */
  save(photo, settings, type) {
    return this._call("save", photo.file, settings, type);
  }

  _call(method, ...values) {
    const id = this._count++;
    return new Promise((resolve, reject) => {
      this._waiting.set(id, { resolve, reject });
      this._worker.postMessage({ id, method, values });
    });
  }

  _settle({ id, result, problem }) {
    const { resolve, reject } = this._waiting.get(id);
    this._waiting.delete(id);
    if (problem) reject(new (problem.known ? PhotoProblem : Error)(problem.message));
    else resolve(result);
  }

  _fail(message) {
    for (const { reject } of this._waiting.values()) reject(new Error(message));
    this._waiting.clear();
  }
}

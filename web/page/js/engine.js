/** What the worker does with photos: opens them, asks a model for colours, renders and saves. */

import { Model } from "./model.js";
import { Photo } from "./photo.js";
import { prepare, throughWindows } from "./prepare.js";
import { addColors, colorDifference, follow } from "./render.js";
import { halve } from "./resample.js";
import { moved, normals } from "./random.js";

// Photos whose small versions are kept, so that a slider's move need not open the file again.
const MOST_OPEN = 3;

export class Engine {
  /** @param {Array} models the entries of models.json */
  constructor(models) {
    this._descriptions = new Map(models.map((model) => [model.name, model]));
    this._models = new Map();
    this._opened = new Map();
  }

  /** Loads a model, so that the first photo need not wait for it. */
  async load(name) {
    await this._model(name);
  }

  async _model(name) {
    if (!this._models.has(name)) {
      this._models.set(name, Model.load(this._descriptions.get(name)));
    }
    try {
      return await this._models.get(name);
    } catch (error) {
      this._models.delete(name);
      throw error;
    }
  }

  /** How the photo looks before: an ImageBitmap, no larger than a screen needs. */
  async open(key, file) {
    const { view } = await this._open(key, file);
    return createImageBitmap(imageData(view));
  }

  /** How the photo looks in colour, an ImageBitmap of the size that `open` gives. */
  async colorize(key, file, settings) {
    const { view, small } = await this._open(key, file);
    const difference = await this._difference(small, settings);
    const colored = imageData(view);
    addColors(colored, 0, difference, view === small ? 1 : 2);
    return createImageBitmap(colored);
  }

  /** The photo's file in colour, at full size: a Blob. */
  async save(file, settings, type) {
    const photo = await Photo.open(file);
    const small = photo.halved(photo.halvings);
    const difference = await this._difference(small, settings);
    photo.change((strip, top) => addColors(strip, top, difference, 2 ** photo.halvings));
    const note = `Colours added by kerascolor (${settings.model}): a guess, not evidence.`;
    return photo.encode(type, file, note);
  }

  async _open(key, file) {
    let opened = this._opened.get(key);
    if (!opened) {
      const photo = await Photo.open(file);
      // Twice the size at which colours are made is enough for a screen.
      const view = photo.halved(Math.max(0, photo.halvings - 1));
      const small = photo.halvings ? halve(view) : view;
      opened = { view, small };
    }
    // The one that was used last stands last.
    this._opened.delete(key);
    this._opened.set(key, opened);
    if (this._opened.size > MOST_OPEN) this._opened.delete(this._opened.keys().next().value);
    return opened;
  }

  async _difference(small, settings) {
    const model = await this._model(settings.model);
    const grid = prepare(small, model.window);
    const inputs = { temperature: settings.temperature };
    const shape = model.description.inputs.noise;
    const size = shape?.reduce((product, side) => product * side, 1);
    const noise = settings.seed && shape ? normals(size, settings.seed) : undefined;
    const { height, width } = model.window;
    const predict = (luminance, top, left) => {
      const part = noise && moved(noise, shape, top / height, left / width);
      return model.run(luminance, { ...inputs, noise: part });
    };
    const chroma = await throughWindows(predict, grid, model.window);
    return colorDifference(small, follow(grid, chroma), settings.saturation);
  }
}

function imageData({ data, width, height }) {
  return new ImageData(data.slice(), width, height);
}

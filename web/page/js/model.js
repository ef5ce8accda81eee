/** A .tflite of kerascolor, run by LiteRT in WebAssembly. */

import { loadAndCompile, loadLiteRt, supportsFeature, Tensor } from "../litert/litert.js";

const SIGNATURE = "colorize";
// More threads than this do not make a grid of 256 x 256 quicker.
const MOST_THREADS = 4;

let runtime;

/** Loads the runtime, with threads where browser and host allow them. */
async function startRuntime() {
  const threaded = self.crossOriginIsolated && (await supportsFeature("relaxedSimd"));
  const kind = threaded ? "threaded" : "compat";
  const script = new URL(`../litert/litert_wasm_${kind}_internal.js`, import.meta.url).href;
  self.Module = {
    // Emscripten would take this worker's own script for that of its threads.
    mainScriptUrlOrBlob: script,
    locateFile: (name) => new URL(name, script).href,
    // LiteRT also reports there what it does.
    printErr: (line) => line.startsWith("ERROR") && console.error(line),
  };
  // The runtime would ask for the strongest graphics card, which is not used here.
  Object.defineProperty(self.navigator, "gpu", { value: { requestAdapter: async () => null } });
  await loadLiteRt(script);
}

/** A model in memory; `window` is the size of the grid that it takes. */
export class Model {
  /**
   * @param {{name, file, temperature, inputs}} description an entry of models.json
   * @return {Promise<Model>}
   */
  static async load(description) {
    runtime ??= startRuntime();
    await runtime;
    const response = await fetch(new URL(`../${description.file}`, import.meta.url));
    if (!response.ok) throw new Error(`the model ${description.name} can't be loaded`);
    const content = new Uint8Array(await response.arrayBuffer());
    const numThreads = Math.min(MOST_THREADS, self.navigator.hardwareConcurrency || 1);
    const compiled = await loadAndCompile(content, {
      accelerator: "wasm",
      cpuOptions: { numThreads },
    });
    return new Model(description, compiled);
  }

  constructor(description, compiled) {
    this.description = description;
    this._compiled = compiled;
    const [, height, width] = description.inputs.luminance;
    this.window = { width, height };
  }

  /** Chroma of the luminance of a window; inputs that are not given are neutral. */
  async run(luminance, { temperature, noise } = {}) {
    const values = {
      luminance: () => luminance,
      temperature: (size) =>
        new Float32Array(size).fill(temperature ?? this.description.temperature),
      noise: (size) => noise ?? new Float32Array(size),
    };
    const inputs = {};
    for (const [name, shape] of Object.entries(this.description.inputs)) {
      const size = shape.reduce((product, side) => product * side, 1);
      inputs[name] = new Tensor(values[name](size), shape);
    }
    const outputs = await this._compiled.run(SIGNATURE, inputs);
    try {
      return (await outputs.chroma.data()).slice();
    } finally {
      for (const tensor of [...Object.values(inputs), ...Object.values(outputs)]) tensor.delete();
    }
  }
}

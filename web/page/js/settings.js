/** How a photo is coloured: the controls, and what the worker is told. */

// How the page names the presets.
const NAMES = {
  classifier: ["Lively", "Rich colours, at times wrong ones"],
  unet: ["Careful", "Paler, but seldom far off"],
  vae: ["Several", "Five suggestions to choose from"],
};

/** The settings that a photo starts with: those of a model. */
export function initial(model) {
  return { model: model.name, vividness: ownVividness(model), saturation: 100, seed: 0 };
}

/** The vividness, 0 to 100, of a model's own temperature; null where it takes none. */
function ownVividness({ temperature }) {
  return temperature === null ? null : Math.round(-100 * Math.log10(temperature));
}

/** The settings as the worker takes them. */
export function forWorker({ model: name, vividness, saturation, seed }, models) {
  const model = models.find((entry) => entry.name === name);
  const own = ownVividness(model);
  const isOwn = vividness === null || vividness === own;
  return {
    model: name,
    // 0 is the mean of all likely colours, temperature 1; 100 is temperature 0.1.
    temperature: own === null ? undefined : isOwn ? model.temperature : 10 ** (-vividness / 100),
    saturation: saturation / 100,
    seed,
  };
}

export class Controls {
  /**
   * @param {Array} models the entries of models.json
   * @param {function(object)} onchange is told what has changed
   */
  constructor(models, onchange) {
    this._models = models;
    this._vividness = document.querySelector("#vividness");
    this._saturation = document.querySelector("#saturation");
    const group = document.querySelector("#models");
    for (const { name } of models) group.append(this._radio(name, onchange));
    this._vividness.addEventListener("input", () => {
      onchange({ vividness: this._vividness.valueAsNumber });
    });
    this._saturation.addEventListener("input", () => {
      onchange({ saturation: this._saturation.valueAsNumber });
    });
  }

  _radio(name, onchange) {
    const [title, meaning] = NAMES[name];
    const label = document.createElement("label");
    label.className = "card";
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "model", value: name });
    input.addEventListener("change", () => onchange({ model: name, seed: 0 }));
    const text = document.createElement("span");
    const small = document.createElement("small");
    text.append(title);
    small.append(meaning);
    label.append(input, text, small);
    return label;
  }

  /** Shows the settings of a photo. */
  show(settings) {
    document.querySelector(`#models input[value="${settings.model}"]`).checked = true;
    const own = ownVividness(this._models.find(({ name }) => name === settings.model));
    document.querySelector("#vividness-row").hidden = own === null;
    setRange(this._vividness, settings.vividness ?? own ?? 0);
    setRange(this._saturation, settings.saturation);
  }
}

function setRange(input, value) {
  input.value = value;
  const text = `${value} %`;
  document.querySelector(`output[for="${input.id}"]`).value = text;
  input.setAttribute("aria-valuetext", text);
  input.style.setProperty("--filled", `${(100 * value) / input.max}%`);
}

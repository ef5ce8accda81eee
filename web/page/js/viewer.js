/** The photo before and in colour, one over the other, and the suggestions to choose from. */

const THUMBNAIL = 160;

export class Viewer {
  /** @param {function(number)} onchoose is told the seed of a suggestion, 0 for the likeliest */
  constructor(onchoose) {
    this._onchoose = onchoose;
    this._compare = document.querySelector("#compare");
    this._before = document.querySelector("#before");
    this._after = document.querySelector("#after");
    this._problem = document.querySelector("#problem");
    this._suggestions = document.querySelector("#suggestions");
    this._divider = document.querySelector("#divider");
    this._divider.addEventListener("input", () => this._divide());
    this._divide();
  }

  _divide() {
    const share = `${this._divider.value}%`;
    this._compare.style.setProperty("--divider", share);
    this._divider.setAttribute("aria-valuetext", share);
  }

  set busy(value) {
    this._compare.setAttribute("aria-busy", value);
  }

  showBefore(photo, bitmap) {
    this._problem.hidden = true;
    this._compare.hidden = false;
    this._compare.classList.remove("colored");
    this._compare.style.setProperty("--ratio", bitmap.width / bitmap.height);
    paint(this._before, bitmap, bitmap.width);
    this._after.width = this._after.height = 0;
    this._before.setAttribute("aria-label", `${photo.name} before`);
    this._after.setAttribute("aria-label", `${photo.name} in colour`);
  }

  showAfter(bitmap) {
    this._compare.classList.add("colored");
    paint(this._after, bitmap, bitmap.width);
  }

  showProblem(text) {
    this._compare.hidden = true;
    this._problem.hidden = false;
    this._problem.textContent = text;
  }

  hideSuggestions() {
    this._suggestions.hidden = true;
  }

  /** Places for suggestions of these seeds; `fill` paints them. */
  showSuggestions(seeds, chosen) {
    this._suggestions.hidden = false;
    const list = this._suggestions.querySelector(".choices");
    const shown = [...list.querySelectorAll("input")].map((input) => Number(input.value));
    if (shown.join() !== seeds.join())
      list.replaceChildren(...seeds.map((seed, i) => this._choice(seed, i)));
    list.querySelector(`input[value="${chosen}"]`).checked = true;
  }

  _choice(seed, index) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, {
      type: "radio",
      name: "suggestion",
      value: seed,
      className: "visually-hidden",
    });
    input.addEventListener("change", () => this._onchoose(seed));
    const canvas = document.createElement("canvas");
    const text = document.createElement("span");
    text.append(index ? `Suggestion ${index}` : "Likeliest");
    label.append(input, canvas, text);
    return label;
  }

  fillSuggestion(seed, bitmap) {
    const input = this._suggestions.querySelector(`input[value="${seed}"]`);
    if (input) paint(input.nextElementSibling, bitmap, THUMBNAIL);
  }
}

/** Paints a bitmap on a canvas, no wider than `width`. */
export function paint(canvas, bitmap, width) {
  const scale = Math.min(1, width / bitmap.width);
  canvas.width = Math.max(1, Math.round(scale * bitmap.width));
  canvas.height = Math.max(1, Math.round(scale * bitmap.height));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
}

/** The list of photos below the one that is shown. */

import { paint } from "./viewer.js";

const THUMBNAIL = 192;

export class Gallery {
  /** @param {function(object)} onselect is told the photo that is clicked */
  constructor(onselect) {
    this._onselect = onselect;
    this._list = document.querySelector("#photos ul");
    this._list.addEventListener("keydown", (event) => this._step(event));
  }

  add(photo) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    const picture = document.createElement("canvas");
    picture.width = picture.height = 0;
    const name = document.createElement("span");
    name.className = "name";
    name.append(photo.name);
    const state = document.createElement("span");
    state.className = "state";
    state.append("waiting");
    button.append(picture, name, state);
    button.addEventListener("click", () => this._onselect(photo));
    item.append(button);
    this._list.append(item);
    photo.button = button;
  }

  /** Marks the photo that is shown. */
  select(photo) {
    this._list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    photo.button.setAttribute("aria-current", "true");
  }

  setPicture(photo, bitmap) {
    paint(photo.button.querySelector("canvas"), bitmap, THUMBNAIL);
    photo.button.querySelector(".state").textContent = "";
    photo.button.classList.add("done");
  }

  setProblem(photo, problem) {
    photo.button.querySelector(".state").textContent = problem;
    photo.button.classList.add("failed");
  }

  /** Arrow keys go from photo to photo. */
  _step(event) {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const buttons = [...this._list.querySelectorAll("button")];
    const next = buttons[buttons.indexOf(document.activeElement) + steps[event.key]];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

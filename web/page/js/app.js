/** The page: takes photos, shows them in colour, saves them. */

import { Client, PhotoProblem } from "./client.js";
import { Gallery } from "./gallery.js";
import { download, nameOf, zip } from "./saving.js";
import { Controls, forWorker, initial } from "./settings.js";
import { Viewer } from "./viewer.js";

const SUGGESTIONS = 5;
// How long the first colours wait for the service worker, which keeps the files for later.
const WAIT_FOR_KEEPING = 2000;

const $ = (selector) => document.querySelector(selector);

class App {
  constructor(models, client) {
    this.models = models;
    this.client = client;
    this.photos = [];
    this.count = 0;
    this.shown = null;
    this.settings = initial(models[0]);
    this.viewer = new Viewer((seed) => this.change({ seed }));
    this.gallery = new Gallery((photo) => this.select(photo));
    this.controls = new Controls(models, (changed) => this.change(changed));
    this.firstSeed = 1;
    for (const input of document.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => {
        this.add([...input.files]);
        input.value = "";
      });
    }
    $("#draw").addEventListener("click", () => this.drawOthers());
    $("#reset").addEventListener("click", () => this.change(initial(models[0])));
    $("#all").addEventListener("click", () => this.useForAll());
    $("#save-one").addEventListener("click", () => this.saveShown());
    $("#save-all").addEventListener("click", () => this.saveAll());
    this.takeDropped();
  }

  takeDropped() {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      document.body.classList.add("dropping");
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) document.body.classList.remove("dropping");
    });
    document.addEventListener("drop", (event) => {
      document.body.classList.remove("dropping");
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.add([...event.dataTransfer.files]);
    });
    document.addEventListener("paste", (event) => this.add([...event.clipboardData.files]));
  }

  /** Takes files in, and colorizes them one after another. */
  add(files) {
    if (!files.length) return;
    $("#start").hidden = true;
    $("#work").hidden = false;
    $("#add").hidden = false;
    const added = files.map((file) => ({
      key: this.count++,
      file,
      name: file.name,
      settings: { ...this.settings },
      state: "waiting",
    }));
    for (const photo of added) this.gallery.add(photo);
    this.photos.push(...added);
    $("#save-all").hidden = $("#all").hidden = $("#photos").hidden = this.photos.length < 2;
    if (!this.shown) {
      this.select(added[0]);
      // What was chosen with is hidden now.
      $("#name").focus();
    }
    this.colorizeWaiting();
  }

  select(photo) {
    this.shown = photo;
    this.gallery.select(photo);
    $("#name").textContent = photo.name;
    this.controls.show(photo.settings);
    this.refresh(true);
  }

  /** Changes the settings of the photo that is shown. */
  change(changed) {
    this.settings = { ...this.shown.settings, ...changed };
    if (changed.model && !("vividness" in changed)) {
      this.settings.vividness = initial(this.model(changed.model)).vividness;
    }
    this.shown.settings = this.settings;
    this.controls.show(this.settings);
    this.refresh(false);
  }

  model(name) {
    return this.models.find((model) => model.name === name);
  }

  useForAll() {
    for (const photo of this.photos) {
      photo.settings = { ...this.shown.settings };
      if (photo.state === "done" && photo !== this.shown) photo.state = "waiting";
    }
    this.colorizeWaiting();
  }

  /** Shows the photo; what is asked for meanwhile is done once, when this is done. */
  refresh(isOther) {
    this.openFirst ||= isOther;
    this.refreshAgain = true;
    this.refreshing ??= this.drawShown();
  }

  async drawShown() {
    this.viewer.busy = true;
    while (this.refreshAgain) {
      this.refreshAgain = false;
      const photo = this.shown;
      try {
        await this.draw(photo);
      } catch (error) {
        this.fail(photo, error);
      }
    }
    this.refreshing = null;
    this.viewer.busy = false;
    // One that was shown for too short a time waits still.
    if (this.photos.some((photo) => this.waits(photo))) this.colorizeWaiting();
  }

  async draw(photo) {
    if (photo.state === "failed") {
      this.viewer.hideSuggestions();
      this.viewer.showProblem(`${photo.name}: ${photo.problem}`);
      return;
    }
    const isCurrent = () => photo === this.shown;
    if (this.openFirst) {
      this.openFirst = false;
      const bitmap = await this.client.open(photo);
      if (isCurrent()) this.viewer.showBefore(photo, bitmap);
    }
    const settings = { ...photo.settings };
    const bitmap = await this.client.colorize(photo, forWorker(settings, this.models));
    this.done(photo, bitmap);
    if (!isCurrent()) return;
    this.viewer.showAfter(bitmap);
    if (!this.model(settings.model).inputs.noise) this.viewer.hideSuggestions();
    else await this.suggest(photo, settings);
  }

  /** Paints the suggestions, unless something else is asked for meanwhile. */
  async suggest(photo, settings) {
    const seeds = [0, ...Array.from({ length: SUGGESTIONS }, (_, i) => this.firstSeed + i)];
    this.viewer.showSuggestions(seeds, settings.seed);
    for (const seed of seeds) {
      if (this.refreshAgain) return;
      const wanted = forWorker({ ...settings, seed }, this.models);
      this.viewer.fillSuggestion(seed, await this.client.colorize(photo, wanted));
    }
  }

  drawOthers() {
    this.firstSeed += SUGGESTIONS;
    this.change({ seed: 0 });
  }

  done(photo, bitmap) {
    photo.state = "done";
    this.gallery.setPicture(photo, bitmap);
  }

  fail(photo, error) {
    photo.state = "failed";
    photo.problem = error.message;
    this.gallery.setProblem(photo, error.message);
    if (!(error instanceof PhotoProblem)) console.error(error);
    if (photo === this.shown) this.viewer.showProblem(`${photo.name}: ${error.message}`);
  }

  /** Colorizes the photos that wait, each for its small picture; `refresh` does the shown one. */
  async colorizeWaiting() {
    if (this.working) return;
    this.working = true;
    do {
      await this.colorizeOthers();
      await this.refreshing;
    } while (this.photos.some((photo) => this.waits(photo)));
    this.working = false;
    this.tellEnd("coloured", this.photos);
  }

  waits(photo) {
    return photo.state === "waiting" && photo !== this.shown;
  }

  async colorizeOthers() {
    let photo;
    while ((photo = this.photos.find((one) => this.waits(one)))) {
      this.tellProgress("coloured", this.photos.filter(({ state }) => state !== "waiting").length);
      try {
        this.done(photo, await this.client.colorize(photo, forWorker(photo.settings, this.models)));
      } catch (error) {
        this.fail(photo, error);
      }
    }
  }

  tellProgress(what, count) {
    const total = this.photos.length;
    if (total < 2) return;
    $("#progress").hidden = false;
    $("#progress").value = count / total;
    $("#status").textContent = `${count} of ${total} photos ${what}`;
  }

  tellEnd(what, photos) {
    $("#progress").hidden = true;
    const failed = photos.filter(({ state }) => state === "failed").length;
    const count = photos.length - failed;
    const failures = failed ? `, ${failed} can't be read` : "";
    $("#status").textContent = `${count} ${count === 1 ? "photo" : "photos"} ${what}${failures}`;
  }

  async saveShown() {
    const photo = this.shown;
    const type = $("input[name=type]:checked").value;
    await this.whileSaving(async () => {
      $("#status").textContent = `Saving ${photo.name} …`;
      const settings = forWorker(photo.settings, this.models);
      download(await this.client.save(photo, settings, type), nameOf(photo, type));
      $("#status").textContent = `${photo.name} is saved in colour`;
    });
  }

  async saveAll() {
    const type = $("input[name=type]:checked").value;
    await this.whileSaving(async () => {
      download(await zip(this.savedFiles(type)), "photos-in-colour.zip");
      this.tellEnd("saved", this.photos);
    });
  }

  async *savedFiles(type) {
    for (const [index, photo] of this.photos.entries()) {
      this.tellProgress("saved", index);
      if (photo.state === "failed") continue;
      try {
        const settings = forWorker(photo.settings, this.models);
        const blob = await this.client.save(photo, settings, type);
        yield { name: nameOf(photo, type), blob };
      } catch (error) {
        this.fail(photo, error);
      }
    }
  }

  async whileSaving(save) {
    const buttons = [$("#save-one"), $("#save-all")];
    for (const button of buttons) button.disabled = true;
    try {
      await save();
    } catch (error) {
      $("#status").textContent = `Not saved: ${error.message}`;
    }
    for (const button of buttons) button.disabled = false;
    $("#progress").hidden = true;
  }
}

/** Waits until the service worker sees what is loaded, where there can be one. */
async function startKeeping() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  const controlled = new Promise((resolve) => {
    if (serviceWorker.controller) resolve();
    serviceWorker.addEventListener("controllerchange", resolve, { once: true });
  });
  const late = new Promise((resolve) => setTimeout(resolve, WAIT_FOR_KEEPING));
  await serviceWorker.register("service-worker.js").catch(() => {});
  await Promise.race([controlled, late]);
}

const [models] = await Promise.all([
  fetch("models.json").then((response) => response.json()),
  startKeeping(),
]);
const client = new Client(models);
const app = new App(models, client);
document.documentElement.dataset.ready = "";
client.load(models[0].name).catch((error) => {
  $("#status").textContent = `The model can't be loaded: ${error.message}`;
});

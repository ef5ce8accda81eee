// A classic worker, for LiteRT's runtime needs importScripts, which modules lack.
//
// Messages are {id, method, values}; answers {id, result} or {id, problem}. They are done one after
// another, for a model runs one photo at a time.

const ready = import("./engine.js");
let engine;
let last = Promise.resolve();

self.onmessage = ({ data }) => {
  last = last.then(() => answer(data));
};

async function answer({ id, method, values }) {
  try {
    const { Engine } = await ready;
    if (method === "start") engine = new Engine(...values);
    const result = method === "start" ? undefined : await engine[method](...values);
    self.postMessage({ id, result }, result instanceof ImageBitmap ? [result] : []);
  } catch (error) {
    const known = error.name === "PhotoError";
    self.postMessage({ id, problem: { known, message: String(error.message ?? error) } });
  }
}

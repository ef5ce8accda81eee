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
    // Only pictures and files go back.
    const sent = method === "load" ? undefined : result;
    const pictures = [sent, sent?.view].filter((value) => value instanceof ImageBitmap);
    self.postMessage({ id, result: sent }, pictures);
  } catch (error) {
    const { PhotoError } = await ready.catch(() => ({}));
    const known = PhotoError && error instanceof PhotoError;
    self.postMessage({ id, problem: { known, message: String(error?.message ?? error) } });
  }
}

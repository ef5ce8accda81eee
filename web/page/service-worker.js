// Keeps what the page has loaded, so that it works without its server. While the server answers, its
// files are taken; each is asked for again, so that a new release is seen at once.

const KEPT = "kerascolor";
// What the page has loaded before this worker had a say.
const PAGE = [
  "./",
  "icon.svg",
  "icon-512.png",
  "site.webmanifest",
  "style.css",
  "work.css",
  "viewer.css",
  "models.json",
  "client-zip/client-zip.js",
  "js/app.js",
  "js/client.js",
  "js/gallery.js",
  "js/saving.js",
  "js/settings.js",
  "js/viewer.js",
];

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(PAGE)));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(KEPT);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

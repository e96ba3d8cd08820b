// Keeps the page itself over a restart of the browser without network. The list is the page's own
// business (localStorage); requests to the API are not touched here.
const kCache = 'hall-{{page_version}}';
const kParts = ['/display/v1/page', '/display/v1/hall.css', '/display/v1/hall.mjs', '/display/v1/hall_type.mjs'];

self.addEventListener('install', (event) => {
  const fetchAll = async () => {
    const cache = await caches.open(kCache);
    await Promise.all(kParts.map(async (path) => {
      const reply = await fetch(path, { cache: 'no-store' });
      if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
      await cache.put(path, reply);
    }));
    await self.skipWaiting();
  };
  event.waitUntil(fetchAll());
});

self.addEventListener('activate', (event) => {
  const takeOver = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith('hall-') && name !== kCache) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(takeOver());
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin || !kParts.includes(url.pathname)) return;
  const serve = async () => {
    const cache = await caches.open(kCache);
    return (await cache.match(url.pathname)) ?? fetch(event.request);
  };
  event.respondWith(serve());
});

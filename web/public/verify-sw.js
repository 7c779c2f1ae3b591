// Keeps the verification page for times without network. Checks of codes need nothing but the page,
// the keys and the status list, which the page itself keeps.
const STORE = 'dengbu-verify-1';
const PAGE = '/V';

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(STORE)
      .then((store) => keepPage(store))
      .then(() => self.skipWaiting()),
  );
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

/** The page and the assets it names. */
async function keepPage(store) {
  const page = await fetch(PAGE, { cache: 'no-cache' });
  if (!page.ok) return;
  await store.put(PAGE, page.clone());
  const text = await page.text();
  const assets = new Set(Array.from(text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g), (m) => m[1]));
  await store.addAll(Array.from(assets));
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (event.request.mode === 'navigate' && /^\/v(\/|$)/i.test(url.pathname)) {
    event.respondWith(page(event));
  } else if (url.pathname.startsWith('/assets/')) {
    event.respondWith(asset(event.request));
  }
});

/** From the network while there is one, so that a new release is seen; otherwise as kept. */
async function page(event) {
  const store = await caches.open(STORE);
  try {
    const fresh = await fetch(event.request);
    if (fresh.ok) event.waitUntil(keepPage(store).catch(() => undefined));
    return fresh;
  } catch (thrown) {
    const kept = await store.match(PAGE);
    if (kept) return kept;
    throw thrown;
  }
}

/** Assets carry a digest in their names: what is kept is right. */
async function asset(request) {
  const store = await caches.open(STORE);
  const kept = await store.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) await store.put(request, fresh.clone());
  return fresh;
}

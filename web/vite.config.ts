import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import components from 'unplugin-vue-components/vite';
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** One HTML file per interface; each answers every path below its prefix (the router does the rest). */
const ENTRIES = ['staff', 'portal'] as const;

/** Same fall-back as the server has in production: `/staff/anything` is the `staff` entry. */
function entryFallback(): Plugin {
  return {
    name: 'dengbu-entry-fallback',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const path = (request.url ?? '/').split('?')[0] ?? '/';
        const entry = ENTRIES.find((name) => path === `/${name}` || path.startsWith(`/${name}/`));
        if (entry && !path.includes('.')) request.url = `/${entry}.html`;
        // what the code on a certificate holds
        if (/^\/v(\/[A-Z0-9]+)?$/i.test(path)) request.url = '/verify.html';
        if (path === '/') request.url = '/staff.html';
        next();
      });
    },
  };
}

const server = process.env['DENGBU_URL'] ?? 'http://127.0.0.1:7070';

export default defineConfig({
  base: '/',
  plugins: [
    vue(),
    entryFallback(),
    components({
      dirs: [],
      dts: 'src/components.d.ts',
      resolvers: [ElementPlusResolver({ importStyle: 'css' })],
    }),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    // Staff PCs of the domestic desktop systems ship Chromium 87 and later.
    target: ['chrome87', 'safari14'],
    outDir: 'dist',
    manifest: true,
    // Browsers without module preload load the same files a moment later; the stand-in for it
    // would be one request more for all.
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { staff: 'staff.html', verify: 'verify.html', portal: 'portal.html' },
      output: {
        // Few, stable files instead of dozens of tiny ones: the first page stays within 20 requests.
        codeSplitting: {
          groups: [
            {
              name: 'vue',
              test: /node_modules[\\/](vue|@vue|vue-router|pinia)[\\/]|vite[\\/]preload-helper|plugin-vue:export-helper/,
              priority: 30,
            },
            {
              name: 'element',
              test: /node_modules[\\/](element-plus|@element-plus|@vueuse|@popperjs|@floating-ui|lodash-unified|async-validator|dayjs)[\\/]/,
              priority: 20,
            },
            {
              name: 'kit',
              test: /src[\\/](kit|api|format|check|keyboard|styles)[\\/]|src[\\/]staff[\\/]stores[\\/]/,
              priority: 10,
            },
            { name: 'units', test: /src[\\/]staff[\\/](unit|accept)[\\/](?!.*Page)/, priority: 5 },
          ],
        },
      },
    },
  },
  server: { port: 5173, proxy: { '/api': { target: server, changeOrigin: false } } },
  test: {
    environment: 'happy-dom',
    include: ['test/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
  },
});

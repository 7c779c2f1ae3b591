import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { installHotkeys } from '@/keyboard/hotkeys';
import App from './App.vue';
import { router } from './router';
import { useSession } from './stores/session';
import '@/styles/tokens.css';
import '@/styles/base.css';
import '@/styles/form.css';
import '@/styles/print.css';

const app = createApp(App);
app.use(createPinia());
useSession().install();
installHotkeys();
app.use(router);
app.mount('#app');

// A new release removes the old chunks: load the page afresh instead of showing a blank one.
window.addEventListener('vite:preloadError', () => {
  const once = 'dengbu-reloaded';
  if (sessionStorage.getItem(once)) return;
  sessionStorage.setItem(once, '1');
  location.reload();
});

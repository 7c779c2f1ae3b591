import { createApp } from 'vue';
import VerifyPage from './VerifyPage.vue';
import '@/styles/tokens.css';
import './verify.css';

createApp(VerifyPage).mount('#app');

// Opened once, the page works without network: the worker keeps it, its keys and status lists.
if ('serviceWorker' in navigator && import.meta.env.PROD)
  navigator.serviceWorker.register('/verify-sw.js', { scope: '/V' }).catch(() => {
    /* without the worker the page needs the network to open; checks go on as before */
  });

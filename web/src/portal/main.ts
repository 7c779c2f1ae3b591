import { createApp } from 'vue';
import PortalPage from './PortalPage.vue';
import '@/styles/tokens.css';
import '@/verify/verify.css';
import './portal.css';

createApp(PortalPage).mount('#app');

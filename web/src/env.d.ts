/// <reference types="vite/client" />
import 'vue';

declare module '@vue/runtime-dom' {
  interface HTMLAttributes {
    [data: `data-${string}`]: string | number | boolean | undefined;
    /** ARIA 1.3: the long description beside the visible name. */
    'aria-description'?: string | undefined;
  }
}

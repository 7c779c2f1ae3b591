import { onBeforeUnmount, ref, shallowRef } from 'vue';
import type { UnmaskedHolder } from '@/api/types';

/** Holds unmasked data in memory only and drops it when the time is over, or when the page is left. */
export function useUnmask() {
  const holders = shallowRef<UnmaskedHolder[]>([]);
  const left = ref(0);
  let timer = 0;
  function mask(): void {
    window.clearInterval(timer);
    holders.value = [];
    left.value = 0;
  }
  function show(found: UnmaskedHolder[], seconds: number): void {
    mask();
    holders.value = found;
    left.value = Math.min(60, seconds || 60);
    timer = window.setInterval(() => {
      left.value -= 1;
      if (left.value <= 0) mask();
    }, 1000);
  }
  onBeforeUnmount(mask);
  return { holders, left, show, mask };
}

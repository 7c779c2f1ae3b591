import { onActivated, onDeactivated, onMounted, onUnmounted } from 'vue';

const EVERY_MS = 1500;

/** Runs `look` again and again while `wanted` says so and the page is shown. */
export function usePolling(look: () => Promise<unknown>, wanted: () => boolean): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
  }
  function next(): void {
    stop();
    timer = setTimeout(async () => {
      if (wanted()) await look();
      if (timer) next();
    }, EVERY_MS);
  }
  onMounted(next);
  onActivated(next);
  onDeactivated(stop);
  onUnmounted(stop);
}

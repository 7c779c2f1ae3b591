import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

/** Units chosen on another page (a whole building, rooms of its table) on their way to a new case. */
export interface PickedGroup {
  label: string;
  codes: string[];
}
export const usePicked = defineStore('picked', () => {
  const waiting = shallowRef<PickedGroup | null>(null);
  function take(): PickedGroup | null {
    const found = waiting.value;
    waiting.value = null;
    return found;
  }
  return { waiting, take };
});

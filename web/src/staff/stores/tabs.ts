import { defineStore } from 'pinia';
import { computed, ref } from 'vue';

/** Work tabs inside the workbench: each keeps its page alive; at most 12, the longest unused one closes. */
export interface WorkTab {
  path: string;
  title: string;
  dirty: boolean;
}
export const MAX_TABS = 12;

export const useTabs = defineStore('tabs', () => {
  const tabs = ref<WorkTab[]>([]);
  const recent = ref<string[]>([]);
  const alive = computed(() => tabs.value.map((tab) => cacheName(tab.path)));

  function open(path: string, title: string): void {
    recent.value = [path, ...recent.value.filter((p) => p !== path)];
    const tab = tabs.value.find((t) => t.path === path);
    if (tab) return;
    tabs.value.push({ path, title, dirty: false });
    if (tabs.value.length <= MAX_TABS) return;
    const victim = [...recent.value]
      .reverse()
      .find((p) => p !== path && tabs.value.some((t) => t.path === p && !t.dirty));
    if (victim) close(victim);
  }
  /** Closes a tab; answers where to go when it was the shown one. */
  function close(path: string): string {
    const at = tabs.value.findIndex((t) => t.path === path);
    if (at >= 0) tabs.value.splice(at, 1);
    recent.value = recent.value.filter((p) => p !== path);
    return recent.value.find((p) => tabs.value.some((t) => t.path === p)) ?? '/staff/';
  }
  function rename(path: string, title: string): void {
    const tab = tabs.value.find((t) => t.path === path);
    if (tab) tab.title = title;
  }
  function setDirty(path: string, dirty: boolean): void {
    const tab = tabs.value.find((t) => t.path === path);
    if (tab) tab.dirty = dirty;
  }
  function clear(): void {
    tabs.value = [];
    recent.value = [];
  }
  const anyDirty = computed(() => tabs.value.some((t) => t.dirty));

  return { tabs, alive, anyDirty, open, close, rename, setDirty, clear };
});

export function cacheName(path: string): string {
  return `tab${path.replace(/[^A-Za-z0-9]/g, '_')}`;
}

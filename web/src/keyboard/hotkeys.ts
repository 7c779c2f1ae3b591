import { onActivated, onBeforeUnmount, onDeactivated, onMounted, reactive } from 'vue';

/**
 * One map of shortcuts for the whole workbench. Pages register theirs while they are the shown tab; the last
 * registered wins. All are off inside input-method composition; single letters are off inside fields and can be
 * switched off altogether (WCAG 2.1.4).
 */
export interface Hotkey {
  keys: string;
  says: string;
  run: (event: KeyboardEvent) => void;
  group?: string;
  inFields?: boolean;
}

const scopes: Hotkey[][] = reactive([]);
export const hotkeyState = reactive({ singleLetters: true });

export function keyName(event: KeyboardEvent): string {
  const parts: string[] = [];
  if (event.ctrlKey || event.metaKey) parts.push('Ctrl');
  if (event.altKey) parts.push('Alt');
  const printable = event.key.length === 1;
  if (event.shiftKey && !(printable && !/[a-z0-9]/i.test(event.key))) parts.push('Shift');
  parts.push(printable ? event.key.toUpperCase() : event.key);
  return parts.join('+');
}

function inField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) &&
    !/^(checkbox|radio|button|submit)$/.test((target as HTMLInputElement).type ?? '')
  );
}

export function handleKey(event: KeyboardEvent): void {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  // A modal dialog owns the keyboard.
  if (
    document.querySelector('[role=dialog][aria-modal=true]:not([hidden])') &&
    event.target instanceof Element &&
    event.target.closest('[role=dialog]')
  )
    return;
  const name = keyName(event);
  const single = !name.includes('+') && (event.key.length === 1 || event.key === 'Enter');
  if (single && (inField(event.target) || !hotkeyState.singleLetters)) return;
  if (
    event.key === 'Enter' &&
    !name.includes('+') &&
    event.target instanceof HTMLElement &&
    event.target.closest('a,button,[role=button],summary')
  )
    return;
  for (let i = scopes.length - 1; i >= 0; i -= 1) {
    const hit = scopes[i]?.find((hotkey) => hotkey.keys === name);
    if (hit) {
      event.preventDefault();
      hit.run(event);
      return;
    }
  }
}

export function shownHotkeys(): Hotkey[] {
  return scopes.flat();
}

export function installHotkeys(): void {
  window.addEventListener('keydown', handleKey);
}

function add(map: Hotkey[]): void {
  if (!scopes.includes(map)) scopes.push(map);
}
function remove(map: Hotkey[]): void {
  const at = scopes.indexOf(map);
  if (at >= 0) scopes.splice(at, 1);
}

/** Registers shortcuts while the component is mounted and, inside the tabs' keep-alive, while it is shown. */
export function useHotkeys(hotkeys: Hotkey[]): void {
  const map = reactive(hotkeys) as Hotkey[];
  onMounted(() => add(map));
  onActivated(() => add(map));
  onDeactivated(() => remove(map));
  onBeforeUnmount(() => remove(map));
}

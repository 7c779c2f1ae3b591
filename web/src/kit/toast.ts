import { reactive } from 'vue';

export interface Toast {
  id: number;
  text: string;
  kind: 'ok' | 'warn' | 'error';
}
export const toasts: Toast[] = reactive([]);
let next = 1;

/** A short word that does not need an answer. Errors stay until closed. */
export function toast(text: string, kind: Toast['kind'] = 'ok'): void {
  const id = next++;
  toasts.push({ id, text, kind });
  if (toasts.length > 4) toasts.shift();
  if (kind !== 'error') setTimeout(() => dismiss(id), 5000);
}
export function dismiss(id: number): void {
  const at = toasts.findIndex((t) => t.id === id);
  if (at >= 0) toasts.splice(at, 1);
}

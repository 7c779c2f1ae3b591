import type { Directive } from 'vue';

/**
 * `v-enter-next`: Enter goes to the next field, Shift+Enter to the one before, inside the element it is put on.
 * Element Plus does not offer it and clerks type whole forms without the mouse. Ctrl+Enter leaves a text area.
 * Nothing happens while an input method is composing (Enter then picks a candidate).
 */
const FIELDS = 'input:not([type=hidden]):not([type=file]),select,textarea,[data-enter-stop]';

function usable(element: HTMLElement): boolean {
  const control = element as HTMLInputElement;
  return (
    !control.disabled &&
    !control.readOnly &&
    element.tabIndex >= 0 &&
    !element.closest('[hidden],[inert],[aria-hidden="true"]')
  );
}

/** Fields in document order; of a radio group only the checked one (or the first) counts. */
export function fieldsIn(root: ParentNode): HTMLElement[] {
  const all = Array.from(root.querySelectorAll<HTMLElement>(FIELDS)).filter(usable);
  const seen = new Set<string>();
  return all.filter((element) => {
    const radio = element as HTMLInputElement;
    if (radio.type !== 'radio' || !radio.name) return true;
    if (seen.has(radio.name)) return false;
    const checked = all.find(
      (other) => (other as HTMLInputElement).name === radio.name && (other as HTMLInputElement).checked,
    );
    if (checked && checked !== element) return false;
    seen.add(radio.name);
    return true;
  });
}

export function moveFocus(root: ParentNode, from: Element, step: 1 | -1): boolean {
  const fields = fieldsIn(root);
  let at = fields.indexOf(from as HTMLElement);
  if (at < 0 && (from as HTMLInputElement).type === 'radio') {
    at = fields.findIndex((field) => (field as HTMLInputElement).name === (from as HTMLInputElement).name);
  }
  const next = at < 0 ? undefined : fields[at + step];
  if (!next) return false;
  next.focus();
  if (next instanceof HTMLInputElement && /^(text|search|tel|password|)$/.test(next.type)) next.select();
  return true;
}

function onKey(event: KeyboardEvent): void {
  if (
    event.key !== 'Enter' ||
    event.isComposing ||
    event.keyCode === 229 ||
    event.altKey ||
    event.metaKey ||
    event.defaultPrevented
  )
    return;
  const root = event.currentTarget as HTMLElement;
  const target = event.target as HTMLElement;
  if (!target.matches(FIELDS)) return;
  if (target.tagName === 'TEXTAREA') {
    if (!event.ctrlKey) return;
    // Leaving the text area must not also submit the page (Ctrl+Enter elsewhere does).
    event.stopPropagation();
  } else if (event.ctrlKey) return;
  event.preventDefault();
  if (!moveFocus(root, target, event.shiftKey ? -1 : 1) && !event.shiftKey) {
    root.dispatchEvent(new CustomEvent('enter-end', { bubbles: false }));
  }
}

export const vEnterNext: Directive<HTMLElement> = {
  mounted(element) {
    element.addEventListener('keydown', onKey);
  },
  unmounted(element) {
    element.removeEventListener('keydown', onKey);
  },
};

import { afterEach, describe, expect, it, vi } from 'vitest';
import { mount } from '@vue/test-utils';
import { defineComponent, nextTick, withDirectives, h } from 'vue';
import { vEnterNext } from '@/keyboard/enterNext';
import { moveInGrid, type Holds } from '@/keyboard/grid';
import { handleKey, keyName, useHotkeys } from '@/keyboard/hotkeys';

afterEach(() => {
  document.body.innerHTML = '';
});

function form(onEnd = vi.fn()) {
  const wrapper = mount(
    {
      render: () =>
        withDirectives(
          h('form', { onEnterEnd: onEnd }, [
            h('input', { id: 'a' }),
            h('input', { id: 'off', disabled: true }),
            h('select', { id: 'b' }),
            h('input', { id: 'r1', type: 'radio', name: 'r' }),
            h('input', { id: 'r2', type: 'radio', name: 'r' }),
            h('textarea', { id: 'c' }),
            h('input', { id: 'd' }),
          ]),
          [[vEnterNext]],
        ),
    },
    { attachTo: document.body },
  );
  const press = (id: string, init: KeyboardEventInit = {}): KeyboardEvent => {
    const field = document.getElementById(id)!;
    field.focus();
    const event = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init });
    field.dispatchEvent(event);
    return event;
  };
  return { wrapper, press, onEnd, at: () => document.activeElement?.id };
}

describe('v-enter-next', () => {
  it('goes on, skipping disabled fields, one stop per radio group', () => {
    const f = form();
    f.press('a');
    expect(f.at()).toBe('b');
    f.press('b');
    expect(f.at()).toBe('r1');
    f.press('r1');
    expect(f.at()).toBe('c');
  });
  it('goes back with Shift', () => {
    const f = form();
    f.press('b', { shiftKey: true });
    expect(f.at()).toBe('a');
  });
  it('leaves a text area only with Ctrl', () => {
    const f = form();
    const plain = f.press('c');
    expect(f.at()).toBe('c');
    expect(plain.defaultPrevented).toBe(false);
    f.press('c', { ctrlKey: true });
    expect(f.at()).toBe('d');
  });
  it('keeps out of input-method composition', () => {
    const f = form();
    f.press('a', { isComposing: true });
    expect(f.at()).toBe('a');
  });
  it('tells when the last field is done', () => {
    const f = form();
    f.press('d');
    expect(f.onEnd).toHaveBeenCalledTimes(1);
  });
});

describe('hotkeys', () => {
  const page = (run: () => void, keys: string) =>
    mount(
      defineComponent({
        setup() {
          useHotkeys([{ keys, says: '', run }]);
          return () => h('input', { id: 'field' });
        },
      }),
      { attachTo: document.body },
    );
  const key = (init: KeyboardEventInit, target: EventTarget = document.body): KeyboardEvent => {
    const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init });
    Object.defineProperty(event, 'target', { value: target });
    handleKey(event);
    return event;
  };
  it('names keys', () => {
    expect(keyName(new KeyboardEvent('keydown', { key: 's', ctrlKey: true }))).toBe('Ctrl+S');
    expect(keyName(new KeyboardEvent('keydown', { key: 'F8', shiftKey: true }))).toBe('Shift+F8');
    expect(keyName(new KeyboardEvent('keydown', { key: '?', shiftKey: true }))).toBe('?');
  });
  it('runs the newest owner and stops when it is gone', async () => {
    const older = vi.fn();
    const newer = vi.fn();
    page(older, 'Ctrl+S');
    const top = page(newer, 'Ctrl+S');
    expect(key({ key: 's', ctrlKey: true }).defaultPrevented).toBe(true);
    expect([older.mock.calls.length, newer.mock.calls.length]).toEqual([0, 1]);
    top.unmount();
    await nextTick();
    key({ key: 's', ctrlKey: true });
    expect(older).toHaveBeenCalledTimes(1);
  });
  it('leaves single letters to fields and everything to the input method', () => {
    const run = vi.fn();
    page(run, 'J');
    key({ key: 'j' }, document.getElementById('field')!);
    key({ key: 'j', isComposing: true });
    expect(run).not.toHaveBeenCalled();
    key({ key: 'j' });
    expect(run).toHaveBeenCalledTimes(1);
  });
});

describe('keys of the building table', () => {
  const plan = ['xxxx', 'x..x', '....', 'xxxx', '.xx.'];
  const holds: Holds = (row, column) => plan[row]?.[column] === 'x';
  const go = (key: string, row: number, column: number, ctrl = false) => {
    const spot = moveInGrid(key, ctrl, { row, column }, plan.length, 4, holds);
    return spot && [spot.row, spot.column];
  };
  it('skips gaps sideways and stays at the edge', () => {
    expect(go('ArrowRight', 1, 0)).toEqual([1, 3]);
    expect(go('ArrowRight', 1, 3)).toEqual([1, 3]);
    expect(go('ArrowLeft', 1, 3)).toEqual([1, 0]);
  });
  it('goes to the nearest room up and down, over empty storeys', () => {
    expect(go('ArrowDown', 0, 1)).toEqual([1, 0]);
    expect(go('ArrowDown', 1, 3)).toEqual([3, 3]);
    expect(go('ArrowUp', 3, 2)).toEqual([1, 3]);
    expect(go('ArrowDown', 4, 1)).toEqual([4, 1]);
  });
  it('jumps', () => {
    expect(go('PageDown', 0, 0)).toEqual([4, 1]);
    expect(go('PageUp', 4, 2)).toEqual([0, 2]);
    expect(go('Home', 3, 2)).toEqual([3, 0]);
    expect(go('End', 4, 1)).toEqual([4, 2]);
    expect(go('Home', 3, 2, true)).toEqual([0, 0]);
    expect(go('End', 0, 0, true)).toEqual([4, 2]);
  });
  it('leaves other keys alone', () => expect(go('x', 0, 0)).toBeNull());
});

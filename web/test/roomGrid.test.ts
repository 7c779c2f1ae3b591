import { mount } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { nextTick } from 'vue';
import RoomGrid from '@/staff/building/RoomGrid.vue';
import { building } from './fixtures';

afterEach(() => {
  document.body.innerHTML = '';
});
function table(filter: string | null = null) {
  return mount(RoomGrid, {
    attachTo: document.body,
    props: {
      table: building(),
      filter,
      layers: { area: true, use: false, holder: true, certificate: false },
      picked: [],
    },
  });
}
const press = async (key: string, init: KeyboardEventInit = {}): Promise<void> => {
  document.activeElement?.dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }),
  );
  await nextTick();
  await nextTick();
};
const spot = (): string | undefined => (document.activeElement as HTMLElement).dataset['spot'];

describe('楼盘表', () => {
  it('has one tab stop and moves it with the arrows', async () => {
    const w = table();
    const stop = (): HTMLElement => w.find('[tabindex="0"]').element as HTMLElement;
    expect(w.findAll('td[tabindex="0"]')).toHaveLength(1);
    stop().focus();
    await press('ArrowDown');
    expect(spot()).toBe('1-0');
    await press('ArrowRight');
    expect(spot()).toBe('1-1');
    expect(w.findAll('td[tabindex="0"]')).toHaveLength(1);
    await press('ArrowUp');
    expect(spot()).toBe('0-0');
  });
  it('opens with Enter and picks with space', async () => {
    const w = table();
    (w.find('[tabindex="0"]').element as HTMLElement).focus();
    await press('Enter');
    expect(w.emitted('open')?.[0]?.[0]).toMatchObject({ room: '201' });
    await press(' ');
    expect(w.emitted('update:picked')?.[0]?.[0]).toEqual([building().storeys[0]?.cells[0]?.unit_code]);
  });
  it('says state and marks to screen readers, keeps the room number as the name', () => {
    const room = table().find('[data-spot="0-0"]');
    expect(room.attributes('aria-description')).toContain('查封，抵押');
    expect(room.attributes('aria-label')).toBeUndefined();
    expect(room.text()).toContain('201');
  });
  it('greys out what the legend item does not cover', () => {
    const w = table('seizure');
    expect(w.find('[data-spot="0-0"]').classes()).not.toContain('dim');
    expect(w.find('[data-spot="1-0"]').classes()).toContain('dim');
  });
});

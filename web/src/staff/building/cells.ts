import type { Cell, CellState } from '@/api/types';
import { flagLook } from '@/kit/flags';

/** What is written into a room's cell besides its number. */
export interface GridLayers {
  area: boolean;
  use: boolean;
  holder: boolean;
  certificate: boolean;
}
export function emptyLayers(): GridLayers {
  return { area: true, use: false, holder: false, certificate: false };
}

export const STATE_WORDS: Record<CellState, string> = {
  unregistered: '未登记',
  noticed: '已预告',
  registered: '已登记',
  cancelled: '已注销',
};

/** True when the legend item (a registration state or a mark) covers the cell. */
export function matches(cell: Cell, filter: string | null): boolean {
  return (
    filter === null ||
    cell.state === filter ||
    cell.flags.some(
      (flag) =>
        flag === filter ||
        (filter === 'pending' && flag === 'pending_case') ||
        (filter === 'pending_case' && flag === 'pending'),
    )
  );
}
/** The full sentence for screen readers; the visible room number stays the name. */
export function describe(cell: Cell): string {
  return [
    STATE_WORDS[cell.state],
    ...cell.flags.map((flag) => flagLook(flag).word),
    cell.area ? `${cell.area} 平方米` : '',
    cell.use_name ?? '',
    cell.holders_masked.join('、'),
  ]
    .filter(Boolean)
    .join('，');
}

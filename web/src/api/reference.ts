import { http, segment } from './http';
import type { Business, CodeList, Listed, Tile } from './types';

export const referenceApi = {
  catalogue: async () => {
    const found = await http.get<Business[] | Listed<Business>>('/catalogue');
    return Array.isArray(found) ? found : found.items;
  },
  codes: (list: string) => http.get<CodeList>(`/codes/${segment(list)}`),
  today: async () => {
    const found = await http.get<Tile[] | { tiles: Tile[] } | Listed<Tile>>('/statistics/today');
    if (Array.isArray(found)) return found;
    return 'tiles' in found ? found.tiles : found.items;
  },
};

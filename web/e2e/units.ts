import type { Page } from '@playwright/test';

interface Cell {
  unit_code: string;
  state: string;
  flags: string[];
  certificate_tail: string | null;
}
interface Table {
  storeys: { cells: (Cell | null)[] }[];
}
const taken = new Set<string>();

/** A registered room of the demo city that carries exactly these marks; none is handed out twice. */
export async function roomWith(page: Page, flags: string[] = []): Promise<string> {
  const read = async <T>(path: string): Promise<T> => {
    const answer = await page.request.get(`/api/v1${path}`);
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()}`);
    return (await answer.json()) as T;
  };
  const buildings = await read<{ items: { building_code: string }[] }>('/buildings?limit=100');
  for (const { building_code } of buildings.items) {
    const table = await read<Table>(`/buildings/${building_code}/table`);
    const cell = table.storeys
      .flatMap((s) => s.cells)
      .find(
        (c) =>
          c &&
          c.state === 'registered' &&
          c.certificate_tail &&
          !taken.has(c.unit_code) &&
          [...c.flags].sort().join() === [...flags].sort().join(),
      );
    if (cell) {
      taken.add(cell.unit_code);
      return cell.unit_code;
    }
  }
  throw new Error(`the demo city has no room marked ${flags.join() || 'with nothing'}`);
}
export async function firstBuilding(page: Page): Promise<string> {
  const answer = (await (await page.request.get('/api/v1/buildings?limit=1')).json()) as {
    items: { building_code: string }[];
  };
  return answer.items[0]?.building_code ?? '';
}

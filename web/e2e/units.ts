import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
/** On disk, because a failed test ends its worker and the next one would hand out the same rooms again. */
const TAKEN = join(process.env['E2E_STATE'] ?? '.', 'taken-rooms.txt');
const taken = (): Set<string> => new Set(existsSync(TAKEN) ? readFileSync(TAKEN, 'utf8').split('\n') : []);

/** A registered room of the demo city that carries exactly these marks; none is handed out twice. */
export async function roomWith(page: Page, flags: string[] = []): Promise<string> {
  const gone = taken();
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
          !gone.has(c.unit_code) &&
          [...c.flags].sort().join() === [...flags].sort().join(),
      );
    if (cell) {
      appendFileSync(TAKEN, `${cell.unit_code}\n`);
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

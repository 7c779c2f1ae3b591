import { effectScope } from 'vue';
import { expect, it, vi } from 'vitest';
import type { Application, CaseView } from '@/api/types';
import { transfer } from './fixtures';

const api = vi.hoisted(() => ({ read: vi.fn(), save: vi.fn(), check: vi.fn() }));
vi.mock('@/api/cases', () => ({ casesApi: api }));
const { useCase } = await import('@/staff/caseflow/useCase');

const at = (version: number, application: Application): CaseView =>
  ({ version, application, editable: true, checks: [] }) as unknown as CaseView;

it('an answer that a save has overtaken takes nothing back', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const empty = transfer();
  const typed = transfer();
  if (empty.detail.kind === 'transfer') empty.detail.contract_no = null;
  api.check.mockResolvedValue({ violations: [] });
  api.read.mockResolvedValueOnce(at(1, empty));
  const scope = effectScope();
  const model = scope.run(() => useCase('1'));
  if (!model) throw new Error('no scope');
  await model.load();
  model.draft.value = typed;

  // a reading that was begun before the save and is answered behind it
  let answer: (view: CaseView) => void = () => undefined;
  api.read.mockReturnValueOnce(new Promise<CaseView>((done) => (answer = done)));
  const reading = model.refresh();
  api.save.mockImplementation((_no: string, version: number, sent: Application) =>
    Promise.resolve(at(version + 1, sent)),
  );
  expect(await model.save()).toBe(true);
  answer(at(1, empty));
  await reading;

  expect(model.view.value?.version).toBe(2);
  expect(model.draft.value?.detail).toMatchObject({ contract_no: 'HT-1' });
  scope.stop();
});

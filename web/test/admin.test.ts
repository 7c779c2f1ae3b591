import { describe, expect, it } from 'vitest';
import type { Matrix } from '@/api/sameCity';
import { MatrixDraft } from '@/staff/admin/matrix';
import { emptyTenant, stepOf, STEPS, tenantFaults } from '@/staff/platform/tenantDraft';
import { afterCheckTag, groundGroups } from '@/staff/work/afterCheck';

const own = { authority: '510400', authority_name: '市', office_id: 'A', name: '市厅', active: true, own: true };
const other = { authority: '510421', authority_name: '县', office_id: 'B', name: '县厅', active: true, own: false };
function matrix(): Matrix {
  return {
    version: 3,
    districts: [
      { code: '510402', name: '东区' },
      { code: '510403', name: '西区' },
    ],
    families: ['转移登记', '查封登记'],
    offices: [own, other],
    cells: [
      { county: '510402', office_authority: '510421', office_id: 'B', family: '转移登记', allowed: true },
      { county: '510403', office_authority: '510400', office_id: 'A', family: '查封登记', allowed: false },
    ],
  };
}

describe('the matrix of same-city handling', () => {
  it('stands as it was said, else own offices may and others may not', () => {
    const draft = new MatrixDraft(matrix());
    const stands = (office: typeof own, county: string, family: string): boolean =>
      draft.allowed(draft.square(office, county, family));
    expect(stands(own, '510402', '转移登记')).toBe(true);
    expect(stands(own, '510403', '查封登记')).toBe(false);
    expect(stands(other, '510402', '转移登记')).toBe(true);
    expect(stands(other, '510402', '查封登记')).toBe(false);
  });

  it('sends only what was changed, and nothing that was changed back', () => {
    const draft = new MatrixDraft(matrix());
    const square = draft.square(other, '510403', '转移登记');
    draft.set(square, true);
    expect(draft.pending()).toEqual([{ ...square, allowed: true }]);
    expect(draft.changed(square)).toBe(true);
    draft.set(square, false);
    expect(draft.pending()).toEqual([]);
  });

  it('switches a row on unless all of it is on', () => {
    const draft = new MatrixDraft(matrix());
    const row = ['510402', '510403'].map((c) => draft.square(other, c, '转移登记'));
    draft.toggleAll(row);
    expect(row.map((s) => draft.allowed(s))).toEqual([true, true]);
    draft.toggleAll(row);
    expect(row.map((s) => draft.allowed(s))).toEqual([false, false]);
  });

  it('takes one family over for all', () => {
    const draft = new MatrixDraft(matrix());
    draft.copyToAll('转移登记');
    expect(draft.allowed(draft.square(other, '510402', '查封登记'))).toBe(true);
    expect(draft.allowed(draft.square(own, '510403', '查封登记'))).toBe(true);
    expect(draft.changesOf('转移登记')).toBe(0);
    expect(draft.changesOf('查封登记')).toBe(2);
  });
});

describe('a new authority', () => {
  const whole = () => ({
    ...emptyTenant(),
    authority: '519900',
    name: '示例市不动产登记中心',
    place_name: '示例市',
    counties: [{ code: '519902', name: '甲区' }],
    offices: [{ office_id: '519900-01', name: '大厅', address: '', county: '519902' }],
    administrator: { username: 'first', name: '首任' },
  });
  it('is whole or says what is missing', () => {
    expect(tenantFaults(whole())).toEqual([]);
    expect(tenantFaults(emptyTenant()).length).toBeGreaterThan(5);
    const fields = (change: Partial<ReturnType<typeof whole>>): string[] =>
      tenantFaults({ ...whole(), ...change }).map((f) => f.field);
    expect(fields({ authority: '000000' })).toEqual(['/authority']);
    const twice = { code: '519902', name: '乙区' };
    expect(fields({ counties: [twice, twice] })).toEqual(['/counties/1/code']);
    expect(fields({ administrator: { username: '张', name: '张' } })).toEqual(['/administrator/username']);
  });
  it('leads a fault of the server back to its step', () => {
    expect(stepOf('/authority')).toBe(0);
    expect(stepOf('/counties/2/code')).toBe(1);
    expect(stepOf('/offices/0/name')).toBe(2);
    expect(stepOf('/administrator/username')).toBe(4);
    expect(stepOf('/elsewhere')).toBe(STEPS.length - 1);
  });
});

describe('the reasoning of an automatic decision', () => {
  it('is grouped by what was looked at, in its order', () => {
    const ground = (kind: string, what: string) => ({ kind, what });
    const groups = groundGroups([
      ground('switch', 's'),
      ground('material', 'A1'),
      ground('rule', 'R01'),
      ground('material', 'E1'),
    ]);
    expect(groups.map((g) => [g.label, g.items.length])).toEqual([
      ['开关', 1],
      ['收件材料', 2],
      ['审核规则', 1],
    ]);
    expect(afterCheckTag('failed').label).toBe('有误');
    expect(afterCheckTag('else').label).toBe('else');
  });
});

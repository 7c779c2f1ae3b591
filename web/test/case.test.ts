import { describe, expect, it } from 'vitest';
import { sameFact } from '@/staff/caseflow/compare';
import { othersOf, primaryOf } from '@/staff/caseflow/actions';
import { cleanApplication, editable } from '@/staff/caseflow/draft';
import { fileFault } from '@/staff/caseflow/materials';
import { differences, labelOf, merged } from '@/staff/caseflow/merge';
import { validateApplication } from '@/staff/caseflow/validate';
import type { AllowedAction, Application } from '@/api/types';
import { BUSINESS, transfer } from './fixtures';

const faults = (a: Application): string[] => validateApplication(a, BUSINESS).faults.map((f) => f.field);

describe('validation of an application', () => {
  it('passes a complete transfer', () => expect(faults(transfer())).toEqual([]));
  it('takes the register side as it is, old numbers included', () => {
    const a = transfer();
    a.obligors[0]!.id = null;
    expect(faults(a)).toEqual([]);
  });
  it('points at the wrong field', () => {
    const a = transfer();
    a.holders[0]!.party.id!.number = '110105194912310021';
    if (a.detail.kind === 'transfer') {
      a.detail.price = '0';
      a.detail.contract_date = '2999-01-01';
      a.detail.contract_no = '';
    }
    expect(faults(a)).toEqual([
      '/holders/0/party/id/number',
      '/detail/price',
      '/detail/contract_no',
      '/detail/contract_date',
    ]);
  });
  it('wants shares that add up and a fitting kind of co-ownership', () => {
    const a = transfer();
    a.holders.push({
      party: { ...a.holders[0]!.party, name: '测试丙', id: { kind: '3', number: 'E1234567' } },
      share: '1/2',
    });
    expect(faults(a)).toContain('/co_ownership');
    a.co_ownership = '2';
    a.holders[0]!.share = '1/3';
    expect(validateApplication(a, BUSINESS).faults.find((f) => f.field === '/holders/0/share')?.message).toContain(
      '5/6',
    );
    a.holders[0]!.share = '50%';
    expect(faults(a)).toEqual([]);
  });
  it('refuses one identity number twice', () => {
    const a = transfer();
    a.holders.push(JSON.parse(JSON.stringify(a.holders[0])));
    a.co_ownership = '1';
    expect(faults(a)).toContain('/holders/1/party/id/number');
  });
  it('counts what is still missing', () => {
    const a = transfer();
    a.reason = '';
    a.holders[0]!.party.name = '';
    const found = validateApplication(a, BUSINESS);
    expect([found.open, found.total]).toEqual([2, 8]);
  });
  it('asks a seizure for two officers and the minute of service', () => {
    const a = {
      ...transfer(),
      holders: [],
      obligors: [],
      detail: {
        kind: 'seizure' as const,
        court: '某法院',
        document: null,
        document_no: '(2026)1号',
        officers: [{ name: '甲', certificate_no: '1' }],
        start: '20261101',
        end: '20261101',
        scope: null,
        served_at: null,
      },
    };
    expect(validateApplication(a, BUSINESS).faults.map((f) => f.field)).toEqual([
      '/detail/end',
      '/detail/served_at',
      '/detail/officers',
    ]);
  });
});

describe('what is sent', () => {
  it('drops half-typed dates and amounts, keeps the rest', () => {
    const a = editable(transfer());
    if (a.detail.kind === 'transfer') {
      a.detail.price = '80万';
      a.detail.contract_date = '2026-1';
    }
    a.holders[0]!.share = '1/2';
    const sent = cleanApplication(a);
    expect(sent.detail).toMatchObject({ price: '800000.00', contract_date: null });
    expect(sent.holders[0]?.share).toBeNull();
    expect(sent.contact).toBeNull();
  });
  it('is stable: cleaning the editable copy changes nothing', () =>
    expect(cleanApplication(editable(transfer()))).toEqual(cleanApplication(transfer())));
  it('keeps a blank row ready for who applies, and never sends it', () => {
    const empty = { ...transfer(), holders: [] };
    expect(editable(empty).holders).toHaveLength(1);
    expect(cleanApplication(editable(empty))).toEqual(cleanApplication(empty));
  });
  it('sends only the amount of the chosen kind of mortgage', () => {
    const a: Application = {
      ...transfer(),
      detail: {
        kind: 'mortgage',
        method: '2',
        secured_amount: '1',
        maximum_amount: '500000',
        term_start: null,
        term_end: null,
        scope: null,
        transfer_restricted: null,
        contract_no: null,
        debtor: null,
      },
    };
    expect(cleanApplication(a).detail).toMatchObject({ secured_amount: null, maximum_amount: '500000.00' });
  });
});

describe('merging with another person’s version', () => {
  const base = cleanApplication(transfer());
  const mine: Application = { ...base, remarks: '我的附记', reason: '买卖（我）' };
  const theirs: Application = {
    ...base,
    reason: '赠与',
    detail: { ...base.detail, contract_no: 'HT-2' } as Application['detail'],
  };
  const found = differences(base, mine, theirs);
  it('tells who changed what', () =>
    expect(found.map((d) => [d.path, d.kind]).sort()).toEqual([
      ['/detail/contract_no', 'theirs'],
      ['/reason', 'both'],
      ['/remarks', 'mine'],
    ]));
  it('merges by choice', () => {
    const result = merged(mine, theirs, found, (path) => path !== '/detail/contract_no');
    expect(result.reason).toBe('买卖（我）');
    expect(result.remarks).toBe('我的附记');
    expect(result.detail).toMatchObject({ contract_no: 'HT-2' });
  });
  it('takes a list whole when its length changed', () => {
    const longer: Application = { ...base, holders: [...base.holders, ...base.holders] };
    const d = differences(base, longer, base);
    expect(merged(longer, base, d, () => true).holders).toHaveLength(2);
    expect(merged(longer, base, d, () => false).holders).toHaveLength(1);
  });
  it('names fields in Chinese', () => expect(labelOf('/holders/0/party/id/number')).toBe('权利人 1 证件 号码'));
});

describe('actions and files', () => {
  const action = (code: string, disabled_reason: string | null = null): AllowedAction => ({
    code,
    name: code,
    needs_reason: false,
    needs_opinion: false,
    targets: [],
    disabled_reason,
  });
  it('puts the move forward in front', () => {
    const actions = [action('send_back'), action('agree'), action('refuse')];
    expect(primaryOf(actions)?.code).toBe('agree');
    expect(othersOf(actions).map((a) => a.code)).toEqual(['send_back', 'refuse']);
    expect(primaryOf([action('claim')])).toBeUndefined();
  });
  it('refuses wrong files with a way out', () => {
    expect(fileFault({ name: 'a.pdf', type: 'application/pdf', size: 1 })).toBeNull();
    expect(fileFault({ name: 'a.docx', type: 'application/msword', size: 1 })).toContain('PDF');
    expect(fileFault({ name: 'a.png', type: 'image/png', size: 21 * 1048576 })).toContain('20 MB');
    expect(fileFault({ name: 'a.png', type: 'image/png', size: 0 })).toContain('空文件');
  });
});

describe('登记簿现状 and 申请内容', () => {
  it('an area with its unit is the same area, another figure is not', () => {
    expect(sameFact('49.57 ㎡', '49.57')).toBe(true);
    expect(sameFact('49.57 ㎡', '49.5')).toBe(false);
    expect(sameFact('陈**', '陈文琳')).toBe(false);
  });
});

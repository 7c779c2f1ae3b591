import { describe, expect, it } from 'vitest';
import type { ApplicantKind } from '@/api/searches';
import { csv } from '@/staff/admin/csv';
import { emptyDraft, faultsOf, fromRequest, papersOf, toRequest } from '@/staff/search/draft';

const holder = {
  code: 'holder',
  person: 'self',
  entitled: 'registered',
  parts: ['natural_facts', 'holders'],
  papers: [
    { code: 'S1', name: '查询申请书' },
    { code: 'S3', name: '授权委托书', when: 'agent' },
    { code: 'S9', name: '家庭成员关系证明', when: 'family' },
  ],
} as unknown as ApplicantKind;

function draft() {
  const d = emptyDraft();
  d.kind = 'holder';
  d.applicant.name = '甲';
  d.applicant.id = { kind: '1', number: '11010519491231002X' };
  d.purpose = '贷款';
  d.index = 'person';
  return d;
}

describe('a search application', () => {
  it('reads back as it was sent', () => {
    const d = draft();
    d.formerNames = '甲一，甲二';
    d.formerNumbers = '110105491231002、E12345678';
    d.family = [{ relation: 'spouse', name: '乙', number: '11010519491231002X' }];
    d.papers = { S1: true, S3: true, S9: true };
    const request = toRequest(d, holder);
    expect(request.former_ids).toEqual([
      { kind: '1', number: '110105491231002' },
      { kind: '99', number: 'E12345678' },
    ]);
    // no agent: the letter of attorney is not one of its papers
    expect(request.papers?.map((p) => p.code)).toEqual(['S1', 'S9']);
    expect(toRequest(fromRequest(request), holder)).toEqual(request);
  });
  it('asks for the papers that its people make necessary', () => {
    const d = draft();
    expect(papersOf(holder, d).map((p) => p.code)).toEqual(['S1']);
    d.family.push({ relation: 'minor_child', name: '丙', number: '' });
    expect(papersOf(holder, d).map((p) => p.code)).toEqual(['S1', 'S9']);
  });
  it('names what is missing, and takes numbers of fifteen digits', () => {
    const d = draft();
    expect(faultsOf(d, holder)).toEqual([]);
    d.applicant.id = { kind: '1', number: '110105491231002' };
    expect(faultsOf(d, holder)).toEqual([]);
    d.purpose = '其他';
    d.index = 'unit_code';
    d.applicant.id = { kind: '1', number: '1' };
    expect(faultsOf(d, holder).map((f) => f.field)).toEqual(['/applicant/id/number', '/purpose_note', '/units']);
  });
});

describe('CSV', () => {
  it('quotes what needs it and disarms formulas', () => {
    expect(csv([['甲,乙', '说“好”"', '=1+1', '普通']])).toBe('\uFEFF"甲,乙","说“好”""",\'=1+1,普通\r\n');
  });
});

import { describe, expect, it } from 'vitest';
import type { ServedDocument, ServedPerson, ServiceMethod } from '@/api/service';
import { bodyOf, emptyDraft, faultsOf, stateTag } from '@/staff/service/serve';

const person = { person: 2, name: '张三', agent: '李四', phone: '13900000000', address: '示例路 1 号' } as ServedPerson;
const document = { event_seq: 7, name: '不予登记告知书' } as ServedDocument;
const rule = (method: ServiceMethod['method'], ...needs: ServiceMethod['needs']): ServiceMethod => ({
  method,
  needs,
  name: '',
  source: '',
  served: '',
  hint: '',
});
const draft = () => emptyDraft(person, '2026-11-23');

describe('what a clerk records of a service', () => {
  it('starts with the addressee signing today', () => {
    const direct = rule('direct', 'receiver', 'relation');
    expect(faultsOf(draft(), direct)).toEqual([]);
    const body = bodyOf(draft(), direct, document, person);
    expect(body).toMatchObject({ event_seq: 7, person: 2, method: 'direct', on: '2026-11-23', failure: null });
    expect(body.particulars).toMatchObject({ receiver: '张三', relation: 'addressee', address: null });
  });
  it('asks for two witnesses or pictures', () => {
    const left = rule('left', 'address', 'witness');
    const d = { ...draft(), method: 'left' as const, witnesses: '王一' };
    expect(faultsOf(d, left).map((f) => f.field)).toEqual(['/witnesses']);
    expect(faultsOf({ ...d, pictures: true }, left)).toEqual([]);
    const two = { ...d, witnesses: '王一、 王二' };
    expect(faultsOf(two, left)).toEqual([]);
    expect(bodyOf(two, left, document, person).particulars?.witnesses).toEqual(['王一', '王二']);
  });
  it('asks for consent, and for the story of who cannot be found', () => {
    const electronic = rule('electronic', 'electronic_address', 'consent');
    expect(faultsOf(draft(), electronic).map((f) => f.field)).toEqual(['/consent']);
    const open = rule('public', 'published_in', 'ground');
    const d = { ...draft(), published_in: '门户网站', ground: 'whereabouts_unknown' };
    expect(faultsOf(d, open).map((f) => f.field)).toEqual(['/remarks']);
    expect(faultsOf({ ...d, ground: 'others_failed' }, open)).toEqual([]);
  });
  it('asks only why when it failed, and sends nothing of a signature', () => {
    const direct = rule('direct', 'receiver', 'relation');
    const d = { ...draft(), served: false };
    expect(faultsOf(d, direct).map((f) => f.field)).toEqual(['/failure']);
    const body = bodyOf({ ...d, failure: ' 查无此人 ' }, direct, document, person);
    expect(body.failure).toBe('查无此人');
    expect(body.particulars).toMatchObject({ receiver: null, relation: null });
  });
  it('says the state in words', () => {
    expect([stateTag('waiting'), stateTag('published'), stateTag('served')].map((t) => t.label)).toEqual([
      '待送达',
      '公告期内',
      '已送达',
    ]);
  });
});

import type { Application, BuildingTable, Business, Cell } from '@/api/types';

/** Invented people and places, only for these tests. */
export function transfer(): Application {
  return {
    reason: '买卖',
    co_ownership: '0',
    separate_certificates: false,
    holders: [
      {
        party: {
          name: '测试甲',
          kind: '1',
          id: { kind: '1', number: '11010519491231002X' },
          phone: '13800000000',
          address: null,
          legal_representative: null,
          agent: null,
        },
        share: null,
      },
    ],
    obligors: [
      {
        name: '测试乙',
        kind: '1',
        id: { kind: '1', number: '5104' },
        phone: null,
        address: null,
        legal_representative: null,
        agent: null,
      },
    ],
    detail: {
      kind: 'transfer',
      price: '800000.00',
      contract_no: 'HT-1',
      contract_date: '2026-11-01',
      deed_tax_proof_no: null,
      court: null,
      mortgages_end: null,
    },
    contact: null,
    delivery_method: 'counter',
    inquiry: [],
    acknowledged: [],
    remarks: null,
  };
}
export const BUSINESS: Business = {
  code: '200-04-02',
  name: '存量房转移登记',
  family: '转移登记',
  registration_type: '200',
  holder_label: '买方',
  obligor_label: '卖方',
  short_name: '存量房转移',
  target: 'title',
  right_types: ['state_construction_land_and_building'],
  parts: [],
  may_change: [],
  automatic: true,
  right_type_name: '房屋所有权',
  registration_type_name: '转移登记',
  rules: ['R72'],
  steps: [
    { code: 'acceptance', name: '受理', not_by: [] },
    { code: 'first_review', name: '初审', not_by: [] },
  ],
  committed_days: 1,
  legal_days: 30,
  result: 'title',
  detail_kind: 'transfer',
  reasons: ['买卖'],
};
export function cell(room: string, more: Partial<Cell> = {}): Cell {
  return {
    unit_code: `510402001003GB00012F0001${room.padStart(4, '0')}`,
    room,
    entrance: '一单元',
    area: '100.00',
    use_name: '住宅',
    state: 'registered',
    flags: [],
    holders_masked: ['张*'],
    certificate_tail: '0001',
    ...more,
  };
}
export function building(): BuildingTable {
  return {
    building: {
      code: '510402001003GB00012F0001',
      name: '一号楼',
      address: '测试路1号',
      structure_name: null,
      completed: null,
      storeys_above: 2,
      storeys_below: 0,
      units: 3,
      area_total: '300.00',
      parcel_code: '510402001003GB00012',
    },
    entrances: [{ name: '一单元', columns: 2 }],
    storeys: [
      { storey: 2, label: '2', cells: [cell('201', { flags: ['seizure', 'mortgage'] }), null] },
      { storey: 1, label: '1', cells: [cell('101'), cell('102', { state: 'unregistered', holders_masked: [] })] },
    ],
    legend: [
      { key: 'registered', label: '已登记', count: 2 },
      { key: 'seizure', label: '查封', count: 1 },
    ],
  };
}

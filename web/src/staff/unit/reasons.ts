import type { Named } from '@/api/types';

/** Why somebody searches by person or unmasks data: written into the audit record. */
export const SEARCH_REASONS: Named[] = [
  { code: '受理登记申请', name: '受理登记申请' },
  { code: '审核登记业务', name: '审核登记业务' },
  { code: '权利人本人查询', name: '权利人本人查询' },
  { code: '利害关系人查询', name: '利害关系人查询' },
  { code: '国家机关依法查询', name: '国家机关依法查询' },
  { code: '信访或投诉核查', name: '信访或投诉核查' },
];
export const SEARCH_BY: (Named & { hint: string })[] = [
  { code: 'auto', name: '自动识别', hint: '扫描或输入单元号、证号、坐落' },
  { code: 'unit_code', name: '不动产单元号', hint: '28 位，可带空格' },
  { code: 'certificate', name: '证书或证明号', hint: '例如 川(2021)攀枝花市不动产权第0000001号' },
  { code: 'holder', name: '权利人姓名或名称', hint: '输入完整姓名或名称' },
  { code: 'id_number', name: '权利人证件号', hint: '输入完整证件号' },
  { code: 'address', name: '坐落', hint: '小区、楼栋、房号，例如 金沙路 3 幢 502' },
];
export function personal(by: string): boolean {
  return by === 'holder' || by === 'id_number';
}

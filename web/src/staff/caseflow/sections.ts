import type { Application } from '@/api/types';

/** Sections of the acceptance form in working order; some do not exist for an entrusted seizure. */
export interface Section {
  key: string;
  label: string;
  when: (application: Application) => boolean;
}
const always = (): boolean => true;
const applied = (a: Application): boolean => a.detail.kind !== 'seizure';

export const SECTIONS: Section[] = [
  { key: 'business', label: '业务', when: always },
  { key: 'unit', label: '不动产单元', when: always },
  { key: 'rights', label: '现势权利', when: always },
  { key: 'parties', label: '申请人', when: applied },
  { key: 'detail', label: '权利信息', when: always },
  { key: 'materials', label: '收件材料', when: always },
  { key: 'inquiry', label: '询问记录', when: applied },
  { key: 'tax', label: '税费', when: (a) => a.detail.kind === 'transfer' },
  { key: 'delivery', label: '领证', when: applied },
  { key: 'remarks', label: '附记', when: always },
];

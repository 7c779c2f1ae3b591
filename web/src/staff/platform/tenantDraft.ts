import type { NewTenant } from '@/api/platform';
import type { FieldFault } from '@/kit/form';

export const STEPS = ['机构', '行政区', '办事点', '日历与收费', '首任管理员', '核对'] as const;
/** Which fields belong to which step: a fault of the server leads back to its step. */
const FIELDS: RegExp[] = [
  /^\/(authority|name|place_name|province_short)$/,
  /^\/counties/,
  /^\/offices/,
  /^\/(national_calendar|settle_before)/,
  /^\/administrator/,
];

export function emptyTenant(): NewTenant {
  return {
    authority: '',
    name: '',
    place_name: '',
    province_short: '川',
    counties: [{ code: '', name: '' }],
    offices: [{ office_id: '', name: '', address: '', county: '' }],
    administrator: { username: '', name: '' },
    national_calendar: true,
    settle_before: 'certificate',
  };
}

const filled = (text: string | null | undefined): boolean => !!text?.trim();
const code = (text: string): boolean => /^\d{6}$/.test(text.trim()) && text.trim() !== '000000';

/** What is still wrong, all steps together. */
export function tenantFaults(t: NewTenant): FieldFault[] {
  const faults: FieldFault[] = [];
  const fault = (bad: boolean, field: string, message: string): void => {
    if (bad) faults.push({ field, message });
  };
  fault(!code(t.authority), '/authority', '登记机构代码应为 6 位数字，例如 510500。');
  fault(!filled(t.name), '/name', '请填写登记机构全称。');
  fault(!filled(t.place_name), '/place_name', '请填写证号中的地名。');
  fault(t.province_short.trim().length !== 1, '/province_short', '省份简称应为一个汉字，例如 川。');
  t.counties.forEach((c, i) => {
    const twice = t.counties.findIndex((other) => other.code.trim() === c.code.trim()) !== i;
    fault(!code(c.code), `/counties/${i}/code`, '行政区代码应为 6 位数字。');
    fault(code(c.code) && twice, `/counties/${i}/code`, '行政区代码重复。');
    fault(!filled(c.name), `/counties/${i}/name`, '请填写行政区名称。');
  });
  t.offices.forEach((o, i) => {
    const twice = t.offices.findIndex((other) => other.office_id.trim() === o.office_id.trim()) !== i;
    const plain = /^[A-Za-z0-9-]{2,30}$/.test(o.office_id.trim());
    fault(!plain, `/offices/${i}/office_id`, '编号应为 2–30 位字母、数字或连字符，例如 510500-01。');
    fault(plain && twice, `/offices/${i}/office_id`, '办事点编号重复。');
    fault(!filled(o.name), `/offices/${i}/name`, '请填写办事点名称。');
    fault(!t.counties.some((c) => c.code.trim() === o.county), `/offices/${i}/county`, '请选择所在行政区。');
  });
  const username = t.administrator.username.trim();
  fault(
    !/^[a-z0-9._-]{2,32}$/.test(username),
    '/administrator/username',
    '登录名应为 2–32 位小写字母、数字、. _ 或 -。',
  );
  fault(!filled(t.administrator.name), '/administrator/name', '请填写管理员姓名。');
  return faults;
}

export function stepOf(field: string): number {
  const step = FIELDS.findIndex((pattern) => pattern.test(field));
  return step < 0 ? STEPS.length - 1 : step;
}

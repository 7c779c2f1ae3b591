import type { AllowedAction } from '@/api/types';

/** Moves that carry the case forward, in the order of the steps; the first allowed one is the primary button. */
const FORWARD = ['submit', 'agree', 'record', 'make_certificate', 'deliver', 'archive'];
const GRAVE = ['refuse', 'reject_acceptance', 'withdraw'];

export function primaryOf(actions: AllowedAction[]): AllowedAction | undefined {
  const forward = actions.filter((a) => FORWARD.includes(a.code));
  return forward.find((a) => !a.disabled_reason) ?? forward[0];
}
export function othersOf(actions: AllowedAction[]): AllowedAction[] {
  const primary = primaryOf(actions);
  return actions.filter((a) => a !== primary);
}
export function isGrave(code: string): boolean {
  return GRAVE.includes(code);
}

const OPINIONS: Record<string, string> = {
  submit: '申请材料已收齐，予以受理。',
  agree: '经审查，申请材料齐全，符合登记条件，同意登记。',
  record: '经核定，准予登簿。',
};
export function defaultOpinion(code: string): string {
  return OPINIONS[code] ?? '';
}

export const REASONS: Record<string, string[]> = {
  send_back: ['申请信息填写有误', '材料不清晰或不完整', '需要补充核验'],
  correct: ['申请材料不齐全', '申请材料不符合法定形式'],
  reject_acceptance: ['不属于本机构职责范围', '申请人未按要求补正材料'],
  refuse: ['违反法律、行政法规规定', '存在尚未解决的权属争议', '申请登记的不动产权利超过规定期限'],
  withdraw: ['申请人撤回申请'],
};
export function isForward(code: string): boolean {
  return FORWARD.includes(code);
}
/** The rules of law stand before recording; making and handing over the certificate only carry it out. */
export function isDecision(code: string): boolean {
  return ['submit', 'agree', 'record'].includes(code);
}

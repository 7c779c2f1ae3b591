/** Marks on a unit: one character on a dark chip, with the full word for screen readers and hints. */
export interface FlagLook {
  short: string;
  word: string;
  colour: string;
}
const FLAGS: Record<string, FlagLook> = {
  construction_mortgage: { short: '建', word: '在建工程抵押', colour: '#4f6228' },
  priority_notice: { short: '预', word: '预告登记', colour: '#5b6f00' },
  mortgage: { short: '押', word: '抵押', colour: '#006b30' },
  waiting_seizure: { short: '候', word: '轮候查封', colour: '#a8362b' },
  seizure: { short: '封', word: '查封', colour: '#b00012' },
  lock: { short: '锁', word: '锁定', colour: '#a3005c' },
  caution: { short: '异', word: '异议', colour: '#8a4b00' },
  restriction: { short: '限', word: '限制处分', colour: '#a3005c' },
  easement: { short: '役', word: '地役权', colour: '#6d4455' },
  habitation: { short: '居', word: '居住权', colour: '#0b6470' },
  pending_case: { short: '办', word: '有在办件', colour: '#0b5cad' },
  pending: { short: '办', word: '有在办件', colour: '#0b5cad' },
};
export function flagLook(flag: string): FlagLook {
  return FLAGS[flag] ?? { short: flag.slice(0, 1), word: flag, colour: '#4e5561' };
}

import type { NewExport } from '@/api/data';

/** What may be chosen where data is given out. */
export const FACTS = ['name', 'identity', 'contact', 'money', 'certificate', 'text'] as const;
export type Fact = (typeof FACTS)[number];
export const DRESS = [
  { code: 'masked', name: '脱敏' },
  { code: 'full', name: '原样' },
  { code: 'left', name: '不提供' },
];

export interface Choice {
  sets: string[];
  format: string;
  names: string;
  plane: string;
  counties: string[];
  historic: boolean;
  day: string;
  dress: Record<Fact, string>;
}

export function newChoice(): Choice {
  return {
    sets: [],
    format: 'geo_package',
    names: 'standard',
    plane: 'geographic',
    counties: [],
    historic: false,
    day: '',
    dress: { name: 'masked', identity: 'masked', contact: 'left', money: 'left', certificate: 'masked', text: 'left' },
  };
}

export function requestOf(choice: Choice): NewExport['request'] {
  return {
    data_sets: choice.sets,
    format: choice.format,
    names: choice.names,
    plane: choice.plane,
    counties: choice.counties,
    historic: choice.historic,
    // a day means its end in Beijing
    as_of: choice.day ? `${choice.day}T15:59:59Z` : null,
    dress: choice.dress,
  };
}

export function tellsPersons(choice: Choice): boolean {
  return Object.values(choice.dress).includes('full');
}

export function leftText(seconds: number): string {
  return seconds < 90 ? `约 ${seconds} 秒` : `约 ${Math.ceil(seconds / 60)} 分钟`;
}

import type { Named } from '@/api/types';

/** 领证方式. */
export const DELIVERY: Named[] = [
  { code: 'counter', name: '窗口领取' },
  { code: 'post', name: '邮寄' },
  { code: 'kiosk', name: '自助机领取' },
  { code: 'electronic', name: '只要电子证照' },
];

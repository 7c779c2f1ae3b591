import { showSeconds } from '@/format/time';
import type { Verdict } from './online';
import type { Payload } from './payload';
import type { Found, ListStatus } from './trust';

/** What the person reads first. */
export interface Saying {
  tone: 'good' | 'bad' | 'care';
  word: string;
  text: string;
}

const LISTED: Record<ListStatus, Saying> = {
  valid: { tone: 'good', word: '有效', text: '签名真实，由登记机构签发。' },
  suspended: { tone: 'care', word: '暂时失效', text: '这件证照正在暂停使用，暂停期间不能作为权利证明。' },
  replaced: { tone: 'bad', word: '已换发', text: '这件证照已由新的证照代替，请让对方出示换发后的证照。' },
  revoked: { tone: 'bad', word: '已注销', text: '登记簿已经注销，这件证照不再有效，请勿据此办理业务。' },
};

/** What the check in the page says, without the server. */
export function sayFound(found: Found, payload: Payload): Saying {
  switch (found.kind) {
    case 'no_keys':
      return {
        tone: 'care',
        word: '暂时不能判断',
        text: '本机还没有登记机构的公钥。请联网打开一次本页面，以后没有网络也能查验。',
      };
    case 'unknown_key':
      return {
        tone: 'bad',
        word: '不是本市证照',
        text: `签发密钥（机构 ${payload.authority}，第 ${payload.keyId} 号）不在本市登记机构的公钥之列。`,
      };
    case 'forged':
      return {
        tone: 'bad',
        word: '已被改动或者是假的',
        text: '二维码的签名不对：内容被改动过，或者不是登记机构签发的。请勿据此办理业务。',
      };
    case 'withdrawn':
      return {
        tone: 'bad',
        word: '不可信',
        text: `签发这个二维码的密钥已于 ${found.key.revoked_on} 停用，请到登记机构核实。`,
      };
    case 'genuine': {
      if (!found.list)
        return {
          tone: 'care',
          word: '签名真实，状态未知',
          text: `由${found.key.authority_name}签发；截至 ${payload.statusAsOf} 有效。没有状态清单，不知道此后是否注销，请联网再查。`,
        };
      if (!found.status)
        return {
          tone: 'care',
          word: '签名真实，状态未知',
          text: `由${found.key.authority_name}签发；本机的状态清单（${showSeconds(found.list.madeAt.toISOString())}）早于这件证照，请联网再查。`,
        };
      if (found.key.revoked_on && found.status === 'valid')
        return {
          tone: 'care',
          word: '签名真实，请联网核实',
          text: `签章所用的印章已于 ${found.key.revoked_on} 撤销；二维码写明在此之前（${payload.statusAsOf}）签章，签章时间要联网才能核实。`,
        };
      return LISTED[found.status];
    }
  }
}

/** What the server says. */
export function sayVerdict(verdict: Verdict): Saying {
  const word = verdict.title.split('：')[0] ?? verdict.title;
  const text = [verdict.title.split('：').slice(1).join('：'), verdict.detail].filter(Boolean).join('。');
  const tone = { valid: 'good', suspended: 'care', ended: 'bad', unknown: 'bad', altered: 'bad' } as const;
  return { tone: tone[verdict.outcome], word, text: text.replace(/。+/g, '。') };
}

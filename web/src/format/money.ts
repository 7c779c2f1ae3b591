/** Money as text. All arithmetic is on decimal strings: 800000.10 must never become 800000.0999…. */
const DIGITS = '零壹贰叁肆伍陆柒捌玖';
const PLACES = ['', '拾', '佰', '仟'];
const GROUPS = ['', '万', '亿', '万亿'];

/** `"800000"`, `"800,000.5"`, full-width digits → `"800000.00"`; null when it is no amount. At most 12 integer digits. */
export function parseMoney(typed: string): string | null {
  const plain = toHalfWidth(typed)
    .replace(/[,\s￥¥]/g, '')
    .replace(/元$/, '');
  const wan = /^(\d{1,8})(?:\.(\d{1,6}))?万$/.exec(plain);
  if (wan) {
    const fraction = (wan[2] ?? '').padEnd(6, '0');
    return trimZeros(`${wan[1]}${fraction.slice(0, 4)}`) + `.${fraction.slice(4)}`;
  }
  const match = /^(\d{1,12})(?:\.(\d{0,2}))?$/.exec(plain);
  if (!match) return null;
  return `${trimZeros(match[1] ?? '0')}.${(match[2] ?? '').padEnd(2, '0')}`;
}
function trimZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '');
}

/** `"800000.00"` → `"800,000.00"`. */
export function groupMoney(value: string | null | undefined): string {
  if (!value) return '';
  const [whole = '', fraction = ''] = value.split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${fraction.padEnd(2, '0')}`;
}

function groupInWords(four: string): string {
  let words = '';
  let zero = false;
  for (let i = 0; i < 4; i += 1) {
    const digit = Number(four[i]);
    if (digit === 0) {
      zero = words !== '';
      continue;
    }
    if (zero) words += '零';
    zero = false;
    words += (DIGITS[digit] ?? '') + (PLACES[3 - i] ?? '');
  }
  return words;
}

/** Capital amount as on bank forms: `"800000.00"` → `捌拾万元整`; 《支付结算办法》附件一“正确填写票据和结算凭证的基本规定”. */
export function moneyInWords(value: string | null | undefined): string {
  const parsed = value ? parseMoney(value) : null;
  if (!parsed) return '';
  const [whole = '0', fraction = '00'] = parsed.split('.');
  const padded = whole.padStart(Math.ceil(whole.length / 4) * 4, '0');
  let words = '';
  let gap = false;
  for (let i = 0; i < padded.length; i += 4) {
    const four = padded.slice(i, i + 4);
    const text = groupInWords(four);
    if (!text) {
      gap = words !== '';
      continue;
    }
    if (words && (gap || four.startsWith('0'))) words += '零';
    // A zero at the end of this group is read before the next: 壹拾万零柒仟元.
    gap = four.endsWith('0');
    words += text + (GROUPS[(padded.length - i) / 4 - 1] ?? '');
  }
  const jiao = Number(fraction[0]);
  const fen = Number(fraction[1]);
  let tail = words ? `${words}元` : '';
  if (!jiao && !fen) return tail ? `${tail}整` : '零元整';
  if (jiao) tail += `${DIGITS[jiao]}角`;
  else if (words) tail += '零';
  return fen ? `${tail}${DIGITS[fen]}分` : `${tail}整`;
}

/** Full-width digits, letters and signs (typical of Chinese input methods) → ASCII. */
export function toHalfWidth(text: string): string {
  return text
    .replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/　/g, ' ')
    .replace(/。(?=\d)/g, '.');
}

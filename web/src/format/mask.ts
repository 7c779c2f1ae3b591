/** Masks for personal data on screen. The server masks already; these guard what a form itself has to echo. */
export function maskName(name: string): string {
  const letters = Array.from(name.trim());
  if (letters.length === 0) return '';
  if (letters.length > 4) return name; // an organisation: its name is public
  return `${letters[0]}${'*'.repeat(Math.max(1, letters.length - 1))}`;
}
export function maskId(number: string): string {
  if (number.length < 9) return '*'.repeat(number.length);
  return `${number.slice(0, 4)}${'*'.repeat(number.length - 8)}${number.slice(-4)}`;
}
export function maskPhone(phone: string): string {
  return /^\d{11}$/.test(phone) ? `${phone.slice(0, 3)}****${phone.slice(-4)}` : phone.replace(/\d(?=\d{3})/g, '*');
}

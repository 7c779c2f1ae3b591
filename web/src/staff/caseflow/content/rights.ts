import type { Business, Named, RightView, UnitDetail } from '@/api/types';

const BURDENS = new Set([
  'mortgage',
  'seizure',
  'caution',
  'priority_notice',
  'restriction',
  'habitation',
  'easement',
  'owners_common_part',
]);

/** True for rights that the business acts upon; a business without types acts upon titles. */
export function actsUpon(business: Business | undefined, right: RightView): boolean {
  const types = business?.right_types ?? [];
  return types.length ? types.includes(right.right_type) : !BURDENS.has(right.kind);
}
/** The rights to choose from, by what a clerk knows them by. */
export function rightOptions(units: UnitDetail[], business: Business | undefined, chosen: string | null): Named[] {
  return units
    .flatMap((u) => u.rights)
    .filter((r) => (r.status === 'current' && actsUpon(business, r)) || r.right_id === chosen)
    .map((r) => ({
      code: r.right_id,
      name: [r.right_type_name, r.certificate_no, r.holders.map((h) => h.name).join('、')].filter(Boolean).join(' · '),
    }));
}

import type { Business, CaseView, Material, MaterialRule } from '@/api/types';

export const ACCEPTED = ['application/pdf', 'image/jpeg', 'image/png'];
export const MAX_BYTES = 20 * 1024 * 1024;

/** Null when the file may be sent. */
export function fileFault(file: { name: string; type: string; size: number }): string | null {
  if (!ACCEPTED.includes(file.type)) return `“${file.name}”不是 PDF、JPG 或 PNG 文件，请另存为这些格式后再上传。`;
  if (file.size === 0) return `“${file.name}”是空文件，请重新扫描。`;
  if (file.size > MAX_BYTES) return `“${file.name}”有 ${(file.size / 1048576).toFixed(1)} MB，超过 20 MB，请压缩或拆分后再上传。`;
  return null;
}

export interface MaterialRow { rule: MaterialRule; files: Material[]; missing: boolean }

/** The checklist of the business with what was taken in; items beyond the list come last. */
export function materialRows(business: Business | undefined, view: CaseView): MaterialRow[] {
  const rules = business?.materials ?? [];
  const agent = [...view.application.holders.map((h) => h.party), ...view.application.obligors].some((p) => p.agent);
  const rows = rules.map((rule) => {
    const files = view.materials.filter((m) => m.item === rule.code);
    const needed = rule.required || (agent && /代理/.test(rule.condition ?? ''));
    return { rule, files, missing: needed && files.length === 0 };
  });
  for (const material of view.materials) {
    if (rows.some((row) => row.rule.code === material.item)) continue;
    rows.push({ rule: { code: material.item, name: material.item_name, required: false }, files: view.materials.filter((m) => m.item === material.item), missing: false });
  }
  return rows;
}

import type { CaseView, Material, MaterialRule } from '@/api/types';

export const ACCEPTED = ['application/pdf', 'image/jpeg', 'image/png'];
export const MAX_BYTES = 20 * 1024 * 1024;

/** Null when the file may be sent. */
export function fileFault(file: { name: string; type: string; size: number }): string | null {
  if (!ACCEPTED.includes(file.type)) return `“${file.name}”不是 PDF、JPG 或 PNG 文件，请另存为这些格式后再上传。`;
  if (file.size === 0) return `“${file.name}”是空文件，请重新扫描。`;
  if (file.size > MAX_BYTES)
    return `“${file.name}”有 ${(file.size / 1048576).toFixed(1)} MB，超过 20 MB，请压缩或拆分后再上传。`;
  return null;
}

export interface MaterialRow {
  rule: MaterialRule;
  files: Material[];
  missing: boolean;
}

/** The checklist that the server worked out for this case, with what was taken in; items beyond it come last. */
export function materialRows(view: CaseView): MaterialRow[] {
  const rows: MaterialRow[] = view.checklist.map((rule) => {
    const files = view.materials.filter((m) => m.item === rule.code);
    return { rule, files, missing: rule.required && files.length === 0 };
  });
  for (const material of view.materials) {
    if (rows.some((row) => row.rule.code === material.item)) continue;
    rows.push({
      rule: { code: material.item, name: material.item_name, required: false },
      files: view.materials.filter((m) => m.item === material.item),
      missing: false,
    });
  }
  return rows;
}

import type { Run } from '@/api/intake';

/** Seconds as people say them. */
export function showSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} 秒`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} 分 ${Math.round(seconds % 60)} 秒`;
  return `${Math.floor(seconds / 3600)} 小时 ${Math.floor((seconds % 3600) / 60)} 分`;
}

/** Rate and time left of a stage, where they can be told. */
export function showPace(run: Run): string {
  const parts: string[] = [];
  if (run.stage_total > 0) parts.push(`${run.stage_done.toLocaleString()} / ${run.stage_total.toLocaleString()}`);
  else if (run.stage_done > 0) parts.push(run.stage_done.toLocaleString());
  if (run.rate) parts.push(`每秒 ${run.rate >= 10 ? Math.round(run.rate).toLocaleString() : run.rate.toFixed(1)}`);
  if (run.seconds_left) parts.push(`约剩 ${showSeconds(run.seconds_left)}`);
  return parts.join('，');
}

export const atWork = (state: string): boolean => ['waiting', 'running', 'stopping'].includes(state);

/** Bytes as people say them. */
export function showBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} 字节`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  if (bytes < 1024 * 1024 * 1024) return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  return `${(bytes / 1024 / 1024 / 1024).toFixed(2)} GB`;
}

export const OUTCOMES: Record<string, string> = {
  accepted: '可入库',
  merged: '合并',
  doubtful: '待核对',
  rejected: '退回',
};
/** Tables of the national database standard that a check of the register fills. */
export const TABLES: Record<string, string> = {
  ZDJBXX: '宗地',
  ZRZ: '自然幢',
  H: '户',
  FDCQ2: '房屋所有权',
  JSYDSYQ: '土地权利',
  QLR: '权利人',
  DYAQ: '抵押权',
  CFDJ: '查封登记',
  YGDJ: '预告登记',
  YYDJ: '异议登记',
  JZQ: '居住权',
  DYIQ: '地役权',
};
export const SEVERITIES: Record<string, string> = { error: '强制', warning: '警告', note: '提示' };
export const UNIT_STATES: Record<string, string> = {
  prepared: '待发布',
  new: '新入库',
  grown: '已补充',
  same: '已在册',
  refused: '退回',
};

import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import type { Figures, TrendPoint } from '@/api/statistics';
import FigureHelp from '@/staff/stats/FigureHelp.vue';
import { complaint, presetDays, shown, type StatsFilterValues } from '@/staff/stats/period';
import { everyNth, ticks } from '@/staff/stats/scale';
import TrendChart from '@/staff/stats/TrendChart.vue';

const filter = (from: string, to: string): StatsFilterValues => ({
  from,
  to,
  county: '',
  office: '',
  family: '',
  business: '',
  source: '',
  side: '',
});

describe('period', () => {
  it('gives the days of each preset', () => {
    const days = (code: Parameters<typeof presetDays>[0], today: string): string[] =>
      Object.values(presetDays(code, today));
    expect(days('day', '2026-11-23')).toEqual(['2026-11-23', '2026-11-23']);
    // a Monday, and the Sunday before it
    expect(days('week', '2026-11-23')[0]).toBe('2026-11-23');
    expect(days('week', '2026-11-22')[0]).toBe('2026-11-16');
    expect(days('month', '2026-11-23')).toEqual(['2026-11-01', '2026-11-23']);
    expect(days('last_month', '2026-03-31')).toEqual(['2026-02-01', '2026-02-28']);
    expect(days('last_month', '2026-01-05')).toEqual(['2025-12-01', '2025-12-31']);
    expect(days('quarter', '2026-11-23')).toEqual(['2026-10-01', '2026-11-23']);
    expect(days('half', '2026-03-15')[0]).toBe('2025-10-01');
    expect(days('year', '2026-11-23')[0]).toBe('2026-01-01');
  });
  it('puts dates into their form and says what is wrong', () => {
    const typed = filter('20261101', '20261130');
    expect(complaint(typed)).toBe('');
    expect([typed.from, typed.to]).toEqual(['2026-11-01', '2026-11-30']);
    expect(complaint(filter('2026-11-02', '2026-11-01'))).toContain('早于');
    expect(complaint(filter('', '2026-11-01'))).toContain('起止日期');
    expect(complaint(filter('2026-02-30', '2026-11-01'))).toContain('起止日期');
  });
  it('shows nothing as a dash and a nought as a nought', () => {
    expect([shown(null), shown(undefined), shown(0), shown('99.5', '%')]).toEqual(['—', '—', '0', '99.5%']);
  });
});

describe('scale', () => {
  it('has whole marks that reach the highest bar', () => {
    for (const most of [0, 1, 2, 3, 5, 7, 9, 10, 42, 99, 101, 3456, 99_999]) {
      const marks = ticks(most);
      expect(marks[0]).toBe(0);
      expect(marks[marks.length - 1]).toBeGreaterThanOrEqual(most);
      expect(marks.length).toBeGreaterThan(1);
      expect(marks.length).toBeLessThanOrEqual(7);
      expect(marks.every(Number.isInteger)).toBe(true);
    }
    expect(ticks(8)).toEqual([0, 2, 4, 6, 8]);
    expect([everyNth(7, 20), everyNth(62, 20)]).toEqual([1, 4]);
  });
});

const figures = (accepted: number, recorded: number): Figures =>
  ({
    accepted,
    recorded,
    online: 0,
    automatic: 0,
    on_time: recorded,
    corrected: 0,
    delivered: 0,
    refused: 0,
    not_accepted: 0,
    withdrawn: 0,
  }) as Figures;

describe('TrendChart', () => {
  const points: TrendPoint[] = [
    { key: '2026-11-02', figures: figures(4, 2) },
    { key: '2026-11-03', figures: figures(0, 1) },
  ];
  it('draws bars as high as the figures and has the same as a table', async () => {
    const chart = mount(TrendChart, { props: { points, grain: 'day' } });
    const height = (kind: string, nth: number): number =>
      Number(chart.findAll(`rect.${kind}`)[nth]?.attributes('height'));
    expect(height('accepted', 0)).toBeCloseTo(2 * height('recorded', 0));
    expect(height('accepted', 1)).toBe(0);
    expect(chart.find('svg').attributes('aria-label')).toContain('受理 4 件，登簿 3 件');
    expect(chart.find('table').exists()).toBe(false);
    await chart.find('button').trigger('click');
    const rows = chart.findAll('tbody tr').map((row) => row.findAll('td').map((cell) => cell.text()));
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ['4', '2'],
      ['0', '1'],
    ]);
  });
});

describe('FigureHelp', () => {
  it('says what a figure means when asked, and closes with Escape', async () => {
    const definition = { code: 'accepted', name: '受理', meaning: '首次受理的件数。', source: '受理时间' };
    const help = mount(FigureHelp, { props: { definition } });
    expect(help.text()).toBe('?');
    await help.find('button').trigger('click');
    expect(help.text()).toContain('首次受理的件数。');
    await help.find('button').trigger('keydown', { key: 'Escape' });
    expect(help.find('[role=status]').exists()).toBe(false);
    expect(
      mount(FigureHelp, { props: { definition: undefined } })
        .find('button')
        .exists(),
    ).toBe(false);
  });
});

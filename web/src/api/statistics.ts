import { apiUrl, client, head, ok } from './http';
import type { components, paths } from './schema';

type S = components['schemas'];
export type Figures = S['FiguresView'];
export type StatisticsSummary = S['StatisticsSummary'];
export type TrendPoint = S['TrendPoint'];
export type BacklogLine = S['BacklogLine'];
export type LightCount = S['LightCount'];
export type Breakdown = S['Breakdown'];
export type BreakdownRow = S['BreakdownRow'];
export type StaffWork = S['StaffWork'];
export type Definition = S['DefinitionView'];
export type SupervisorBoard = S['SupervisorBoard'];
export type WatchedCase = S['WatchedCase'];
export type Reminder = S['ReminderView'];
export type StatisticsQuery = NonNullable<paths['/api/v1/statistics/by']['get']['parameters']['query']>;
export type BoardQuery = NonNullable<paths['/api/v1/board/supervisor']['get']['parameters']['query']>;
export type Dimension = NonNullable<StatisticsQuery['by']>;

function file(path: string, query: StatisticsQuery): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) parts.set(name, String(value));
  return `${apiUrl(path)}?${parts.toString()}`;
}

let meant: Promise<Definition[]> | null = null;

export const statisticsApi = {
  summary: (query: StatisticsQuery): Promise<StatisticsSummary> =>
    ok(client.GET('/api/v1/statistics/summary', { params: { query } })),
  by: (query: StatisticsQuery): Promise<Breakdown> => ok(client.GET('/api/v1/statistics/by', { params: { query } })),
  staff: async (query: StatisticsQuery) =>
    (await ok(client.GET('/api/v1/statistics/staff', { params: { query } }))) as S['StaffWorkList'],
  /** What the figures mean: the same for everybody, fetched once. */
  definitions: (): Promise<Definition[]> => {
    meant ??= ok(client.GET('/api/v1/statistics/definitions')).then(
      (found) => found.items,
      (thrown: unknown) => {
        meant = null;
        throw thrown;
      },
    );
    return meant;
  },
  exportUrl: (query: StatisticsQuery): string => file('/statistics/export', query),
  staffUrl: (query: StatisticsQuery): string => file('/statistics/staff', query),
  board: (query: BoardQuery): Promise<SupervisorBoard> =>
    ok(client.GET('/api/v1/board/supervisor', { params: { query } })),
  reminders: async (): Promise<Reminder[]> => (await ok(client.GET('/api/v1/board/reminders'))).items,
  urge: (cases: string[], note: string | null, key: string): Promise<S['Urged']> =>
    ok(client.POST('/api/v1/board/reminders', { params: { header: head(key) }, body: { cases, note } })),
};

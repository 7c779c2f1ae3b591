import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { asProblem, type ApiProblem } from '@/api/problem';

/** A list that is read page by page. */
export interface PagedList<T> {
  rows: ShallowRef<T[] | null>;
  cursor: Ref<string | null>;
  loading: Ref<boolean>;
  problem: ShallowRef<ApiProblem | null>;
  load: (more?: boolean) => Promise<void>;
}

export function useList<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; next_cursor?: string | null }>,
): PagedList<T> {
  const rows = shallowRef<T[] | null>(null);
  const cursor = ref<string | null>(null);
  const loading = ref(false);
  const problem = shallowRef<ApiProblem | null>(null);
  async function load(more = false): Promise<void> {
    loading.value = true;
    problem.value = null;
    try {
      const found = await page((more ? cursor.value : null) ?? undefined);
      rows.value = more ? [...(rows.value ?? []), ...found.items] : found.items;
      cursor.value = found.next_cursor ?? null;
    } catch (thrown) {
      problem.value = asProblem(thrown);
    }
    loading.value = false;
  }
  return { rows, cursor, loading, problem, load };
}

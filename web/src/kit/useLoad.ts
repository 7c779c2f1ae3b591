import { shallowRef, ref, type Ref, type ShallowRef } from 'vue';
import { asProblem, type ApiProblem } from '@/api/problem';

/** One piece of data of a page: value, loading, problem; a newer call wins over an older one. */
export interface Load<T> {
  data: ShallowRef<T | null>;
  loading: Ref<boolean>;
  problem: ShallowRef<ApiProblem | null>;
  run: () => Promise<T | null>;
}

export function useLoad<T>(fetcher: () => Promise<T>): Load<T> {
  const data = shallowRef<T | null>(null);
  const loading = ref(false);
  const problem = shallowRef<ApiProblem | null>(null);
  let turn = 0;
  async function run(): Promise<T | null> {
    const mine = ++turn;
    loading.value = true;
    problem.value = null;
    try {
      const value = await fetcher();
      if (mine === turn) data.value = value;
      return value;
    } catch (thrown) {
      if (mine === turn) problem.value = asProblem(thrown);
      return null;
    } finally {
      if (mine === turn) loading.value = false;
    }
  }
  return { data, loading, problem, run };
}

import { ref, shallowRef, watch, type Ref } from 'vue';
import { newKey } from '@/api/http';
import { asProblem, type ApiProblem } from '@/api/problem';
import type { CaseView } from '@/api/types';
import { useForm, type FieldFault } from '@/kit/form';
import { toast } from '@/kit/toast';

/** What the dialogs of a notice share: an empty form when opened, one key for one sending, faults at their fields. */
export function useNoticeForm(options: {
  open: Ref<boolean>;
  begin: () => void;
  check: () => FieldFault[];
  send: (key: string) => Promise<CaseView>;
  said: string;
  done: (view: CaseView) => void;
}) {
  const busy = ref(false);
  const problem = shallowRef<ApiProblem | null>(null);
  let key = newKey();
  const form = useForm(options.check, ref(false), '/notice');
  watch(
    options.open,
    (shown) => {
      if (!shown) return;
      options.begin();
      form.reset();
      problem.value = null;
      key = newKey();
    },
    { immediate: true },
  );
  async function submit(): Promise<void> {
    if (busy.value || !form.submit()) return;
    busy.value = true;
    problem.value = null;
    try {
      const next = await options.send(key);
      toast(options.said);
      options.open.value = false;
      options.done(next);
    } catch (thrown) {
      problem.value = asProblem(thrown);
      form.fromServer(problem.value.errors);
      // another text is another request
      key = newKey();
    }
    busy.value = false;
  }
  return { busy, problem, submit };
}

export function required(field: string, value: string, message: string): FieldFault[] {
  return value.trim() ? [] : [{ field, message }];
}

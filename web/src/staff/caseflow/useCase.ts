import { computed, onBeforeUnmount, ref, shallowRef, watch } from 'vue';
import { casesApi } from '@/api/cases';
import { newKey } from '@/api/http';
import { asProblem, type ApiProblem } from '@/api/problem';
import type { ActionRequest, Application, CaseView, Violation } from '@/api/types';
import { cleanApplication, editable } from './draft';

const AUTOSAVE_MS = 10_000;
const SETTLE_MS = 1500;
const fingerprint = (application: Application): string => JSON.stringify(cleanApplication(application));

/** One open case: what the server holds, what the person has typed on top of it, and the way between the two. */
export function useCase(caseNo: string) {
  const view = shallowRef<CaseView | null>(null);
  const draft = ref<Application | null>(null);
  const checks = shallowRef<Violation[]>([]);
  const loading = ref(false);
  const saving = ref(false);
  const savedAt = ref<number | null>(null);
  const problem = shallowRef<ApiProblem | null>(null);
  const saveProblem = shallowRef<ApiProblem | null>(null);
  /** Another person's version while ours has unsaved changes. */
  const conflict = shallowRef<{ base: Application; theirs: CaseView } | null>(null);
  const base = shallowRef<Application | null>(null);

  const canEdit = computed(() => view.value?.editable ?? false);
  const dirty = computed(
    () => canEdit.value && !!draft.value && !!base.value && fingerprint(draft.value) !== fingerprint(base.value),
  );

  function take(next: CaseView, keepDraft = false): void {
    // An answer that was overtaken: read before a save and here after it. What it lacks has been saved since.
    if (view.value && next.version < view.value.version) return;
    view.value = next;
    base.value = next.application;
    checks.value = next.checks ?? [];
    if (!keepDraft || !draft.value) draft.value = editable(next.application);
  }
  async function load(): Promise<void> {
    loading.value = true;
    problem.value = null;
    try {
      take(await casesApi.read(caseNo));
    } catch (thrown) {
      problem.value = asProblem(thrown);
    }
    loading.value = false;
  }
  /** Reads the case again (materials changed…), keeping what was typed. */
  async function refresh(): Promise<void> {
    try {
      const next = await casesApi.read(caseNo);
      if (!dirty.value) take(next);
      else if (view.value && next.version === view.value.version) take(next, true);
      else if (view.value && next.version > view.value.version) view.value = { ...next, version: view.value.version };
    } catch (thrown) {
      saveProblem.value = asProblem(thrown);
    }
  }
  async function check(): Promise<void> {
    try {
      checks.value = (await casesApi.check(caseNo)).violations;
    } catch {
      /* the last known checks stay */
    }
  }

  let running: Promise<boolean> | null = null;
  async function push(): Promise<boolean> {
    const current = view.value;
    if (!current || !draft.value || !dirty.value) return true;
    const sent = cleanApplication(draft.value);
    saving.value = true;
    try {
      const next = await casesApi.save(caseNo, current.version, sent, newKey());
      const untouched = draft.value !== null && JSON.stringify(cleanApplication(draft.value)) === JSON.stringify(sent);
      // What the server tidied (upper case, 15-digit numbers) comes back only while nobody is typing.
      const typing = document.activeElement?.matches('input,textarea,select') ?? false;
      take(next, !untouched || typing);
      if (untouched && typing) base.value = sent;
      savedAt.value = Date.now();
      saveProblem.value = null;
      void check();
      return true;
    } catch (thrown) {
      const failed = asProblem(thrown);
      if (failed.stale && base.value) await meet(base.value);
      else saveProblem.value = failed;
      return false;
    } finally {
      saving.value = false;
    }
  }
  async function meet(from: Application): Promise<void> {
    try {
      conflict.value = { base: from, theirs: await casesApi.read(caseNo) };
    } catch (thrown) {
      saveProblem.value = asProblem(thrown);
    }
  }
  async function save(): Promise<boolean> {
    if (running) await running;
    running = push();
    const ok = await running;
    running = null;
    return ok;
  }
  /** After the conflict dialog: `choice` is the merged application, or null to take the other person's. */
  async function settle(choice: Application | null): Promise<void> {
    const met = conflict.value;
    conflict.value = null;
    if (!met) return;
    take(met.theirs);
    if (choice) {
      draft.value = editable(choice);
      await save();
    }
  }
  /** What another part of the page has done to the case. */
  function changed(next: CaseView): void {
    take(next, dirty.value);
  }
  async function act(body: ActionRequest, key: string): Promise<CaseView> {
    if (dirty.value && !(await save()))
      throw saveProblem.value ?? asProblem(new Error('保存没有成功，请先处理保存的问题。'));
    const current = view.value;
    if (!current) throw asProblem(new Error('案件还没有载入。'));
    const next = await casesApi.act(caseNo, current.version, body, key);
    take(next);
    return next;
  }

  // Server draft: soon after typing settles, and every ten seconds while typing goes on.
  let settleTimer = 0;
  const beat = window.setInterval(() => {
    if (dirty.value && !saving.value && !conflict.value) void save();
  }, AUTOSAVE_MS);
  const stop = watch(
    draft,
    () => {
      window.clearTimeout(settleTimer);
      if (!canEdit.value) return;
      settleTimer = window.setTimeout(() => {
        if (dirty.value && !saving.value && !conflict.value) void save();
      }, SETTLE_MS);
    },
    { deep: true },
  );
  onBeforeUnmount(() => {
    stop();
    window.clearInterval(beat);
    window.clearTimeout(settleTimer);
  });

  return {
    view,
    draft,
    checks,
    loading,
    saving,
    savedAt,
    problem,
    saveProblem,
    conflict,
    base,
    canEdit,
    dirty,
    load,
    refresh,
    check,
    save,
    settle,
    changed,
    act,
  };
}
export type CaseModel = ReturnType<typeof useCase>;

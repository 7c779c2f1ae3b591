import { computed, ref, shallowRef } from 'vue';
import { newKey } from '@/api/http';
import {
  intakeApi,
  type Mapping,
  type MappingEdit,
  type MappingFault,
  type OutlineTable,
  type SourceProfile,
} from '@/api/intake';
import { asProblem, type ApiProblem } from '@/api/problem';

/** A mapping being made for a source: the text is the truth, the server outlines, checks and changes it. */
export function useMappingDraft() {
  const source = ref('');
  const packageId = ref('');
  const profile = shallowRef<SourceProfile | null>(null);
  const saved = shallowRef<Mapping | null>(null);
  const body = ref('');
  const tables = shallowRef<OutlineTable[] | null>([]);
  const faults = shallowRef<MappingFault[]>([]);
  const failed = shallowRef<ApiProblem | null>(null);
  const busy = ref(false);
  const checking = ref(false);
  const undoable = ref<string[]>([]);
  const changed = computed(() => !!saved.value && body.value !== saved.value.body);
  let last = 0;

  /** Takes up a source with one of its deliveries; without one only the text can be seen. */
  async function open(name: string, package_id: string): Promise<void> {
    source.value = name;
    packageId.value = package_id;
    failed.value = null;
    profile.value = null;
    undoable.value = [];
    saved.value = await intakeApi.mapping(name);
    body.value = saved.value.body;
    if (package_id) {
      profile.value = await intakeApi.profile(package_id);
      // nothing saved yet: begin with what is proposed
      if (!body.value) body.value = profile.value.proposal;
    }
    await check();
  }
  /** Sends the text and changes to it; the answer of the last question counts. */
  async function ask(edits: MappingEdit[]): Promise<boolean> {
    if (!packageId.value) {
      tables.value = null;
      faults.value = [];
      return false;
    }
    const mine = ++last;
    checking.value = true;
    try {
      const found = await intakeApi.checkMapping(packageId.value, body.value, edits);
      if (mine !== last) return false;
      failed.value = null;
      if (edits.length) {
        undoable.value = [...undoable.value.slice(-49), body.value];
        body.value = found.body;
      }
      tables.value = found.outline?.tables ?? null;
      faults.value = found.faults;
      return true;
    } catch (thrown) {
      if (mine === last) failed.value = asProblem(thrown);
      return false;
    } finally {
      if (mine === last) checking.value = false;
    }
  }
  const check = () => ask([]);
  const edit = (...edits: MappingEdit[]) => ask(edits);
  /** Another text in place of the one there is. */
  async function put(text: string): Promise<void> {
    if (text === body.value) return;
    undoable.value = [...undoable.value.slice(-49), body.value];
    body.value = text;
    await check();
  }
  async function undo(): Promise<void> {
    const before = undoable.value.at(-1);
    if (before === undefined) return;
    undoable.value = undoable.value.slice(0, -1);
    body.value = before;
    await check();
  }
  async function save(): Promise<Mapping | null> {
    if (busy.value || !saved.value) return null;
    busy.value = true;
    failed.value = null;
    try {
      saved.value = await intakeApi.saveMapping(
        source.value,
        saved.value.version,
        body.value,
        packageId.value || null,
        newKey(),
      );
      undoable.value = [];
      return saved.value;
    } catch (thrown) {
      failed.value = asProblem(thrown);
      return null;
    } finally {
      busy.value = false;
    }
  }
  /** What is wrong at a line. */
  const at = (line: number) => faults.value.filter((f) => f.line === line);
  return {
    source,
    packageId,
    profile,
    saved,
    body,
    tables,
    faults,
    failed,
    busy,
    checking,
    undoable,
    changed,
    open,
    check,
    edit,
    put,
    undo,
    save,
    at,
  };
}

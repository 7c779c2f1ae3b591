import { computed, inject, provide, reactive, ref, type ComputedRef, type InjectionKey, type Ref } from 'vue';
import type { FieldProblem } from '@/api/problem';

/** A fault of one field, addressed by JSON pointer into the body that the form sends. */
export interface FieldFault {
  field: string;
  message: string;
}

/**
 * When a field speaks: format faults on leaving the field, everything on submitting, the server's own faults
 * always. A server fault goes away as soon as its field is touched again.
 */
export interface FormContext {
  /** Where the fields below stand within the body that is sent; '' for the body itself. */
  at: string;
  disabled: Ref<boolean>;
  faultOf: (field: string) => string | null;
  leave: (field: string) => void;
  change: (field: string) => void;
}
const KEY: InjectionKey<FormContext> = Symbol('form');

export function fieldId(field: string): string {
  return `f${field.replace(/[^A-Za-z0-9]+/g, '-')}`;
}

export interface FormModel extends FormContext {
  faults: ComputedRef<FieldFault[]>;
  submitted: Ref<boolean>;
  /** Shows all faults; true when there is none. */
  submit: () => boolean;
  fromServer: (errors: FieldProblem[]) => void;
  reset: () => void;
}

/** `at` sets a form in a dialog apart from the one below it, whose fields may have the same names. */
export function useForm(check: () => FieldFault[], disabled: Ref<boolean> = ref(false), at = ''): FormModel {
  const left = reactive(new Set<string>());
  const submitted = ref(false);
  const server = ref<FieldFault[]>([]);
  const own = computed(check);
  const faults = computed(() => [...own.value, ...server.value]);
  const model: FormModel = {
    at,
    disabled,
    faults,
    submitted,
    faultOf(field) {
      const fault = server.value.find((f) => f.field === field) ?? own.value.find((f) => f.field === field);
      if (!fault) return null;
      return submitted.value || left.has(field) || server.value.includes(fault) ? fault.message : null;
    },
    leave(field) {
      left.add(field);
    },
    change(field) {
      server.value = server.value.filter((f) => f.field !== field);
    },
    submit() {
      submitted.value = true;
      return own.value.length === 0;
    },
    fromServer(errors) {
      server.value = errors.map(({ field, message }) => ({ field, message }));
    },
    reset() {
      left.clear();
      submitted.value = false;
      server.value = [];
    },
  };
  provide(KEY, model);
  return model;
}
export function useFormContext(): FormContext | null {
  return inject(KEY, null);
}
/** Everything below speaks of a part of the body: its fields are addressed from there. */
export function provideScope(at: string): void {
  const outer = inject(KEY, null);
  if (!outer) return;
  provide(KEY, {
    at: outer.at + at,
    disabled: outer.disabled,
    faultOf: (field) => outer.faultOf(at + field),
    leave: (field) => outer.leave(at + field),
    change: (field) => outer.change(at + field),
  });
}

/** Brings the field of a pointer into view and focuses it; a fault of a whole part falls to the nearest parent. */
export function goToField(pointer: string): boolean {
  let path = pointer;
  while (path) {
    const element =
      document.getElementById(fieldId(path)) ??
      document.querySelector<HTMLElement>(`[data-section="${CSS.escape(path)}"]`);
    if (element) {
      element.closest('details')?.setAttribute('open', '');
      element.scrollIntoView({ block: 'center' });
      const target = element.matches('input,select,textarea,button')
        ? element
        : (element.querySelector<HTMLElement>('input,select,textarea,button') ?? element);
      if (target === element && !target.matches('input,select,textarea,button')) target.tabIndex = -1;
      target.focus({ preventScroll: true });
      return true;
    }
    path = path.slice(0, path.lastIndexOf('/'));
  }
  return false;
}

import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { ApiProblem } from '@/api/problem';
import { onServerActivity, onSessionLost, setCsrf } from '@/api/http';
import { sessionApi } from '@/api/session';
import type { Session } from '@/api/types';

/** What still stands between the person and the workbench. */
export type Gate = 'signed_out' | 'second_factor' | 'enrol' | 'change_password' | 'open';

export const useSession = defineStore('session', () => {
  const session = shallowRef<Session | null>(null);
  const loaded = ref(false);
  const lastActivity = ref(Date.now());
  /** Set while the re-login dialog is open; calls that met a 401 wait for it. */
  const relogin = ref(false);
  let waiting: ((ok: boolean) => void)[] = [];
  /** Difference between the server's clock and this PC's, for the clock on the bar. */
  const clockSkew = ref(0);

  const gate = computed<Gate>(() => {
    const now = session.value;
    if (!now) return 'signed_out';
    switch (now.standing) {
      case 'second_factor_needed':
        return 'second_factor';
      case 'password_change_needed':
        return 'change_password';
      case 'enrolment_needed':
        return 'enrol';
      default:
        return 'open';
    }
  });
  const permissions = computed(() => new Set(session.value?.permissions ?? []));

  function may(...wanted: string[]): boolean {
    return wanted.length === 0 || wanted.some((permission) => permissions.value.has(permission));
  }

  function take(next: Session): void {
    session.value = next;
    setCsrf(next.csrf_token);
    lastActivity.value = Date.now();
    const server = Date.parse(next.server_time);
    if (!Number.isNaN(server)) clockSkew.value = server - Date.now();
  }

  async function refresh(): Promise<void> {
    try {
      take(await sessionApi.current());
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem) || thrown.status !== 401) throw thrown;
      session.value = null;
    } finally {
      loaded.value = true;
    }
  }

  async function signIn(username: string, password: string): Promise<void> {
    take(await sessionApi.signIn(username, password));
    loaded.value = true;
  }

  /** After a factor or a password change: the answer may be the new session or empty. */
  async function follow(answer: Promise<Session | undefined>): Promise<void> {
    const next = await answer;
    if (next && 'csrf_token' in next) take(next);
    else await refresh();
  }

  async function signOut(): Promise<void> {
    try {
      await sessionApi.signOut();
    } finally {
      session.value = null;
    }
  }

  function endRelogin(ok: boolean): void {
    relogin.value = false;
    const callers = waiting;
    waiting = [];
    callers.forEach((tell) => tell(ok));
  }

  /** Wires the HTTP door: lost session → dialog; every good answer → the idle clock starts anew. */
  function install(): void {
    onSessionLost(() => {
      if (!session.value) return Promise.resolve(false);
      relogin.value = true;
      return new Promise((resolve) => waiting.push(resolve));
    });
    onServerActivity(() => {
      lastActivity.value = Date.now();
    });
  }

  return {
    session,
    loaded,
    gate,
    permissions,
    relogin,
    lastActivity,
    clockSkew,
    may,
    refresh,
    signIn,
    follow,
    signOut,
    endRelogin,
    install,
  };
});

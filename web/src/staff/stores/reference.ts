import { defineStore } from 'pinia';
import { ref, shallowReactive } from 'vue';
import { referenceApi } from '@/api/reference';
import type { Business, Named } from '@/api/types';

/** Code lists and the business catalogue: fetched once per sign-in, shared by all pages. */
export const useReference = defineStore('reference', () => {
  const lists = shallowReactive<Record<string, Named[]>>({});
  const businesses = ref<Business[]>([]);
  const pending = new Map<string, Promise<void>>();
  let catalogue: Promise<void> | null = null;

  /** Starts fetching a list and answers what is there now (reactive: fills in when it arrives). */
  function codes(list: string): Named[] {
    if (!lists[list] && !pending.has(list)) {
      pending.set(
        list,
        referenceApi.codes(list).then(
          (found) => {
            lists[list] = found.items;
          },
          () => {
            pending.delete(list);
          },
        ),
      );
    }
    return lists[list] ?? [];
  }
  function codeName(list: string, code: string | null | undefined): string {
    if (!code) return '';
    return codes(list).find((item) => item.code === code)?.name ?? code;
  }
  function loadCatalogue(): Promise<void> {
    catalogue ??= referenceApi.catalogue().then(
      (found) => {
        businesses.value = found;
      },
      (thrown: unknown) => {
        catalogue = null;
        throw thrown;
      },
    );
    return catalogue;
  }
  function business(code: string): Business | undefined {
    return businesses.value.find((b) => b.code === code);
  }

  return { businesses, codes, codeName, loadCatalogue, business };
});

/** Names of the lists, as the standard's dictionaries are called. */
export const LIST = {
  idKind: '证件种类',
  partyKind: '权利人类型',
  coOwnership: '共有方式',
  rightType: '权利类型',
  registrationType: '登记类型',
  mortgageMethod: '抵押方式',
  delivery: '领证方式',
  currency: '币种',
} as const;

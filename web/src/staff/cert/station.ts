import { ref } from 'vue';

const KEY = 'dengbu.print-station';

/** The printing station chosen at this workplace; kept in the browser, because the printer stands beside it. */
export const chosenStation = ref(read());

function read(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}
export function chooseStation(name: string): void {
  chosenStation.value = name;
  try {
    localStorage.setItem(KEY, name);
  } catch {
    /* a browser that keeps nothing: it is asked again next time */
  }
}

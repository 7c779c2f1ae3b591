import { useHotkeys, type Hotkey } from '@/keyboard/hotkeys';

/** What the keys of the case page do. */
export interface CaseKeys {
  save: () => void;
  forward: () => void;
  print: () => void;
  problem: (step: 1 | -1) => void;
  addParty: () => void;
  material: (step: 1 | -1) => void;
  tick: (index: number) => void;
  section: (index: number) => void;
}

const NINE = Array.from({ length: 9 }, (_, i) => i);

export function useCaseHotkeys(keys: CaseKeys): void {
  const hotkeys: Hotkey[] = [
    { keys: 'Ctrl+S', says: '暂存', run: keys.save, inFields: true },
    { keys: 'Ctrl+Enter', says: '提交 / 本环节的主要操作', run: keys.forward, inFields: true },
    { keys: 'Ctrl+P', says: '打印菜单', run: keys.print, inFields: true },
    { keys: 'F8', says: '下一个问题', run: () => keys.problem(1), inFields: true },
    { keys: 'Shift+F8', says: '上一个问题', run: () => keys.problem(-1), inFields: true },
    { keys: 'Alt+N', says: '增加一个申请人', run: keys.addParty, inFields: true },
    { keys: 'J', says: '下一份材料', run: () => keys.material(1) },
    { keys: 'K', says: '上一份材料', run: () => keys.material(-1) },
    ...NINE.map((i) => ({
      keys: `Alt+${i + 1}`,
      says: `第 ${i + 1} 部分`,
      run: () => keys.section(i),
      inFields: true,
    })),
    ...NINE.map((i) => ({ keys: String(i + 1), says: `第 ${i + 1} 份材料已核`, run: () => keys.tick(i) })),
  ];
  useHotkeys(hotkeys);
}

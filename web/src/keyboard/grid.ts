/** Moves of the roving focus in the building table (楼盘表). Rows are storeys top-down; gaps are skipped. */
export interface Spot {
  row: number;
  column: number;
}
export type Holds = (row: number, column: number) => boolean;

function nearest(row: number, column: number, columns: number, holds: Holds): Spot | null {
  for (let distance = 0; distance < columns; distance += 1) {
    if (column - distance >= 0 && holds(row, column - distance)) return { row, column: column - distance };
    if (column + distance < columns && holds(row, column + distance)) return { row, column: column + distance };
  }
  return null;
}
function sideways(at: Spot, step: 1 | -1, columns: number, holds: Holds): Spot {
  for (let column = at.column + step; column >= 0 && column < columns; column += step) {
    if (holds(at.row, column)) return { row: at.row, column };
  }
  return at;
}
function upDown(at: Spot, by: number, rows: number, columns: number, holds: Holds): Spot {
  const step = by > 0 ? 1 : -1;
  const last = Math.min(rows - 1, Math.max(0, at.row + by));
  for (let row = last; row >= 0 && row < rows; row += step) {
    const found = nearest(row, at.column, columns, holds);
    if (found) return found;
  }
  // Nothing beyond the target: come back towards the start.
  for (let row = last; row !== at.row; row -= step) {
    const found = nearest(row, at.column, columns, holds);
    if (found) return found;
  }
  return at;
}
function edge(row: number, from: 0 | -1, columns: number, holds: Holds): Spot | null {
  const order = Array.from({ length: columns }, (_, i) => (from === 0 ? i : columns - 1 - i));
  const column = order.find((candidate) => holds(row, candidate));
  return column === undefined ? null : { row, column };
}

/** Where a key leads, or null when the key is none of the grid's. */
export function moveInGrid(
  key: string,
  ctrl: boolean,
  at: Spot,
  rows: number,
  columns: number,
  holds: Holds,
): Spot | null {
  switch (key) {
    case 'ArrowLeft':
      return sideways(at, -1, columns, holds);
    case 'ArrowRight':
      return sideways(at, 1, columns, holds);
    case 'ArrowUp':
      return upDown(at, -1, rows, columns, holds);
    case 'ArrowDown':
      return upDown(at, 1, rows, columns, holds);
    case 'PageUp':
      return upDown(at, -10, rows, columns, holds);
    case 'PageDown':
      return upDown(at, 10, rows, columns, holds);
    case 'Home':
      return ctrl ? (firstIn(0, 1, rows, columns, holds, 0) ?? at) : (edge(at.row, 0, columns, holds) ?? at);
    case 'End':
      return ctrl ? (firstIn(rows - 1, -1, rows, columns, holds, -1) ?? at) : (edge(at.row, -1, columns, holds) ?? at);
    default:
      return null;
  }
}
function firstIn(start: number, step: 1 | -1, rows: number, columns: number, holds: Holds, from: 0 | -1): Spot | null {
  for (let row = start; row >= 0 && row < rows; row += step) {
    const found = edge(row, from, columns, holds);
    if (found) return found;
  }
  return null;
}

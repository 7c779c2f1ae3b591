import type { CityOffice, Matrix, MatrixCell } from '@/api/sameCity';

/**
 * The matrix as it is edited: what the server said, and the squares that were changed since. An office of the
 * own authority takes everything unless told otherwise, one of another authority nothing unless told.
 */
export type Square = Omit<MatrixCell, 'allowed'>;

export function squareKey(s: Square): string {
  return [s.county, s.office_authority, s.office_id, s.family].join('|');
}

export class MatrixDraft {
  private readonly said: Map<string, boolean>;
  private readonly own: Set<string>;
  private readonly changes = new Map<string, MatrixCell>();

  constructor(readonly matrix: Matrix) {
    this.said = new Map(matrix.cells.map((c) => [squareKey(c), c.allowed]));
    this.own = new Set(matrix.offices.filter((o) => o.own).map((o) => o.authority));
  }

  square(office: CityOffice, county: string, family: string): Square {
    return { county, family, office_authority: office.authority, office_id: office.office_id };
  }
  stood(s: Square): boolean {
    return this.said.get(squareKey(s)) ?? this.own.has(s.office_authority);
  }
  allowed(s: Square): boolean {
    return this.changes.get(squareKey(s))?.allowed ?? this.stood(s);
  }
  changed(s: Square): boolean {
    return this.changes.has(squareKey(s));
  }
  set(s: Square, allowed: boolean): void {
    if (allowed === this.stood(s)) this.changes.delete(squareKey(s));
    else this.changes.set(squareKey(s), { ...s, allowed });
  }
  /** All on, unless all are on already: then all off. */
  toggleAll(squares: Square[]): void {
    const on = !squares.every((s) => this.allowed(s));
    squares.forEach((s) => this.set(s, on));
  }
  /** The rows and columns of one family, taken over for all families. */
  copyToAll(family: string): void {
    for (const office of this.matrix.offices)
      for (const district of this.matrix.districts) {
        const on = this.allowed(this.square(office, district.code, family));
        for (const other of this.matrix.families) this.set(this.square(office, district.code, other), on);
      }
  }
  changesOf(family: string): number {
    return this.pending().filter((c) => c.family === family).length;
  }
  pending(): MatrixCell[] {
    return [...this.changes.values()];
  }
}

/**
 * The shapes of `/api/v1` as the workbench uses them.
 * Money, areas and shares are strings (exact decimals, never JS numbers); codes are the standard's.
 */
export interface Named {
  code: string;
  name: string;
}
export interface Listed<T> {
  items: T[];
  next_cursor?: string | null;
}
export interface LabelledValue {
  label: string;
  value: string;
}

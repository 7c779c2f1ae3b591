/** The shapes of `/api/v1` as the workbench uses them, one file per noun. */
export type * from './common';
export type * from './session';
export type * from './reference';
export type * from './units';
export type * from './buildings';
export type * from './cases';
export type * from './certificates';
export type * from './admin';

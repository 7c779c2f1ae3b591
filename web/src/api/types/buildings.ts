import type { UnitFlag } from './units';

export interface BuildingSummary {
  building_code: string;
  name: string | null;
  address: string;
  county_name: string;
  storeys_total: number | null;
  units: number;
}
export type CellState = 'unregistered' | 'noticed' | 'registered' | 'cancelled';
export interface Cell {
  unit_code: string;
  room: string;
  entrance: string | null;
  area: string | null;
  use_name: string | null;
  state: CellState;
  flags: UnitFlag[];
  holders_masked: string[];
  certificate_tail: string | null;
}
export interface BuildingTable {
  building: {
    code: string;
    name: string | null;
    address: string;
    structure_name: string | null;
    completed: string | null;
    storeys_above: number | null;
    storeys_below: number | null;
    units: number;
    area_total: string | null;
    parcel_code: string;
  };
  entrances: { name: string; columns: number }[];
  storeys: { storey: number; label: string; cells: (Cell | null)[] }[];
  legend: { key: string; label: string; count: number }[];
}
export interface ParcelView {
  parcel_code: string;
  address: string;
  area: string | null;
  land_use_name: string | null;
  right_nature_name: string | null;
  land_unit_code: string;
  buildings: BuildingSummary[];
}

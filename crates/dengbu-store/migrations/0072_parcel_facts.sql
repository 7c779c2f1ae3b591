-- What the survey also knows of a parcel, and the standard's table asks for (ZDJBXX: 权利类型 QLLX,
-- 宗地四至 ZDSZD, ZDSZN, ZDSZX, ZDSZB): bounds as an array of east, south, west, north.

alter table parcel add column right_type text;
alter table parcel add column bounds jsonb;

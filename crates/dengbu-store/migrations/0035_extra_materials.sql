-- 机构加收材料: what an authority asks for on top of the catalogue. The list as it stood when the
-- case was begun stays with the case, so that a later change asks nothing more of applicants who
-- have been told already what to bring.
alter table registration_case add column extra_materials jsonb not null default '[]'::jsonb;

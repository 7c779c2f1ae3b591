-- 户的平面图形: the outline of a unit of a building on its storey, for floor plans (房产分户图).
create table unit_shape (
    county        text not null check (county ~ '^[0-9]{6}$'),
    unit_code     text not null check (length(unit_code) = 28 and left(unit_code, 6) = county),
    building_code text not null,
    storey        integer not null,
    -- what the neighbours call it: 101室, B01
    label         text not null,
    -- the units of a building are in one system of coordinates
    ring          jsonb not null,
    provenance    jsonb,
    primary key (county, unit_code),
    foreign key (county, unit_code) references estate_unit (county, unit_code)
);
create index unit_shape_storey on unit_shape (county, building_code, storey);

alter table unit_shape enable row level security;
alter table unit_shape force row level security;
create policy scope on unit_shape using (county = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert, update on unit_shape to dengbu_app;

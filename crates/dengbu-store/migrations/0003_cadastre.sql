-- Cadastre: parcels, buildings and estate units as surveyed facts.
-- The six-digit county code leads every key, so that the tables can be
-- distributed by it later without a rewrite.

create table parcel (
    county        text not null check (county ~ '^[0-9]{6}$'),
    parcel_code   text not null check (length(parcel_code) = 19 and left(parcel_code, 6) = county),
    address       text not null,
    area          numeric(18, 4) check (area > 0),
    land_use      text,
    right_nature  text,
    term_end      date,
    ring          jsonb,
    provenance    jsonb,
    primary key (county, parcel_code)
);

create table building (
    county         text not null check (county ~ '^[0-9]{6}$'),
    building_code  text not null check (length(building_code) = 24 and left(building_code, 6) = county),
    parcel_code    text not null,
    name           text not null,
    address        text not null,
    address_norm   text not null,
    structure      text,
    storeys_above  integer,
    storeys_below  integer,
    completed      text,
    ring           jsonb,
    provenance     jsonb,
    primary key (county, building_code),
    foreign key (county, parcel_code) references parcel (county, parcel_code)
);
create index building_parcel on building (county, parcel_code);
create index building_address_trgm on building using gin (address_norm gin_trgm_ops);

create table estate_unit (
    county          text not null check (county ~ '^[0-9]{6}$'),
    unit_code       text not null check (length(unit_code) = 28 and left(unit_code, 6) = county),
    authority       text not null,
    parcel_code     text not null,
    building_code   text,
    kind            text not null,
    status          text not null default 'live',
    address         text not null,
    address_norm    text not null,
    -- every pair of neighbouring characters: finds two-character fragments,
    -- for which no trigram exists
    address_bigrams text[] not null default '{}',
    use_code        text,
    area            numeric(18, 4) check (area > 0),
    entrance        text,
    storey          integer,
    room            text,
    facts           jsonb not null,
    provenance      jsonb,
    -- head of the unit's entry chain; moved only together with an entry
    head_seq        bigint not null default 0,
    head_hash       bytea not null default '\x',
    primary key (county, unit_code),
    foreign key (county, parcel_code) references parcel (county, parcel_code)
);
create index estate_unit_building on estate_unit (county, building_code);
create index estate_unit_parcel on estate_unit (county, parcel_code);
create index estate_unit_address_trgm on estate_unit using gin (address_norm gin_trgm_ops);
create index estate_unit_address_bigrams on estate_unit using gin (address_bigrams);

alter table parcel enable row level security;
alter table building enable row level security;
alter table estate_unit enable row level security;
create policy scope on parcel using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on building using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on estate_unit using (county = any (string_to_array(current_setting('app.scope', true), ',')));

grant select, insert, update on parcel, building, estate_unit to dengbu_app;

-- Fuzzy search. Row level security keeps the planner from using the trigram
-- index for operators that are not leakproof, so the search runs as the owner
-- with the same scope written out.
create function search_units_by_address(pattern text, grams text[], after_code text, max_rows integer)
returns table (county text, unit_code text)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select u.county, u.unit_code
    from estate_unit u
    where u.county = any (string_to_array(current_setting('app.scope', true), ','))
      and u.address_norm like pattern
      and (grams is null or u.address_bigrams @> grams)
      and u.unit_code > after_code
    order by u.unit_code
    limit max_rows
$$;
revoke all on function search_units_by_address(text, text[], text, integer) from public;
grant execute on function search_units_by_address(text, text[], text, integer) to dengbu_app;

create function search_buildings(pattern text, after_code text, max_rows integer)
returns table (county text, building_code text)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select b.county, b.building_code
    from building b
    where b.county = any (string_to_array(current_setting('app.scope', true), ','))
      and b.address_norm like pattern
      and b.building_code > after_code
    order by b.building_code
    limit max_rows
$$;
revoke all on function search_buildings(text, text, integer) from public;
grant execute on function search_buildings(text, text, integer) to dengbu_app;

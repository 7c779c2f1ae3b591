-- Searching and sealing at the size of a city (a million units), as measured by dengbu-bench
-- (docs/bench.md).

-- The sealer takes the oldest waiting entries: without this every batch sorts all that wait,
-- which after a load of existing titles is the whole register.
create index register_unsealed_order on register_unsealed (authority, recorded_at, entry_id);

-- A common fragment is looked for in the order of the codes until the page is full. Where it is
-- common only in a later county (a clerk of the central authority types 仁和区), that walk passes
-- over hundreds of thousands of units: here it reads 145 MB per million units instead of 1.3 GB.
create index estate_unit_address_walk on estate_unit (county, unit_code) include (address_norm);

-- Address search, planned for the text at hand (force_custom_plan): a rare fragment goes through
-- the trigram or character-pair index, a common one walks the key in order and stops at the
-- limit. One plan for all texts can only be right for one of them. The scope is read once into a
-- variable, so that the planner knows it; ordering by (county, unit_code) is ordering by the unit
-- code, which begins with the county, and lets the key serve.
create or replace function search_units_by_address(pattern text, grams text[], after_code text, max_rows integer)
returns table (county text, unit_code text)
language plpgsql stable security definer
set search_path = public, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    scope text[] := string_to_array(current_setting('app.scope', true), ',');
begin
    if grams is null then
        return query
            select u.county, u.unit_code
            from estate_unit u
            where u.county = any (scope)
              and u.address_norm like pattern
              and (u.county, u.unit_code) > (left(after_code, 6), after_code)
            order by u.county, u.unit_code
            limit max_rows;
    else
        return query
            select u.county, u.unit_code
            from estate_unit u
            where u.county = any (scope)
              and u.address_bigrams @> grams
              and u.address_norm like pattern
              and (u.county, u.unit_code) > (left(after_code, 6), after_code)
            order by u.county, u.unit_code
            limit max_rows;
    end if;
end
$$;
revoke all on function search_units_by_address(text, text[], text, integer) from public;
grant execute on function search_units_by_address(text, text[], text, integer) to dengbu_app;

create or replace function search_buildings(pattern text, after_code text, max_rows integer)
returns table (county text, building_code text)
language plpgsql stable security definer
set search_path = public, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    scope text[] := string_to_array(current_setting('app.scope', true), ',');
begin
    return query
        select b.county, b.building_code
        from building b
        where b.county = any (scope)
          and b.address_norm like pattern
          and (b.county, b.building_code) > (left(after_code, 6), after_code)
        order by b.county, b.building_code
        limit max_rows;
end
$$;
revoke all on function search_buildings(text, text, integer) from public;
grant execute on function search_buildings(text, text, integer) to dengbu_app;

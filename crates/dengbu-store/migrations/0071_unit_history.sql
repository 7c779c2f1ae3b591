-- What a unit was called and whether it was there, before an entry changed it: what is given out
-- as of an earlier day shows the cadastre of that day. Kept by the database, so that no way of
-- changing a unit can forget it; append-only for the server's role.

create table estate_unit_history (
    county      text not null check (county ~ '^[0-9]{6}$'),
    unit_code   text not null,
    -- moment of the transaction that put something else in its place
    replaced_at timestamptz not null default now(),
    status      text not null,
    address     text not null,
    primary key (county, unit_code, replaced_at)
);

alter table estate_unit_history enable row level security;
create policy scope on estate_unit_history
    using (county = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert on estate_unit_history to dengbu_app;

create function keep_estate_unit_history() returns trigger language plpgsql as $$
begin
    -- of several changes within one transaction only what was there before it counts
    insert into estate_unit_history (county, unit_code, status, address)
    values (old.county, old.unit_code, old.status, old.address)
    on conflict do nothing;
    return null;
end
$$;

create trigger estate_unit_history after update of status, address on estate_unit
    for each row when (old.status is distinct from new.status or old.address is distinct from new.address)
    execute function keep_estate_unit_history();

-- What a unit was called and whether it was there, before an entry changed it: what is given out
-- as of an earlier day shows the cadastre of that day. Append-only for the server's role.

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

-- 平台运维: the platform's own code, under which its operators have accounts and an audit trail.
-- It has no county, so its scope covers no tenant's rows.
insert into authority (authority, name, place_name, province_short)
    values ('000000', '平台运维', '平台', '') on conflict (authority) do nothing;

-- A new tenant is a row that only a transaction in the platform's scope may add. Names stay public,
-- settings are changed by each authority as before.
grant insert on authority, authority_county to dengbu_app;
alter table authority enable row level security;
alter table authority_county enable row level security;
create policy public_names on authority for select using (true);
create policy own_settings on authority for update using (true);
create policy platform on authority for insert
    with check ('000000' = any (string_to_array(current_setting('app.scope', true), ',')));
create policy public_names on authority_county for select using (true);
create policy platform on authority_county for insert
    with check ('000000' = any (string_to_array(current_setting('app.scope', true), ',')));
-- A county belongs to one authority, whoever sets them up at the same time.
create unique index authority_county_one on authority_county (county);

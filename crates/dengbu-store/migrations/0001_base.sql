-- The base every other migration stands on: the search extension, the server's role, and the
-- tables that belong to no capability (outbox, job, authorities and their offices).
--
-- Rules for every migration (docs: crate dengbu-store, lib.rs):
--   * PostgreSQL 15 subset that Citus takes: the county (or authority) code is in every primary
--     and unique key, no triggers, no stored business logic, text instead of char;
--   * no default privileges: each migration grants dengbu_app exactly what the server needs;
--   * row level security is forced and fails closed: without app.scope no row is visible.

create extension if not exists pg_trgm;

do $$
begin
    if not exists (select from pg_roles where rolname = 'dengbu_app') then
        create role dengbu_app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
    end if;
end
$$;

revoke create on schema public from public;
grant usage on schema public to dengbu_app;

-- 登记机构: one row per registration authority (the tenant).
create table authority (
    authority      text primary key check (authority ~ '^[0-9]{6}$'),
    name           text not null,
    -- place name printed on certificates, e.g. 攀枝花市 in 川(2026)攀枝花市不动产权第…号
    place_name     text not null,
    -- province abbreviation printed on certificates
    province_short text not null default '川',
    settings       jsonb not null default '{}'::jsonb
);

-- 县级行政区 an authority registers for; the county is the first six digits of a unit code.
create table authority_county (
    authority text not null references authority (authority),
    county    text not null check (county ~ '^[0-9]{6}$'),
    name      text not null,
    primary key (authority, county)
);

-- 登记大厅 / 办事网点: where cases are accepted and certificates handed over.
create table office (
    authority text not null references authority (authority),
    office_id text not null,
    name      text not null,
    address   text not null default '',
    -- the county whose cases the office takes by default
    county    text not null check (county ~ '^[0-9]{6}$'),
    active    boolean not null default true,
    primary key (authority, office_id)
);

-- Messages to the outside, written in the transaction that caused them, delivered at least once.
create table outbox (
    county          text not null check (county ~ '^[0-9]{6}$'),
    id              uuid not null,
    topic           text not null,
    -- messages of one (county, topic, key) are delivered one after another, oldest first
    key             text not null,
    payload         jsonb not null,
    created_at      timestamptz not null,
    attempts        integer not null default 0,
    next_attempt_at timestamptz not null,
    locked_until    timestamptz,
    delivered_at    timestamptz,
    last_error      text,
    primary key (county, id)
);
create index outbox_due on outbox (county, next_attempt_at) where delivered_at is null;
create index outbox_order on outbox (county, topic, key, id) where delivered_at is null;

-- Work to be done later, once, with retries: timers, reminders, sealing, imports.
create table job (
    county       text not null check (county ~ '^[0-9]{6}$'),
    id           uuid not null,
    kind         text not null,
    -- a second live job of the same kind and key is not queued
    dedupe_key   text,
    payload      jsonb not null,
    state        text not null default 'ready' check (state in ('ready', 'done', 'dead')),
    run_at       timestamptz not null,
    attempts     integer not null default 0,
    attempts_max integer not null default 10 check (attempts_max > 0),
    locked_until timestamptz,
    created_at   timestamptz not null,
    finished_at  timestamptz,
    last_error   text,
    primary key (county, id)
);
create index job_due on job (county, kind, run_at) where state = 'ready';
create unique index job_dedupe on job (county, kind, dedupe_key)
    where state = 'ready' and dedupe_key is not null;

-- Names of authorities and counties are public and needed to build a scope: no row security.
grant select on authority, authority_county to dengbu_app;
grant update (settings) on authority to dengbu_app;
grant select, insert, update on office to dengbu_app;
grant select, insert, update on outbox, job to dengbu_app;
-- Finished jobs and delivered messages may be cleared away.
grant delete on outbox, job to dengbu_app;

alter table office enable row level security;
alter table office force row level security;
create policy office_scope on office
    using (authority = any (string_to_array(current_setting('app.scope', true), ',')));

alter table outbox enable row level security;
alter table outbox force row level security;
create policy outbox_scope on outbox
    using (county = any (string_to_array(current_setting('app.scope', true), ',')));

alter table job enable row level security;
alter table job force row level security;
create policy job_scope on job
    using (county = any (string_to_array(current_setting('app.scope', true), ',')));

-- What is given out (数据分发): exports and deliveries, versions of data sets, subscriptions of
-- departments, and who took which file.

create table data_subscription (
    authority        text not null,
    subscription_id  uuid not null,
    receiver         text not null,
    agreement_no     text not null,
    legal_basis      text not null,
    purpose          text not null,
    request          jsonb not null,
    schedule         jsonb not null,
    increment        boolean not null,
    starts_on        date not null,
    ends_on          date,
    state            text not null check (state in ('active', 'paused', 'ended')),
    next_at          timestamptz,
    -- the moment of the register in the last delivery: where the next increment begins
    last_as_of       timestamptz,
    version          integer not null,
    created_by       text not null,
    created_at       timestamptz not null,
    -- SM3 of the receiver's key
    key_hash         bytea not null check (length(key_hash) = 32),
    primary key (authority, subscription_id)
);
create index data_subscription_due on data_subscription (next_at) where state = 'active';
create index data_subscription_key on data_subscription (key_hash);

create table give_out (
    authority        text not null,
    give_out_id      uuid not null,
    subscription_id  uuid,
    due_at           timestamptz,
    title            text not null,
    purpose          text not null,
    request          jsonb not null,
    version_note     text,
    state            text not null
        check (state in ('waiting', 'running', 'done', 'failed', 'stopped', 'expired')),
    stop_asked       boolean not null default false,
    done             bigint not null default 0,
    total            bigint not null default 0,
    tries            integer not null default 0,
    beat_at          timestamptz,
    result           jsonb,
    error            text,
    asked_by         text not null,
    asked_at         timestamptz not null,
    started_at       timestamptz,
    finished_at      timestamptz,
    primary key (authority, give_out_id),
    -- a delivery of a subscription is entered once
    unique (authority, subscription_id, due_at)
);
create index give_out_asked on give_out (authority, asked_at, give_out_id);
create index give_out_open on give_out (asked_at) where state in ('waiting', 'running');

create table data_set_version (
    authority    text not null,
    data_set     text not null,
    version      integer not null,
    give_out_id  uuid not null,
    as_of        timestamptz not null,
    rows         bigint not null,
    sm3          text not null,
    note         text not null,
    made_by      text not null,
    made_at      timestamptz not null,
    primary key (authority, data_set, version),
    unique (authority, data_set, give_out_id)
);

create table give_out_taken (
    authority    text not null,
    taken_id     uuid not null,
    give_out_id  uuid not null,
    taken_by     text not null,
    address      text,
    taken_at     timestamptz not null,
    primary key (authority, taken_id)
);
create index give_out_taken_file on give_out_taken (authority, give_out_id);

alter table data_subscription enable row level security;
alter table give_out enable row level security;
alter table data_set_version enable row level security;
alter table give_out_taken enable row level security;
create policy scope on data_subscription using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on give_out using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on data_set_version using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on give_out_taken using (authority = any (string_to_array(current_setting('app.scope', true), ',')));

grant select, insert, update on data_subscription, give_out to dengbu_app;
-- who took what, and versions, are only added to
grant select, insert on data_set_version, give_out_taken to dengbu_app;

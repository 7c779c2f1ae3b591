-- 电子印章、共享应用、公众账号、批量签发.

create table e_seal (
    authority    text not null check (authority ~ '^[0-9]{6}$'),
    seal_id      uuid not null,
    -- ES_ID inside the seal structure (GB/T 38540)
    es_id        text not null,
    name         text not null,
    state        text not null check (state in ('active', 'retired', 'revoked')),
    -- number of the key in the codes of certificates (一证一码)
    key_id       smallint not null check (key_id between 1 and 255),
    -- SES seal and signer certificates, DER; the keys stay in the key store
    seal         bytea not null,
    certificate  bytea not null,
    code_certificate bytea not null,
    pdf_certificate bytea not null,
    -- numbers of the keys in the key store: seal, codes, PDF
    key_refs     integer[] not null,
    valid_from   timestamptz not null,
    valid_to     timestamptz not null,
    created_at   timestamptz not null,
    created_by   text not null,
    ended_at     timestamptz,
    ended_by     text,
    reason       text,
    primary key (authority, seal_id),
    unique (authority, key_id)
);
-- one seal in use per authority
create unique index e_seal_active on e_seal (authority) where state = 'active';

create table sharing_application (
    authority      text not null check (authority ~ '^[0-9]{6}$'),
    application_id uuid not null,
    access_id      text not null,
    name           text not null,
    organisation   text not null,
    -- the ground on which it may ask (共享依据)
    basis          text not null,
    secret_hash    bytea not null check (length(secret_hash) = 32),
    scopes         text[] not null,
    addresses      text[] not null,
    per_minute     integer not null check (per_minute between 1 and 6000),
    state          text not null check (state in ('active', 'suspended')),
    created_at     timestamptz not null,
    created_by     text not null,
    changed_at     timestamptz not null,
    changed_by     text not null,
    primary key (authority, application_id),
    unique (authority, access_id)
);

create table sharing_token (
    authority      text not null,
    token_hash     bytea not null check (length(token_hash) = 32),
    application_id uuid not null,
    expires_at     timestamptz not null,
    primary key (authority, token_hash)
);

-- Every call of a program, append-only.
create table sharing_call (
    authority      text not null,
    call_id        uuid not null,
    application_id uuid not null,
    at             timestamptz not null,
    service        text not null,
    purpose        text,
    object         text,
    status         text not null,
    ip             text,
    primary key (authority, call_id)
);
create index sharing_call_of on sharing_call (authority, application_id, call_id);

-- 公众账号: opened at the counter after looking at the identity document; sessions apart from staff.
create table citizen_account (
    authority     text not null check (authority ~ '^[0-9]{6}$'),
    citizen_id    uuid not null,
    name          text not null,
    id_hash       bytea not null check (length(id_hash) = 32),
    id_cipher     bytea not null,
    phone         text,
    password_hash text not null,
    must_change   boolean not null,
    -- a one-time password is void after this
    one_time_until timestamptz,
    state         text not null check (state in ('active', 'locked')),
    failures      integer not null default 0,
    barred_until  timestamptz,
    identity_check text not null,
    opened_at     timestamptz not null,
    opened_by     text not null,
    signed_in_at  timestamptz,
    primary key (authority, citizen_id),
    unique (authority, id_hash)
);

create table citizen_session (
    authority    text not null,
    token_hash   bytea not null check (length(token_hash) = 32),
    citizen_id   uuid not null,
    created_at   timestamptz not null,
    last_seen_at timestamptz not null,
    primary key (authority, token_hash)
);

-- 存量证照批量签发.
create table e_certificate_batch (
    authority     text not null check (authority ~ '^[0-9]{6}$'),
    batch_id      uuid not null,
    name          text not null,
    dry_run       boolean not null,
    -- counties and kinds the items were taken from
    counties      text[] not null,
    kind          text check (kind in ('title', 'proof')),
    items_max     bigint,
    state         text not null check (state in ('collecting', 'running', 'paused', 'done', 'cancelled')),
    -- where collecting goes on
    collect_county text,
    collect_after text,
    total         bigint not null default 0,
    done          bigint not null default 0,
    skipped       bigint not null default 0,
    failed        bigint not null default 0,
    -- work so far, for the rate
    busy_ms       bigint not null default 0,
    created_at    timestamptz not null,
    created_by    text not null,
    created_by_id uuid,
    started_at    timestamptz,
    finished_at   timestamptz,
    primary key (authority, batch_id)
);

create table e_certificate_batch_item (
    county         text not null check (county ~ '^[0-9]{6}$'),
    batch_id       uuid not null,
    -- the source key: an item stands once in a batch
    certificate_no text not null,
    state          text not null default 'waiting' check (state in ('waiting', 'done', 'skipped', 'failed')),
    error_code     text,
    error          text,
    primary key (county, batch_id, certificate_no)
);
create index e_certificate_batch_item_waiting on e_certificate_batch_item (county, batch_id, certificate_no) where state = 'waiting';
create index e_certificate_batch_item_failed on e_certificate_batch_item (county, batch_id, certificate_no) where state = 'failed';

alter table e_seal enable row level security;
alter table e_seal force row level security;
alter table sharing_application enable row level security;
alter table sharing_application force row level security;
alter table sharing_token enable row level security;
alter table sharing_token force row level security;
alter table sharing_call enable row level security;
alter table sharing_call force row level security;
alter table citizen_account enable row level security;
alter table citizen_account force row level security;
alter table citizen_session enable row level security;
alter table citizen_session force row level security;
alter table e_certificate_batch enable row level security;
alter table e_certificate_batch force row level security;
alter table e_certificate_batch_item enable row level security;
alter table e_certificate_batch_item force row level security;
create policy scope on e_seal using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on sharing_application using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on sharing_token using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on sharing_call using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on citizen_account using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on citizen_session using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on e_certificate_batch using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on e_certificate_batch_item using (county = any (string_to_array(current_setting('app.scope', true), ',')));

grant select, insert, update on e_seal, sharing_application, citizen_account, e_certificate_batch, e_certificate_batch_item to dengbu_app;
grant select, insert, delete on sharing_token to dengbu_app;
grant select, insert, update, delete on citizen_session to dengbu_app;
grant select, insert on sharing_call to dengbu_app;

-- 电子证照库: electronic certificates, whose state follows the register in the same transaction.

-- The place of a certificate in the signed status list; gaps do no harm.
create sequence e_certificate_list_index as integer minvalue 0 start 0;

create table e_certificate (
    county           text not null check (county ~ '^[0-9]{6}$'),
    e_certificate_id uuid not null,
    authority        text not null,
    -- 证照编号 (ZZBH): the number in the register
    certificate_no   text not null,
    kind             text not null check (kind in ('title', 'proof')),
    -- a re-issue under the same number is a new version
    version          integer not null default 1 check (version between 1 and 999),
    -- 证照标识 (ZZBS), GB/T 36904: given when it is sealed
    identifier       text,
    list_index       integer not null default nextval('e_certificate_list_index'),
    unit_code        text not null check (left(unit_code, 6) = county),
    right_id         uuid not null,
    -- the register entry it comes from; none for a title of an earlier system
    entry_id         uuid,
    case_no          text,
    -- position of the holder it is for; none when it is for all together
    holder_ordinal   integer,
    -- how it came here: recording, bulk issue, or a member of staff
    origin           text not null check (origin in ('recording', 'stock', 'counter')),
    state            text not null check (state in ('draft', 'issued', 'suspended', 'replaced', 'revoked', 'void')),
    state_at         timestamptz not null,
    state_reason     text,
    -- the register entry that caused the state
    state_entry      uuid,
    state_by         text,
    -- 暂时失效: until when, under which order
    suspended_until  date,
    order_no         text,
    previous_id      uuid,
    next_id          uuid,
    issued_at        timestamptz not null,
    sealed_at        timestamptz,
    -- first 16 bytes of this stand in the code; none before it is sealed
    content_digest   bytea check (length(content_digest) = 32),
    -- fields as sealed (GB/T 36903), enciphered
    content          bytea,
    seal_id          uuid,
    -- why the last try to make it failed
    fault            text,
    attempts         integer not null default 0,
    primary key (county, e_certificate_id),
    unique (county, certificate_no, version)
);
create index e_certificate_right on e_certificate (county, right_id);
create index e_certificate_unit on e_certificate (county, unit_code);
create index e_certificate_case on e_certificate (county, case_no) where case_no is not null;
create index e_certificate_issued on e_certificate (county, issued_at);
create unique index e_certificate_list on e_certificate (county, list_index);
create index e_certificate_ended on e_certificate (county, list_index) where state not in ('draft', 'issued');
create index e_certificate_identifier on e_certificate (county, identifier) where identifier is not null;
-- one living certificate per number
create unique index e_certificate_living on e_certificate (county, certificate_no)
    where state in ('draft', 'issued', 'suspended');

create table e_certificate_holder (
    county           text not null,
    e_certificate_id uuid not null,
    ordinal          integer not null,
    name             text not null,
    -- natural persons are masked wherever the law does not let them be shown
    is_person        boolean not null,
    id_kind          text,
    -- the identity number, enciphered; found by the keyed index
    id_cipher        bytea,
    id_hash          bytea,
    share            text,
    primary key (county, e_certificate_id, ordinal)
);
create index e_certificate_holder_id on e_certificate_holder (county, id_hash) where id_hash is not null;
create index e_certificate_holder_name on e_certificate_holder (county, name text_pattern_ops);

-- Files of certificates, in packs of the data folder, known by their digest.
create table e_certificate_file (
    county           text not null,
    e_certificate_id uuid not null,
    format           text not null check (format in ('ofd', 'pdf')),
    sm3              bytea not null check (length(sm3) = 32),
    size             integer not null check (size > 0),
    pack             text not null,
    pack_offset      bigint not null,
    pack_length      integer not null,
    made_at          timestamptz not null,
    primary key (county, e_certificate_id, format)
);
create index e_certificate_file_digest on e_certificate_file (county, sm3);

-- What happened to a certificate; append-only.
create table e_certificate_event (
    county           text not null,
    event_id         uuid not null,
    e_certificate_id uuid not null,
    at               timestamptz not null,
    kind             text not null,
    actor            text not null,
    staff_id         uuid,
    entry_id         uuid,
    reason           text,
    primary key (county, event_id)
);
create index e_certificate_event_of on e_certificate_event (county, e_certificate_id, event_id);

-- Who saw or took a certificate, why and on what ground; append-only.
create table e_certificate_use (
    county           text not null,
    use_id           uuid not null,
    e_certificate_id uuid not null,
    at               timestamptz not null,
    channel          text not null check (channel in ('staff', 'owner', 'grant', 'sharing', 'public')),
    who              text not null,
    purpose          text not null,
    what             text not null check (what in ('state', 'fields', 'copy', 'file')),
    grant_id         uuid,
    application_id   uuid,
    ip               text,
    primary key (county, use_id)
);
create index e_certificate_use_of on e_certificate_use (county, e_certificate_id, use_id);
create index e_certificate_use_grant on e_certificate_use (county, grant_id, use_id) where grant_id is not null;

-- 加注件: copies handed out for a purpose, each with its own mark and seal.
create table e_certificate_copy (
    county           text not null,
    copy_id          uuid not null,
    e_certificate_id uuid not null,
    format           text not null check (format in ('ofd', 'pdf')),
    made_at          timestamptz not null,
    maker            text not null,
    grantee          text not null,
    purpose          text not null,
    valid_until      date not null,
    sm3              bytea not null check (length(sm3) = 32),
    size             integer not null,
    grant_id         uuid,
    application_id   uuid,
    primary key (county, copy_id)
);
create index e_certificate_copy_digest on e_certificate_copy (county, sm3);

-- 授权: the owner lets somebody see or take a certificate.
create table e_certificate_grant (
    county           text not null,
    grant_id         uuid not null,
    e_certificate_id uuid not null,
    citizen_id       uuid not null,
    grantor          text not null,
    grantee          text not null,
    -- the code is of use only to who also knows this name
    purpose          text not null,
    scope            text not null check (scope in ('state', 'fields', 'copy')),
    uses_max         integer not null check (uses_max between 1 and 100),
    uses             integer not null default 0 check (uses between 0 and uses_max),
    not_before       timestamptz not null,
    not_after        timestamptz not null check (not_after > not_before),
    -- SM3 of the 128-bit code; the code itself is shown once and not kept
    code_hash        bytea not null check (length(code_hash) = 32),
    created_at       timestamptz not null,
    revoked_at       timestamptz,
    primary key (county, grant_id),
    unique (county, code_hash)
);
create index e_certificate_grant_owner on e_certificate_grant (county, citizen_id, grant_id);
create index e_certificate_grant_of on e_certificate_grant (county, e_certificate_id);

alter table e_certificate enable row level security;
alter table e_certificate force row level security;
alter table e_certificate_holder enable row level security;
alter table e_certificate_holder force row level security;
alter table e_certificate_file enable row level security;
alter table e_certificate_file force row level security;
alter table e_certificate_event enable row level security;
alter table e_certificate_event force row level security;
alter table e_certificate_use enable row level security;
alter table e_certificate_use force row level security;
alter table e_certificate_copy enable row level security;
alter table e_certificate_copy force row level security;
alter table e_certificate_grant enable row level security;
alter table e_certificate_grant force row level security;
create policy scope on e_certificate using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on e_certificate_holder using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on e_certificate_file using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on e_certificate_event using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on e_certificate_use using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on e_certificate_copy using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on e_certificate_grant using (county = any (string_to_array(current_setting('app.scope', true), ',')));

grant usage on sequence e_certificate_list_index to dengbu_app;
grant select, insert, update on e_certificate, e_certificate_file, e_certificate_grant to dengbu_app;
grant select, insert on e_certificate_holder, e_certificate_event, e_certificate_use, e_certificate_copy to dengbu_app;

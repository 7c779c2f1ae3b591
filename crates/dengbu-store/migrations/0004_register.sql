-- The register (不动产登记簿): append-only entries per estate unit, and the
-- projection of the rights as they stand, which can be rebuilt from them.

create table register_entry (
    county             text not null check (county ~ '^[0-9]{6}$'),
    unit_code          text not null check (left(unit_code, 6) = county),
    unit_seq           bigint not null check (unit_seq > 0),
    entry_id           uuid not null,
    authority          text not null,
    registration_type  text not null,
    right_id           uuid not null,
    right_type         text not null,
    case_no            text,
    recorded_at        timestamptz not null,
    -- the canonical form, byte for byte what was hashed
    body               text not null,
    prev_hash          bytea not null,
    hash               bytea not null check (length(hash) = 32),
    primary key (county, unit_code, unit_seq),
    unique (county, entry_id)
);
create index register_entry_case on register_entry (county, case_no);

-- Entries not yet sealed into the authority's chain; emptied by the sealer.
create table register_unsealed (
    authority    text not null,
    entry_id     uuid not null,
    county       text not null,
    entry_hash   bytea not null,
    recorded_at  timestamptz not null,
    primary key (authority, entry_id)
);

-- The authority-wide chain over all entries, in the order they were sealed.
create table register_chain (
    authority   text not null,
    chain_seq   bigint not null check (chain_seq > 0),
    county      text not null,
    entry_id    uuid not null,
    entry_hash  bytea not null,
    prev_hash   bytea not null,
    hash        bytea not null check (length(hash) = 32),
    sealed_at   timestamptz not null,
    primary key (authority, chain_seq),
    unique (authority, entry_id)
);

-- Projection: every right that any entry created, with its time of validity.
create table register_right (
    county          text not null check (county ~ '^[0-9]{6}$'),
    right_id        uuid not null,
    unit_code       text not null check (left(unit_code, 6) = county),
    right_type      text not null,
    kind            text not null,
    is_title        boolean not null,
    created_seq     bigint not null,
    ended_seq       bigint,
    valid_from      timestamptz not null,
    valid_to        timestamptz,
    registered_at   timestamptz not null,
    registration_type text not null,
    registrar       text not null,
    case_no         text,
    certificate_no  text,
    body            jsonb not null,
    end_reason      text,
    end_case_no     text,
    provenance      jsonb,
    primary key (county, right_id)
);
create index register_right_unit on register_right (county, unit_code);
create index register_right_certificate on register_right (county, certificate_no) where certificate_no is not null;
-- one current title per unit: the last guard against registering a unit twice
create unique index register_right_one_title on register_right (county, unit_code) where is_title and valid_to is null;

create table register_holder (
    county      text not null,
    right_id    uuid not null,
    role        text not null,
    ordinal     integer not null,
    unit_code   text not null,
    name        text not null,
    -- keyed hash of the identity number: finds a person without storing the number in an index
    id_hash     bytea,
    is_current  boolean not null,
    primary key (county, right_id, role, ordinal)
);
create index register_holder_name on register_holder (county, name text_pattern_ops);
create index register_holder_id on register_holder (county, id_hash) where id_hash is not null;
create index register_holder_unit on register_holder (county, unit_code);

-- Number series of certificates and proofs, and each number ever given out.
create table number_series (
    authority  text not null,
    year       integer not null,
    kind       text not null check (kind in ('title', 'proof')),
    last       bigint not null default 0,
    primary key (authority, year, kind)
);
create table issued_number (
    authority       text not null,
    year            integer not null,
    kind            text not null,
    serial          bigint not null check (serial > 0),
    certificate_no  text not null,
    county          text not null,
    case_no         text,
    entry_id        uuid,
    -- 'issued', or 'void' with the reason for the gap
    state           text not null default 'issued' check (state in ('issued', 'void')),
    reason          text,
    issued_at       timestamptz not null,
    primary key (authority, year, kind, serial)
);
create table case_number_series (
    county  text not null,
    day     date not null,
    last    integer not null,
    primary key (county, day)
);

create table certificate (
    county          text not null,
    certificate_no  text not null,
    certificate_id  uuid not null,
    authority       text not null,
    kind            text not null check (kind in ('title', 'proof')),
    unit_code       text not null,
    right_id        uuid not null,
    entry_id        uuid not null,
    case_no         text,
    holder_ordinal  integer,
    state           text not null default 'valid' check (state in ('valid', 'revoked')),
    issued_at       timestamptz not null,
    revoked_at      timestamptz,
    revoked_entry   uuid,
    form_serial     text,
    printed_at      timestamptz,
    delivered_at    timestamptz,
    recipient       jsonb,
    primary key (county, certificate_no)
);
create index certificate_case on certificate (county, case_no);
create index certificate_right on certificate (county, right_id);
create index certificate_issued on certificate (county, issued_at);

-- Printed paper forms by their serial number (印制号).
create table paper_form (
    authority       text not null,
    form_kind       text not null check (form_kind in ('title', 'proof')),
    serial          text not null,
    state           text not null default 'in_stock' check (state in ('in_stock', 'used', 'spoiled', 'destroyed')),
    certificate_no  text,
    case_no         text,
    reason          text,
    received_at     timestamptz not null,
    received_by     text not null,
    changed_at      timestamptz,
    changed_by      text,
    primary key (authority, serial)
);
create index paper_form_state on paper_form (authority, form_kind, state, serial);

alter table register_entry enable row level security;
alter table register_unsealed enable row level security;
alter table register_chain enable row level security;
alter table register_right enable row level security;
alter table register_holder enable row level security;
alter table number_series enable row level security;
alter table issued_number enable row level security;
alter table case_number_series enable row level security;
alter table certificate enable row level security;
alter table paper_form enable row level security;
create policy scope on register_entry using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on register_unsealed using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on register_chain using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on register_right using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on register_holder using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on number_series using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on issued_number using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on case_number_series using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on certificate using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on paper_form using (authority = any (string_to_array(current_setting('app.scope', true), ',')));

-- Entries and the chain are append-only by privilege, not by trigger.
grant select, insert on register_entry, register_chain to dengbu_app;
grant select, insert, delete on register_unsealed to dengbu_app;
-- The projection holds nothing that the entries do not: it may be rebuilt.
grant select, insert, update, delete on register_right, register_holder to dengbu_app;
grant select, insert, update on number_series, issued_number, case_number_series, certificate, paper_form to dengbu_app;

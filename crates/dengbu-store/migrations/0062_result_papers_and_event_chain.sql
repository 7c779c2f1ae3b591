-- 查询结果证明、登记簿摘录、有房无房证明 in the library; events of certificates in a chain per authority.

-- A result paper belongs to the authority that answered: its code stands where a county stands.
alter table e_certificate drop constraint e_certificate_kind_check;
alter table e_certificate add constraint e_certificate_kind_check
    check (kind in ('title', 'proof', 'holding_proof', 'search_result', 'register_extract'));
alter table e_certificate drop constraint e_certificate_origin_check;
alter table e_certificate add constraint e_certificate_origin_check
    check (origin in ('recording', 'stock', 'counter', 'search'));
alter table e_certificate alter column unit_code drop not null;
alter table e_certificate alter column right_id drop not null;
-- the search whose result it is
alter table e_certificate add column search_no text;
alter table e_certificate add constraint e_certificate_source_check check (
    case when kind in ('title', 'proof')
        then unit_code is not null and right_id is not null and search_no is null
        else unit_code is null and right_id is null and search_no is not null end);
create index e_certificate_search on e_certificate (county, search_no) where search_no is not null;

-- A search's result bears the seal for searches (查询专用章), a certificate that for registration.
alter table e_seal add column purpose text not null default 'registration'
    check (purpose in ('registration', 'search'));
drop index e_seal_active;
create unique index e_seal_active on e_seal (authority, purpose) where state = 'active';

-- Events not yet in the chain; whoever records does not wait for it.
create table e_certificate_unsealed (
    authority text not null,
    county    text not null,
    event_id  uuid not null,
    at        timestamptz not null,
    primary key (authority, event_id)
);
create index e_certificate_unsealed_order on e_certificate_unsealed (authority, at, event_id);

create table e_certificate_chain (
    authority  text not null,
    chain_seq  bigint not null check (chain_seq > 0),
    county     text not null,
    event_id   uuid not null,
    event_hash bytea not null check (length(event_hash) = 32),
    prev_hash  bytea not null check (length(prev_hash) in (0, 32)),
    hash       bytea not null check (length(hash) = 32),
    sealed_at  timestamptz not null,
    primary key (authority, chain_seq),
    unique (authority, event_id)
);

-- events of before wait for the chain too; their owner sees all of them for this statement
alter table e_certificate no force row level security;
alter table e_certificate_event no force row level security;
insert into e_certificate_unsealed (authority, county, event_id, at)
select c.authority, e.county, e.event_id, e.at from e_certificate_event e
join e_certificate c on c.county = e.county and c.e_certificate_id = e.e_certificate_id;
alter table e_certificate force row level security;
alter table e_certificate_event force row level security;

alter table e_certificate_unsealed enable row level security;
alter table e_certificate_unsealed force row level security;
alter table e_certificate_chain enable row level security;
alter table e_certificate_chain force row level security;
create policy scope on e_certificate_unsealed using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on e_certificate_chain using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert, delete on e_certificate_unsealed to dengbu_app;
grant select, insert on e_certificate_chain to dengbu_app;

-- 同城通办: where a case was taken, which office may take what for which district, and whom the
-- authority of the land lets review for it. Numbers, seal, time limit and archive follow the county
-- of the units and are not touched by any of this.

alter table registration_case
    -- the authority whose office took the case; another than authority where taken for elsewhere
    add column office_authority text,
    -- its name as it was then: the authority of the land does not see the offices of others
    add column office_name text;
update registration_case c set office_authority = c.authority;
create index registration_case_office on registration_case (county, office_authority, office_id)
    where office_authority <> authority;

-- One row per authority that edited its matrix: the version for optimistic concurrency.
create table office_matrix (
    authority       text primary key references authority (authority),
    version         bigint not null,
    changed_at      timestamptz not null,
    changed_by_name text not null
);

-- 办事点 × 行政区 × 业务类别, kept by the authority of the land. Without a row an office takes
-- cases of its own authority's districts and of no others.
create table office_permission (
    authority        text not null references authority (authority),
    county           text not null check (county ~ '^[0-9]{6}$'),
    office_authority text not null references authority (authority),
    office_id        text not null,
    family           text not null check (family <> ''),
    allowed          boolean not null,
    primary key (authority, county, office_authority, office_id, family)
);
create index office_permission_office on office_permission (office_authority, office_id) where allowed;

-- 委托审核: the authority of the land lets the reviewers of another one (a shared pool) take a step
-- for it, per family of business, for a time, under a written document (委托书).
create table review_delegation (
    authority       text not null references authority (authority),
    delegation_id   uuid not null,
    to_authority    text not null references authority (authority),
    -- '*' or a family of the catalogue
    family          text not null check (family <> ''),
    action          text not null check (action in ('first_review', 'approve', 'record')),
    valid_from      date not null,
    valid_to        date not null check (valid_to >= valid_from),
    document        text not null check (document <> ''),
    granted_by      uuid not null,
    granted_by_name text not null,
    granted_at      timestamptz not null,
    ended_at        timestamptz,
    ended_by_name   text,
    primary key (authority, delegation_id),
    check (to_authority <> authority)
);
create index review_delegation_to on review_delegation (to_authority) where ended_at is null;

alter table office_matrix enable row level security;
alter table office_matrix force row level security;
alter table office_permission enable row level security;
alter table office_permission force row level security;
alter table review_delegation enable row level security;
alter table review_delegation force row level security;
create policy scope on office_matrix
    using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
-- Both sides read: who gives and who is given. Only who gives writes.
create policy giver on office_permission
    using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy given on office_permission for select
    using (office_authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy giver on review_delegation
    using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy given on review_delegation for select
    using (to_authority = any (string_to_array(current_setting('app.scope', true), ',')));

grant select, insert, update on office_matrix, office_permission, review_delegation to dengbu_app;

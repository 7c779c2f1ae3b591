-- Public notices before a registration (公告: 不动产登记暂行条例实施细则第十七条、第十八条) and the
-- objections to them. Everybody may read a notice; the law has it name the holder.

create table public_notice_series (
    authority  text not null,
    year       integer not null,
    last       integer not null,
    primary key (authority, year)
);

create table public_notice (
    county             text not null check (county ~ '^[0-9]{6}$'),
    notice_id          uuid not null,
    -- 公告编号 (ggbh): year and serial within the authority
    notice_no          text not null,
    case_no            text not null,
    authority          text not null,
    business           text not null,
    kind               text not null,
    title              text not null check (title <> ''),
    body               text not null check (body <> ''),
    -- where it is put up, the portal aside
    places             text not null,
    days               integer not null check (days > 0),
    published_on       date not null,
    ends_on            date not null check (ends_on > published_on),
    -- 异议送达地址 (clsddz)
    objection_address  text not null,
    contact            text not null,
    -- of what is asked for, in SM3: another application is not what was announced
    content_digest     text not null,
    published_at       timestamptz not null,
    published_by       uuid not null,
    published_by_name  text not null,
    withdrawn_at       timestamptz,
    withdrawn_by_name  text,
    withdraw_reason    text,
    primary key (county, notice_id),
    foreign key (county, case_no) references registration_case (county, case_no),
    unique (county, notice_no, authority),
    check ((withdrawn_at is null) = (withdraw_reason is null))
);
-- one notice at a time for a case
create unique index public_notice_case on public_notice (county, case_no) where withdrawn_at is null;
create index public_notice_day on public_notice (published_on desc, notice_id);

create table notice_objection (
    county           text not null check (county ~ '^[0-9]{6}$'),
    objection_id     uuid not null,
    notice_id        uuid not null,
    case_no          text not null,
    objector         text not null check (objector <> ''),
    contact          text not null,
    grounds          text not null check (grounds <> ''),
    evidence         text not null,
    received_on      date not null,
    received_at      timestamptz not null,
    received_by      uuid not null,
    received_by_name text not null,
    decision         text check (decision in ('dismissed', 'upheld')),
    decision_reason  text,
    decided_at       timestamptz,
    decided_by       uuid,
    decided_by_name  text,
    primary key (county, objection_id),
    foreign key (county, notice_id) references public_notice (county, notice_id),
    check ((decision is null) = (decided_at is null) and (decision is null) = (decision_reason is null))
);
create index notice_objection_case on notice_objection (county, case_no);

alter table public_notice_series enable row level security;
alter table public_notice enable row level security;
alter table notice_objection enable row level security;
create policy scope on public_notice_series using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on public_notice using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on notice_objection using (county = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert on public_notice, notice_objection to dengbu_app;
grant select, insert, update on public_notice_series to dengbu_app;
grant update (withdrawn_at, withdrawn_by_name, withdraw_reason) on public_notice to dengbu_app;
grant update (decision, decision_reason, decided_at, decided_by, decided_by_name) on notice_objection to dengbu_app;

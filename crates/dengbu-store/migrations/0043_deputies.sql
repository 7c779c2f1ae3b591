-- Deputies (代理人): who stands in for a colleague who is away. A deputy gains no post by it: only
-- work that both may do passes to the deputy.

create table staff_deputy (
    authority       text not null references authority (authority),
    deputy_id       uuid not null,
    -- who is away
    principal       uuid not null,
    principal_name  text not null,
    -- who stands in
    deputy          uuid not null,
    deputy_name     text not null,
    from_on         date not null,
    to_on           date not null check (to_on >= from_on),
    reason          text not null check (reason <> ''),
    created_at      timestamptz not null,
    created_by_name text not null,
    ended_at        timestamptz,
    ended_by_name   text,
    primary key (authority, deputy_id),
    foreign key (authority, principal) references staff (authority, staff_id),
    foreign key (authority, deputy) references staff (authority, staff_id),
    check (principal <> deputy),
    check ((ended_at is null) = (ended_by_name is null))
);
create index staff_deputy_of on staff_deputy (authority, deputy) where ended_at is null;

alter table staff_deputy enable row level security;
create policy scope on staff_deputy using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert on staff_deputy to dengbu_app;
grant update (ended_at, ended_by_name) on staff_deputy to dengbu_app;

-- Cases (业务件): applications on their way from the counter to the register.

create table registration_case (
    county            text not null check (county ~ '^[0-9]{6}$'),
    case_no           text not null check (length(case_no) = 20 and left(case_no, 6) = county),
    authority         text not null,
    business          text not null,
    state             text not null,
    step              text not null,
    version           bigint not null default 1,
    source            text not null,
    application       jsonb not null,
    -- the right that the case acts upon (the mortgage to be struck out, the title to be transferred)
    target_right_id   uuid,
    address           text not null,
    holders_summary   text not null default '',
    obligors_summary  text not null default '',
    office_id         text,
    taken_by          uuid not null,
    taken_by_name     text not null,
    created_at        timestamptz not null,
    accepted_at       timestamptz,
    clock_start       timestamptz,
    due_on            date,
    assignee          uuid,
    assignee_name     text,
    arrived_at        timestamptz not null,
    sent_back         boolean not null default false,
    recorded_at       timestamptz,
    closed_at         timestamptz,
    archive_no        text,
    primary key (county, case_no)
);
create index registration_case_step on registration_case (county, step, arrived_at) where closed_at is null;
create index registration_case_created on registration_case (county, created_at);

create table case_unit (
    county     text not null,
    case_no    text not null,
    unit_code  text not null check (left(unit_code, 6) = county),
    ordinal    integer not null,
    -- true while the case is under way and its business disposes of the unit
    exclusive  boolean not null,
    open       boolean not null default true,
    primary key (county, case_no, unit_code),
    foreign key (county, case_no) references registration_case (county, case_no),
    foreign key (county, unit_code) references estate_unit (county, unit_code)
);
create index case_unit_unit on case_unit (county, unit_code) where open;
-- one open disposing case per unit (rule R01); seizure and caution are never exclusive
create unique index case_unit_one_exclusive on case_unit (county, unit_code) where open and exclusive;

create table case_event (
    county      text not null,
    case_no     text not null,
    seq         integer not null,
    at          timestamptz not null,
    actor_id    uuid not null,
    actor_name  text not null,
    action      text not null,
    step        text not null,
    from_state  text not null,
    to_state    text not null,
    to_step     text not null,
    opinion     text,
    reason      text,
    detail      jsonb,
    primary key (county, case_no, seq),
    foreign key (county, case_no) references registration_case (county, case_no)
);

create table case_material (
    county       text not null,
    case_no      text not null,
    material_id  uuid not null,
    item         text not null,
    file_name    text not null,
    media_type   text not null,
    size_bytes   bigint not null,
    pages        integer,
    copies       integer not null default 1,
    original     boolean not null default true,
    sm3          text not null,
    scan_state   text not null,
    uploaded_by  text not null,
    uploaded_at  timestamptz not null,
    verified_by  text,
    verified_at  timestamptz,
    removed_at   timestamptz,
    removed_by   text,
    primary key (county, case_no, material_id),
    foreign key (county, case_no) references registration_case (county, case_no)
);

-- Working-day calendar by year, as published; an authority may have its own.
create table calendar_day (
    authority  text not null,
    day        date not null,
    kind       text not null check (kind in ('holiday', 'workday')),
    name       text not null,
    primary key (authority, day)
);

-- Answers already given, so that a repeated request does nothing twice.
create table answered_request (
    authority     text not null,
    staff_id      uuid not null,
    key           text not null check (length(key) between 8 and 100),
    request_hash  bytea not null,
    status        integer,
    answer        jsonb,
    at            timestamptz not null,
    primary key (authority, staff_id, key)
);

alter table registration_case enable row level security;
alter table case_unit enable row level security;
alter table case_event enable row level security;
alter table case_material enable row level security;
alter table calendar_day enable row level security;
alter table answered_request enable row level security;
create policy scope on registration_case using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on case_unit using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on case_event using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on case_material using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on calendar_day using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on answered_request using (authority = any (string_to_array(current_setting('app.scope', true), ',')));

grant select, insert, update on registration_case, case_unit, case_material to dengbu_app;
grant select, insert on case_event to dengbu_app;
grant select, insert, update, delete on calendar_day to dengbu_app;
grant select, insert, update on answered_request to dengbu_app;

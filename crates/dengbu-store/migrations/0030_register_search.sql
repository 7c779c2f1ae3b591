-- Searching the register for others (不动产登记资料查询): applications, what was shown, papers,
-- alerts. The log and the papers are append-only by privilege.

create table search_application (
    authority            text not null references authority (authority),
    search_no            text not null check (length(search_no) = 21 and substr(search_no, 3, 6) = authority),
    state                text not null check (state in ('open', 'answered', 'refused')),
    version              bigint not null default 1,
    applicant_kind       text not null,
    applicant_name       text not null,
    applicant_is_person  boolean not null,
    purpose              text not null,
    request              jsonb not null,
    taken_by             uuid not null,
    taken_by_name        text not null,
    created_at           timestamptz not null,
    due_on               date not null,
    refusal              jsonb,
    closed_at            timestamptz,
    primary key (authority, search_no)
);
create index search_application_time on search_application (authority, created_at desc, search_no desc);

create table search_scan (
    authority    text not null,
    search_no    text not null,
    scan_id      uuid not null,
    item         text not null,
    file_name    text not null,
    media_type   text not null,
    size_bytes   bigint not null,
    sm3          text not null,
    scan_state   text not null,
    uploaded_by  text not null,
    uploaded_at  timestamptz not null,
    primary key (authority, search_no, scan_id),
    foreign key (authority, search_no) references search_application (authority, search_no)
);

-- 查询记录簿: each showing with the exact content shown (canonical JSON) and its SM3.
create table search_showing (
    authority         text not null,
    showing_id        uuid not null,
    search_no         text not null,
    at                timestamptz not null,
    staff_id          uuid not null,
    staff_name        text not null,
    applicant_kind    text not null,
    applicant_masked  text not null,
    agent_masked      text,
    index_kind        text not null,
    subjects_masked   text[] not null,
    purpose           text not null,
    parts             text[] not null,
    units             integer not null,
    hits              integer not null,
    body              text not null,
    sm3               text not null,
    primary key (authority, showing_id),
    foreign key (authority, search_no) references search_application (authority, search_no)
);
create index search_showing_time on search_showing (authority, at desc, showing_id desc);
create index search_showing_application on search_showing (authority, search_no, at);
create index search_showing_staff on search_showing (authority, staff_id, at);

-- What each showing was about: a unit code, or the keyed hash of a person's number.
create table search_shown_subject (
    authority     text not null,
    subject_kind  text not null check (subject_kind in ('unit', 'person')),
    subject       text not null,
    showing_id    uuid not null,
    at            timestamptz not null,
    staff_id      uuid not null,
    primary key (authority, subject_kind, subject, showing_id)
);
create index search_shown_subject_showing on search_shown_subject (authority, showing_id);

-- Result papers: content byte for byte, its SM3, the check code taken from it.
create table search_document (
    authority       text not null,
    document_no     text not null,
    search_no       text not null,
    -- null: the notice of a refusal
    showing_id      uuid,
    kind            text not null,
    check_code      text not null check (length(check_code) = 16),
    body            text not null,
    sm3             text not null,
    doubts          jsonb not null,
    issued_by       uuid not null,
    issued_by_name  text not null,
    issued_at       timestamptz not null,
    primary key (authority, document_no),
    unique (authority, check_code),
    foreign key (authority, search_no) references search_application (authority, search_no)
);
create index search_document_application on search_document (authority, search_no);
create index search_document_showing on search_document (authority, showing_id);

create table search_alert (
    authority     text not null,
    alert_id      uuid not null,
    rule          text not null,
    subject       text not null,
    subject_name  text not null,
    day           date not null,
    counted       bigint not null,
    allowed       bigint not null,
    hours         bigint not null,
    at            timestamptz not null,
    search_no     text not null,
    staff_name    text not null,
    handled_at    timestamptz,
    handled_by    text,
    handled_note  text,
    primary key (authority, alert_id),
    -- one alert a day for one matter
    unique (authority, rule, subject, day)
);
create index search_alert_time on search_alert (authority, at desc, alert_id desc);

create table search_number_series (
    authority  text not null,
    kind       text not null,
    period     text not null,
    last       bigint not null,
    primary key (authority, kind, period)
);

alter table search_application enable row level security;
alter table search_application force row level security;
alter table search_scan enable row level security;
alter table search_scan force row level security;
alter table search_showing enable row level security;
alter table search_showing force row level security;
alter table search_shown_subject enable row level security;
alter table search_shown_subject force row level security;
alter table search_document enable row level security;
alter table search_document force row level security;
alter table search_alert enable row level security;
alter table search_alert force row level security;
alter table search_number_series enable row level security;
alter table search_number_series force row level security;
create policy scope on search_application using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on search_scan using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on search_showing using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on search_shown_subject using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on search_document using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on search_alert using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on search_number_series using (authority = any (string_to_array(current_setting('app.scope', true), ',')));

grant select, insert on search_scan, search_showing, search_shown_subject, search_document to dengbu_app;
grant select, insert, update on search_application, search_alert, search_number_series to dengbu_app;

-- Statistics (统计) and the supervisor's board (督办): indexes from which a month of 100,000 cases
-- is counted without reading the cases themselves (their applications make the rows wide), and
-- reminders.

-- The same keys with the columns that figures are broken down by.
drop index registration_case_accepted;
create index registration_case_accepted on registration_case (county, accepted_at)
    include (authority, business, office_id, source);
drop index registration_case_recorded;
create index registration_case_recorded on registration_case (county, recorded_at)
    include (case_no, authority, business, office_id, source, accepted_at, due_on);
-- Ended without an entry: written once in a case's life.
create index registration_case_ended on registration_case (county, closed_at)
    include (state, authority, business, office_id, source)
    where state in ('not_accepted', 'refused', 'withdrawn');
drop index case_event_action;
create index case_event_action on case_event (county, action, at)
    include (case_no, actor_id, actor_name);
-- Moves that stop the clock: to the applicants for correction (补正), into a notice (公告).
create index case_event_pause on case_event (county, at)
    include (case_no, seq, to_state)
    where to_state = 'correction' or to_step = 'notice';

-- 督办提醒、催办. A reminder is about a step: once the case has moved on, it is past.
create table case_reminder (
    county       text not null check (county ~ '^[0-9]{6}$'),
    case_no      text not null,
    reminder_id  uuid not null,
    -- urged: by a person (催办); the others by the clock
    level        text not null check (level in ('yellow', 'red', 'overdue', 'urged')),
    step         text not null,
    -- the limit it is about
    due_on       date not null,
    note         text,
    -- none: the clock
    made_by      uuid,
    made_by_name text not null,
    made_at      timestamptz not null,
    primary key (county, case_no, reminder_id),
    foreign key (county, case_no) references registration_case (county, case_no),
    check ((level = 'urged') = (made_by is not null))
);
-- The clock reminds once of each light, step and limit.
create unique index case_reminder_once on case_reminder (county, case_no, level, step, due_on)
    where made_by is null;

alter table case_reminder enable row level security;
create policy scope on case_reminder using (county = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert on case_reminder to dengbu_app;

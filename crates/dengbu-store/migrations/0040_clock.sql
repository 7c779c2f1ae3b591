-- The clock of a case (计时): when it stood, why, and who stopped and started it. One table for
-- all that ask: the limit of a case moves by what it holds, lists and figures read it.

create table case_pause (
    county         text not null check (county ~ '^[0-9]{6}$'),
    case_no        text not null,
    pause_id       uuid not null,
    -- notice: 公告; correction: 补正 (the limit then counts anew); suspension: 暂停计时
    kind           text not null check (kind in ('notice', 'correction', 'suspension')),
    -- of a suspension: its reason in dengbu-law/data/suspension.toml
    reason_code    text,
    reason         text not null,
    law            text not null,
    -- of a suspension and a notice: the day on which the clock starts again by itself
    until          date,
    began_at       timestamptz not null,
    began_by       uuid not null,
    began_by_name  text not null,
    ended_at       timestamptz,
    ended_by_name  text,
    end_reason     text,
    primary key (county, case_no, pause_id),
    foreign key (county, case_no) references registration_case (county, case_no),
    check ((kind = 'suspension') = (reason_code is not null)),
    check (kind = 'correction' or until is not null),
    check (ended_at >= began_at),
    check ((ended_at is null) = (ended_by_name is null))
);
-- a clock stands once at a time
create unique index case_pause_open on case_pause (county, case_no) where ended_at is null;
create index case_pause_began on case_pause (county, began_at) include (case_no, kind, ended_at);
create index case_pause_until on case_pause (until) where ended_at is null and until is not null;

alter table case_pause enable row level security;
create policy scope on case_pause using (county = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert on case_pause to dengbu_app;
-- what began stays as it was written
grant update (ended_at, ended_by_name, end_reason) on case_pause to dengbu_app;

-- Since when the clock stands; none while it runs.
alter table registration_case add column paused_at timestamptz;

-- What stood before this table was there.
insert into case_pause (county, case_no, pause_id, kind, reason, law, until, began_at, began_by, began_by_name, ended_at, ended_by_name)
select e.county, e.case_no, gen_random_uuid(), case when e.to_state = 'correction' then 'correction' else 'notice' end,
       coalesce(e.reason, ''), '', e.at::date, e.at, e.actor_id, e.actor_name, n.at, n.actor_name
from case_event e
join registration_case c on c.county = e.county and c.case_no = e.case_no and c.closed_at is null
left join lateral (select x.at, x.actor_name from case_event x where x.county = e.county and x.case_no = e.case_no
     and x.seq > e.seq order by x.seq limit 1) n on true
where e.to_state = 'correction' or (e.to_step = 'notice' and e.to_state = 'in_progress' and e.step <> 'notice');
update registration_case c set paused_at = p.began_at
from case_pause p where p.county = c.county and p.case_no = c.case_no and p.ended_at is null;

-- Figures read the pauses, no longer the moves.
drop index case_event_pause;

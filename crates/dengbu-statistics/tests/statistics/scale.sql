-- 400,000 cases from July to October 2026, 100,000 a month, with their moves; 3 % corrected, 20 %
-- automatic, 2 % still open. Wide rows, as applications make them.
insert into registration_case (county, case_no, authority, business, state, step, source, application, address,
    office_id, taken_by, taken_by_name, created_at, accepted_at, clock_start, due_on, arrived_at, recorded_at, closed_at)
select county, county || '20260701' || lpad(n::text, 6, '0'), case when county = '510421' then county else '510400' end,
    (array['200-04-02', '100-DY-01', '400-DY-01', '800-00-01'])[1 + n % 4],
    case when open then 'in_progress' else 'closed' end, case when open then 'approval' else 'archive' end,
    (array['counter', 'bank', 'web', 'court'])[1 + n % 4],
    jsonb_build_object('text', repeat(md5(n::text), 40)), '示例路' || n || '号', '510400-0' || (1 + n % 3),
    '00000000-0000-0000-0000-000000000009', '甲', at, at, at, (at + interval '3 days')::date, at,
    case when not open then at + (n % 5) * interval '7 hours' end, case when not open then at + interval '3 days' end
from (select n, (array['510402', '510403', '510411', '510421'])[1 + n % 4 % 4] as county,
        timestamptz '2026-07-01 09:00+08' + (n::bigint * 26) * interval '1 second' as at, n % 50 = 0 as open
      from generate_series(1, 400000) n) t;
insert into case_event (county, case_no, seq, at, actor_id, actor_name, action, step, from_state, to_state, to_step)
select c.county, c.case_no, e.seq, c.accepted_at + (c.recorded_at - c.accepted_at) * e.part + e.later,
    ('00000000-0000-0000-0000-0000000000' || (10 + right(c.case_no, 2)::int % 40))::uuid, '人员' || right(c.case_no, 2)::int % 40,
    e.action, '', '', e.to_state, e.to_step
from registration_case c cross join lateral (values
    (1, case when right(c.case_no, 1)::int < 2 then 'auto_decide' else 'submit' end, 'in_progress', 'first_review', 0.0, interval '0'),
    (2, case when right(c.case_no, 2)::int < 3 then 'correct' else 'agree' end,
        case when right(c.case_no, 2)::int < 3 then 'correction' else 'in_progress' end, 'approval', 0.2, interval '0'),
    (3, 'agree', 'in_progress', 'recording', 0.5, interval '0'),
    (4, 'record', 'in_progress', 'certificate', 1.0, interval '0'),
    (5, 'make_certificate', 'in_progress', 'delivery', 1.0, interval '1 hour'),
    (6, 'deliver', 'closed', 'archive', 1.0, interval '2 days')) as e (seq, action, to_state, to_step, part, later)
where c.recorded_at is not null;
insert into case_pause (county, case_no, pause_id, kind, reason, law, began_at, began_by, began_by_name, ended_at, ended_by_name)
select county, case_no, gen_random_uuid(), 'correction', '', '', at, actor_id, actor_name, at + interval '2 hours', actor_name
from case_event where to_state = 'correction';
vacuum analyze registration_case;
vacuum analyze case_pause;
vacuum analyze case_event;

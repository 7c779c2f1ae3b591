-- Papers whose right has ended or that were replaced: what came back, and what did not
-- (实施细则第二十三条: taken back and noted, or published as void where it cannot be).

create table paper_return (
    county          text not null check (county ~ '^[0-9]{6}$'),
    -- also of papers that earlier systems issued, so no reference to certificate
    certificate_no  text not null,
    paper_kind      text not null check (paper_kind in ('title', 'proof')),
    unit_code       text not null check (left(unit_code, 6) = county),
    authority       text not null,
    -- the case that ended the right; none where it lapsed
    case_no         text,
    voided_at       timestamptz not null,
    -- awaited: to come back; returned: it came back (收回); unreturned: it cannot be had (公告作废, 遗失声明)
    state           text not null default 'awaited' check (state in ('awaited', 'returned', 'unreturned')),
    marked_at       timestamptz,
    marked_by       text,
    note            text,
    primary key (county, certificate_no),
    check ((state = 'awaited') = (marked_at is null) and (marked_at is null) = (marked_by is null))
);
create index paper_return_unit on paper_return (county, unit_code);
create index paper_return_case on paper_return (county, case_no);
create index paper_return_awaited on paper_return (authority, voided_at desc, certificate_no) where state = 'awaited';

alter table paper_return enable row level security;
create policy scope on paper_return using (county = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert on paper_return to dengbu_app;
grant update (state, marked_at, marked_by, note) on paper_return to dengbu_app;

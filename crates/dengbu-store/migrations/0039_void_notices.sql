-- Notices about certificates that are lost or were not returned (遗失声明、作废公告): what the
-- authority publishes. The public sees the masked name only.

create table void_notice (
    county          text not null check (county ~ '^[0-9]{6}$'),
    -- also of papers that earlier systems issued, so no reference to certificate
    certificate_no  text not null,
    paper_kind      text not null check (paper_kind in ('title', 'proof')),
    -- lost: declaration before a re-issue; unreturned: the right ended and the paper did not come back
    kind            text not null check (kind in ('lost', 'unreturned')),
    authority       text not null,
    holder_names    text not null,
    holder_masked   text not null,
    reason          text not null check (reason <> ''),
    published_on    date not null,
    -- last day of the declaration; none for what is void at once
    runs_until      date,
    published_by    text not null,
    primary key (county, certificate_no, kind)
);
create index void_notice_day on void_notice (county, published_on, certificate_no);

alter table void_notice enable row level security;
create policy scope on void_notice using (county = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert on void_notice to dengbu_app;

-- Cases that are handled together (并案): what they ask for hangs together, so that none is recorded
-- before all are decided. Each keeps its own number, papers, limit and trail.

create table case_joint (
    county         text not null check (county ~ '^[0-9]{6}$'),
    case_no        text not null,
    -- the same for all that belong together; counties of one authority may differ
    joint_id       uuid not null,
    authority      text not null,
    joined_at      timestamptz not null,
    joined_by_name text not null,
    -- 分案: it goes its own way from then on
    left_at        timestamptz,
    left_by_name   text,
    left_reason    text,
    primary key (county, case_no, joint_id),
    foreign key (county, case_no) references registration_case (county, case_no),
    check ((left_at is null) = (left_by_name is null) and (left_at is null) = (left_reason is null))
);
create unique index case_joint_one on case_joint (county, case_no) where left_at is null;
create index case_joint_group on case_joint (joint_id) where left_at is null;

alter table case_joint enable row level security;
create policy scope on case_joint using (county = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert on case_joint to dengbu_app;
grant update (left_at, left_by_name, left_reason) on case_joint to dengbu_app;

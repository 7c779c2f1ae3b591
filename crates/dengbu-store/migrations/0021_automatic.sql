-- Automatic decisions (秒批): who vouches for a paper, and which cases a person looks at afterwards.

alter table case_material
    -- upload: brought in at a counter; shared: given by a department over an interface
    add column source text not null default 'upload' check (source in ('upload', 'shared')),
    add column source_name text,
    add column source_reference text,
    -- true when the authority trusts this channel for this source
    add column trusted boolean not null default false,
    -- what the department said; the file store holds papers, this is data
    add column shared_data jsonb;

create table after_check (
    county      text not null check (county ~ '^[0-9]{6}$'),
    case_no     text not null,
    chosen_at   timestamptz not null,
    -- open until a person has looked
    state       text not null default 'open' check (state in ('open', 'passed', 'failed')),
    checked_by  uuid,
    checked_by_name text,
    checked_at  timestamptz,
    note        text,
    primary key (county, case_no),
    foreign key (county, case_no) references registration_case (county, case_no)
);
create index after_check_open on after_check (county, chosen_at) where state = 'open';

alter table after_check enable row level security;
create policy scope on after_check using (county = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert, update on after_check to dengbu_app;

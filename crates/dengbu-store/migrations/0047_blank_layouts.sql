-- Where things stand on the pre-printed blanks of an authority (套打版式): what differs from the
-- layout that comes with the program. One row a kind; without a row the program's own stands.

create table blank_layout (
    authority   text not null references authority (authority),
    form_kind   text not null check (form_kind in ('title', 'proof')),
    version     bigint not null check (version > 0),
    layout      jsonb not null,
    changed_at  timestamptz not null,
    changed_by  text not null,
    primary key (authority, form_kind)
);

alter table blank_layout enable row level security;
create policy scope on blank_layout using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert, update, delete on blank_layout to dengbu_app;

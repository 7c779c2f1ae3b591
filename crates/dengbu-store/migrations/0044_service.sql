-- Service of documents (文书送达): decisions told in writing, the persons each must reach, and
-- every attempt to reach them.

create table case_service_document (
    county      text not null check (county ~ '^[0-9]{6}$'),
    case_no     text not null,
    -- the move that made the decision
    event_seq   integer not null,
    document    text not null check (document in ('rejection', 'correction', 'refusal')),
    authority   text not null,
    decided_on  date not null,
    primary key (county, case_no, event_seq),
    foreign key (county, case_no, event_seq) references case_event (county, case_no, seq)
);

-- Applicants as they were on the day of the decision.
create table case_service_person (
    county      text not null,
    case_no     text not null,
    event_seq   integer not null,
    person      integer not null check (person > 0),
    document    text not null,
    decided_on  date not null,
    name        text not null,
    kind        text not null,
    side        text not null check (side in ('holder', 'obligor', 'contact')),
    side_name   text not null,
    agent       text,
    phone       text,
    address     text,
    -- follows from the attempts: the day from which the document counts as served
    served_on   date,
    primary key (county, case_no, event_seq, person),
    foreign key (county, case_no, event_seq) references case_service_document (county, case_no, event_seq)
);
create index case_service_person_waiting on case_service_person (county, decided_on, case_no, event_seq, person)
    where served_on is null;
create index case_service_person_served on case_service_person (county, served_on) where served_on is not null;

-- What was tried; never changed. A row that was written in error is annulled by another.
create table case_service (
    county       text not null,
    case_no      text not null,
    event_seq    integer not null,
    person       integer not null,
    attempt      integer not null check (attempt > 0),
    result       text not null check (result in ('served', 'failed', 'annulled')),
    -- the attempt that an annulment takes back
    annuls       integer check ((result = 'annulled') = (annuls is not null)),
    method       text check ((result = 'annulled') = (method is null)),
    done_on      date not null,
    served_on    date check ((result = 'served') = (served_on is not null)),
    reason       text check ((result = 'served') = (reason is null)),
    particulars  jsonb not null,
    actor_id     uuid not null,
    actor_name   text not null,
    at           timestamptz not null,
    primary key (county, case_no, event_seq, person, attempt),
    unique (county, case_no, event_seq, person, annuls),
    foreign key (county, case_no, event_seq, person)
        references case_service_person (county, case_no, event_seq, person)
);

alter table case_service_document enable row level security;
alter table case_service_person enable row level security;
alter table case_service enable row level security;
create policy scope on case_service_document using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on case_service_person using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on case_service using (county = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert on case_service_document, case_service to dengbu_app;
grant select, insert, update (served_on) on case_service_person to dengbu_app;

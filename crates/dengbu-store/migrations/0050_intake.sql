-- Data integration (数据整合): deliveries of older systems, runs over them, what the runs found,
-- what people decided about doubtful links, and batches on their way into the register.
-- Nothing here is the register: a batch stands in these tables until it is published.

-- An older system (数据源). Its name stands in the provenance of every record taken from it.
create table intake_source (
    authority    text not null references authority (authority),
    source       text not null check (length(source) between 1 and 40 and source !~ '[/\\.\s]'),
    title        text not null,
    created_by   text not null,
    created_id   uuid not null,
    created_at   timestamptz not null,
    primary key (authority, source)
);

-- One delivery (数据包) of a source; its content is kept by digest outside the database.
create table intake_package (
    authority     text not null,
    package_id    uuid not null,
    source        text not null,
    delivery      integer not null check (delivery > 0),
    file_name     text not null,
    format        text not null check (format in ('zip', 'file')),
    size_bytes    bigint not null check (size_bytes > 0),
    sm3           text not null check (sm3 ~ '^[0-9a-f]{64}$'),
    -- what is inside: name, size, digest
    files         jsonb not null,
    uploaded_by   text not null,
    uploaded_id   uuid not null,
    uploaded_at   timestamptz not null,
    primary key (authority, package_id),
    unique (authority, source, delivery),
    unique (authority, source, sm3),
    foreign key (authority, source) references intake_source (authority, source)
);

-- How the fields of a source become those of the standard (字段对照), each version kept.
create table intake_mapping (
    authority  text not null,
    source     text not null,
    version    integer not null check (version > 0),
    body       text not null,
    saved_by   text not null,
    saved_id   uuid not null,
    saved_at   timestamptz not null,
    primary key (authority, source, version),
    foreign key (authority, source) references intake_source (authority, source)
);

-- One run (运行): over a package, or quality control over the register itself.
create table intake_run (
    authority        text not null references authority (authority),
    run_id           uuid not null,
    kind             text not null check (kind in ('package', 'register')),
    source           text not null,
    package_id       uuid,
    mapping_version  integer,
    state            text not null check (state in ('waiting', 'running', 'stopping', 'stopped', 'done', 'failed')),
    stage            text not null default '',
    stage_done       bigint not null default 0,
    stage_total      bigint not null default 0,
    stage_began_at   timestamptz,
    began_at         timestamptz,
    touched_at       timestamptz,
    finished_at      timestamptz,
    -- how often it was begun: more than once after a stop or a crash
    begun            integer not null default 0,
    error            text,
    summary          jsonb not null default '{}',
    -- digest of the kept file with what is ready for the register
    stock_sm3        text,
    asked_by         text not null,
    asked_id         uuid not null,
    asked_at         timestamptz not null,
    primary key (authority, run_id),
    check ((kind = 'package') = (package_id is not null)),
    foreign key (authority, package_id) references intake_package (authority, package_id)
);
create index intake_run_latest on intake_run (authority, asked_at desc, run_id);
-- one run at a time over a source
create unique index intake_run_one on intake_run (authority, source) where state in ('waiting', 'running', 'stopping');

-- What became of each source row in a run.
create table intake_record (
    authority     text not null,
    run_id        uuid not null,
    seq           bigint not null,
    source        text not null,
    table_name    text not null,
    legacy_id     text not null,
    outcome       text not null check (outcome in ('accepted', 'merged', 'doubtful', 'rejected')),
    reason        text not null default '',
    parcel_code   text,
    building_ref  text,
    unit_code     text,
    merged_into   text,
    method        text,
    confidence    double precision,
    primary key (authority, run_id, seq),
    foreign key (authority, run_id) references intake_run (authority, run_id)
);
create index intake_record_outcome on intake_record (authority, run_id, outcome, seq);

-- Faults found by the rules (质检结果).
create table intake_finding (
    authority   text not null,
    run_id      uuid not null,
    seq         bigint not null,
    rule_id     text not null,
    kind        text not null,
    severity    text not null check (severity in ('error', 'warning', 'note')),
    source      text not null,
    table_name  text not null,
    legacy_id   text not null,
    field       text not null,
    value       text not null,
    message     text not null,
    -- county or parcel where it lies, as far as known
    place       text not null default '',
    -- rings or points with their reference system, of spatial faults
    geometry    jsonb,
    primary key (authority, run_id, seq),
    foreign key (authority, run_id) references intake_run (authority, run_id)
);
create index intake_finding_rule on intake_finding (authority, run_id, rule_id, seq);

-- Links a program will not decide (待核对).
create table intake_doubt (
    authority   text not null,
    run_id      uuid not null,
    seq         bigint not null,
    -- the same for the same question in every run
    doubt_key   text not null,
    question    text not null,
    source      text not null,
    table_name  text not null,
    legacy_id   text not null,
    subject     jsonb not null,
    candidates  jsonb not null,
    primary key (authority, run_id, seq),
    unique (authority, run_id, doubt_key),
    foreign key (authority, run_id) references intake_run (authority, run_id)
);

-- What people decided; never changed. Taking one back is a further row.
create table intake_decision (
    authority   text not null,
    source      text not null,
    doubt_key   text not null,
    seq         integer not null check (seq > 0),
    choice      text not null check (choice in ('candidate', 'none', 'withdrawn')),
    candidate   text check ((choice = 'candidate') = (candidate is not null)),
    note        text not null default '',
    run_id      uuid not null,
    decided_by  text not null,
    decided_id  uuid not null,
    decided_at  timestamptz not null,
    primary key (authority, source, doubt_key, seq),
    foreign key (authority, source) references intake_source (authority, source)
);

-- A batch (入库批次).
create table intake_batch (
    authority       text not null,
    batch_no        text not null,
    run_id          uuid not null,
    source          text not null,
    state           text not null check (state in ('preparing', 'prepared', 'publishing', 'paused', 'published', 'rolled_back')),
    -- parcels, buildings and units it will hold once prepared
    units_total     bigint not null default 0,
    error           text,
    prepared_by     text not null,
    prepared_id     uuid not null,
    prepared_at     timestamptz not null,
    published_by    text,
    published_id    uuid,
    published_at    timestamptz,
    finished_at     timestamptz,
    undone_by       text,
    undone_id       uuid,
    undone_at       timestamptz,
    undone_reason   text,
    primary key (authority, batch_no),
    foreign key (authority, run_id) references intake_run (authority, run_id)
);
-- a run goes into the register by one batch at a time
create unique index intake_batch_one on intake_batch (authority, run_id) where state <> 'rolled_back';

-- Parcels and buildings of a batch, and its units with all their rights: entries in waiting.
create table intake_land (
    county      text not null check (county ~ '^[0-9]{6}$'),
    batch_no    text not null,
    kind        text not null check (kind in ('parcel', 'building')),
    code        text not null check (left(code, 6) = county),
    authority   text not null,
    body        jsonb not null,
    published   boolean not null default false,
    primary key (county, batch_no, kind, code)
);
create table intake_unit (
    county        text not null check (county ~ '^[0-9]{6}$'),
    batch_no      text not null,
    unit_code     text not null check (left(unit_code, 6) = county),
    authority     text not null,
    address       text not null,
    body          jsonb not null,
    state         text not null default 'prepared' check (state in ('prepared', 'new', 'grown', 'same', 'refused')),
    entries       integer not null default 0,
    reason        text,
    published_at  timestamptz,
    primary key (county, batch_no, unit_code)
);
create index intake_unit_waiting on intake_unit (county, batch_no, unit_code) where state = 'prepared';

alter table intake_source enable row level security;
alter table intake_package enable row level security;
alter table intake_mapping enable row level security;
alter table intake_run enable row level security;
alter table intake_record enable row level security;
alter table intake_finding enable row level security;
alter table intake_doubt enable row level security;
alter table intake_decision enable row level security;
alter table intake_batch enable row level security;
alter table intake_land enable row level security;
alter table intake_unit enable row level security;
create policy scope on intake_source using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on intake_package using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on intake_mapping using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on intake_run using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on intake_record using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on intake_finding using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on intake_doubt using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on intake_decision using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on intake_batch using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on intake_land using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on intake_unit using (county = any (string_to_array(current_setting('app.scope', true), ',')));

grant select, insert on intake_source, intake_package, intake_mapping, intake_decision to dengbu_app;
grant select, insert, update on intake_run, intake_batch to dengbu_app;
-- a run begun anew clears what it had found; nothing of it has been published then
grant select, insert, delete on intake_record, intake_finding, intake_doubt to dengbu_app;
-- only rows in waiting are ever deleted: the register itself is not touched by a roll-back
grant select, insert, delete on intake_land, intake_unit to dengbu_app;
grant update (published) on intake_land to dengbu_app;
grant update (state, entries, reason, published_at) on intake_unit to dengbu_app;

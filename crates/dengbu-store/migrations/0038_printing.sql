-- Printing on pre-printed forms: what each printing station is off by, who holds which blanks,
-- destruction by two persons, counts of the stock (盘点).

create table print_station (
    authority   text not null references authority (authority),
    station     text not null check (length(station) between 1 and 40),
    -- hundredths of a millimetre, to the right and downwards
    shift_x     integer not null check (shift_x between -2000 and 2000),
    shift_y     integer not null check (shift_y between -2000 and 2000),
    -- ten-thousandths
    scale_x     integer not null check (scale_x between 9500 and 10500),
    scale_y     integer not null check (scale_y between 9500 and 10500),
    changed_at  timestamptz not null,
    changed_by  text not null,
    primary key (authority, station)
);

alter table paper_form
    -- to whom a blank was handed (领用); null: nobody in particular
    add column held_by uuid,
    add column held_by_name text,
    add column held_at timestamptz,
    -- the first of the two persons who destroy a spoiled form
    add column destroy_by uuid,
    add column destroy_by_name text;

create table form_count (
    authority       text not null references authority (authority),
    count_id        uuid not null,
    form_kind       text not null check (form_kind in ('title', 'proof')),
    counted_at      timestamptz not null,
    booked          bigint not null,
    counted         bigint not null check (counted >= 0),
    -- why the figures differ
    explanation     text,
    counted_by      text not null,
    primary key (authority, count_id),
    check (booked = counted or explanation <> '')
);

alter table print_station enable row level security;
alter table form_count enable row level security;
create policy scope on print_station using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on form_count using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
grant select, insert, update on print_station to dengbu_app;
grant select, insert on form_count to dengbu_app;

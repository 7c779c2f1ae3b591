-- Fees (登记费): payment orders, their lines, money taken and given back, the cashier's day.
-- Orders carry sums that follow from the rows below them; those rows are only ever inserted.

-- 缴款单: one for each part of a case that is charged; a combined case has several payers.
create table fee_order (
    county         text not null check (county ~ '^[0-9]{6}$'),
    order_no       text not null check (left(order_no, 6) = county),
    authority      text not null,
    case_no        text not null,
    part           integer not null check (part > 0),
    business       text not null,
    payer          text not null,
    individual     boolean not null,
    address        text not null default '',
    -- yuan, exact
    charged        numeric(14, 2) not null check (charged >= 0),
    due            numeric(14, 2) not null check (due >= 0 and due <= charged),
    paid           numeric(14, 2) not null default 0,
    refunded       numeric(14, 2) not null default 0,
    state          text not null,
    closed         boolean not null default false,
    verified       boolean not null default false,
    -- settled with the payer's other orders of the month (月结)
    monthly        boolean not null default false,
    exemption      text,
    exemption_note text,
    -- unit whose use must be decided before money is taken
    undecided_unit text,
    revision       integer not null,
    version        bigint not null default 1,
    bill_code      text not null,
    payer_law      text not null,
    office_id      text,
    issued_at      timestamptz not null,
    issued_on      date not null,
    issued_by      uuid not null,
    issued_by_name text not null,
    primary key (county, order_no),
    unique (county, case_no, part),
    foreign key (county, case_no) references registration_case (county, case_no),
    check (refunded >= 0 and paid >= refunded)
);
create index fee_order_state on fee_order (county, state, issued_at);
create index fee_order_payer on fee_order (county, payer, issued_on) where monthly;
create index fee_order_day on fee_order (county, issued_on);

-- 收费明细; a new assessment adds lines under the next revision.
create table fee_line (
    county     text not null,
    order_no   text not null,
    revision   integer not null,
    line_no    integer not null,
    item       text not null,
    unit_code  text not null,
    units      integer not null,
    use_class  text not null,
    rule       text not null,
    standard   numeric(14, 2) not null,
    quantity   integer not null check (quantity > 0),
    charged    numeric(14, 2) not null check (charged >= 0),
    due        numeric(14, 2) not null check (due >= 0 and due <= charged),
    exemption  text,
    law        text not null,
    unverified text,
    primary key (county, order_no, revision, line_no),
    foreign key (county, order_no) references fee_order (county, order_no)
);

-- The use of a unit as the cashier decided it, with the reason.
create table fee_use (
    county     text not null,
    case_no    text not null,
    unit_code  text not null,
    seq        integer not null,
    use_class  text not null,
    note       text not null,
    at         timestamptz not null,
    staff_id   uuid not null,
    staff_name text not null,
    primary key (county, case_no, unit_code, seq)
);

-- Money taken (payment) and given back (refund).
create table fee_payment (
    county       text not null check (county ~ '^[0-9]{6}$'),
    payment_id   uuid not null,
    authority    text not null,
    order_no     text not null,
    case_no      text not null,
    kind         text not null check (kind in ('payment', 'refund')),
    method       text not null,
    amount       numeric(14, 2) not null check (amount > 0),
    receipt_no   text not null,
    -- number at the bank, terminal or payment system
    channel_no   text,
    -- electronic bill (电子票号) or its reversal
    bill_no      text not null,
    simulated    boolean not null,
    paid_at      timestamptz not null,
    day          date not null,
    cashier      uuid not null,
    cashier_name text not null,
    office_id    text,
    reason       text,
    refund_of    uuid,
    statement_no text,
    primary key (county, payment_id),
    unique (county, receipt_no),
    foreign key (county, order_no) references fee_order (county, order_no),
    check ((kind = 'refund') = (refund_of is not null))
);
create index fee_payment_day on fee_payment (county, day);
create index fee_payment_order on fee_payment (county, order_no);

-- Everything that happened to an order.
create table fee_event (
    county     text not null,
    order_no   text not null,
    seq        integer not null,
    at         timestamptz not null,
    actor_id   uuid not null,
    actor_name text not null,
    what       text not null,
    from_state text,
    to_state   text not null,
    detail     jsonb,
    primary key (county, order_no, seq),
    foreign key (county, order_no) references fee_order (county, order_no)
);

-- Receipt and statement numbers: series without gaps, per authority, kind and year.
create table fee_series (
    authority text not null,
    kind      text not null,
    year      integer not null,
    last      bigint not null,
    primary key (authority, kind, year)
);

-- 日结: what a cashier counted; the latest revision holds.
create table fee_count (
    authority    text not null,
    day          date not null,
    cashier      uuid not null,
    method       text not null,
    revision     integer not null,
    cashier_name text not null,
    booked       numeric(14, 2) not null,
    counted      numeric(14, 2) not null,
    note         text,
    at           timestamptz not null,
    primary key (authority, day, cashier, method, revision)
);

-- 月结单: the orders a payer settled at once.
create table fee_statement (
    authority    text not null,
    statement_no text not null,
    month        text not null check (month ~ '^[0-9]{4}-[0-9]{2}$'),
    payer        text not null,
    method       text not null,
    channel_no   text,
    orders       integer not null,
    amount       numeric(14, 2) not null,
    at           timestamptz not null,
    staff_id     uuid not null,
    staff_name   text not null,
    primary key (authority, statement_no)
);

alter table fee_order enable row level security;
alter table fee_line enable row level security;
alter table fee_use enable row level security;
alter table fee_payment enable row level security;
alter table fee_event enable row level security;
alter table fee_series enable row level security;
alter table fee_count enable row level security;
alter table fee_statement enable row level security;
create policy scope on fee_order using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on fee_line using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on fee_use using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on fee_payment using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on fee_event using (county = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on fee_series using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on fee_count using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy scope on fee_statement using (authority = any (string_to_array(current_setting('app.scope', true), ',')));

grant select, insert, update on fee_order, fee_series to dengbu_app;
-- money, lines, decisions and events: added, never changed
grant select, insert on fee_line, fee_use, fee_payment, fee_event, fee_count, fee_statement to dengbu_app;

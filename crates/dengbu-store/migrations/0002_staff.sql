-- Staff (登记机构工作人员): accounts, credentials, permissions, sessions, and the audit trail.
--
-- Two tables stand outside row security because they are read before anyone is signed in, when
-- no scope can exist yet: login (which authority does this user name belong to) and session
-- (whose token is this). They hold nothing else. login_throttle belongs to no tenant at all.

-- 登录名 → account. User names are unique over the whole system.
create table login (
    username  text primary key
              check (username = lower(username) and length(username) between 2 and 32),
    authority text not null references authority (authority),
    staff_id  uuid not null,
    unique (authority, staff_id)
);

-- Failed attempts by user name, whether such an account exists or not: an outsider learns nothing
-- from a lock-out. The name is kept as its SM3 hash, because people type passwords into this field.
create table login_throttle (
    name_hash      bytea primary key check (length(name_hash) = 32),
    failed_count   integer not null check (failed_count >= 0),
    last_failed_at timestamptz not null,
    locked_until   timestamptz
);
create index login_throttle_age on login_throttle (last_failed_at);

-- 工作人员
create table staff (
    authority         text not null references authority (authority),
    staff_id          uuid not null,
    username          text not null,
    name              text not null check (name <> ''),
    phone             text,
    office_id         text,
    -- 登记员证号
    registrar_licence text,
    active            boolean not null default true,
    version           bigint not null default 1,
    created_at        timestamptz not null,
    last_sign_in_at   timestamptz,
    primary key (authority, staff_id),
    unique (authority, username),
    foreign key (authority, office_id) references office (authority, office_id)
);

-- What proves who someone is; apart from staff, so that no list of staff can carry it along.
create table staff_credential (
    authority            text not null,
    staff_id             uuid not null,
    -- PHC string, argon2id
    password_hash        text not null,
    password_changed_at  timestamptz not null,
    -- hashes before the present one, newest first
    password_history     text[] not null default '{}',
    must_change_password boolean not null,
    totp_secret          bytea,
    totp_confirmed_at    timestamptz,
    -- a secret shown to its owner and not yet confirmed with a code
    totp_pending         bytea,
    -- the newest 30-second step whose code was used: no code works twice
    last_totp_step       bigint,
    primary key (authority, staff_id),
    foreign key (authority, staff_id) references staff (authority, staff_id)
);

-- 授权: role × authority where it applies × business type, for a time.
create table staff_grant (
    authority       text not null,
    staff_id        uuid not null,
    role            text not null,
    -- '*' or a business code
    business        text not null check (business <> ''),
    grant_authority text not null references authority (authority),
    valid_from      date not null,
    -- last day on which it holds; null: until withdrawn
    valid_to        date check (valid_to >= valid_from),
    granted_by      uuid,
    granted_at      timestamptz not null,
    primary key (authority, staff_id, role, business, grant_authority, valid_from),
    foreign key (authority, staff_id) references staff (authority, staff_id)
);

-- 会话: only the hash of the token is kept; a copy of this table lets nobody in.
create table session (
    token_hash       bytea primary key check (length(token_hash) = 32),
    authority        text not null,
    staff_id         uuid not null,
    created_at       timestamptz not null,
    last_seen_at     timestamptz not null,
    expires_at       timestamptz not null,
    second_factor_ok boolean not null default false,
    user_agent       text,
    ip               text,
    foreign key (authority, staff_id) references staff (authority, staff_id)
);
create index session_staff on session (authority, staff_id);
create index session_expiry on session (expires_at);

-- 审计日志 (GB/T 22239-2019 8.1.4.3): date and time, user, kind of event, success or not, and
-- what it was about; append-only by privilege.
create table audit (
    authority   text not null references authority (authority),
    audit_id    uuid not null,
    at          timestamptz not null,
    -- null: the system itself
    staff_id    uuid,
    staff_name  text not null,
    action      text not null check (action <> ''),
    outcome     text not null check (outcome in ('success', 'failure')),
    object_kind text,
    object_id   text,
    -- 查询原因 / 操作原因 as the person gave it
    purpose     text,
    detail      jsonb,
    request_id  text,
    ip          text,
    -- county of the object, where it has one
    county      text check (county ~ '^[0-9]{6}$'),
    primary key (authority, audit_id)
);
create index audit_time on audit (authority, at desc, audit_id desc);
create index audit_staff on audit (authority, staff_id, at desc);
create index audit_object on audit (authority, object_kind, object_id, at desc);

alter table staff enable row level security;
alter table staff force row level security;
alter table staff_credential enable row level security;
alter table staff_credential force row level security;
alter table staff_grant enable row level security;
alter table staff_grant force row level security;
alter table audit enable row level security;
alter table audit force row level security;
create policy staff_scope on staff
    using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy staff_credential_scope on staff_credential
    using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy staff_grant_scope on staff_grant
    using (authority = any (string_to_array(current_setting('app.scope', true), ',')));
create policy audit_scope on audit
    using (authority = any (string_to_array(current_setting('app.scope', true), ',')));

-- Accounts are closed, never deleted: the register and the audit trail name them.
grant select, insert on login to dengbu_app;
grant select, insert, update, delete on login_throttle, session to dengbu_app;
grant select, insert, update on staff, staff_credential to dengbu_app;
grant select, insert, delete on staff_grant to dengbu_app;
grant select, insert on audit to dengbu_app;

-- The figures of the day (今日概况) count by the moment things happened; without these each
-- look at the board would read all cases and all events that ever were.
create index registration_case_accepted on registration_case (county, accepted_at);
create index registration_case_recorded on registration_case (county, recorded_at);
create index case_event_action on case_event (county, action, at);

-- Cases, who is in them, the family's arrangement, pauses.
create table assent.cases (
  id uuid primary key,
  slug text not null constraint cases_slug_key unique
    constraint cases_slug_form check (slug ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$'),
  title text not null constraint cases_title_filled check (btrim(title) <> ''),
  detained_person jsonb not null constraint cases_detained_person_named check (detained_person ? 'name'),
  detaining_state text not null constraint cases_detaining_state_form check (detaining_state ~ '^[A-Z]{2}$'),
  posture text not null constraint cases_posture_known check (posture in ('quiet', 'mixed', 'public')),
  created_by uuid references assent.people (id),
  created_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index)
);
comment on table assent.cases is 'One detained person''s case (several for a group), shared by a coalition and a family.';
comment on column assent.cases.posture is 'How public the effort was when the case was opened: quiet, mixed or public.';
alter table assent.data_keys add constraint data_keys_case_id_fkey foreign key (case_id) references assent.cases (id)
  deferrable initially deferred;
alter table assent.ledger_records add constraint ledger_records_case_id_fkey foreign key (case_id)
  references assent.cases (id) deferrable initially deferred;

create table assent.memberships (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  person_id uuid not null references assent.people (id),
  role text not null constraint memberships_role_known check (role in (
    'coordinator', 'drafter', 'clearance_officer', 'safety_reviewer', 'observer',
    'decision_maker', 'informed_relative', 'counsel')),
  organisation_id uuid references assent.organisations (id),
  granted_by uuid references assent.people (id),
  granted_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  ended_by uuid references assent.people (id),
  ended_at timestamptz,
  end_ledger_index bigint references assent.ledger_entries (index),
  constraint memberships_on_behalf_of check (case
    when role in ('decision_maker', 'informed_relative') then organisation_id is null
    when role = 'counsel' then true
    else organisation_id is not null end),
  constraint memberships_end_recorded check ((ended_at is null) = (end_ledger_index is null))
);
comment on table assent.memberships is
  'A person''s role in a case, on behalf of an organisation or (organisation_id null) of the family.';
create unique index memberships_in_force_key on assent.memberships (case_id, person_id, role) where ended_at is null;
create index memberships_person_idx on assent.memberships (person_id) where ended_at is null;

create table assent.arrangements (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  version integer not null constraint arrangements_version_counts check (version > 0),
  rule text not null constraint arrangements_rule_known check (rule in ('one', 'any', 'all', 'quorum')),
  quorum integer,
  cooling_off_hours integer not null default 0
    constraint arrangements_cooling_off_bearable check (cooling_off_hours between 0 and 168),
  stand_in_after_hours integer constraint arrangements_stand_in_after_bearable check (stand_in_after_hours between 1 and 2160),
  asks_again text[] not null default '{}' constraint arrangements_asks_again_known
    check (asks_again <@ array['transfer', 'trial', 'hunger_strike', 'illness', 'release', 'negotiation']),
  shows_votes boolean not null default false,
  set_by uuid references assent.people (id),
  set_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint arrangements_version_key unique (case_id, version),
  constraint arrangements_id_case_key unique (id, case_id),
  constraint arrangements_quorum_fits check ((rule = 'quorum') = (quorum is not null) and coalesce(quorum, 1) > 0)
);
comment on table assent.arrangements is 'Who speaks for the family and how many yeses it takes; a change is in force once agreed to.';
comment on column assent.arrangements.cooling_off_hours is 'How long the family sleeps over its yes before anything goes out.';
comment on column assent.arrangements.stand_in_after_hours is
  'How long somebody is out of reach before an alternate stands in, set by the family alone; null: nobody stands in.';
comment on column assent.arrangements.asks_again is
  'Kinds of event after which the family''s yeses hold only once given again; the person''s release is always one.';
comment on column assent.arrangements.shows_votes is 'Whether relatives see what the others have said: only if the family chose so.';

create table assent.arrangement_people (
  arrangement_id uuid not null,
  case_id uuid not null,
  person_id uuid not null references assent.people (id),
  standing text not null constraint arrangement_people_standing_known check (standing in ('decision_maker', 'alternate')),
  place integer not null default 0,
  ground text not null default 'next_of_kin' constraint arrangement_people_ground_known
    check (ground in ('next_of_kin', 'guardian', 'power_of_attorney', 'spokesperson')),
  primary key (arrangement_id, person_id),
  constraint arrangement_people_arrangement_fkey foreign key (arrangement_id, case_id)
    references assent.arrangements (id, case_id)
);
comment on table assent.arrangement_people is 'The relatives an arrangement names.';
comment on column assent.arrangement_people.place is 'In which order alternates stand in.';
comment on column assent.arrangement_people.ground is 'On what ground somebody speaks for the detained person.';

create table assent.arrangement_answers (
  arrangement_id uuid not null,
  case_id uuid not null,
  person_id uuid not null references assent.people (id),
  agrees boolean not null,
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  primary key (arrangement_id, person_id),
  constraint arrangement_answers_arrangement_fkey foreign key (arrangement_id, case_id)
    references assent.arrangements (id, case_id)
);
comment on table assent.arrangement_answers is
  'What those who decide so far say to another arrangement: it comes into force over nobody''s no.';

create table assent.pauses (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  reason text not null,
  set_by uuid not null references assent.people (id),
  by_family boolean not null,
  set_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint pauses_id_case_key unique (id, case_id)
);
comment on table assent.pauses is 'A stop on a case: nothing goes out while one stands.';
comment on column assent.pauses.by_family is 'The family''s own pause is lifted by the family alone.';
create index pauses_case_idx on assent.pauses (case_id);

create table assent.pause_ends (
  pause_id uuid primary key,
  case_id uuid not null,
  ended_by uuid not null references assent.people (id),
  ended_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint pause_ends_pause_fkey foreign key (pause_id, case_id) references assent.pauses (id, case_id)
);
comment on table assent.pause_ends is 'Who lifted a pause, and when.';

-- How public the effort is, from when on, why, and who looks at it again by when.
create table assent.postures (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  version integer not null constraint postures_version_counts check (version > 0),
  posture text not null constraint postures_posture_known check (posture in ('quiet', 'mixed', 'public')),
  reason text not null,
  owner_id uuid not null references assent.people (id),
  review_on date not null,
  set_by uuid references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint postures_version_key unique (case_id, version)
);
comment on table assent.postures is 'How public the effort is, from when on, why, and who looks at it again by when; the latest version holds.';
comment on column assent.postures.owner_id is 'Who answers for it, and looks at it again by review_on; somebody of an organisation in the case.';
comment on column assent.postures.set_by is 'Null: brought in from a file.';

create function assent.posture_of(wanted uuid) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce((select p.posture from assent.postures p where p.case_id = c.id order by p.version desc limit 1), c.posture)
  from assent.cases c where c.id = wanted
$$;
comment on function assent.posture_of(uuid) is 'How public the effort is now, for whoever may see the case.';

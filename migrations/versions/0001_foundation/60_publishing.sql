-- Going out, and being taken back.
create table assent.publications (
  id uuid primary key,
  action_id uuid not null,
  case_id uuid not null,
  revision_id uuid not null,
  digest text not null,
  gate_version bigint not null references assent.gate_books (version),
  idempotency_key text not null constraint publications_key_filled check (length(idempotency_key) between 1 and 200),
  released_by uuid not null references assent.people (id),
  released_at timestamptz not null,
  ledger_index bigint not null constraint publications_ledger_index_key unique references assent.ledger_entries (index),
  constraint publications_revision_fkey foreign key (revision_id, digest, action_id, case_id)
    references assent.revisions (id, digest, action_id, case_id),
  constraint publications_once_key unique (revision_id),
  constraint publications_idempotency_key unique (action_id, idempotency_key),
  constraint publications_id_case_key unique (id, case_id)
);
comment on table assent.publications is
  'The act of going out of one revision. No row exists here without the family''s live consent to its digest.';
create index publications_action_idx on assent.publications (action_id, ledger_index);
create index publications_released_idx on assent.publications (released_at);

create table assent.publication_grounds (
  publication_id uuid not null,
  case_id uuid not null,
  requirement text not null,
  clearance_id uuid,
  consent_id uuid,
  standing_consent_id uuid,
  person_id uuid not null references assent.people (id),
  primary key (publication_id, person_id),
  constraint publication_grounds_publication_fkey foreign key (publication_id, case_id) references assent.publications (id, case_id),
  constraint publication_grounds_clearance_fkey foreign key (clearance_id, case_id) references assent.clearances (id, case_id),
  constraint publication_grounds_consent_fkey foreign key (consent_id, case_id) references assent.consents (id, case_id),
  constraint publication_grounds_standing_fkey foreign key (standing_consent_id, case_id)
    references assent.standing_consents (id, case_id),
  constraint publication_grounds_one_record check (num_nonnulls(clearance_id, consent_id, standing_consent_id) = 1)
);
comment on table assent.publication_grounds is
  'Which clearance or consent met which requirement. The key: one person meets one requirement only.';

create index publication_grounds_consent_idx on assent.publication_grounds (consent_id) where consent_id is not null;
create index publication_grounds_standing_idx on assent.publication_grounds (standing_consent_id)
  where standing_consent_id is not null;

create table assent.retractions (
  publication_id uuid primary key,
  case_id uuid not null,
  action_id uuid not null,
  cause text not null constraint retractions_cause_known check (cause in ('consent_withdrawn', 'consent_contested', 'family_said_no', 'coordinator')),
  retracted_by uuid not null references assent.people (id),
  retracted_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint retractions_publication_fkey foreign key (publication_id, case_id) references assent.publications (id, case_id)
);
comment on table assent.retractions is 'A publication taken back. From its commit on the public page is a neutral notice.';

create table assent.deliveries (
  id uuid primary key,
  publication_id uuid not null,
  case_id uuid not null,
  recipient text not null,
  channel text not null constraint deliveries_channel_known check (channel in ('mail', 'by_hand')),
  state text not null default 'pending' constraint deliveries_state_known
    check (state in ('pending', 'claimed', 'sent', 'not_sent', 'unknown', 'cancelled', 'handed_over')),
  message_id text,
  changed_by uuid references assent.people (id),
  changed_at timestamptz not null,
  constraint deliveries_recipient_key unique (publication_id, recipient),
  constraint deliveries_id_case_key unique (id, case_id),
  constraint deliveries_publication_fkey foreign key (publication_id, case_id) references assent.publications (id, case_id)
);
comment on table assent.deliveries is
  'The outbox: pending, claimed (committed before anything is sent), then sent, not sent or unknown.';
create index deliveries_waiting_idx on assent.deliveries (changed_at) where state in ('pending', 'claimed');

create table assent.tasks (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  action_id uuid,
  kind text not null constraint tasks_kind_known check (kind in ('assigned', 'gate', 'question', 'retraction', 'delivery', 'deadline', 'launch', 'posture', 'device')),
  title text not null default '',
  gate_key text,
  assignee_id uuid references assent.people (id),
  organisation_id uuid references assent.organisations (id),
  role text,
  due_on date,
  opened_by uuid references assent.people (id),
  opened_at timestamptz not null,
  closed_by uuid references assent.people (id),
  closed_at timestamptz,
  constraint tasks_action_fkey foreign key (action_id, case_id) references assent.actions (id, case_id),
  constraint tasks_titled check (kind not in ('assigned', 'deadline') or btrim(title) <> ''),
  constraint tasks_gate_keyed check ((kind in ('gate', 'deadline', 'launch')) = (gate_key is not null)),
  constraint tasks_for_somebody check (num_nonnulls(assignee_id, organisation_id, role) > 0)
);
comment on table assent.tasks is 'Something a person, a role or an organisation has to do; kind gate follows what a gate misses.';
create unique index tasks_open_gate_key on assent.tasks (action_id, gate_key, assignee_id, organisation_id, role) nulls not distinct
  where kind = 'gate' and closed_at is null;
create unique index tasks_open_deadline_key on assent.tasks (case_id, action_id, gate_key) where kind = 'deadline' and closed_at is null;
create index tasks_case_idx on assent.tasks (case_id) where closed_at is null;

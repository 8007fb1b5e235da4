-- What becomes of an action after it went out, what the family answered beside yes and no, and meetings with governments.
create table assent.procedure_steps (
  id uuid primary key,
  action_id uuid not null,
  case_id uuid not null,
  step text not null constraint procedure_steps_step_named check (step ~ '^[a-z][a-z0-9_]{0,39}$'),
  happened_on date not null,
  recorded_by uuid not null references assent.people (id),
  recorded_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint procedure_steps_action_fkey foreign key (action_id, case_id) references assent.actions (id, case_id),
  constraint procedure_steps_happened check (happened_on <= (recorded_at at time zone 'UTC')::date + 1)
);
comment on table assent.procedure_steps is
  'How far a filing has come, on which day: deadlines follow. Of two records of one step the later counts.';
create index procedure_steps_action_idx on assent.procedure_steps (action_id, ledger_index);

create table assent.separate_answers (
  consent_id uuid not null,
  case_id uuid not null,
  question text not null constraint separate_answers_question_named check (question ~ '^[a-z][a-z0-9_]{0,39}$'),
  answer text not null constraint separate_answers_answer_known check (answer in ('yes', 'no')),
  primary key (consent_id, question),
  constraint separate_answers_consent_fkey foreign key (consent_id, case_id) references assent.consents (id, case_id)
);
comment on table assent.separate_answers is
  'What a relative answered to a question asked apart from the text itself; a no is a condition of the yes too.';

create table assent.handover_proofs (
  delivery_id uuid not null,
  case_id uuid not null,
  file_id uuid not null,
  attached_by uuid not null references assent.people (id),
  attached_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  primary key (delivery_id, file_id),
  constraint handover_proofs_delivery_fkey foreign key (delivery_id, case_id) references assent.deliveries (id, case_id),
  constraint handover_proofs_file_fkey foreign key (file_id, case_id) references assent.stored_files (id, case_id)
);
comment on table assent.handover_proofs is 'What proves that a text was handed over: a stamped copy, a receipt, a photograph of the letter.';
create index handover_proofs_file_idx on assent.handover_proofs (file_id);

create table assent.meetings (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  side text not null constraint meetings_side_known check (side in ('home', 'detaining', 'third')),
  country text constraint meetings_country_form check (country ~ '^[A-Z]{2}$'),
  body text not null constraint meetings_body_filled check (btrim(body) <> ''),
  authority_id uuid,
  held_on date not null,
  talking_points text not null default '',
  recorded_by uuid not null references assent.people (id),
  recorded_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint meetings_id_case_key unique (id, case_id),
  constraint meetings_authority_fkey foreign key (authority_id, case_id) references assent.authorities (id, case_id)
);
comment on table assent.meetings is 'A meeting with a government or an international body, planned or held, and what was to be said there.';
comment on column assent.meetings.authority_id is 'Whom of the contact book it was with; side, country and name as they stood then.';
create index meetings_case_idx on assent.meetings (case_id, held_on);

create table assent.meeting_notes (
  id uuid primary key,
  meeting_id uuid not null,
  case_id uuid not null,
  kind text not null constraint meeting_notes_kind_known check (kind in ('minutes', 'promise')),
  text text not null constraint meeting_notes_text_filled check (btrim(text) <> ''),
  promised_by text not null default '',
  due_on date,
  recorded_by uuid not null references assent.people (id),
  recorded_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint meeting_notes_meeting_fkey foreign key (meeting_id, case_id) references assent.meetings (id, case_id),
  constraint meeting_notes_promise_whose check ((kind = 'promise') = (btrim(promised_by) <> '')),
  constraint meeting_notes_due_promise check (due_on is null or kind = 'promise')
);
comment on table assent.meeting_notes is 'What was said at a meeting, and what was promised there, by whom and by when.';
create index meeting_notes_meeting_idx on assent.meeting_notes (meeting_id);

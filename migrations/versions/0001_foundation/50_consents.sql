-- The family's side.
create table assent.consent_requests (
  id uuid primary key,
  action_id uuid not null,
  case_id uuid not null,
  revision_id uuid not null,
  digest text not null,
  person_id uuid not null references assent.people (id),
  asked_by uuid not null references assent.people (id),
  asked_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint consent_requests_revision_fkey foreign key (revision_id, digest, action_id, case_id)
    references assent.revisions (id, digest, action_id, case_id),
  constraint consent_requests_once_key unique (revision_id, person_id)
);
comment on table assent.consent_requests is 'That a decision maker was asked about an exact text, by whom and when.';

create function assent.condition_understood(condition jsonb) returns boolean language sql stable
set search_path = pg_catalog, pg_temp as $$
  select case condition ->> 'kind'
    when 'no_name' then condition = '{"kind": "no_name"}'
    when 'no_photograph' then condition = '{"kind": "no_photograph"}'
    when 'only_organisations' then jsonb_typeof(condition -> 'value') = 'array' and jsonb_array_length(condition -> 'value') > 0
      and not jsonb_path_exists(condition, '$.value[*] ? (@.type() != "string")')
    when 'not_before' then (condition ->> 'value')::timestamptz is not null
    when 'not_in_language' then condition ->> 'value' ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'
    when 'not_in_country' then condition ->> 'value' ~ '^[A-Z]{2}$'
    when 'other' then btrim(condition ->> 'value') <> ''
  end
$$;
create function assent.conditions_understood(conditions jsonb) returns boolean language sql stable
set search_path = pg_catalog, pg_temp as $$
  select jsonb_typeof(conditions) = 'array' and not exists (
    select 1 from jsonb_array_elements(conditions) c where assent.condition_understood(c) is not true)
$$;
comment on function assent.conditions_understood(jsonb) is 'What a yes depends on is one of the known kinds: nothing else is ever taken for kept.';

create table assent.consents (
  id uuid primary key,
  action_id uuid not null,
  case_id uuid not null,
  revision_id uuid not null,
  digest text not null,
  person_id uuid not null references assent.people (id),
  decision text not null constraint consents_decision_known check (decision in ('yes', 'yes_with_conditions', 'question', 'no')),
  conditions jsonb not null default '[]' constraint consents_conditions_understood check (assent.conditions_understood(conditions)),
  question text not null default '',
  language text not null,
  shown_digest text not null constraint consents_shown_digest_form check (shown_digest ~ '^[0-9a-f]{64}$'),
  notice_version text not null,
  channel text not null constraint consents_channel_known
    check (channel in ('session', 'link', 'token', 'passkey', 'attested', 'letter')),
  recorded_by uuid references assent.people (id),
  given_in uuid,
  reading text not null default '' constraint consents_reading_form check (reading ~ '^([0-9a-f]{64})?$'),
  expires_at timestamptz not null,
  at timestamptz not null,
  ledger_index bigint not null constraint consents_ledger_index_key unique references assent.ledger_entries (index),
  constraint consents_revision_fkey foreign key (revision_id, digest, action_id, case_id)
    references assent.revisions (id, digest, action_id, case_id),
  constraint consents_question_asked check (decision <> 'question' or btrim(question) <> ''),
  constraint consents_conditions_given check ((decision = 'yes_with_conditions') = (conditions <> '[]')),
  constraint consents_expiry_ahead check (expires_at > at),
  constraint consents_taken_down_by_somebody check ((channel in ('attested', 'letter')) = (recorded_by is not null)),
  constraint consents_taken_down_by_another check (recorded_by <> person_id),
  constraint consents_id_case_key unique (id, case_id)
);
comment on table assent.consents is
  'A decision maker''s recorded decision on one content digest. A later one by the same person supersedes it.';
comment on column assent.consents.conditions is 'What a yes depends on: kind and value, as the relative gave them.';
comment on column assent.consents.shown_digest is 'SHA-256 of the canonical title and body in the language that was shown.';
comment on column assent.consents.notice_version is 'Which wording of the explanations around the text was shown.';
comment on column assent.consents.channel is
  'How it was given: on a page, through a mailed link, by the person''s own program, by passkey, or taken down by staff.';
comment on column assent.consents.recorded_by is 'Who took it down, where the relative did not give it on a device of their own.';
comment on column assent.consents.reading is
  'SHA-256 of the recording of the text that was offered beside it; empty: none was. Whether it was heard is not known.';
comment on column assent.consents.given_in is
  'The session in which it was given; null: not on a page. Whoever says that session was not theirs shuts what rests on it.';
create index consents_action_idx on assent.consents (action_id, ledger_index);

create table assent.consent_withdrawals (
  consent_id uuid primary key,
  case_id uuid not null,
  action_id uuid not null,
  person_id uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint consent_withdrawals_consent_fkey foreign key (consent_id, case_id) references assent.consents (id, case_id)
);
comment on table assent.consent_withdrawals is 'A yes taken back: at any time, without a reason.';

create table assent.consent_answers (
  id uuid primary key,
  consent_id uuid not null,
  case_id uuid not null,
  text text not null constraint consent_answers_text_filled check (btrim(text) <> ''),
  answered_by uuid not null references assent.people (id),
  answered_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint consent_answers_consent_fkey foreign key (consent_id, case_id) references assent.consents (id, case_id)
);
comment on table assent.consent_answers is
  'A coordinator''s answer to a relative''s question. The question still blocks until the relative decides.';

create table assent.consent_acknowledgements (
  consent_id uuid primary key,
  case_id uuid not null,
  action_id uuid not null,
  acknowledged_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint consent_acknowledgements_consent_fkey foreign key (consent_id, case_id) references assent.consents (id, case_id)
);
comment on table assent.consent_acknowledgements is
  'A coordinator''s promise to keep to what a yes depends on and no machine can check.';

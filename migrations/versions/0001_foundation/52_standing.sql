-- What the family agrees to beforehand, who stands in for whom, and what the detained person wants.
create function assent.words_given(words text[]) returns boolean language sql immutable
set search_path = pg_catalog, pg_temp as
$$ select coalesce(bool_and(word is not null and word = btrim(word) and word <> ''), true) from unnest(words) word $$;
comment on function assent.words_given(text[]) is 'Whether each entry says something: an empty word would stand in every text.';

create table assent.standing_consents (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  kinds text[] not null constraint standing_consents_kinds_named check (cardinality(kinds) > 0 and assent.words_given(kinds)),
  audiences text[] not null constraint standing_consents_audiences_named check (cardinality(audiences) > 0 and assent.words_given(audiences)),
  languages text[] not null constraint standing_consents_languages_named check (cardinality(languages) > 0 and assent.words_given(languages)),
  excludes text[] not null default '{}' constraint standing_consents_excludes_said check (assent.words_given(excludes)),
  only_when text not null default '',
  expires_at timestamptz not null,
  given_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint standing_consents_id_case_key unique (id, case_id),
  constraint standing_consents_expiry_ahead check (expires_at > at)
);
comment on table assent.standing_consents is 'What a family agrees to in advance: a scope, until a day, ended in one step.';
comment on column assent.standing_consents.audiences is 'Recipients by the very words of the text, or public.';
comment on column assent.standing_consents.excludes is
  'What must not be in a text: photograph, names_of_relatives, or words that are searched for letter by letter.';
comment on column assent.standing_consents.only_when is 'What has to have happened first, in words; empty: nothing.';
create index standing_consents_case_idx on assent.standing_consents (case_id);

create table assent.standing_consent_answers (
  id uuid primary key,
  standing_consent_id uuid not null,
  case_id uuid not null,
  person_id uuid not null references assent.people (id),
  agrees boolean not null,
  channel text not null constraint standing_consent_answers_channel_known check (channel in ('session', 'link', 'token', 'passkey')),
  given_in uuid,
  at timestamptz not null,
  ledger_index bigint not null constraint standing_consent_answers_ledger_index_key unique references assent.ledger_entries (index),
  constraint standing_consent_answers_standing_fkey foreign key (standing_consent_id, case_id)
    references assent.standing_consents (id, case_id)
);
comment on table assent.standing_consent_answers is
  'What each decision maker says to a standing consent. A later answer by the same person supersedes it.';
comment on column assent.standing_consent_answers.given_in is 'The session in which it was given; null: not on a page.';
create index standing_consent_answers_idx on assent.standing_consent_answers (standing_consent_id, ledger_index);

create table assent.standing_consent_ends (
  standing_consent_id uuid primary key,
  case_id uuid not null,
  person_id uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint standing_consent_ends_standing_fkey foreign key (standing_consent_id, case_id)
    references assent.standing_consents (id, case_id)
);
comment on table assent.standing_consent_ends is 'A standing consent taken back: at any time, without a reason, for good.';

create table assent.standing_consent_triggers (
  standing_consent_id uuid not null,
  case_id uuid not null,
  organisation_id uuid not null references assent.organisations (id),
  person_id uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  primary key (standing_consent_id, organisation_id),
  constraint standing_consent_triggers_person_key unique (standing_consent_id, person_id),
  constraint standing_consent_triggers_standing_fkey foreign key (standing_consent_id, case_id)
    references assent.standing_consents (id, case_id)
);
comment on table assent.standing_consent_triggers is
  'That what a standing consent waits for has happened: it takes two people of different organisations to say so.';

create table assent.absences (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  person_id uuid not null references assent.people (id),
  since text not null constraint absences_since_form check (since ~ '^\d{4}-\d\d-\d\d$'),
  recorded_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint absences_id_case_key unique (id, case_id),
  constraint absences_not_by_themselves check (recorded_by <> person_id)
);
comment on table assent.absences is 'That somebody who decides cannot be reached; the family''s time runs from this record.';
create index absences_case_idx on assent.absences (case_id);

create table assent.absence_ends (
  absence_id uuid primary key,
  case_id uuid not null,
  ended_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint absence_ends_absence_fkey foreign key (absence_id, case_id) references assent.absences (id, case_id)
);
comment on table assent.absence_ends is 'That somebody can be reached again.';

create table assent.wishes (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  says text not null constraint wishes_says_known check (says in ('yes', 'no')),
  kinds text[] not null default '{}' constraint wishes_kinds_said check (assent.words_given(kinds)),
  audiences text[] not null default '{}' constraint wishes_audiences_said check (assent.words_given(audiences)),
  details text[] not null default '{}' constraint wishes_details_said check (assent.words_given(details)),
  words text not null default '',
  known_through text not null constraint wishes_known_through_known
    check (known_through in ('said_directly', 'lawyer', 'prior_writing', 'power_of_attorney', 'intermediary')),
  trust text not null constraint wishes_trust_known check (trust in ('trusted', 'uncertain', 'imposed')),
  said_on text not null default '' constraint wishes_said_on_form check (said_on ~ '^(\d{4}(-\d\d(-\d\d)?)?)?$'),
  replaces uuid constraint wishes_replaced_once_key unique,
  recorded_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint wishes_id_case_key unique (id, case_id),
  constraint wishes_replaces_fkey foreign key (replaces, case_id) references assent.wishes (id, case_id)
);
comment on table assent.wishes is
  'What the detained person wants, as far as it is known, put on record by counsel.  A no shuts the gate; a yes opens nothing.';
comment on column assent.wishes.kinds is 'Kinds of action it is about; empty: all.';
comment on column assent.wishes.audiences is 'Recipients, or public; empty: all.';
comment on column assent.wishes.details is 'What it wants left out of any text; empty: the whole text.';
comment on column assent.wishes.trust is
  'How far the way it came can be trusted. Word through a lawyer the state imposed only makes the family decide again.';
create index wishes_case_idx on assent.wishes (case_id);

create table assent.contact_states (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  incommunicado boolean not null,
  since text not null constraint contact_states_since_form check (since ~ '^\d{4}(-\d\d(-\d\d)?)?$'),
  recorded_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index)
);
comment on table assent.contact_states is 'Whether the detained person is cut off from everybody, and since when; the last record counts.';
create index contact_states_case_idx on assent.contact_states (case_id, ledger_index);

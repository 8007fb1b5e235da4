-- A text read aloud, for those who listen rather than read: of the very revision, in one of its languages.
create table assent.readings (
  id uuid primary key,
  action_id uuid not null,
  case_id uuid not null,
  revision_id uuid not null,
  digest text not null,
  language text not null,
  file_id uuid not null,
  sha256 text not null,
  attached_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint readings_id_case_key unique (id, case_id),
  constraint readings_revision_fkey foreign key (revision_id, digest, action_id, case_id)
    references assent.revisions (id, digest, action_id, case_id),
  constraint readings_file_fkey foreign key (file_id, case_id) references assent.stored_files (id, case_id)
);
comment on table assent.readings is
  'One revision read aloud in one of its languages. The latest of a language is offered; a new text has none.';
create index readings_revision_idx on assent.readings (revision_id, language, ledger_index);
create table assent.reading_checks (
  reading_id uuid primary key,
  case_id uuid not null,
  checked_by uuid not null references assent.people (id),
  fits boolean not null,
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint reading_checks_reading_fkey foreign key (reading_id, case_id) references assent.readings (id, case_id)
);
comment on table assent.reading_checks is
  'Whether somebody else, who speaks the language, has listened to a reading and says that it is the text.';
alter table assent.consent_recordings add constraint consent_recordings_file_fkey
  foreign key (file_id, case_id) references assent.stored_files (id, case_id);

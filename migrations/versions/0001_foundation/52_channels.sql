-- How a decision was given: signed on the relative's own device, or taken down by staff and attested by another organisation.
create table assent.consent_signatures (
  consent_id uuid primary key,
  case_id uuid not null,
  passkey_id uuid not null references assent.passkeys (id),
  statement bytea not null,
  authenticator_data bytea not null constraint consent_signatures_data_whole check (octet_length(authenticator_data) >= 37),
  client_data bytea not null,
  signature bytea not null,
  constraint consent_signatures_consent_fkey foreign key (consent_id, case_id) references assent.consents (id, case_id)
);
comment on table assent.consent_signatures is
  'What a passkey signed, and the signature: the statement is canonical. It proves the decision without us.';

create table assent.consent_recordings (
  consent_id uuid primary key,
  case_id uuid not null,
  action_id uuid not null,
  person_id uuid not null references assent.people (id),
  recorded_by uuid not null references assent.people (id),
  organisation_id uuid not null references assent.organisations (id),
  attester_id uuid not null references assent.people (id),
  attester_organisation_id uuid not null references assent.organisations (id),
  how text not null constraint consent_recordings_how_known check (how in ('phone', 'in_person', 'letter')),
  place text not null constraint consent_recordings_place_filled check (btrim(place) <> ''),
  interpreter text not null default '',
  attachment text constraint consent_recordings_attachment_form check (attachment ~ '^[0-9a-f]{64}$'),
  file_id uuid,
  constraint consent_recordings_attachment_kept check ((attachment is null) = (file_id is null)),
  constraint consent_recordings_consent_fkey foreign key (consent_id, case_id) references assent.consents (id, case_id),
  constraint consent_recordings_two_people check (recorded_by <> attester_id),
  constraint consent_recordings_two_organisations check (organisation_id <> attester_organisation_id)
);
comment on table assent.consent_recordings is
  'A decision taken down by staff: how and where it was given, and who of another organisation is to attest it.';
comment on column assent.consent_recordings.interpreter is 'Who interpreted; empty where nobody had to.';
comment on column assent.consent_recordings.attachment is 'SHA-256 of the scan or the audio file that is kept of it.';

create table assent.consent_attestations (
  consent_id uuid primary key,
  case_id uuid not null,
  action_id uuid not null,
  attested_by uuid not null references assent.people (id),
  attests boolean not null,
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint consent_attestations_consent_fkey foreign key (consent_id, case_id) references assent.consents (id, case_id)
);
comment on table assent.consent_attestations is
  'Whether somebody of another organisation was there and says that what was taken down is what was said.';

create table assent.consent_contests (
  consent_id uuid primary key,
  case_id uuid not null,
  action_id uuid not null,
  person_id uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint consent_contests_consent_fkey foreign key (consent_id, case_id) references assent.consents (id, case_id)
);
comment on table assent.consent_contests is 'A relative says that what was taken down in their name is not their word: nothing rests on it.';

create table assent.passkey_vouches (
  passkey_id uuid not null references assent.passkeys (id),
  case_id uuid not null references assent.cases (id),
  organisation_id uuid not null references assent.organisations (id),
  vouched_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  primary key (passkey_id, organisation_id)
);
comment on table assent.passkey_vouches is
  'An organisation has compared a relative''s passkey with them by another way. Two have: it is vetted.';
alter table assent.passkeys add constraint passkeys_ledger_index_fkey foreign key (ledger_index) references assent.ledger_entries (index);

create function assent.says_yes(decision text) returns boolean language sql immutable
set search_path = pg_catalog, pg_temp as $$ select decision in ('yes', 'yes_with_conditions') $$;

create function assent.speaks(word assent.consents) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select word.recorded_by is null or not assent.says_yes(word.decision)
    or exists (select 1 from assent.consent_attestations a where a.consent_id = word.id and a.attests)
    or exists (select 1 from assent.consent_contests t where t.consent_id = word.id)
$$;
comment on function assent.speaks(assent.consents) is
  'Whether a record is a relative''s word: their own, one attested or contested, or one that only stops.';

create function assent.contested_at(word assent.consents) returns timestamptz language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select least((select t.at from assent.consent_contests t where t.consent_id = word.id),
    (select min(d.at) from assent.device_answers d where d.session_id = word.given_in and d.person_id = word.person_id and not d.own))
$$;
comment on function assent.contested_at(assent.consents) is
  'Since when a relative says that this is not their word: taken down wrongly, or given on a device that was not theirs.';

-- When each decision begins to count. Read by the gate alone: not even the application's role can look it up.
create table assent.consent_marks (
  consent_id uuid primary key references assent.consents (id) on delete cascade,
  counts_from timestamptz not null,
  sealed bytea not null constraint consent_marks_sealed_size check (octet_length(sealed) = 128)
);
comment on table assent.consent_marks is
  'From when on a yes counts: at once, after a moment to undo it, or when its giver says so. All are of one size.';
comment on column assent.consent_marks.counts_from is 'infinity: until they answer again';
comment on column assent.consent_marks.sealed is 'Why, sealed with the instance key: the same size whatever it says.';

create table assent.private_signs (
  person_id uuid primary key references assent.people (id),
  salt bytea not null constraint private_signs_salt_size check (octet_length(salt) = 16),
  hash bytea not null constraint private_signs_hash_size check (octet_length(hash) = 32),
  sealed bytea not null constraint private_signs_sealed_size check (octet_length(sealed) = 128)
);
comment on table assent.private_signs is
  'A word somebody may have agreed with a person they trust. Everybody has a row of one size: noise where none.';
comment on column assent.private_signs.hash is 'scrypt of the word under the salt';
comment on column assent.private_signs.sealed is 'With whom it is agreed, sealed with the instance key.';

create function assent.noise(size integer) returns bytea language sql volatile
set search_path = pg_catalog, pg_temp as $$
  select substring(string_agg(sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')), ''::bytea) from 1 for size)
  from generate_series(1, size / 32 + 1)
$$;
comment on function assent.noise(integer) is 'Random bytes.';

create function assent.give_private_sign() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into assent.private_signs values (new.id, assent.noise(16), assent.noise(32), assent.noise(128));
  return null;
end $$;
create trigger people_private_sign after insert on assent.people for each row execute function assent.give_private_sign();

create function assent.private_sign(of_person uuid) returns table (salt bytea, hash bytea, sealed bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.salt, s.hash, s.sealed from assent.private_signs s
    where s.person_id = of_person and (of_person = assent.person() or assent.is_job())
$$;
comment on function assent.private_sign(uuid) is 'Somebody''s own, or for a job.';

create function assent.set_private_sign(new_salt bytea, new_hash bytea, new_sealed bytea) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update assent.private_signs set salt = new_salt, hash = new_hash, sealed = new_sealed where person_id = assent.person()
$$;
comment on function assent.set_private_sign(bytea, bytea, bytea) is 'Agree on another one, for oneself alone.';

-- Passkeys: keys that people hold on their own devices, to sign in and to sign what they decide.
create table assent.passkeys (
  id uuid primary key,
  person_id uuid not null references assent.people (id),
  credential_id bytea not null constraint passkeys_credential_key unique,
  public_key bytea not null,
  algorithm integer not null constraint passkeys_algorithm_known check (algorithm in (-8, -7, -257)),
  sign_count bigint not null constraint passkeys_count_counts check (sign_count >= 0),
  rp_id text not null,
  attestation bytea not null,
  client_data bytea not null,
  label text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  ended_at timestamptz,
  ledger_index bigint not null
);
comment on table assent.passkeys is 'A person''s passkey, with everything its enrolment showed: a decision it signed verifies without us.';
comment on column assent.passkeys.public_key is 'COSE, as the device gave it';
comment on column assent.passkeys.algorithm is 'COSE: -8 EdDSA, -7 ES256, -257 RS256';
comment on column assent.passkeys.sign_count is 'The device''s own counter: one that does not go forward has been copied.';
comment on column assent.passkeys.rp_id is 'The name of this server, to which the passkey is bound.';
create index passkeys_person_idx on assent.passkeys (person_id) where ended_at is null;

create table assent.passkey_challenges (
  challenge_hash bytea primary key,
  purpose text not null constraint passkey_challenges_purpose_known check (purpose in ('enrol', 'sign_in', 'decide')),
  person_id uuid references assent.people (id),
  browser_hash bytea,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint passkey_challenges_for_somebody check ((purpose = 'sign_in') = (person_id is null) and (purpose = 'sign_in') = (browser_hash is not null))
);
comment on table assent.passkey_challenges is
  'What a device is asked to sign, as SHA-256 only; each is used once, by the person or browser it was made for.';

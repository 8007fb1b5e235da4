-- People, organisations, sign-in. No table here carries a case.
create schema if not exists assent;

create function assent.person() returns uuid language sql stable parallel safe
return nullif(current_setting('assent.person', true), '')::uuid;
comment on function assent.person() is
  'The person on whose behalf this transaction runs; null for nobody. Set per transaction, never per connection.';

create function assent.is_job() returns boolean language sql stable parallel safe
return coalesce(current_setting('assent.job', true), '') = 'on';
comment on function assent.is_job() is 'True in background jobs and operator commands, which act for no person.';

create table assent.organisations (
  id uuid primary key,
  slug text not null constraint organisations_slug_key unique
    constraint organisations_slug_form check (slug ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$'),
  name text not null constraint organisations_name_filled check (btrim(name) <> ''),
  country text not null constraint organisations_country_form check (country ~ '^[A-Z]{2}$'),
  email_domains text[] not null default '{}',
  created_at timestamptz not null
);
comment on table assent.organisations is 'A member of coalitions: it employs people, clears texts and speaks with one voice.';
comment on column assent.organisations.country is 'ISO 3166-1 alpha-2';
comment on column assent.organisations.email_domains is 'Lower-case domains; they pick the sign-in and bound who may be invited as staff.';

create table assent.identity_providers (
  organisation_id uuid primary key references assent.organisations (id),
  issuer text not null constraint identity_providers_issuer_form check (issuer ~ '^https?://'),
  client_id text not null,
  client_secret_sealed bytea not null,
  created_at timestamptz not null
);
comment on table assent.identity_providers is
  'An organisation''s own OpenID Connect provider; the secret is sealed with the instance key.';

create table assent.people (
  id uuid primary key,
  email text not null constraint people_email_form check (email = lower(email) and email ~ '^[^@\s]+@[^@\s]+$'),
  name text not null constraint people_name_filled check (btrim(name) <> ''),
  language text not null,
  organisation_id uuid references assent.organisations (id),
  born date,
  created_at timestamptz not null,
  removed_at timestamptz,
  shown_as text constraint people_shown_as_filled check (btrim(shown_as) <> ''),
  reached_at text not null default '',
  discreet boolean not null default false,
  second_email text constraint people_second_email_form
    check (second_email = lower(second_email) and second_email ~ '^[^@\s]+@[^@\s]+$' and second_email <> email),
  constraint people_email_key unique (email)
);
comment on table assent.people is 'Staff of one organisation, or (organisation_id null) somebody who acts for a family.';
comment on column assent.people.born is 'Where known; someone under 18 cannot be a decision maker.';
comment on column assent.people.removed_at is 'When the organisation removed this person; from then on they can sign in nowhere.';
comment on column assent.people.shown_as is 'The name under which relatives read of staff; null: their own.';
comment on column assent.people.reached_at is 'How relatives reach staff: a telephone number, say.';
comment on column assent.people.discreet is 'Whether pages carry a neutral title and icon for this person.';
comment on column assent.people.second_email is
  'Where a relative is told that their pages were opened on a device for the first time; nobody signs in by it.';
create index people_organisation_idx on assent.people (organisation_id);

create function assent.reads_as_relative() returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select exists (select 1 from assent.people p where p.id = assent.person() and p.organisation_id is null) $$;
comment on function assent.reads_as_relative() is 'Whether the session''s person works for no organisation: a relative, or counsel of the family.';

create function assent.shown_name(shown_as text, name text) returns text language sql stable
set search_path = pg_catalog, pg_temp as
$$ select case when shown_as is not null and assent.reads_as_relative() then shown_as else name end $$;
comment on function assent.shown_name(text, text) is 'A person''s name as the session''s person is to read it: staff under the name they chose for relatives.';

create function assent.shown_email(shown_as text, email text) returns text language sql stable
set search_path = pg_catalog, pg_temp as
$$ select case when shown_as is null or not assent.reads_as_relative() then email end $$;
comment on function assent.shown_email(text, text) is 'An address, which would tell the name, is kept from relatives where another name was chosen.';

create table assent.organisation_roles (
  person_id uuid not null references assent.people (id),
  organisation_id uuid not null references assent.organisations (id),
  role text not null constraint organisation_roles_role_known check (role in ('organisation_admin')),
  granted_at timestamptz not null,
  primary key (person_id, organisation_id, role)
);
comment on table assent.organisation_roles is 'Roles whose scope is an organisation, not a case.';

create table assent.identities (
  id uuid primary key,
  person_id uuid not null references assent.people (id),
  organisation_id uuid not null references assent.organisations (id),
  issuer text not null,
  subject text not null,
  created_at timestamptz not null,
  constraint identities_issuer_subject_key unique (issuer, subject)
);
comment on table assent.identities is
  'Which account at which provider is which person: keyed on issuer and subject, never on a mutable e-mail.';

create table assent.browser_sessions (
  id uuid primary key,
  token_hash bytea not null constraint browser_sessions_token_key unique,
  person_id uuid not null references assent.people (id),
  via text not null constraint browser_sessions_via_known check (via in ('provider', 'link', 'operator', 'passkey')),
  device text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  browser_hash bytea,
  revoked_at timestamptz
);
comment on table assent.browser_sessions is 'Server-side sessions: the cookie holds a random token, this table only its SHA-256.';
create index browser_sessions_devices_idx on assent.browser_sessions (person_id, created_at) where browser_hash is not null;
comment on column assent.browser_sessions.browser_hash is
  'SHA-256 of the mark a browser keeps and the person: whether they were here in it before. Null: it keeps none.';
create index browser_sessions_person_idx on assent.browser_sessions (person_id) where revoked_at is null;

create function assent.announce_session_end() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('assent_session', new.id::text);
  return null;
end $$;
comment on function assent.announce_session_end() is 'Tells open streams, after commit, that a session has ended: they close at once.';
create trigger browser_sessions_announce_end after update of revoked_at on assent.browser_sessions
  for each row when (old.revoked_at is null and new.revoked_at is not null) execute function assent.announce_session_end();

create table assent.device_answers (
  session_id uuid not null references assent.browser_sessions (id) on delete cascade,
  browser_hash bytea not null,
  person_id uuid not null references assent.people (id),
  own boolean not null,
  at timestamptz not null,
  primary key (session_id, browser_hash, own)
);
comment on table assent.device_answers is
  'What somebody said, on another device, of a session of theirs: that it was theirs, or not.';
comment on column assent.device_answers.browser_hash is 'Of the browser in which it was said: whoever is asked in another one is asked for themselves.';
create index device_answers_person_idx on assent.device_answers (person_id);

create table assent.sign_in_links (
  id uuid primary key,
  token_hash bytea not null constraint sign_in_links_token_key unique,
  person_id uuid not null references assent.people (id),
  purpose text not null constraint sign_in_links_purpose_known check (purpose in ('sign_in', 'invitation', 'operator')),
  browser_hash bytea,
  code_hash bytea,
  wrong_codes integer not null default 0,
  next_path text not null default '/',
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
comment on table assent.sign_in_links is 'One-time links: opening one shows a button and consumes nothing.';
comment on column assent.sign_in_links.browser_hash is 'SHA-256 of the cookie of the browser that asked; elsewhere the code it showed must be typed.';
create index sign_in_links_person_idx on assent.sign_in_links (person_id, created_at);

create table assent.provider_sign_ins (
  state_hash bytea primary key,
  organisation_id uuid not null references assent.organisations (id),
  browser_hash bytea not null,
  sealed bytea not null,
  next_path text not null default '/',
  created_at timestamptz not null,
  used_at timestamptz
);
comment on table assent.provider_sign_ins is
  'Sign-ins under way at a provider: state, nonce and verifier stay here, bound to the browser that began.';

create table assent.api_tokens (
  id uuid primary key,
  token_hash bytea not null constraint api_tokens_token_key unique,
  person_id uuid not null references assent.people (id),
  label text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
);
comment on table assent.api_tokens is 'Bearer tokens for the API, stored as SHA-256 only.';
create index api_tokens_person_idx on assent.api_tokens (person_id) where revoked_at is null;

create table assent.calendar_links (
  person_id uuid primary key references assent.people (id),
  token_hash bytea not null constraint calendar_links_token_key unique,
  created_at timestamptz not null
);
comment on table assent.calendar_links is
  'The secret address at which somebody''s calendar asks when something is due, stored as SHA-256 only; another one ends it.';

create table assent.kept_forms (
  id uuid primary key,
  person_id uuid not null references assent.people (id),
  path text not null,
  sealed bytea not null,
  kept_at timestamptz not null,
  taken_at timestamptz
);
comment on table assent.kept_forms is 'What somebody was sending when their session had ended: given back after they sign in again.';
create index kept_forms_person_idx on assent.kept_forms (person_id) where taken_at is null;

-- Actions, their immutable revisions, drafts, clearances, concerns and holds; the gates they are held to.
create table assent.gate_books (
  version bigint primary key constraint gate_books_version_counts check (version > 0),
  digest text not null constraint gate_books_digest_form check (digest ~ '^[0-9a-f]{64}$'),
  loaded_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index)
);
comment on table assent.gate_books is 'Each gates.yaml that was ever in force; the highest version is. Only the owner role loads one.';

create table assent.gate_rules (
  version bigint not null references assent.gate_books (version),
  kind text not null,
  rule jsonb not null constraint gate_rules_consent_demanded check (rule ? 'family_consent' and jsonb_array_length(rule -> 'clearance') > 0),
  constraint gate_rules_always_cleared check (
    jsonb_path_exists(rule, '$.clearance[*] ? (!exists(@.from) || @.from != "each_cosigner")')),
  primary key (version, kind)
);
comment on table assent.gate_rules is 'The gate of each kind, as the triggers read it. A gate without family consent is no gate.';

create function assent.gate_rule(kind text) returns jsonb language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select r.rule from assent.gate_rules r where r.kind = gate_rule.kind
     and r.version = (select max(version) from assent.gate_books) $$;
comment on function assent.gate_rule(text) is 'The gate in force for a kind of action.';

create table assent.actions (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  kind text not null,
  title text not null constraint actions_title_filled check (btrim(title) <> ''),
  visibility text not null constraint actions_visibility_known check (visibility in ('family', 'organisation', 'case', 'public')),
  organisation_id uuid not null references assent.organisations (id),
  author_id uuid not null references assent.people (id),
  slug text constraint actions_slug_key unique,
  created_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint actions_id_case_key unique (id, case_id)
);
comment on table assent.actions is 'One thing the coalition may do. Its state is derived from what is on record, never stored.';
comment on column assent.actions.organisation_id is 'The lead organisation: the one whose drafter began it.';
comment on column assent.actions.slug is 'Its address on the public site; given at the first publication, never changed.';
create index actions_case_idx on assent.actions (case_id, created_at);

create table assent.revisions (
  id uuid primary key,
  action_id uuid not null,
  case_id uuid not null,
  number integer not null constraint revisions_number_counts check (number > 0),
  canonical bytea,
  digest text not null constraint revisions_digest_form check (digest ~ '^[0-9a-f]{64}$'),
  content jsonb,
  author_id uuid not null references assent.people (id),
  contributors uuid[] not null default '{}',
  created_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint revisions_number_key unique (action_id, number),
  constraint revisions_id_digest_key unique (id, digest, action_id, case_id),
  constraint revisions_action_fkey foreign key (action_id, case_id) references assent.actions (id, case_id),
  constraint revisions_digest_true check (canonical is null or digest = encode(sha256(canonical), 'hex')),
  constraint revisions_content_true check ((canonical is null) = (content is null)
    and (canonical is null or content = convert_from(canonical, 'UTF8')::jsonb))
);
comment on table assent.revisions is 'An immutable version of an action''s content. Null content: erased, while the digest stands.';
comment on column assent.revisions.canonical is 'RFC 8785 canonical JSON of everything anybody will see; the digest is its SHA-256.';
comment on column assent.revisions.content is 'The same as JSON, for reading; filled by a trigger.';
comment on column assent.revisions.contributors is 'Others whose saved text went into this revision: writers too, where writers may not clear.';

create table assent.drafts (
  action_id uuid not null,
  case_id uuid not null,
  person_id uuid not null references assent.people (id),
  form jsonb not null,
  based_on uuid,
  contributors uuid[] not null default '{}',
  version integer not null default 1,
  saved_at timestamptz not null,
  primary key (action_id, person_id),
  constraint drafts_action_fkey foreign key (action_id, case_id) references assent.actions (id, case_id)
);
comment on table assent.drafts is
  'What each writer has typed and not yet put forward: one for each person, so nobody overwrites another.';

create table assent.clearances (
  id uuid primary key,
  action_id uuid not null,
  case_id uuid not null,
  revision_id uuid not null,
  digest text not null,
  person_id uuid not null references assent.people (id),
  role text not null constraint clearances_role_known check (role in ('clearance_officer', 'safety_reviewer')),
  organisation_id uuid references assent.organisations (id),
  decision text not null constraint clearances_decision_known check (decision in ('cleared', 'refused', 'recused')),
  note text not null default '',
  risks jsonb not null default '{}',
  at timestamptz not null,
  ledger_index bigint not null constraint clearances_ledger_index_key unique references assent.ledger_entries (index),
  constraint clearances_revision_fkey foreign key (revision_id, digest, action_id, case_id)
    references assent.revisions (id, digest, action_id, case_id),
  constraint clearances_refusal_reasoned check (decision = 'cleared' or btrim(note) <> ''),
  constraint clearances_id_case_key unique (id, case_id)
);
comment on table assent.clearances is
  'A recorded yes or no of an organisation or reviewer to one content digest. The latest word counts.';
comment on column assent.clearances.risks is 'What could go wrong, in plain words for the family, by language; written by the safety reviewer.';
create index clearances_action_idx on assent.clearances (action_id, ledger_index);

create table assent.concerns (
  id uuid primary key,
  action_id uuid not null,
  case_id uuid not null,
  kind text not null constraint concerns_kind_known check (kind in ('concern', 'hold')),
  text text not null constraint concerns_text_filled check (btrim(text) <> ''),
  raised_by uuid not null references assent.people (id),
  raised_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint concerns_action_fkey foreign key (action_id, case_id) references assent.actions (id, case_id),
  constraint concerns_id_case_key unique (id, case_id)
);
comment on table assent.concerns is
  'A relative''s concern or a safety reviewer''s hold: the case''s gates stay shut until it is answered.';
create index concerns_case_idx on assent.concerns (case_id);

create table assent.concern_answers (
  concern_id uuid primary key,
  case_id uuid not null,
  text text not null constraint concern_answers_text_filled check (btrim(text) <> ''),
  answered_by uuid not null references assent.people (id),
  answered_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint concern_answers_concern_fkey foreign key (concern_id, case_id) references assent.concerns (id, case_id)
);
comment on table assent.concern_answers is 'The coordinator''s answer to a concern, or the reviewer''s lifting of a hold.';

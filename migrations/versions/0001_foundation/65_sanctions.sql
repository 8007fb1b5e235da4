-- Targets, what is claimed of them and shown by what, where they are listed, what a list says of them, dossiers.
create table assent.targets (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  entity_id text not null constraint targets_entity_id_filled check (btrim(entity_id) <> ''),
  made_by uuid references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint targets_entity_key unique (case_id, entity_id),
  constraint targets_id_case_key unique (id, case_id)
);
comment on table assent.targets is 'A FollowTheMoney entity of a case: a perpetrator or beneficiary, a post, or a link between two.';
comment on column assent.targets.entity_id is 'Its id in FollowTheMoney JSON; of this case alone, so that no id tells of another case.';

create table assent.target_ends (
  target_id uuid primary key,
  case_id uuid not null,
  made_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint target_ends_target_fkey foreign key (target_id, case_id) references assent.targets (id, case_id)
);
comment on table assent.target_ends is 'A target or link that was recorded by mistake: it stays on record and goes nowhere any more.';

create table assent.target_versions (
  id uuid primary key,
  target_id uuid not null,
  case_id uuid not null,
  number integer not null constraint target_versions_number_counts check (number > 0),
  entity jsonb not null constraint target_versions_entity_named check (entity ? 'schema' and entity ? 'properties'),
  caption text not null,
  made_by uuid references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint target_versions_number_key unique (target_id, number),
  constraint target_versions_target_fkey foreign key (target_id, case_id) references assent.targets (id, case_id)
);
comment on table assent.target_versions is 'What a target''s entity says; the highest number is in force, earlier ones stay.';

create table assent.target_merges (
  id uuid primary key,
  case_id uuid not null,
  kept_id uuid not null,
  merged_id uuid not null,
  added jsonb not null,
  made_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  undone_by uuid references assent.people (id),
  undone_at timestamptz,
  undo_ledger_index bigint references assent.ledger_entries (index),
  constraint target_merges_kept_fkey foreign key (kept_id, case_id) references assent.targets (id, case_id),
  constraint target_merges_merged_fkey foreign key (merged_id, case_id) references assent.targets (id, case_id),
  constraint target_merges_two check (kept_id <> merged_id),
  constraint target_merges_undo_recorded check ((undone_at is null) = (undo_ledger_index is null))
);
comment on table assent.target_merges is 'Two targets that are one; undone, both are there again as they were.';
comment on column assent.target_merges.added is 'The properties that came to the one that was kept: what an undo takes back.';
create unique index target_merges_standing_key on assent.target_merges (merged_id) where undone_at is null;

create table assent.target_copies (
  id uuid primary key,
  case_id uuid not null,
  target_id uuid not null,
  copy_case_id uuid not null,
  copy_id uuid not null,
  made_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint target_copies_target_fkey foreign key (target_id, case_id) references assent.targets (id, case_id),
  constraint target_copies_copy_fkey foreign key (copy_id, copy_case_id) references assent.targets (id, case_id)
    on delete cascade
);
comment on table assent.target_copies is 'One target in two cases: known to those alone who are in both.';

create table assent.claims (
  id uuid primary key,
  case_id uuid not null,
  target_id uuid not null,
  part text not null constraint claims_part_known check (part in ('abuse', 'link', 'assets', 'exculpatory')),
  statement text not null constraint claims_statement_filled check (btrim(statement) <> ''),
  category text not null default '',
  happened_on text not null default '' constraint claims_happened_on_form check (happened_on ~ '^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?$'),
  place text not null default '',
  made_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  ended_by uuid references assent.people (id),
  ended_at timestamptz,
  end_ledger_index bigint references assent.ledger_entries (index),
  constraint claims_end_recorded check ((ended_at is null) = (end_ledger_index is null)),
  constraint claims_id_case_key unique (id, case_id),
  constraint claims_target_fkey foreign key (target_id, case_id) references assent.targets (id, case_id)
);
comment on table assent.claims is 'One thing said of a target: an abuse, a link to it, assets, or what speaks for them.';
comment on column assent.claims.category is 'Of an abuse its legal category, of a link its kind.';
create index claims_target_idx on assent.claims (target_id);

create table assent.claim_texts (
  id uuid primary key,
  case_id uuid not null,
  claim_id uuid not null,
  language text not null constraint claim_texts_language_form check (language ~ '^[a-z]{2,3}$'),
  statement text not null constraint claim_texts_statement_filled check (btrim(statement) <> ''),
  made_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint claim_texts_claim_fkey foreign key (claim_id, case_id) references assent.claims (id, case_id)
);
comment on table assent.claim_texts is 'A claim in another language in which a government takes requests; the latest of a language counts.';
create index claim_texts_claim_idx on assent.claim_texts (claim_id, language, ledger_index);

create table assent.exhibits (
  id uuid primary key,
  case_id uuid not null,
  claim_id uuid not null,
  title text not null constraint exhibits_title_filled check (btrim(title) <> ''),
  tier text not null constraint exhibits_tier_known check (tier in ('primary', 'official', 'credible', 'single_source')),
  source text not null default '',
  address text not null default '',
  evidence_id uuid,
  confidential boolean not null,
  quote text not null default '',
  quote_language text not null default '' constraint exhibits_quote_language_form check (quote_language ~ '^([a-z]{2,3})?$'),
  translation text not null default '',
  made_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  ended_by uuid references assent.people (id),
  ended_at timestamptz,
  end_ledger_index bigint references assent.ledger_entries (index),
  constraint exhibits_end_recorded check ((ended_at is null) = (end_ledger_index is null)),
  constraint exhibits_id_case_key unique (id, case_id),
  constraint exhibits_evidence_fkey foreign key (evidence_id, case_id) references assent.evidence (id, case_id),
  constraint exhibits_quote_whole check ((quote = '') = (quote_language = '') and (translation = '' or quote <> '')),
  constraint exhibits_shown check ((evidence_id is null) = (address <> '')),
  constraint exhibits_claim_fkey foreign key (claim_id, case_id) references assent.claims (id, case_id)
);
comment on table assent.exhibits is 'What shows a claim: a page anybody can read, or evidence whose source agrees government by government.';
comment on column assent.exhibits.tier is
  'primary: document or victim''s testimony; official: of the UN, a court or a government; credible: of a known organisation or press; single_source: one alone.';
comment on column assent.exhibits.source is 'How the source is to be described; never a protected name.';
comment on column assent.exhibits.quote is 'The words of the exhibit itself, in the language they were said in.';
comment on column assent.exhibits.translation is 'The same words in English, where they are not.';
create index exhibits_claim_idx on assent.exhibits (claim_id);

create table assent.listings (
  id uuid primary key,
  case_id uuid not null,
  target_id uuid not null,
  jurisdiction text not null constraint listings_jurisdiction_form check (jurisdiction ~ '^[a-z][a-z0-9_]{1,39}$'),
  status text not null constraint listings_status_known check (status in (
    'not_asked', 'drafting', 'filed', 'listed', 'refused', 'delisted')),
  happened_on date,
  adopted_on date,
  submitted_on date,
  effective_on date,
  announced_on date,
  published_on date,
  reference text not null default '',
  address text not null default '',
  note text not null default '',
  evidence_id uuid,
  made_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint listings_evidence_fkey foreign key (evidence_id, case_id) references assent.evidence (id, case_id),
  constraint listings_target_fkey foreign key (target_id, case_id) references assent.targets (id, case_id)
);
comment on table assent.listings is 'What became of a target in one jurisdiction. The latest counts; earlier ones are its history.';
comment on column assent.listings.happened_on is 'The day of the status itself; the days beside it fall apart in real campaigns.';
comment on column assent.listings.evidence_id is 'The document that says so, where its file was brought in.';
create index listings_target_idx on assent.listings (target_id, ledger_index);

create table assent.dossiers (
  id uuid primary key,
  case_id uuid not null,
  action_id uuid not null constraint dossiers_action_key unique,
  target_id uuid not null,
  jurisdiction text not null constraint dossiers_jurisdiction_form check (jurisdiction ~ '^[a-z][a-z0-9_]{1,39}$'),
  answers jsonb not null default '{}',
  version integer not null default 1 constraint dossiers_version_counts check (version > 0),
  saved_by uuid not null references assent.people (id),
  saved_at timestamptz not null,
  made_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint dossiers_action_fkey foreign key (action_id, case_id) references assent.actions (id, case_id),
  constraint dossiers_target_fkey foreign key (target_id, case_id) references assent.targets (id, case_id)
);
comment on table assent.dossiers is 'A request for measures being prepared: the parts its jurisdiction asks for beyond the evidence base.';
create index dossiers_target_idx on assent.dossiers (target_id);

create table assent.screenings (
  id uuid primary key,
  case_id uuid not null,
  target_id uuid not null,
  source text not null constraint screenings_source_known check (source in ('file', 'yente')),
  dataset text not null,
  candidates jsonb not null constraint screenings_candidates_listed check (jsonb_typeof(candidates) = 'array'),
  made_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint screenings_id_case_key unique (id, case_id),
  constraint screenings_target_fkey foreign key (target_id, case_id) references assent.targets (id, case_id)
);
comment on table assent.screenings is 'What a list said when a target was looked for in it: candidates with reasons, decided by a person.';
create index screenings_target_idx on assent.screenings (target_id, ledger_index);

create table assent.screening_decisions (
  id uuid primary key,
  case_id uuid not null,
  screening_id uuid not null,
  entity_id text not null,
  decision text not null constraint screening_decisions_decision_known check (decision in ('same', 'different', 'unsure')),
  note text not null default '',
  made_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint screening_decisions_screening_fkey foreign key (screening_id, case_id) references assent.screenings (id, case_id)
);
comment on table assent.screening_decisions is 'Whether a candidate is the target: a person''s word, the latest counts.';
create index screening_decisions_screening_idx on assent.screening_decisions (screening_id, ledger_index);

-- Lists of sanctioned persons, the same for every case: loaded by the operator, read by the application.
create table assent.watchlists (
  id uuid primary key,
  name text not null constraint watchlists_name_filled check (btrim(name) <> ''),
  digest text not null constraint watchlists_digest_form check (digest ~ '^[0-9a-f]{64}$'),
  entities bigint not null,
  loaded_at timestamptz not null
);
comment on table assent.watchlists is 'A data set of entities loaded from a file; whole, or not at all.';

-- A partition for each list: it is filled and indexed beside those in use, and put in their place in a moment.
create table assent.watchlist_entities (
  watchlist_id uuid not null,
  entity_id text not null,
  keys text[] not null,
  entity jsonb not null,
  primary key (watchlist_id, entity_id)
) partition by list (watchlist_id);
comment on table assent.watchlist_entities is 'One entity of a list, and the keys its names are found by.';
create index watchlist_entities_keys_idx on assent.watchlist_entities using gin (keys);
-- Where the partitions are: a table for each list that is loaded.
create schema assent_lists;

-- Files, the evidence they are, whose word it rests on, and whom that source lets see it.
create table assent.uploads (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  person_id uuid not null references assent.people (id),
  name text not null constraint uploads_name_filled check (btrim(name) <> ''),
  fingerprint text not null default '',
  size bigint constraint uploads_size_counts check (size > 0),
  parts bigint[] not null default '{}',
  details jsonb not null default '{}',
  begun_at timestamptz not null,
  changed_at timestamptz not null
);
comment on table assent.uploads is 'A file on its way in: how much of it has arrived. Finished or abandoned, the row goes.';
comment on column assent.uploads.fingerprint is 'How the sender knows the same file again, to go on where it stopped.';
comment on column assent.uploads.size is 'As announced; null where the file comes in one piece.';
comment on column assent.uploads.parts is 'Sizes of the parts that have arrived, in order.';
comment on column assent.uploads.details is 'What the file will be recorded as once it is whole.';
create index uploads_person_idx on assent.uploads (person_id);

create table assent.stored_files (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  sha256 text not null constraint stored_files_sha256_form check (sha256 ~ '^[0-9a-f]{64}$'),
  size bigint not null constraint stored_files_size_counts check (size > 0),
  media_type text not null constraint stored_files_media_type_form check (media_type ~ '^[a-z0-9.+-]+/[a-z0-9.+-]+$'),
  name text not null constraint stored_files_name_filled check (btrim(name) <> ''),
  remarks text[] not null default '{}',
  parts bigint[] not null constraint stored_files_parts_there check (cardinality(parts) > 0),
  visibility text not null constraint stored_files_visibility_known check (visibility in ('family', 'organisation', 'case', 'public')),
  organisation_id uuid references assent.organisations (id),
  stored_by uuid not null references assent.people (id),
  stored_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint stored_files_id_case_key unique (id, case_id),
  constraint stored_files_desk_named check (visibility <> 'organisation' or organisation_id is not null)
);
comment on table assent.stored_files is 'A file that was kept, by the digest of its bytes; the bytes lie sealed in the file store.';
comment on column assent.stored_files.media_type is 'What its bytes are, whatever its name says.';
comment on column assent.stored_files.remarks is 'What people should know before they open it: not what its name says, not scanned, and so on.';
create index stored_files_digest_idx on assent.stored_files (case_id, sha256);

create table assent.evidence (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  file_id uuid not null,
  title text not null constraint evidence_title_filled check (btrim(title) <> ''),
  tier text not null constraint evidence_tier_known check (tier in ('primary', 'official', 'credible', 'single_source')),
  visibility text not null constraint evidence_visibility_known check (visibility in ('family', 'organisation', 'case', 'public')),
  organisation_id uuid references assent.organisations (id),
  derived_from uuid,
  derivation text constraint evidence_derivation_known check (derivation in ('redacted', 'stripped', 'translated')),
  recorded_by uuid not null references assent.people (id),
  recorded_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint evidence_id_case_key unique (id, case_id),
  constraint evidence_file_fkey foreign key (file_id, case_id) references assent.stored_files (id, case_id),
  constraint evidence_derived_from_fkey foreign key (derived_from, case_id) references assent.evidence (id, case_id),
  constraint evidence_derivation_said check ((derived_from is null) = (derivation is null)),
  constraint evidence_desk_named check (visibility <> 'organisation' or organisation_id is not null)
);
comment on table assent.evidence is 'A file that shows something, with how much it weighs. A copy names the original it was made of.';
comment on column assent.evidence.tier is
  'primary: document or testimony of those affected; official: UN, court or government; credible: known NGO or media; single_source.';
create index evidence_case_idx on assent.evidence (case_id, id);
create index evidence_file_idx on assent.evidence (file_id);

create table assent.evidence_sources (
  evidence_id uuid primary key,
  case_id uuid not null,
  sealed bytea not null,
  named_by uuid not null references assent.people (id),
  named_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint evidence_sources_evidence_fkey foreign key (evidence_id, case_id) references assent.evidence (id, case_id)
);
comment on table assent.evidence_sources is 'Who evidence comes from, sealed with the case''s key, and shown to the people named beside it only.';

create table assent.evidence_source_readers (
  evidence_id uuid not null,
  case_id uuid not null,
  person_id uuid not null references assent.people (id),
  admitted_by uuid not null references assent.people (id),
  admitted_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  primary key (evidence_id, person_id),
  constraint evidence_source_readers_evidence_fkey foreign key (evidence_id, case_id) references assent.evidence (id, case_id)
);
comment on table assent.evidence_source_readers is 'Who may read a source''s name: whoever named it, and whom a reader lets in.';

create function assent.knows_source(evidence_id uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select exists (select 1 from assent.evidence_source_readers r
     where r.evidence_id = knows_source.evidence_id and r.person_id = assent.person()) $$;
comment on function assent.knows_source(uuid) is 'Whether the person on whose behalf the transaction runs may read who a piece of evidence comes from.';

create function assent.named_source(evidence_id uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select exists (select 1 from assent.evidence_sources s
     where s.evidence_id = named_source.evidence_id and s.named_by = assent.person()) $$;
comment on function assent.named_source(uuid) is 'Whether it was this person who wrote down who a piece of evidence comes from.';

create table assent.source_agreements (
  id uuid primary key,
  evidence_id uuid not null,
  case_id uuid not null,
  country text not null constraint source_agreements_country_form check (country ~ '^[A-Z]{2}$'),
  agrees boolean not null,
  recorded_by uuid not null references assent.people (id),
  recorded_at timestamptz not null,
  ledger_index bigint not null constraint source_agreements_ledger_index_key unique references assent.ledger_entries (index),
  constraint source_agreements_evidence_fkey foreign key (evidence_id, case_id) references assent.evidence (id, case_id)
);
comment on table assent.source_agreements is
  'Whether the source lets this country''s government (or EU, or UN) see the evidence. The latest word counts.';
-- What a revision attaches and a source has not let its government see: silence is no, and so is one no among copies.
create function assent.sources_against(revision_id uuid) returns jsonb language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select coalesce(jsonb_agg(coalesce(nullif(f ->> 'title', ''), f ->> 'sha256') order by n), '[]')
  from assent.revisions r join assent.actions t on t.id = r.action_id
    cross join lateral jsonb_array_elements(r.content -> 'attachments') with ordinality a(f, n)
  where r.id = sources_against.revision_id and (r.content #>> '{form,government}' is not null or t.kind = 'sanctions_request') and (
    select coalesce(bool_or(said.agrees), false) and coalesce(bool_and(said.agrees) filter (where said.agrees is not null), false)
    from assent.evidence e join assent.stored_files s on s.id = e.file_id
      left join lateral (select g.agrees from assent.source_agreements g where g.evidence_id = e.id
        and g.country = r.content #>> '{form,government}' order by g.ledger_index desc limit 1) said on true
    where e.case_id = r.case_id and s.sha256 = f ->> 'sha256') is not true
$$;
comment on function assent.sources_against(uuid) is
  'The titles of what a request to a government attaches whose source has not agreed that this government sees it.';
create index source_agreements_evidence_idx on assent.source_agreements (evidence_id, country, ledger_index);

-- What is done after something that was out has been taken back: where it is known to stand, and who was told.
create table assent.copies (
  id uuid primary key,
  publication_id uuid not null,
  case_id uuid not null,
  place text not null constraint copies_place_filled check (btrim(place) <> ''),
  noted_by uuid not null references assent.people (id),
  noted_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint copies_id_case_key unique (id, case_id),
  constraint copies_place_key unique (publication_id, place),
  constraint copies_publication_fkey foreign key (publication_id, case_id) references assent.publications (id, case_id)
);
comment on table assent.copies is 'Where a publication is known to stand besides our own page: a newspaper, a mirror, somebody''s site.';

create table assent.tellings (
  id uuid primary key,
  publication_id uuid not null,
  case_id uuid not null,
  copy_id uuid,
  delivery_id uuid,
  outcome text not null constraint tellings_outcome_known check (outcome in ('told', 'removed', 'stays')),
  told_by uuid not null references assent.people (id),
  told_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint tellings_about_one check (num_nonnulls(copy_id, delivery_id) = 1),
  constraint tellings_publication_fkey foreign key (publication_id, case_id) references assent.publications (id, case_id),
  constraint tellings_copy_fkey foreign key (copy_id, case_id) references assent.copies (id, case_id),
  constraint tellings_delivery_fkey foreign key (delivery_id) references assent.deliveries (id)
);
comment on table assent.tellings is 'That a recipient, or whoever keeps a copy, was told that the text is taken back, and what came of it.';
comment on column assent.tellings.outcome is 'told: they know; removed: it is gone there; stays: they keep it.';
create index tellings_publication_idx on assent.tellings (publication_id, ledger_index);

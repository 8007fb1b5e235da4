-- What happened in a case: its timeline. Some kinds put the family's yeses on hold until it confirms them.
create table assent.events (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  kind text not null constraint events_kind_form check (kind ~ '^[a-z]+(_[a-z]+)*$'),
  happened_on text not null constraint events_happened_on_form check (happened_on ~ '^\d{4}(-\d\d(-\d\d)?)?$'),
  title text not null constraint events_title_filled check (btrim(title) <> ''),
  effect text not null default 'unknown' constraint events_effect_known check (effect in ('better', 'worse', 'neutral', 'unknown')),
  source text not null default '',
  recorded_by uuid references assent.people (id),
  recorded_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index)
);
comment on table assent.events is 'Something that happened to the detained person or around them, with its effect on treatment.';
comment on column assent.events.happened_on is 'A day, a month or a year, as exactly as it is known.';
create index events_case_idx on assent.events (case_id, ledger_index);

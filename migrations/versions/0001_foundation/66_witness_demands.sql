-- How many witnesses a case wants to have seen its records: for a receipt to be complete, and before anything goes out.
create table assent.witness_demands (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  needed integer not null constraint witness_demands_needed_counts check (needed between 0 and 99),
  before_release boolean not null,
  set_by uuid not null references assent.people (id),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint witness_demands_before_release_counts check (needed > 0 or not before_release)
);
comment on table assent.witness_demands is
  'How many witnesses a case wants; the latest counts, and for a day still a stricter one before it.';
comment on column assent.witness_demands.before_release is
  'Whether nothing goes out before so many have seen all that it rests on.';
create index witness_demands_case_idx on assent.witness_demands (case_id);

create function assent.witnesses_needed(case_id uuid) returns integer language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select coalesce(max(d.needed) filter (where d.before_release), 0)
  from (select w.*, lead(w.at) over (order by w.ledger_index) as replaced_at
        from assent.witness_demands w where w.case_id = witnesses_needed.case_id) d
  where d.replaced_at is null or d.replaced_at + interval '1 day' > assent.present()
$$;
comment on function assent.witnesses_needed(uuid) is
  'How many witnesses have to have seen what a release rests on: the strictest demand in force or eased less than a day ago.';

create function assent.witnessed_size(witnesses integer) returns bigint language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select coalesce(max(c.size), 0) from assent.ledger_cosignatures c where c.nth = witnesses $$;
comment on function assent.witnessed_size(integer) is 'How many entries of the ledger so many witnesses have seen.';

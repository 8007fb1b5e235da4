-- The ledger's rows: dense, append-only, contents sealed. The tree over them is in 21_tree.sql.
create table assent.ledger_head (
  only_one boolean primary key default true constraint ledger_head_single check (only_one),
  size bigint not null constraint ledger_head_size_counts check (size >= 0),
  last_at timestamptz not null,
  held text not null default ''
);
insert into assent.ledger_head (size, last_at) values (0, clock_timestamp());
comment on column assent.ledger_head.held is
  'Why nothing is recorded at present: restored, or behind what was signed; empty: it is open.';
comment on table assent.ledger_head is 'The length of the log and the time of its last entry; its row lock orders all appends.';

create function assent.present() returns timestamptz language sql volatile security definer
set search_path = pg_catalog, pg_temp as
$$ select greatest(clock_timestamp(), last_at) from assent.ledger_head $$;
comment on function assent.present() is
  'The only clock of the program. It never runs behind the last ledger entry, so a clock set back revives nothing that had expired.';

create table assent.ledger_entries (
  index bigint primary key constraint ledger_entries_index_counts check (index >= 0),
  entry bytea not null constraint ledger_entries_entry_form
    check (octet_length(entry) = 47 and substring(entry from 1 for 15) = convert_to(E'assent/leaf/v1\n', 'UTF8'))
);
comment on table assent.ledger_entries is
  'The log itself: each entry a label and an HMAC of a record under a fresh secret; it shows nothing.';

create table assent.data_keys (
  id uuid primary key,
  case_id uuid,
  wrapped bytea not null,
  created_at timestamptz not null
);
comment on table assent.data_keys is
  'A case''s data key (no case: the instance''s own), wrapped by the instance key, which is not in here.';
create unique index data_keys_case_key on assent.data_keys (case_id) nulls not distinct;

create table assent.ledger_records (
  index bigint primary key references assent.ledger_entries (index),
  case_id uuid,
  action_id uuid,
  key_id uuid not null references assent.data_keys (id),
  version integer not null default 1,
  sealed bytea not null,
  at timestamptz not null
);
comment on table assent.ledger_records is 'The record and its secret r behind each entry, AES-256-GCM under the case''s data key.';
create index ledger_records_case_idx on assent.ledger_records (case_id, index);

create function assent.take_ledger_index() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  update assent.ledger_head set size = size + 1, last_at = greatest(last_at, clock_timestamp())
    where held = '' returning size - 1 into new.index;
  if not found then
    perform assent.refuse('ledger_held', (select held from assent.ledger_head));
  end if;
  perform assent.grow_tree(new.index, new.entry);
  return new;
end $$;
comment on function assent.take_ledger_index() is
  'The index comes from the locked head row: dense, in commit order, and nobody can choose it.';
create trigger ledger_entries_take_index before insert on assent.ledger_entries
  for each row execute function assent.take_ledger_index();

create function assent.hold_ledger(why text) returns void language sql security definer
set search_path = pg_catalog, pg_temp as
$$ update assent.ledger_head set held = left(why, 500) where held = '' and why <> '' $$;
comment on function assent.hold_ledger(text) is
  'Shuts the ledger, when what stands here is not what was signed; only the owner of the tables opens it again.';
revoke all on function assent.hold_ledger(text) from public;

create function assent.announce_record() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if new.case_id is not null then
    perform pg_notify('assent_case', new.case_id::text);
  end if;
  return null;
end $$;
comment on function assent.announce_record() is 'Tells open pages, after commit, that something of this case changed: the id only, no content.';
create trigger ledger_records_announce after insert on assent.ledger_records
  for each row execute function assent.announce_record();

-- The tree over the log (RFC 6962), grown in the transaction of each entry; what was signed of it, and by whom witnessed.
create table assent.ledger_nodes (
  level integer not null constraint ledger_nodes_level_counts check (level > 0),
  index bigint not null constraint ledger_nodes_index_counts check (index >= 0),
  hash bytea not null constraint ledger_nodes_hash_form check (octet_length(hash) = 32),
  primary key (level, index)
);
comment on table assent.ledger_nodes is
  'The tree over the entries: every complete subtree''s hash, made once and for ever.  Leaves are hashed from the entries themselves.';

create function assent.ledger_node(level integer, index bigint) returns bytea language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
begin
  if ledger_node.level = 0 then
    return (select sha256('\x00'::bytea || e.entry) from assent.ledger_entries e where e.index = ledger_node.index);
  end if;
  return (select n.hash from assent.ledger_nodes n where n.level = ledger_node.level and n.index = ledger_node.index);
end $$;
comment on function assent.ledger_node(integer, bigint) is
  'The hash of a complete subtree: 2^level entries, the index-th such group; RFC 9162, section 2.1.1.';

create function assent.grow_tree(place bigint, entry bytea) returns void language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  hash bytea := sha256('\x00'::bytea || entry);
  height integer := 0;
  at bigint := place;
begin
  while at & 1 = 1 loop
    hash := sha256('\x01'::bytea || assent.ledger_node(height, at - 1) || hash);
    height := height + 1;
    at := at >> 1;
    insert into assent.ledger_nodes (level, index, hash) values (height, at, hash);
  end loop;
end $$;
comment on function assent.grow_tree(bigint, bytea) is 'Hashes every subtree that a new entry completes: one on average.';
revoke all on function assent.grow_tree(bigint, bytea) from public;

create function assent.ledger_root(size bigint) returns bytea language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
declare
  hash bytea;
  height integer := 0;
begin
  if size = 0 then
    return sha256('');
  end if;
  while size >> height > 0 loop
    if (size >> height) & 1 = 1 then
      hash := case when hash is null then assent.ledger_node(height, (size >> height) - 1)
        else sha256('\x01'::bytea || assent.ledger_node(height, (size >> height) - 1) || hash) end;
    end if;
    height := height + 1;
  end loop;
  return hash;
end $$;
comment on function assent.ledger_root(bigint) is 'The root over the first so many entries, from at most one stored hash a level.';

create table assent.ledger_keys (
  number integer primary key constraint ledger_keys_number_counts check (number > 0),
  origin text not null constraint ledger_keys_origin_form check (origin ~ '^[^\s+]+$'),
  public_key bytea not null constraint ledger_keys_public_key_key unique
    constraint ledger_keys_public_key_form check (octet_length(public_key) = 32),
  reason text not null constraint ledger_keys_reason_known check (reason in ('first', 'rotated', 'lost', 'stolen')),
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index)
);
comment on table assent.ledger_keys is 'The keys this log has been signed with, one after the other, and why each took over.';
comment on column assent.ledger_keys.origin is 'The log''s name in its checkpoints: given once, whatever address it is served at later.';

create table assent.ledger_checkpoints (
  size bigint primary key constraint ledger_checkpoints_size_counts check (size > 0),
  root bytea not null constraint ledger_checkpoints_root_form check (octet_length(root) = 32),
  key_number integer not null references assent.ledger_keys (number),
  note text not null constraint ledger_checkpoints_note_filled check (note <> ''),
  at timestamptz not null
);
comment on table assent.ledger_checkpoints is 'Signed heads of the log: one for a size, of the tree that stands here, each longer than the last.';
comment on column assent.ledger_checkpoints.note is 'The signed note (C2SP tlog-checkpoint), without witnesses'' lines.';

create table assent.ledger_cosignatures (
  size bigint not null references assent.ledger_checkpoints (size),
  witness text not null constraint ledger_cosignatures_witness_form check (witness ~ '^[^\s+]+$'),
  line text not null constraint ledger_cosignatures_line_form check (line ~ '^— [^\s+]+ [A-Za-z0-9+/=]+$'),
  at timestamptz not null,
  nth integer not null,
  primary key (size, witness)
);
comment on table assent.ledger_cosignatures is 'What witnesses have cosigned: the line each adds to a checkpoint.';
comment on column assent.ledger_cosignatures.nth is 'The how-manieth cosignature of its checkpoint it is, counted by the table itself.';
create unique index ledger_cosignatures_nth_key on assent.ledger_cosignatures (nth, size);

create table assent.ledger_witnesses (
  name text primary key constraint ledger_witnesses_name_form check (name ~ '^[^\s+]+$'),
  key text not null,
  size bigint not null default 0 constraint ledger_witnesses_size_counts check (size >= 0),
  asked_at timestamptz,
  answered_at timestamptz,
  problem text not null default ''
);
comment on table assent.ledger_witnesses is 'How far each witness has followed, and what it answered last: for the administrators'' page, no record.';

create function assent.guard_checkpoint() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  -- One at a time: the head row orders checkpoints as it orders appends.
  perform 1 from assent.ledger_head for no key update;
  if new.size > (select size from assent.ledger_head) or new.root is distinct from assent.ledger_root(new.size) then
    perform assent.refuse('ledger_checkpoints_of_this_tree', 'only the tree that stands here is signed');
  end if;
  if new.size <= (select max(size) from assent.ledger_checkpoints) then
    perform assent.refuse('ledger_checkpoints_longer', 'each checkpoint is of a longer log than the last');
  end if;
  perform pg_notify('assent_checkpoint', new.size::text);
  return new;
end $$;
create trigger b_guard before insert on assent.ledger_checkpoints for each row execute function assent.guard_checkpoint();

create function assent.guard_cosignature() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.ledger_witnesses w where w.name = new.witness) then
    perform assent.refuse('ledger_cosignatures_of_a_witness', 'only a witness that is enrolled cosigns');
  end if;
  perform 1 from assent.ledger_checkpoints c where c.size = new.size for no key update;
  select count(*) + 1 into new.nth from assent.ledger_cosignatures c where c.size = new.size;
  return new;
end $$;
create trigger b_guard before insert on assent.ledger_cosignatures for each row execute function assent.guard_cosignature();

-- The one door through which records leave: a family's right, or two people's, after a time in which it can be stopped.
create table assent.erasures (
  id uuid primary key,
  case_id uuid not null,
  person_id uuid,
  asked_by uuid not null,
  by_family boolean not null,
  asked_at timestamptz not null,
  due_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint erasures_waits check (due_at >= asked_at + interval '7 days'),
  constraint erasures_own check (person_id is null or (person_id = asked_by and by_family)),
  constraint erasures_id_case_key unique (id, case_id)
);
comment on table assent.erasures is
  'A wish that everything of a case, or what it keeps of one relative, be destroyed.  It outlives what it destroys: ids only.';
comment on column assent.erasures.person_id is 'The relative whose own data are meant; null: the whole case.';

create table assent.erasure_answers (
  erasure_id uuid not null,
  case_id uuid not null,
  person_id uuid not null,
  agrees boolean not null,
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  primary key (erasure_id, person_id),
  constraint erasure_answers_erasure_fkey foreign key (erasure_id, case_id) references assent.erasures (id, case_id)
);
comment on table assent.erasure_answers is 'The second person''s agreement, or the word of somebody entitled that stops it.';

create table assent.erasure_ends (
  erasure_id uuid primary key,
  case_id uuid not null,
  at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint erasure_ends_erasure_fkey foreign key (erasure_id, case_id) references assent.erasures (id, case_id)
);
comment on table assent.erasure_ends is 'That it was carried out; written by the door itself.';

create function assent.erasing() returns boolean language sql stable
set search_path = pg_catalog, pg_temp as $$ select session_user = 'assent_eraser' $$;
comment on function assent.erasing() is
  'Whether this connection is the eraser''s, whose one right is to call assent.erase: what it removes, the guards let go.';

create function assent.erasure_open(e assent.erasures) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select not exists (select 1 from assent.erasure_ends n where n.erasure_id = e.id)
    and not exists (select 1 from assent.erasure_answers a where a.erasure_id = e.id and not a.agrees)
$$;
create function assent.erasure_due(e assent.erasures) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select assent.erasure_open(e) and e.due_at <= assent.present()
    and (e.by_family or exists (select 1 from assent.erasure_answers a where a.erasure_id = e.id and a.agrees))
$$;
comment on function assent.erasure_due(assent.erasures) is
  'Whether its time has come, nobody has stopped it, and a second person of another organisation agreed where staff asked.';

create function assent.guard_erasure() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select 1 from assent.erasures e where e.case_id = new.case_id and e.person_id is not distinct from new.person_id
             and assent.erasure_open(e)) then
    perform assent.refuse('erasures_once', 'an erasure of this waits already');
  end if;
  if not (case when new.person_id is not null then exists (select 1 from assent.memberships m
            where m.case_id = new.case_id and m.person_id = new.person_id and m.organisation_id is null)
          when new.by_family then assent.decides(new.case_id, new.asked_by)
            and assent.holds_role(new.case_id, new.asked_by, 'decision_maker', null)
          else assent.holds_role(new.case_id, new.asked_by, 'coordinator', null) end) then
    perform assent.refuse('erasures_entitled', 'those who decide for the family ask, a relative for themselves, or a coordinator');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.erasures for each row execute function assent.guard_erasure();

create function assent.guard_erasure_answer() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare asked assent.erasures;
begin
  select * into asked from assent.erasures e where e.id = new.erasure_id for no key update;
  if not assent.erasure_open(asked) then
    perform assent.refuse('erasure_answers_open', 'it has been stopped or carried out already');
  end if;
  if new.agrees and not exists (select 1 from assent.memberships m where m.case_id = asked.case_id and m.person_id = new.person_id
      and m.ended_at is null and m.role in ('coordinator', 'safety_reviewer') and not asked.by_family
      and m.organisation_id is distinct from (select p.organisation_id from assent.people p where p.id = asked.asked_by)) then
    perform assent.refuse('erasure_answers_second', 'the second person coordinates or reviews for another organisation');
  end if;
  if not new.agrees and not (new.person_id = asked.asked_by or (asked.person_id is null
      and assent.decides(asked.case_id, new.person_id) and assent.holds_role(asked.case_id, new.person_id, 'decision_maker', null))) then
    perform assent.refuse('erasure_answers_stopped_by', 'whoever asked stops it, or somebody who decides for the family');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.erasure_answers for each row execute function assent.guard_erasure_answer();

create function assent.empty_of(column_name text, wanted uuid, spared text[]) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  waiting text[] := array(select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = column_name
    where c.relnamespace = 'assent'::regnamespace and c.relkind = 'r' and c.relname <> all (spared) order by c.relname);
  left_over text[];
  t text;
begin
  -- What others refer to goes after them; the order is found by trying.
  while waiting <> '{}' loop
    left_over := '{}';
    foreach t in array waiting loop
      begin
        execute format('delete from assent.%I where %I = $1', t, column_name) using wanted;
      exception when foreign_key_violation then
        left_over := left_over || t;
      end;
    end loop;
    if cardinality(left_over) = cardinality(waiting) then
      raise exception 'these tables refer to each other: %', left_over;
    end if;
    waiting := left_over;
  end loop;
end $$;
revoke all on function assent.empty_of(text, uuid, text[]) from public;

create function assent.erase_identity(wanted uuid) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare r record;
begin
  for r in select f.conrelid::regclass as table_name, a.attname as column_name from pg_constraint f
      join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
      where f.contype = 'f' and f.confrelid = 'assent.people'::regclass and not exists (
        select 1 from pg_attribute k where k.attrelid = f.conrelid and k.attname = 'case_id') loop
    execute format('delete from %s where %I = $1', r.table_name, r.column_name) using wanted;
  end loop;
  begin
    delete from assent.people p where p.id = wanted;
  exception when foreign_key_violation then
    update assent.people p set name = '—', email = p.id || '@erased.invalid', born = null, language = 'en', shown_as = null, second_email = null,
      removed_at = coalesce(p.removed_at, assent.present()) where p.id = wanted;
  end;
end $$;
revoke all on function assent.erase_identity(uuid) from public;

create function assent.erase_case(wanted uuid) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  relatives uuid[] := array(select distinct m.person_id from assent.memberships m where m.case_id = wanted and m.organisation_id is null);
begin
  perform assent.empty_of('case_id', wanted, array['erasures', 'erasure_answers', 'erasure_ends']);
  delete from assent.cases c where c.id = wanted;
  perform assent.erase_identity(p.id) from assent.people p where p.id = any (relatives) and p.organisation_id is null
    and not exists (select 1 from assent.memberships m where m.person_id = p.id);
end $$;
revoke all on function assent.erase_case(uuid) from public;

create function assent.entries_with_words(in_case uuid, wanted uuid) returns setof bigint language sql stable
set search_path = pg_catalog, pg_temp as $$
  select l.index from assent.ledger_records l where l.case_id = in_case and (wanted is null or l.index in (
    select c.ledger_index from assent.consents c where c.case_id = in_case and c.person_id = wanted
    union select c.ledger_index from assent.concerns c where c.case_id = in_case and c.raised_by = wanted
    union select p.ledger_index from assent.pauses p where p.case_id = in_case and p.set_by = wanted
    union select p.ledger_index from assent.postures p where p.case_id = in_case and p.set_by = wanted
    union select s.ledger_index from assent.standing_consents s where s.case_id = in_case and s.given_by = wanted
    union select a.ledger_index from assent.absences a where a.case_id = in_case and a.person_id = wanted
    union select e.ledger_index from assent.evidence e where e.case_id = in_case and e.recorded_by = wanted))
$$;
comment on function assent.entries_with_words(uuid, uuid) is
  'The entries whose records go with an erasure: all of the case, or those with what one relative wrote.';
revoke all on function assent.entries_with_words(uuid, uuid) from public;

create function assent.erase_words(in_case uuid, wanted uuid, ledger_index bigint) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  files uuid[] := array(select r.file_id from assent.consent_recordings r
    where r.case_id = in_case and r.person_id = wanted and r.file_id is not null);
begin
  delete from assent.ledger_records l where l.index in (select assent.entries_with_words(in_case, wanted));
  -- What a passkey signed repeats the words.
  delete from assent.consent_signatures s using assent.consents c
    where c.id = s.consent_id and c.case_id = in_case and c.person_id = wanted;
  delete from assent.passkey_vouches v using assent.passkeys k where k.id = v.passkey_id and v.case_id = in_case and k.person_id = wanted;
  -- Nor is the scan of their letter, or the recording of their voice, to be had any more.
  update assent.consent_recordings r set place = '—', interpreter = '', attachment = null, file_id = null
    where r.case_id = in_case and r.person_id = wanted;
  delete from assent.stored_files f where f.id = any (files) and not exists (select 1 from assent.evidence e where e.file_id = f.id);
  update assent.consents c set question = case c.decision when 'question' then '—' else '' end,
    conditions = (select coalesce(jsonb_agg(case k ->> 'kind' when 'other' then '{"kind": "other", "value": "—"}' else k end), '[]')
      from jsonb_array_elements(c.conditions) k)
    where c.case_id = in_case and c.person_id = wanted;
  update assent.concerns c set text = '—' where c.case_id = in_case and c.raised_by = wanted;
  update assent.pauses p set reason = '' where p.case_id = in_case and p.set_by = wanted;
  update assent.postures p set reason = '—' where p.case_id = in_case and p.set_by = wanted;
  -- What they agreed to in advance ends with its words: without them it would cover more than they meant.
  update assent.standing_consents s set excludes = '{}', only_when = '—',
      expires_at = least(s.expires_at, greatest(assent.present(), s.at + interval '1 microsecond'))
    where s.case_id = in_case and s.given_by = wanted;
  delete from assent.absence_ends n using assent.absences a where a.id = n.absence_id and a.case_id = in_case and a.person_id = wanted;
  delete from assent.absences a where a.case_id = in_case and a.person_id = wanted;
  update assent.stored_files f set name = '—' where f.case_id = in_case and f.stored_by = wanted;
  update assent.evidence e set title = '—' where e.case_id = in_case and e.recorded_by = wanted;
  delete from assent.uploads u where u.case_id = in_case and u.person_id = wanted;
  delete from assent.drafts d where d.case_id = in_case and d.person_id = wanted;
  delete from assent.decision_drafts d where d.case_id = in_case and d.person_id = wanted;
  update assent.memberships m set ended_at = assent.present(), ended_by = wanted, end_ledger_index = erase_words.ledger_index
    where m.case_id = in_case and m.person_id = wanted and m.ended_at is null;
end $$;
comment on function assent.erase_words(uuid, uuid, bigint) is
  'What one relative wrote in a case; that they decided, on which text and when, stays for the others, under no name.';
revoke all on function assent.erase_words(uuid, uuid, bigint) from public;

create function assent.prepare_erasure(erasure uuid) returns bigint language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare wanted assent.erasures;
begin
  if not assent.erasing() then
    perform assent.refuse('erasures_by_eraser', 'only the eraser''s own role carries out an erasure');
  end if;
  select * into wanted from assent.erasures e where e.id = prepare_erasure.erasure for update;
  perform assent.lock_case(wanted.case_id);
  -- Nothing is added any more between the count and the erasure.
  perform 1 from assent.ledger_head for no key update;
  return (select count(*) from assent.entries_with_words(wanted.case_id, wanted.person_id));
end $$;
comment on function assent.prepare_erasure(uuid) is
  'How many records an erasure will take with it, for its own record: so that one more that is gone is noticed.';
revoke all on function assent.prepare_erasure(uuid) from public;

create function assent.erase(erasure uuid, ledger_index bigint) returns void language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare wanted assent.erasures;
begin
  if not assent.erasing() then
    perform assent.refuse('erasures_by_eraser', 'only the eraser''s own role carries out an erasure');
  end if;
  select * into wanted from assent.erasures e where e.id = erase.erasure for update;
  perform assent.lock_case(wanted.case_id);
  if wanted.id is null or not assent.erasure_due(wanted) then
    perform assent.refuse('erasures_due', 'its time has not come, or it was stopped, or nobody has agreed');
  end if;
  perform assent.require_entry(ledger_index);
  if wanted.person_id is null then
    perform assent.erase_case(wanted.case_id);
  else
    perform assent.erase_words(wanted.case_id, wanted.person_id, ledger_index);
    if not exists (select 1 from assent.memberships m where m.person_id = wanted.person_id and m.ended_at is null) then
      perform assent.erase_identity(p.id) from assent.people p where p.id = wanted.person_id and p.organisation_id is null;
    end if;
  end if;
  insert into assent.erasure_ends (erasure_id, case_id, at, ledger_index)
    values (wanted.id, wanted.case_id, assent.present(), erase.ledger_index);
end $$;
create function assent.erase_again(in_case uuid, whose uuid) returns bigint language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare gone bigint := (select count(*) from assent.entries_with_words(in_case, whose));
begin
  if not assent.erasing() or (select held = '' from assent.ledger_head) then
    perform assent.refuse('erasures_by_eraser', 'an erasure is replayed by the eraser, into what was restored and is still shut');
  end if;
  if not exists (select 1 from assent.cases c where c.id = in_case)
      or (whose is not null and not exists (select 1 from assent.people p where p.id = whose and p.removed_at is null)) then
    return null;
  end if;
  if whose is null then
    perform assent.erase_case(in_case);
  else
    perform assent.erase_words(in_case, whose, (select max(index) from assent.ledger_entries));
    perform assent.erase_identity(p.id) from assent.people p where p.id = whose and p.organisation_id is null;
  end if;
  return gone;
end $$;
comment on function assent.erase_again(uuid, uuid) is
  'What was erased after a backup is erased from what the backup brought back, before anybody sees it; how many records went, or null.';
revoke all on function assent.erase_again(uuid, uuid) from public;
comment on function assent.erase(uuid, bigint) is 'Carries out an erasure whose time has come: the one door, for the eraser''s role alone.';
revoke all on function assent.erase(uuid, bigint) from public;

-- The second wall: what the database refuses whoever asks, raw SQL by the application's role included.
create function assent.refuse(rule text, message text) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  raise exception using errcode = 'check_violation', message = message, constraint = rule, schema = 'assent';
end $$;
comment on function assent.refuse(text, text) is 'Raises a violation under a constraint name; the program maps names to refusals, never texts.';

create function assent.made_now(made xid) returns boolean language sql volatile
set search_path = pg_catalog, pg_temp as $$
  -- A row we can see whose maker has not committed is ours, be it from a savepoint. The epoch is the nearest one.
  select pg_xact_status((wide + round((now - wide) / 4294967296.0)::bigint * 4294967296)::text::xid8) = 'in progress'
  from (select made::text::bigint, pg_current_xact_id()::text::bigint) as xids (wide, now)
$$;
comment on function assent.made_now(xid) is 'Whether the visible row with this xmin was made by the transaction that asks.';

create function assent.keep_record() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if assent.erasing() and tg_level = 'ROW' then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  perform assent.refuse('append_only', tg_table_name || ' holds records: they are added, never changed or removed');
  return null;
end $$;

do $$
declare t text;
begin
  foreach t in array array['ledger_entries', 'ledger_records', 'ledger_nodes', 'ledger_keys', 'ledger_checkpoints', 'ledger_cosignatures', 'erasures', 'erasure_answers',
    'erasure_ends', 'cases', 'revisions', 'clearances', 'concerns', 'concern_answers',
    'consent_requests', 'consents', 'consent_withdrawals', 'consent_answers', 'consent_acknowledgements', 'publications',
    'consent_signatures', 'consent_recordings', 'consent_attestations', 'consent_contests', 'consent_marks', 'passkey_vouches', 'device_answers',
    'standing_answer_marks', 'arrangement_answer_marks',
    'publication_grounds', 'retractions', 'procedure_steps', 'separate_answers', 'meetings', 'meeting_notes', 'handover_proofs',
    'arrangements', 'arrangement_people', 'arrangement_answers', 'pauses', 'pause_ends', 'gate_books', 'gate_rules',
    'copies', 'tellings',
    'readings', 'reading_checks', 'stored_files', 'evidence', 'evidence_sources', 'evidence_source_readers', 'source_agreements',
    'launches', 'launch_actions', 'launch_moments', 'launch_answers', 'launch_outcomes',
    'targets', 'target_ends', 'target_versions', 'target_copies', 'claim_texts', 'listings', 'screenings', 'screening_decisions'] loop
    execute format('create trigger %I before update or delete on assent.%I for each row execute function assent.keep_record()', t || '_keep', t);
    execute format('create trigger %I before truncate on assent.%I for each statement execute function assent.keep_record()', t || '_keep_all', t);
  end loop;
  -- What may change in part, by guards of its own, is emptied no more than records are.
  foreach t in array array['actions', 'memberships', 'deliveries', 'data_keys', 'ledger_head', 'passkeys', 'private_signs'] loop
    execute format('create trigger %I before truncate on assent.%I for each statement execute function assent.keep_record()', t || '_keep_all', t);
  end loop;
end $$;

-- Locks, always in this order: case, action, ledger head.
create function assent.lock_case(case_id uuid) returns void language sql volatile security definer
set search_path = pg_catalog, pg_temp as
$$ select 1 from assent.cases c where c.id = lock_case.case_id for no key update $$;
create function assent.lock_action(action_id uuid) returns void language sql volatile security definer
set search_path = pg_catalog, pg_temp as
$$ select 1 from assent.actions a where a.id = lock_action.action_id for no key update $$;

-- Behind a lock the guards have to see what was committed while it was waited for: an older snapshot would show them
-- a consent that has been withdrawn, or hide from a withdrawal what it has to take back.
create function assent.require_fresh_sight() returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform assent.refuse('read_committed', 'records are made in transactions that are read committed');
  end if;
end $$;

create function assent.lock_case_first() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform assent.require_fresh_sight();
  perform assent.lock_case(new.case_id);
  return new;
end $$;
create function assent.lock_action_first() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform assent.require_fresh_sight();
  perform assent.lock_action(new.action_id);
  return new;
end $$;

-- Trigger names sort: a_ locks before b_ checks.
create trigger a_lock before insert or update on assent.memberships for each row execute function assent.lock_case_first();
create trigger a_lock before insert on assent.arrangements for each row execute function assent.lock_case_first();
create trigger a_lock before insert on assent.arrangement_answers for each row execute function assent.lock_case_first();
create trigger a_lock before insert on assent.erasures for each row execute function assent.lock_case_first();
create trigger a_lock before insert on assent.erasure_answers for each row execute function assent.lock_case_first();
create trigger a_lock before insert on assent.pauses for each row execute function assent.lock_case_first();
create trigger a_lock before insert on assent.pause_ends for each row execute function assent.lock_case_first();
create trigger a_lock before insert on assent.concerns for each row execute function assent.lock_case_first();
create trigger a_lock before insert on assent.concern_answers for each row execute function assent.lock_case_first();
create trigger a_lock before insert on assent.revisions for each row execute function assent.lock_action_first();
create trigger a_lock before insert on assent.clearances for each row execute function assent.lock_action_first();
create trigger a_lock before insert on assent.consents for each row execute function assent.lock_action_first();
create trigger a_lock before insert on assent.consent_withdrawals for each row execute function assent.lock_action_first();
create trigger a_lock before insert on assent.consent_acknowledgements for each row execute function assent.lock_action_first();
create trigger a_lock_case before insert on assent.publications for each row execute function assent.lock_case_first();
create trigger b_lock_action before insert on assent.publications for each row execute function assent.lock_action_first();

-- One change, one record, one transaction.
create function assent.require_entry(ledger_index bigint) returns void language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.ledger_entries e where e.index = require_entry.ledger_index and assent.made_now(e.xmin)) then
    perform assent.refuse('recorded_in_ledger', 'a record points at the ledger entry made with it');
  end if;
end $$;

create function assent.guard_entry() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform assent.require_entry(new.ledger_index);
  return new;
end $$;

do $$
declare t text;
begin
  foreach t in array array['cases', 'memberships', 'arrangements', 'arrangement_answers', 'pauses', 'pause_ends', 'gate_books', 'ledger_keys', 'erasures', 'erasure_answers', 'erasure_ends', 'actions', 'revisions',
    'clearances', 'concerns', 'concern_answers', 'consent_requests', 'consents', 'consent_withdrawals', 'consent_answers',
    'consent_acknowledgements', 'publications', 'retractions',
    'copies', 'tellings', 'handover_proofs',
    'stored_files', 'evidence', 'evidence_sources', 'evidence_source_readers', 'source_agreements',
    'launches', 'launch_moments', 'launch_answers', 'launch_outcomes',
    'targets', 'target_ends', 'target_versions', 'target_merges', 'target_copies', 'claims', 'claim_texts', 'exhibits', 'listings', 'dossiers',
    'screenings', 'screening_decisions'] loop
    execute format('create trigger c_entry before insert on assent.%I for each row execute function assent.guard_entry()', t);
  end loop;
end $$;

create function assent.guard_action() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    if assent.erasing() then
      return old;
    end if;
    perform assent.refuse('actions_kept', 'an action is kept');
  end if;
  if (new.id, new.case_id, new.kind, new.organisation_id, new.author_id, new.created_at, new.ledger_index) is distinct from
     (old.id, old.case_id, old.kind, old.organisation_id, old.author_id, old.created_at, old.ledger_index) then
    perform assent.refuse('actions_kept', 'only its title and label change, and it is given an address once');
  end if;
  if old.slug is not null and new.slug is distinct from old.slug then
    perform assent.refuse('actions_slug_kept', 'an address on the public site never changes');
  end if;
  if new.visibility = 'organisation' and old.visibility <> 'organisation' and (
      exists (select 1 from assent.consent_requests q where q.action_id = new.id)
      or exists (select 1 from assent.publications p where p.action_id = new.id)
      or exists (select 1 from assent.consents c where c.action_id = new.id)) then
    perform assent.refuse('actions_family_sees', 'what the family was asked about, or what went out, is not hidden from them');
  end if;
  return new;
end $$;
create trigger b_guard before update or delete on assent.actions for each row execute function assent.guard_action();

create function assent.guard_membership() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    if assent.erasing() then
      return old;
    end if;
    perform assent.refuse('memberships_kept', 'a membership is ended, never deleted');
  end if;
  if old.ended_at is not null
     or (new.id, new.case_id, new.person_id, new.role, new.granted_at, new.ledger_index) is distinct from
        (old.id, old.case_id, old.person_id, old.role, old.granted_at, old.ledger_index)
     or new.organisation_id is distinct from old.organisation_id then
    perform assent.refuse('memberships_kept', 'a membership can only be ended, once');
  end if;
  -- An erasure replayed into what was restored and is still shut has no entry of its own: none can be made there.
  if new.ended_at is not null and not (assent.erasing() and (select held <> '' from assent.ledger_head)) then
    perform assent.require_entry(new.end_ledger_index);
  end if;
  return new;
end $$;
create trigger b_guard before update or delete on assent.memberships for each row execute function assent.guard_membership();

create function assent.guard_revision() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if new.canonical is null then
    perform assent.refuse('revisions_content_given', 'a revision has content');
  end if;
  if new.number <> (select coalesce(max(number), 0) + 1 from assent.revisions where action_id = new.action_id) then
    perform assent.refuse('revisions_number_next', 'revisions are numbered one after the other');
  end if;
  new.content := convert_from(new.canonical, 'UTF8')::jsonb;
  return new;
end $$;
create trigger b_guard before insert on assent.revisions for each row execute function assent.guard_revision();

create function assent.latest_revision(action_id uuid) returns uuid language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select r.id from assent.revisions r where r.action_id = latest_revision.action_id order by r.number desc limit 1 $$;

create function assent.is_writer(action_id uuid, person_id uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select exists (select 1 from assent.revisions r where r.action_id = is_writer.action_id
     and (r.author_id = is_writer.person_id or is_writer.person_id = any (r.contributors))) $$;
comment on function assent.is_writer(uuid, uuid) is 'Whoever wrote any part of any revision of the action, not only its first drafter.';

create function assent.holds_role(case_id uuid, person_id uuid, role text, organisation_id uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as
$$ select exists (select 1 from assent.memberships m where m.case_id = holds_role.case_id and m.person_id = holds_role.person_id
     and m.role = holds_role.role and m.ended_at is null
     and (holds_role.organisation_id is null or m.organisation_id = holds_role.organisation_id)) $$;

create function assent.guard_time() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare given timestamptz := (to_jsonb(new) ->> tg_argv[0])::timestamptz;
begin
  if given > assent.present() or given < assent.present() - interval '5 minutes' then
    perform assent.refuse('recorded_now', 'a record carries the time it is made');
  end if;
  return new;
end $$;
create trigger c_time before insert on assent.clearances for each row execute function assent.guard_time('at');
create trigger c_time before insert on assent.consents for each row execute function assent.guard_time('at');
create trigger c_time before insert on assent.consent_withdrawals for each row execute function assent.guard_time('at');
create trigger c_time before insert on assent.arrangement_answers for each row execute function assent.guard_time('at');
create trigger c_time before insert on assent.consent_acknowledgements for each row execute function assent.guard_time('at');
create trigger c_time before insert on assent.erasures for each row execute function assent.guard_time('asked_at');
create trigger c_time before insert on assent.erasure_answers for each row execute function assent.guard_time('at');
create trigger c_time before insert on assent.publications for each row execute function assent.guard_time('released_at');

create function assent.guard_clearance() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare demands_other_writer boolean;
begin
  if new.revision_id is distinct from assent.latest_revision(new.action_id) then
    perform assent.refuse('clearances_latest_revision', 'only the latest revision is cleared');
  end if;
  if not assent.holds_role(new.case_id, new.person_id, new.role, new.organisation_id)
     or (new.role = 'clearance_officer' and new.organisation_id is null) then
    perform assent.refuse('clearances_entitled', 'a clearance is given by someone who holds the role now');
  end if;
  select coalesce(bool_or((c ->> 'not_author')::boolean), true) into demands_other_writer
    from assent.actions a, jsonb_array_elements(assent.gate_rule(a.kind) -> 'clearance') c
    where a.id = new.action_id and c ->> 'role' = new.role;
  if demands_other_writer and assent.is_writer(new.action_id, new.person_id) then
    perform assent.refuse('clearances_not_writer', 'nobody clears what they wrote');
  end if;
  if new.decision = (select c.decision from assent.clearances c where c.revision_id = new.revision_id
      and c.person_id = new.person_id and c.role = new.role order by c.ledger_index desc limit 1) then
    perform assent.refuse('clearances_not_repeated', 'this decision is on record already');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.clearances for each row execute function assent.guard_clearance();

create function assent.guard_arrangement_person() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.arrangements a where a.id = new.arrangement_id and assent.made_now(a.xmin)) then
    perform assent.refuse('arrangement_people_with_arrangement', 'an arrangement names its people when it is set, not later');
  end if;
  if exists (select 1 from assent.people p where p.id = new.person_id
             and p.born > (assent.present() at time zone 'UTC')::date - interval '18 years') then
    perform assent.refuse('arrangement_people_adult', 'someone under 18 cannot be a decision maker');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.arrangement_people for each row execute function assent.guard_arrangement_person();

create function assent.arrangement_agreed(held assent.arrangements, wanted assent.arrangements, shown_to uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(bool_and(n.agrees and (n.person_id is not distinct from shown_to or assent.arrangement_answer_counts(n))), false)
    and count(*) >= coalesce(held.quorum, (select count(*) from assent.arrangement_people p
    where p.arrangement_id = held.id and p.standing = 'decision_maker'))
  from assent.arrangement_answers n join assent.arrangement_people p
    on p.arrangement_id = held.id and p.person_id = n.person_id and p.standing = 'decision_maker'
  where n.arrangement_id = wanted.id
$$;
comment on function assent.arrangement_agreed(assent.arrangements, assent.arrangements, uuid) is
  'Whether those who decide under one arrangement have agreed to another: all of them, or their quorum, none against, none waiting.';

create function assent.last_agreed_arrangement(case_id uuid, shown_to uuid) returns assent.arrangements
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  held assent.arrangements;
  wanted assent.arrangements;
begin
  for wanted in select a.* from assent.arrangements a where a.case_id = last_agreed_arrangement.case_id order by a.version loop
    if held.id is null or assent.arrangement_agreed(held, wanted, shown_to) then
      held := wanted;
    end if;
  end loop;
  return held;
end $$;
revoke all on function assent.last_agreed_arrangement(uuid, uuid) from public;
create function assent.arrangement_in_force(case_id uuid) returns assent.arrangements language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select * from assent.last_agreed_arrangement(arrangement_in_force.case_id, null) $$;
comment on function assent.arrangement_in_force(uuid) is
  'The first arrangement of a case, or the last that those who decided before it have agreed to.';
create function assent.arrangement_shown(case_id uuid) returns assent.arrangements language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select * from assent.last_agreed_arrangement(arrangement_shown.case_id, assent.person()) $$;
comment on function assent.arrangement_shown(uuid) is
  'The arrangement in force as a person''s own screen shows it: their own yes counts there from the start. For showing alone.';

create function assent.guard_arrangement_answer() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if new.arrangement_id is distinct from (select a.id from assent.arrangements a where a.case_id = new.case_id
      order by a.version desc limit 1) then
    perform assent.refuse('arrangement_answers_latest', 'only the latest wish is answered');
  end if;
  if new.arrangement_id = (assent.arrangement_in_force(new.case_id)).id then
    perform assent.refuse('arrangement_answers_pending', 'this arrangement is in force already');
  end if;
  if not assent.decides(new.case_id, new.person_id)
     or not assent.holds_role(new.case_id, new.person_id, 'decision_maker', null) then
    perform assent.refuse('arrangement_answers_decider', 'those who decide for the family so far answer');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.arrangement_answers for each row execute function assent.guard_arrangement_answer();

create function assent.decides(case_id uuid, person_id uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select exists (select 1 from assent.arrangement_people p
     where p.arrangement_id = (assent.arrangement_in_force(decides.case_id)).id
       and p.person_id = decides.person_id and p.standing = 'decision_maker') $$;
comment on function assent.decides(uuid, uuid) is 'Whether the arrangement in force names this person a decision maker.';

create function assent.guard_arrangement() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare held assent.arrangements := assent.arrangement_in_force(new.case_id);
begin
  if (new.stand_in_after_hours, new.asks_again, new.shows_votes) is distinct from
     (held.stand_in_after_hours, coalesce(held.asks_again, '{}'), coalesce(held.shows_votes, false))
     and not coalesce(assent.decides(new.case_id, new.set_by), false) then
    perform assent.refuse('arrangements_terms_familys_own', 'when somebody stands in, what asks again and who sees votes is the family''s to set');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.arrangements for each row execute function assent.guard_arrangement();

create function assent.open_absences(case_id uuid) returns setof assent.absences language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select distinct on (a.person_id) a.* from assent.absences a
    where a.case_id = open_absences.case_id and not exists (select 1 from assent.absence_ends e where e.absence_id = a.id)
    order by a.person_id, a.ledger_index
$$;
comment on function assent.open_absences(uuid) is 'Who cannot be reached, each since the first record that has not been ended.';

create function assent.standing_in(case_id uuid, revision_id uuid) returns table (absent uuid, alternate uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with held as materialized (select * from assent.arrangement_in_force(standing_in.case_id)),
  away as (
    select p.person_id, row_number() over (order by a.ledger_index) as n
    from held join assent.arrangement_people p on p.arrangement_id = held.id and p.standing = 'decision_maker'
      join assent.open_absences(standing_in.case_id) a on a.person_id = p.person_id
    where a.at + make_interval(hours => held.stand_in_after_hours) <= assent.present()
      and not exists (select 1 from assent.consents c where c.revision_id = standing_in.revision_id and c.person_id = p.person_id
        and assent.speaks(c))),
  there as (
    select p.person_id, row_number() over (order by p.place, p.person_id) as n
    from held join assent.arrangement_people p on p.arrangement_id = held.id and p.standing = 'alternate'
    where assent.holds_role(standing_in.case_id, p.person_id, 'decision_maker', null)
      and not exists (select 1 from assent.open_absences(standing_in.case_id) a where a.person_id = p.person_id))
  select away.person_id, there.person_id from away join there using (n)
$$;
comment on function assent.standing_in(uuid, uuid) is
  'Which alternate decides on a revision in whose place: the family''s time has passed, and whoever is away has said nothing to it.';

create function assent.decides_on(case_id uuid, revision_id uuid, person_id uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select assent.decides(decides_on.case_id, decides_on.person_id)
     or exists (select 1 from assent.standing_in(decides_on.case_id, decides_on.revision_id) s where s.alternate = decides_on.person_id) $$;
comment on function assent.decides_on(uuid, uuid, uuid) is 'Whether somebody decides on a revision, in their own place or in that of whoever is out of reach.';

create function assent.guard_consent() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if new.revision_id is distinct from assent.latest_revision(new.action_id) then
    perform assent.refuse('consents_latest_revision', 'the family decides on the latest revision');
  end if;
  if not assent.decides_on(new.case_id, new.revision_id, new.person_id)
     or not assent.holds_role(new.case_id, new.person_id, 'decision_maker', null) then
    perform assent.refuse('consents_decision_maker', 'a consent is given by a decision maker of the arrangement in force');
  end if;
  if exists (select 1 from assent.people p where p.id = new.person_id
             and p.born > (assent.present() at time zone 'UTC')::date - interval '18 years') then
    perform assent.refuse('consents_adult', 'someone under 18 cannot consent for the family');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.consents for each row execute function assent.guard_consent();

create function assent.guard_acknowledgement() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.consents c where c.id = new.consent_id and c.action_id = new.action_id
                 and c.decision = 'yes_with_conditions') then
    perform assent.refuse('consent_acknowledgements_conditions', 'only a yes with conditions is acknowledged');
  end if;
  if not assent.holds_role(new.case_id, new.acknowledged_by, 'coordinator', null) then
    perform assent.refuse('consent_acknowledgements_coordinator', 'a coordinator of the case makes this promise');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.consent_acknowledgements for each row execute function assent.guard_acknowledgement();

create function assent.guard_withdrawal() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.consents c where c.id = new.consent_id and c.action_id = new.action_id
                 and c.person_id = new.person_id and assent.says_yes(c.decision)) then
    perform assent.refuse('consent_withdrawals_own_yes', 'a person withdraws a yes of their own');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.consent_withdrawals for each row execute function assent.guard_withdrawal();

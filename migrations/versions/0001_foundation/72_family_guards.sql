-- Records of what the family agrees to beforehand: kept, made behind the case's lock, with their entry and at their time.
do $$
declare t text;
begin
  foreach t in array array['events', 'standing_consents', 'standing_consent_answers', 'standing_consent_ends',
    'standing_consent_triggers', 'absences', 'absence_ends', 'wishes', 'contact_states', 'postures'] loop
    execute format('create trigger %I before update or delete on assent.%I for each row execute function assent.keep_record()', t || '_keep', t);
    execute format('create trigger %I before truncate on assent.%I for each statement execute function assent.keep_record()', t || '_keep_all', t);
    execute format('create trigger a_lock before insert on assent.%I for each row execute function assent.lock_case_first()', t);
    execute format('create trigger c_entry before insert on assent.%I for each row execute function assent.guard_entry()', t);
    execute format('create trigger c_time before insert on assent.%I for each row execute function assent.guard_time(%L)', t,
      case t when 'events' then 'recorded_at' else 'at' end);
  end loop;
end $$;

-- How public the effort is: set by who coordinates or who decides for the family, answered for by staff of the case.
create function assent.guard_posture() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if new.version <> (select count(*) + 1 from assent.postures p where p.case_id = new.case_id) then
    perform assent.refuse('postures_in_turn', 'versions follow each other');
  end if;
  if new.set_by is not null and not assent.holds_role(new.case_id, new.set_by, 'coordinator', null)
     and not assent.holds_role(new.case_id, new.set_by, 'decision_maker', null) then
    perform assent.refuse('postures_by', 'a posture is set by a coordinator or a decision maker of the case');
  end if;
  if not exists (select 1 from assent.memberships m where m.case_id = new.case_id and m.person_id = new.owner_id
                 and m.organisation_id is not null and m.ended_at is null) then
    perform assent.refuse('postures_owner', 'somebody of an organisation in the case answers for it');
  end if;
  if btrim(new.reason) = '' then
    perform assent.refuse('postures_reason', 'a posture has a reason');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.postures for each row execute function assent.guard_posture();

-- What is agreed to beforehand, who is out of reach, what the detained person wants.
create function assent.guard_standing_consent() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  kind text;
  rule jsonb;
begin
  if not assent.decides(new.case_id, new.given_by)
     or not assent.holds_role(new.case_id, new.given_by, 'decision_maker', null) then
    perform assent.refuse('standing_consents_decision_maker', 'a standing consent is given by a decision maker of the arrangement in force');
  end if;
  foreach kind in array new.kinds loop
    rule := assent.gate_rule(kind) -> 'family_consent';
    if rule ->> 'standing' is distinct from 'allowed'
       or new.expires_at > new.at + make_interval(days => (rule ->> 'max_days')::integer) then
      perform assent.refuse('standing_consents_within_gate', 'a standing consent is no wider and no longer than its gates allow');
    end if;
  end loop;
  return new;
end $$;
create trigger b_guard before insert on assent.standing_consents for each row execute function assent.guard_standing_consent();

create function assent.guard_standing_answer() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not assent.decides(new.case_id, new.person_id)
     or not assent.holds_role(new.case_id, new.person_id, 'decision_maker', null) then
    perform assent.refuse('standing_consent_answers_decider', 'those who decide for the family answer');
  end if;
  if exists (select 1 from assent.people p where p.id = new.person_id
             and p.born > (assent.present() at time zone 'UTC')::date - interval '18 years') then
    perform assent.refuse('standing_consent_answers_adult', 'someone under 18 cannot consent for the family');
  end if;
  if exists (select 1 from assent.standing_consent_ends e where e.standing_consent_id = new.standing_consent_id) then
    perform assent.refuse('standing_consent_answers_not_ended', 'what was ended is given anew, not answered');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.standing_consent_answers for each row execute function assent.guard_standing_answer();

create function assent.guard_standing_end() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not assent.decides(new.case_id, new.person_id) and not exists (select 1 from assent.standing_consent_answers a
      where a.standing_consent_id = new.standing_consent_id and a.person_id = new.person_id) then
    perform assent.refuse('standing_consent_ends_familys', 'a standing consent is ended by the family');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.standing_consent_ends for each row execute function assent.guard_standing_end();

create function assent.guard_trigger() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.standing_consents s where s.id = new.standing_consent_id and s.only_when <> '') then
    perform assent.refuse('standing_consent_triggers_awaited', 'this standing consent waits for nothing');
  end if;
  if not exists (select 1 from assent.memberships m where m.case_id = new.case_id and m.person_id = new.person_id
      and m.organisation_id = new.organisation_id and m.ended_at is null
      and m.role in ('coordinator', 'drafter', 'clearance_officer', 'safety_reviewer')) then
    perform assent.refuse('standing_consent_triggers_staff', 'somebody of an organisation in the case says that it has happened');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.standing_consent_triggers for each row execute function assent.guard_trigger();

create function assent.guard_absence() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare held assent.arrangements := assent.arrangement_in_force(new.case_id);
begin
  if not exists (select 1 from assent.arrangement_people p where p.arrangement_id = held.id and p.person_id = new.person_id) then
    perform assent.refuse('absences_of_the_arrangement', 'it is about somebody the arrangement in force names');
  end if;
  if not assent.holds_role(new.case_id, new.recorded_by, 'coordinator', null)
     and not exists (select 1 from assent.arrangement_people p where p.arrangement_id = held.id and p.person_id = new.recorded_by) then
    perform assent.refuse('absences_recorder', 'a coordinator, or somebody the arrangement names, records it');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.absences for each row execute function assent.guard_absence();

create function assent.guard_wish() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not assent.holds_role(new.case_id, new.recorded_by, 'counsel', null) then
    perform assent.refuse('wishes_counsel', 'counsel puts the detained person''s wishes on record');
  end if;
  if new.trust <> 'trusted' and exists (select 1 from assent.wishes w where w.id = new.replaces and w.trust = 'trusted') then
    perform assent.refuse('wishes_trusted_stays', 'word that cannot be trusted does not replace word that can');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.wishes for each row execute function assent.guard_wish();

create function assent.guard_contact_state() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.memberships m where m.case_id = new.case_id and m.person_id = new.recorded_by
      and m.ended_at is null and m.role in ('coordinator', 'decision_maker', 'counsel')) then
    perform assent.refuse('contact_states_recorder', 'the family, counsel or a coordinator records it');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.contact_states for each row execute function assent.guard_contact_state();

-- A standing consent taken back, or turned into a no, takes back what it let out, in the same transaction.
create function assent.retract_after_standing_end() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform assent.retract(p.action_id, new.case_id, p.id, 'consent_withdrawn', new.person_id, new.ledger_index)
    from assent.publications p where p.id in (select g.publication_id from assent.publication_grounds g
      where g.standing_consent_id = new.standing_consent_id) order by p.action_id;
  return null;
end $$;
create trigger y_retract after insert on assent.standing_consent_ends for each row execute function assent.retract_after_standing_end();
create trigger y_retract after insert on assent.standing_consent_answers for each row when (not new.agrees)
  execute function assent.retract_after_standing_end();

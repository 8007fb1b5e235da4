-- What makes a decision the relative's own, whoever writes it down.
create trigger a_lock before insert on assent.consent_attestations for each row execute function assent.lock_action_first();
create trigger a_lock before insert on assent.consent_contests for each row execute function assent.lock_action_first();
create trigger c_time before insert on assent.consent_attestations for each row execute function assent.guard_time('at');
create trigger c_time before insert on assent.consent_contests for each row execute function assent.guard_time('at');
create trigger c_entry before insert on assent.consent_attestations for each row execute function assent.guard_entry();
create trigger c_entry before insert on assent.consent_contests for each row execute function assent.guard_entry();
create trigger c_entry before insert on assent.passkeys for each row execute function assent.guard_entry();
create trigger c_entry before insert on assent.passkey_vouches for each row execute function assent.guard_entry();

create function assent.consent_made_now(consent_id uuid) returns assent.consents language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
declare found assent.consents;
begin
  select c.* into found from assent.consents c where c.id = consent_made_now.consent_id and assent.made_now(c.xmin);
  if found.id is null then
    perform assent.refuse('consents_whole', 'what belongs to a decision is recorded with it, not later');
  end if;
  return found;
end $$;

create function assent.mark_consent(consent_id uuid, counts_from timestamptz, sealed bytea) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare given assent.consents := assent.consent_made_now(mark_consent.consent_id);
begin
  if mark_consent.counts_from < given.at then
    perform assent.refuse('consent_marks_ahead', 'a decision counts from when it was made, or later');
  end if;
  insert into assent.consent_marks values (mark_consent.consent_id, mark_consent.counts_from, mark_consent.sealed);
end $$;
comment on function assent.mark_consent(uuid, timestamptz, bytea) is 'Says when a decision begins to count, with the decision, once.';

create function assent.consent_mark(of_consent uuid) returns bytea language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select m.sealed from assent.consent_marks m join assent.consents c on c.id = m.consent_id
    where m.consent_id = of_consent and (c.person_id = assent.person() or assent.is_job())
$$;
comment on function assent.consent_mark(uuid) is 'What is sealed beside a decision of one''s own, or for a job.';

create function assent.works_for(case_id uuid, person_id uuid, organisation_id uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from assent.memberships m join assent.people p on p.id = m.person_id
    where m.case_id = works_for.case_id and m.person_id = works_for.person_id and m.ended_at is null
      and m.organisation_id = works_for.organisation_id and p.organisation_id = works_for.organisation_id
      and m.role in ('coordinator', 'drafter', 'clearance_officer', 'safety_reviewer'))
    and not assent.decides(works_for.case_id, works_for.person_id)
$$;
comment on function assent.works_for(uuid, uuid, uuid) is
  'Whether somebody works in the case for an organisation that also employs them, and does not decide for the family.';

create function assent.guard_recording() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare given assent.consents := assent.consent_made_now(new.consent_id);
begin
  if (given.action_id, given.person_id, given.recorded_by, given.channel) is distinct from (new.action_id, new.person_id,
      new.recorded_by, case new.how when 'letter' then 'letter' else 'attested' end) then
    perform assent.refuse('consent_recordings_of_consent', 'it says how this very decision was taken down');
  end if;
  if new.attachment is distinct from (select f.sha256 from assent.stored_files f where f.id = new.file_id) then
    perform assent.refuse('consent_recordings_attachment', 'what is said to be its scan or recording is that file');
  end if;
  if not assent.works_for(new.case_id, new.recorded_by, new.organisation_id)
     or not assent.works_for(new.case_id, new.attester_id, new.attester_organisation_id) then
    perform assent.refuse('consent_recordings_by_staff', 'one person of each of two organisations of the case takes a decision down');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.consent_recordings for each row execute function assent.guard_recording();

create function assent.guard_attestation() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.consent_recordings r where r.consent_id = new.consent_id and r.action_id = new.action_id
      and r.attester_id = new.attested_by and assent.works_for(r.case_id, r.attester_id, r.attester_organisation_id)) then
    perform assent.refuse('consent_attestations_asked', 'who was asked to attest, and still works there, does');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.consent_attestations for each row execute function assent.guard_attestation();

create function assent.guard_device_answer() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.browser_sessions s where s.id = new.session_id and s.person_id = new.person_id
      and s.browser_hash is distinct from new.browser_hash) then
    perform assent.refuse('device_answers_of_another', 'of one''s own sessions, and in another browser than the one it is about');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.device_answers for each row execute function assent.guard_device_answer();

create function assent.guard_given_in() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select 1 from assent.device_answers d where d.session_id = new.given_in and d.person_id = new.person_id and not d.own) then
    perform assent.refuse('given_in_own_device', 'nothing is said from a device that its person has shut out');
  end if;
  return new;
end $$;
create trigger b_device before insert on assent.consents for each row execute function assent.guard_given_in();
create trigger b_device before insert on assent.standing_consent_answers for each row execute function assent.guard_given_in();

create function assent.guard_contest() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.consent_recordings r where r.consent_id = new.consent_id and r.action_id = new.action_id
      and r.person_id = new.person_id)
     and not exists (select 1 from assent.consents c join assent.device_answers d on d.session_id = c.given_in and not d.own
       where c.id = new.consent_id and c.action_id = new.action_id and c.person_id = new.person_id and d.person_id = new.person_id) then
    perform assent.refuse('consent_contests_own',
      'a person contests what was taken down in their name, or given on a device that was not theirs');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.consent_contests for each row execute function assent.guard_contest();

create function assent.signed_challenge(statement bytea) returns text language sql immutable
set search_path = pg_catalog, pg_temp as $$
  select rtrim(translate(encode(sha256(convert_to(E'assent/consent/v1\n', 'UTF8') || statement), 'base64'), '+/', '-_'), '=')
$$;
comment on function assent.signed_challenge(bytea) is 'What a passkey is asked to sign for a statement, as it stands in its client data.';

create function assent.guard_signature() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  given assent.consents := assent.consent_made_now(new.consent_id);
  said jsonb := convert_from(new.statement, 'UTF8')::jsonb;
  client jsonb := convert_from(new.client_data, 'UTF8')::jsonb;
  passkey assent.passkeys;
begin
  select k.* into passkey from assent.passkeys k where k.id = new.passkey_id;
  if passkey.person_id is distinct from given.person_id or passkey.ended_at is not null then
    perform assent.refuse('consent_signatures_own_passkey', 'a decision is signed with a passkey of whoever decides');
  end if;
  if (said ->> 'digest', said ->> 'decision', said -> 'conditions', said ->> 'question', said ->> 'person', said ->> 'case',
      said ->> 'action', said ->> 'language', said ->> 'shown_digest', said ->> 'notice') is distinct from
     (given.digest, given.decision, given.conditions, given.question, given.person_id::text, given.case_id::text,
      given.action_id::text, given.language, given.shown_digest, given.notice_version) then
    perform assent.refuse('consent_signatures_statement', 'what was signed is what is recorded');
  end if;
  -- The signature itself is checked by the program, and later by anybody; here everything that PostgreSQL can check.
  if client ->> 'type' is distinct from 'webauthn.get' or client ->> 'challenge' is distinct from assent.signed_challenge(new.statement)
     or substring(new.authenticator_data from 1 for 32) <> sha256(convert_to(passkey.rp_id, 'UTF8'))
     or get_byte(new.authenticator_data, 32) & 5 <> 5 then
    perform assent.refuse('consent_signatures_challenge', 'the device was asked to sign this statement, and saw its owner');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.consent_signatures for each row execute function assent.guard_signature();

create function assent.guard_consent_whole() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.consent_marks m where m.consent_id = new.id) then
    perform assent.refuse('consents_marked', 'every decision says when it begins to count');
  end if;
  if new.recorded_by is not null and not exists (select 1 from assent.consent_recordings r where r.consent_id = new.id) then
    perform assent.refuse('consents_recorded', 'what staff take down says how, and who attests it');
  end if;
  if new.channel = 'passkey' and not exists (select 1 from assent.consent_signatures s where s.consent_id = new.id) then
    perform assent.refuse('consents_signed', 'what is said to be signed by passkey carries the signature');
  end if;
  return null;
end $$;
create constraint trigger consents_whole after insert on assent.consents
  deferrable initially deferred for each row execute function assent.guard_consent_whole();

create function assent.guard_passkey() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if assent.erasing() then
    return coalesce(new, old);
  end if;
  if tg_op = 'DELETE' or old.ended_at is not null then
    perform assent.refuse('passkeys_kept', 'a passkey is kept on record, and ended once');
  end if;
  if new.sign_count < old.sign_count then
    perform assent.refuse('passkeys_count_forward', 'the counter of a device goes forward');
  end if;
  return new;
end $$;
create trigger b_guard before update or delete on assent.passkeys for each row execute function assent.guard_passkey();

create function assent.guard_vouch() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not assent.works_for(new.case_id, new.vouched_by, new.organisation_id)
     or not exists (select 1 from assent.passkeys k join assent.memberships m on m.person_id = k.person_id
       where k.id = new.passkey_id and k.person_id <> new.vouched_by and m.case_id = new.case_id and m.ended_at is null
         and m.organisation_id is null) then
    perform assent.refuse('passkey_vouches_of_family', 'staff of a case vouch for a passkey of its family');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.passkey_vouches for each row execute function assent.guard_vouch();

create function assent.retract_after_contest() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform assent.retract(new.action_id, new.case_id, g.publication_id, 'consent_contested', new.person_id, new.ledger_index)
    from assent.publication_grounds g where g.consent_id = new.consent_id;
  return null;
end $$;
create trigger y_retract after insert on assent.consent_contests for each row execute function assent.retract_after_contest();

create function assent.retract_after_attestation() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  -- Attested, what was taken down is the relative's word: "yes, but not like this" of what is out takes it back.
  perform assent.retract_unless_kept(c, c.person_id, new.ledger_index) from assent.consents c
    where c.id = new.consent_id and c.decision = 'yes_with_conditions';
  return null;
end $$;
create trigger y_retract after insert on assent.consent_attestations for each row when (new.attests)
  execute function assent.retract_after_attestation();

create trigger a_lock before insert on assent.readings for each row execute function assent.lock_action_first();
create trigger c_time before insert on assent.readings for each row execute function assent.guard_time('at');
create trigger c_entry before insert on assent.readings for each row execute function assent.guard_entry();
create function assent.guard_reading() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.revisions r where r.id = new.revision_id and r.content -> 'languages' ? new.language) then
    perform assent.refuse('readings_of_a_language', 'a reading is of a language in which the text exists');
  end if;
  if not exists (select 1 from assent.stored_files f where f.id = new.file_id and f.sha256 = new.sha256 and f.media_type like 'audio/%') then
    perform assent.refuse('readings_of_sound', 'a reading is a sound recording, and that very file');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.readings for each row execute function assent.guard_reading();

create trigger c_time before insert on assent.reading_checks for each row execute function assent.guard_time('at');
create trigger c_entry before insert on assent.reading_checks for each row execute function assent.guard_entry();
create function assent.guard_reading_check() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.readings r join assent.memberships m on m.case_id = r.case_id and m.ended_at is null
      where r.id = new.reading_id and r.attached_by <> new.checked_by and m.person_id = new.checked_by and m.organisation_id is not null) then
    perform assent.refuse('reading_checks_by_another', 'a reading is checked by somebody of the case''s staff who did not attach it');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.reading_checks for each row execute function assent.guard_reading_check();

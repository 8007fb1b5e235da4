-- A yes taken back, or turned into a no, takes back what it let out, in the same transaction.
create function assent.retract(p_action uuid, p_case uuid, p_publication uuid, cause text, by_person uuid, ledger_index bigint)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into assent.retractions (publication_id, case_id, action_id, cause, retracted_by, retracted_at, ledger_index)
    values (p_publication, p_case, p_action, cause, by_person, assent.present(), ledger_index)
    on conflict (publication_id) do nothing;
end $$;

create function assent.retract_after_withdrawal() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  -- Whether it rests on this yes, on others, or on what was agreed to in advance: the more restrictive wins.
  perform assent.retract(new.action_id, new.case_id, p.id, 'consent_withdrawn', new.person_id, new.ledger_index)
    from assent.publications p join assent.consents c on c.revision_id = p.revision_id where c.id = new.consent_id;
  return null;
end $$;
create trigger y_retract after insert on assent.consent_withdrawals for each row execute function assent.retract_after_withdrawal();

create function assent.retract_after_no() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform assent.retract(new.action_id, new.case_id, p.id, 'family_said_no', new.person_id, new.ledger_index)
    from assent.publications p where p.revision_id = new.revision_id;
  return null;
end $$;
create trigger y_retract after insert on assent.consents for each row when (new.decision = 'no')
  execute function assent.retract_after_no();

create function assent.retract_unless_kept(word assent.consents, by_person uuid, ledger_index bigint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  -- Whoever now says "yes, but not like this" of what is out has said no to what is out.
  if exists (select 1 from jsonb_array_elements(word.conditions) c where assent.condition_kept(word, c, true) is not true) then
    perform assent.retract(word.action_id, word.case_id, p.id, 'family_said_no', by_person, retract_unless_kept.ledger_index)
      from assent.publications p where p.revision_id = word.revision_id;
  end if;
end $$;

create function assent.retract_after_condition() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform assent.retract_unless_kept(new, new.person_id, new.ledger_index);
  return null;
end $$;
create trigger y_retract_after_condition after insert on assent.consents for each row when (new.decision = 'yes_with_conditions' and new.recorded_by is null)
  execute function assent.retract_after_condition();

create function assent.cancel_deliveries() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  update assent.deliveries set state = 'cancelled', changed_at = assent.present(), changed_by = new.retracted_by
    where publication_id = new.publication_id and state = 'pending';
  return null;
end $$;
create function assent.guard_retraction() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.publications p where p.id = new.publication_id and p.action_id = new.action_id) then
    perform assent.refuse('retractions_of_action', 'a retraction names the action of its publication');
  end if;
  return new;
end $$;
create trigger a_lock before insert on assent.retractions for each row execute function assent.lock_action_first();
create trigger b_guard before insert on assent.retractions for each row execute function assent.guard_retraction();
create trigger z_cancel after insert on assent.retractions for each row execute function assent.cancel_deliveries();

-- Deliveries: only to those the consented text names, and only forward.
create function assent.guard_delivery() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    if assent.erasing() then
      return old;
    end if;
    perform assent.refuse('deliveries_kept', 'a delivery is kept on record');
  end if;
  if tg_op = 'INSERT' then
    if new.state <> 'pending' or not exists (
      select 1 from assent.publications p join assent.revisions r on r.id = p.revision_id
        where p.id = new.publication_id and (
          (jsonb_typeof(r.content -> 'audience') = 'array' and r.content -> 'audience' ? new.recipient)
          or (r.content -> 'audience' = '"public"' and jsonb_typeof(r.content #> '{form,press,recipients}') = 'array' and r.content #> '{form,press,recipients}' ? new.recipient))) then
      perform assent.refuse('deliveries_to_audience', 'a delivery goes to a recipient the text was approved for');
    end if;
  elsif (old.state, new.state) not in (('pending', 'claimed'), ('pending', 'cancelled'), ('claimed', 'sent'), ('claimed', 'not_sent'),
      ('claimed', 'unknown'), ('pending', 'handed_over'), ('unknown', 'sent'), ('unknown', 'cancelled'), ('not_sent', 'cancelled'),
      ('unknown', 'pending'), ('not_sent', 'pending'), ('pending', 'not_sent'), ('sent', 'not_sent'))
      or (new.id, new.publication_id, new.recipient, new.channel) is distinct from (old.id, old.publication_id, old.recipient, old.channel) then
    perform assent.refuse('deliveries_forward', 'a delivery only moves forward');
  elsif new.state = 'pending' and new.changed_by is null then
    perform assent.refuse('deliveries_tried_again_by_somebody', 'only a person decides to send again');
  elsif old.state = 'sent' and new.changed_by is null then
    perform assent.refuse('deliveries_came_back_says_somebody', 'only a person says that a mail came back');
  end if;
  if new.state in ('pending', 'claimed', 'handed_over')
      and exists (select 1 from assent.retractions t where t.publication_id = new.publication_id) then
    perform assent.refuse('deliveries_not_retracted', 'what was taken back is not delivered');
  end if;
  -- At the moment it is handed over there is a live consent still, and no stop: not only when it was released.
  if tg_op = 'UPDATE' and new.state in ('pending', 'claimed', 'handed_over') then
    perform assent.lock_case(new.case_id);
    if exists (select 1 from assent.publications p where p.id = new.publication_id and assent.stands_against(p) <> '{}') then
      perform assent.refuse('deliveries_agreed_still', 'something stands against it now: it is not handed over');
    end if;
  end if;
  return new;
end $$;
create trigger b_guard before insert or update or delete on assent.deliveries for each row execute function assent.guard_delivery();

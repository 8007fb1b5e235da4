-- No publication without the family's live consent to the same digest and the clearances of its gate.
create function assent.clearance_counts(ground assent.clearances, not_author boolean) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as
$$ select ground.decision = 'cleared'
     and assent.holds_role(ground.case_id, ground.person_id, ground.role, ground.organisation_id)
     and not (not_author and assent.is_writer(ground.action_id, ground.person_id))
     and not exists (select 1 from assent.clearances later where later.revision_id = ground.revision_id
       and later.person_id = ground.person_id and later.role = ground.role and later.ledger_index > ground.ledger_index) $$;

create function assent.clearance_misses(p assent.publications, slot jsonb) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  misses text[] := '{}';
  slot_role text := slot ->> 'role';
  not_author boolean := (slot ->> 'not_author')::boolean;
  wanted text;
  latest text;
  found integer;
begin
  if slot ->> 'from' is null then
    if exists (
      select 1 from (select distinct on (c.person_id) c.person_id, c.decision, c.organisation_id from assent.clearances c
          where c.revision_id = p.revision_id and c.role = slot_role order by c.person_id, c.ledger_index desc) word
        where word.decision <> 'cleared' and assent.holds_role(p.case_id, word.person_id, slot_role, word.organisation_id)) then
      misses := misses || ('clearance:' || slot_role || ' refused');
    end if;
    select count(distinct g.person_id) into found
      from assent.publication_grounds g join assent.clearances c on c.id = g.clearance_id
      where g.publication_id = p.id and c.revision_id = p.revision_id and c.digest = p.digest and c.role = slot_role
        and g.person_id = c.person_id and g.requirement = 'clearance:' || slot_role and assent.clearance_counts(c, not_author);
    if found < (slot ->> 'count')::integer then
      misses := misses || ('clearance:' || slot_role);
    end if;
    return misses;
  end if;
  for wanted in
    select lead.slug from assent.actions a join assent.organisations lead on lead.id = a.organisation_id
      where a.id = p.action_id and slot ->> 'from' = 'lead_organisation'
    union
    select jsonb_array_elements_text(r.content -> 'cosigners') from assent.revisions r
      where r.id = p.revision_id and slot ->> 'from' = 'each_cosigner'
  loop
    select c.decision into latest from assent.clearances c join assent.organisations o on o.id = c.organisation_id
      where c.revision_id = p.revision_id and c.role = slot_role and o.slug = wanted
        and assent.holds_role(c.case_id, c.person_id, c.role, c.organisation_id)
        and not (not_author and assent.is_writer(c.action_id, c.person_id))
      order by c.ledger_index desc limit 1;
    if latest is distinct from 'cleared' or not exists (
      select 1 from assent.publication_grounds g join assent.clearances c on c.id = g.clearance_id
        join assent.organisations o on o.id = c.organisation_id
        where g.publication_id = p.id and c.revision_id = p.revision_id and c.digest = p.digest and c.role = slot_role
          and g.person_id = c.person_id and g.requirement = 'clearance:' || slot_role || ':' || wanted
          and o.slug = wanted and assent.clearance_counts(c, not_author)) then
      misses := misses || ('clearance:' || slot_role || ':' || wanted);
    end if;
  end loop;
  return misses;
end $$;

create function assent.consent_misses(p assent.publications) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  arrangement assent.arrangements := assent.arrangement_in_force(p.case_id);
  deciders integer;
  needed integer;
  yeses integer;
begin
  select count(*) into deciders from assent.arrangement_people ap
    where ap.arrangement_id = arrangement.id and ap.standing = 'decision_maker';
  if arrangement.id is null or deciders = 0 then
    return array['consent:family (no arrangement)'];
  end if;
  -- A live no, or a question not yet resolved, of any decision maker shuts the gate under every rule.
  if exists (
    select 1 from (select distinct on (c.person_id) c.person_id, c.decision from assent.consents c
        where c.revision_id = p.revision_id order by c.person_id, c.ledger_index desc) word
      where word.decision <> 'yes' and assent.decides(p.case_id, word.person_id)) then
    return array['consent:family (a no or a question stands)'];
  end if;
  select count(distinct c.person_id) into yeses
    from assent.publication_grounds g join assent.consents c on c.id = g.consent_id
    where g.publication_id = p.id and g.person_id = c.person_id and c.revision_id = p.revision_id and c.digest = p.digest
      and c.decision = 'yes' and c.expires_at > assent.present()
      and not exists (select 1 from assent.consent_withdrawals w where w.consent_id = c.id)
      and not exists (select 1 from assent.consents later where later.revision_id = c.revision_id
        and later.person_id = c.person_id and later.ledger_index > c.ledger_index)
      and assent.decides(p.case_id, c.person_id)
      and assent.holds_role(p.case_id, c.person_id, 'decision_maker', null);
  needed := case arrangement.rule when 'all' then deciders when 'quorum' then arrangement.quorum else 1 end;
  if yeses < needed or needed > deciders or (arrangement.rule = 'one' and deciders <> 1) then
    return array['consent:family'];
  end if;
  return '{}';
end $$;

create function assent.publication_misses(p assent.publications) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  misses text[] := '{}';
  action_kind text;
  content jsonb;
  rule jsonb;
  slot jsonb;
begin
  select a.kind, r.content into action_kind, content from assent.actions a join assent.revisions r on r.action_id = a.id
    where a.id = p.action_id and r.id = p.revision_id;
  rule := assent.gate_rule(action_kind);
  if rule is null or p.gate_version <> (select max(version) from assent.gate_books) then
    return array['gate (another rule is in force)'];
  end if;
  if content is null or p.revision_id is distinct from assent.latest_revision(p.action_id) then
    misses := misses || 'revision:latest'::text;
  end if;
  for slot in select jsonb_array_elements(rule -> 'clearance') loop
    misses := misses || assent.clearance_misses(p, slot);
  end loop;
  misses := misses || assent.consent_misses(p);
  if exists (select 1 from assent.pauses s left join assent.pause_ends e on e.pause_id = s.id
             where s.case_id = p.case_id and e.pause_id is null) then
    misses := misses || 'pause'::text;
  end if;
  if exists (select 1 from assent.concerns c left join assent.concern_answers a on a.concern_id = c.id
             where c.case_id = p.case_id and a.concern_id is null) then
    misses := misses || 'concern or hold'::text;
  end if;
  if (content ->> 'not_before')::timestamptz > assent.present() then
    misses := misses || 'release:not_before'::text;
  end if;
  if not assent.holds_role(p.case_id, p.released_by, rule -> 'release' ->> 'role', null) then
    misses := misses || 'release:role'::text;
  end if;
  return misses;
end $$;
comment on function assent.publication_misses(assent.publications) is
  'The gate, restated in SQL from the same rule: what this publication lacks. Empty: it may stand.';

create function assent.guard_publication() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare misses text[] := assent.publication_misses(new);
begin
  if misses <> '{}' then
    perform assent.refuse('publications_gate_open', 'the gate is shut: ' || array_to_string(misses, ', '));
  end if;
  return null;
end $$;
-- Deferred, so that the grounds written in the same transaction are seen; the locks were taken before the insert.
create constraint trigger publications_gate_open after insert on assent.publications
  deferrable initially deferred for each row execute function assent.guard_publication();

create function assent.guard_ground() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.publications p where p.id = new.publication_id and assent.made_now(p.xmin)) then
    perform assent.refuse('publication_grounds_with_publication', 'grounds are recorded with their publication, not later');
  end if;
  return null;
end $$;
create trigger b_guard after insert on assent.publication_grounds for each row execute function assent.guard_ground();

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
  perform assent.retract(new.action_id, new.case_id, g.publication_id, 'consent_withdrawn', new.person_id, new.ledger_index)
    from assent.publication_grounds g where g.consent_id = new.consent_id;
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
    perform assent.refuse('deliveries_kept', 'a delivery is kept on record');
  end if;
  if tg_op = 'INSERT' then
    if new.state <> 'pending' or not exists (
      select 1 from assent.publications p join assent.revisions r on r.id = p.revision_id
        where p.id = new.publication_id and jsonb_typeof(r.content -> 'audience') = 'array'
          and r.content -> 'audience' ? new.recipient) then
      perform assent.refuse('deliveries_to_audience', 'a delivery goes to a recipient the text was approved for');
    end if;
  elsif (old.state, new.state) not in (('pending', 'claimed'), ('pending', 'cancelled'), ('claimed', 'sent'), ('claimed', 'not_sent'),
      ('claimed', 'unknown'), ('pending', 'handed_over'), ('unknown', 'sent'), ('unknown', 'cancelled'), ('not_sent', 'cancelled'),
      ('unknown', 'pending'), ('not_sent', 'pending'))
      or (new.id, new.publication_id, new.recipient, new.channel) is distinct from (old.id, old.publication_id, old.recipient, old.channel) then
    perform assent.refuse('deliveries_forward', 'a delivery only moves forward');
  elsif new.state = 'pending' and new.changed_by is null then
    perform assent.refuse('deliveries_tried_again_by_somebody', 'only a person decides to send again');
  end if;
  if new.state in ('pending', 'claimed', 'handed_over')
      and exists (select 1 from assent.retractions t where t.publication_id = new.publication_id) then
    perform assent.refuse('deliveries_not_retracted', 'what was taken back is not delivered');
  end if;
  return new;
end $$;
create trigger b_guard before insert or update or delete on assent.deliveries for each row execute function assent.guard_delivery();

-- No publication without the family's live consent to the same digest and the clearances of its gate.
-- Who signs: everybody the content names, but for those it says may be missing, from its deadline on, if they had not cleared before it.
-- Both lists stand in the content the family agreed to; a later yes of theirs does not bring them back.
create function assent.signers(revision_id uuid, at timestamptz) returns jsonb language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select coalesce(jsonb_agg(c.slug order by c.place) filter (where not (
      case when pg_input_is_valid(r.content #>> '{form,sign_on,until}', 'timestamptz')
           then (r.content #>> '{form,sign_on,until}')::timestamptz <= at and r.content #> '{form,sign_on,may_be_missing}' ? c.slug
             and (select l.decision from assent.clearances l join assent.organisations o on o.id = l.organisation_id
                  where l.revision_id = r.id and l.role = 'clearance_officer' and o.slug = c.slug
                    and l.at < (r.content #>> '{form,sign_on,until}')::timestamptz
                  order by l.ledger_index desc limit 1) is distinct from 'cleared'
      end is true)), '[]')
  from assent.revisions r cross join lateral jsonb_array_elements_text(r.content -> 'cosigners') with ordinality c(slug, place)
  where r.id = revision_id
$$;
comment on function assent.signers(uuid, timestamptz) is
  'The organisations whose name a revision bears at a moment, in order: without those that may be missing and were, at its sign-on deadline.';

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
    select signer from jsonb_array_elements_text(assent.signers(p.revision_id, assent.present())) signer
      where slot ->> 'from' = 'each_cosigner'
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

create function assent.acting_organisations(action_id uuid, revision_id uuid) returns setof assent.organisations
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.* from assent.organisations o where o.id = (select a.organisation_id from assent.actions a where a.id = action_id)
    or assent.signers(revision_id, assent.present()) ? o.slug
$$;
comment on function assent.acting_organisations(uuid, uuid) is 'The lead organisation of an action, and those that sign the revision.';

create function assent.names_person(content jsonb, name text) returns boolean language sql immutable
set search_path = pg_catalog, pg_temp as $$
  -- Letter by letter, and with Latin capitals as small letters: other scripts and spellings are for people to see.
  select position(needle in content::text) > 0 or position(lower(needle collate "C") in lower(content::text collate "C")) > 0
  from (select btrim(to_jsonb(name)::text, '"') as needle) as written
$$;
comment on function assent.names_person(jsonb, text) is 'Whether a full name stands anywhere in what people will see.';

create function assent.condition_kept(given assent.consents, condition jsonb, promised boolean) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select case condition ->> 'kind'
    when 'no_name' then promised
      and not assent.names_person(r.content, (select p.name from assent.people p where p.id = given.person_id))
    when 'no_photograph' then not exists (select 1 from jsonb_array_elements(r.content -> 'attachments') f
      where coalesce(f ->> 'kind', '') not in ('document', 'audio'))
    when 'not_before' then (condition ->> 'value')::timestamptz <= assent.present()
    when 'not_in_language' then not exists (select 1 from jsonb_object_keys(r.content -> 'languages') tag
      where tag = condition ->> 'value' or starts_with(tag, (condition ->> 'value') || '-'))
    when 'not_in_country' then promised and jsonb_typeof(r.content -> 'audience') = 'array'
      and not exists (select 1 from assent.acting_organisations(given.action_id, r.id) o where o.country = condition ->> 'value')
    when 'only_organisations' then not exists (select 1 from assent.acting_organisations(given.action_id, r.id) o
      where not condition -> 'value' ? o.slug)
    when 'other' then promised
  end
  from assent.revisions r where r.id = given.revision_id
$$;
comment on function assent.condition_kept(assent.consents, jsonb, boolean) is
  'Whether the text keeps to something a yes depends on; promised: a coordinator has answered for what no machine can tell.';

create function assent.conditions_missed(given assent.consents) returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct 'consent:condition:' || (c ->> 'kind')), '{}')
  from jsonb_array_elements(given.conditions) c
  where assent.condition_kept(given, c,
    exists (select 1 from assent.consent_acknowledgements k where k.consent_id = given.id)) is not true
$$;

create function assent.last_words(case_id uuid, revision_id uuid) returns setof assent.consents
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct on (c.person_id) c.* from assent.consents c
    where c.revision_id = last_words.revision_id
      and assent.decides_on(last_words.case_id, last_words.revision_id, c.person_id) and assent.speaks(c)
    order by c.person_id, c.ledger_index desc
$$;
comment on function assent.last_words(uuid, uuid) is 'What each decision maker, or whoever stands in, said last about a revision.';

create function assent.excluded_there(case_id uuid, content jsonb, word text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select case word
    when 'photograph' then exists (select 1 from jsonb_array_elements(content -> 'attachments') f
      where coalesce(f ->> 'kind', '') not in ('document', 'audio'))
    when 'names_of_relatives' then exists (select 1 from assent.memberships m join assent.people p on p.id = m.person_id
      where m.case_id = excluded_there.case_id and m.role in ('decision_maker', 'informed_relative')
        and assent.names_person(content, p.name))
    else assent.names_person(content, word) end
$$;
comment on function assent.excluded_there(uuid, jsonb, text) is 'Whether something that was to be left out stands in what people will see.';

create function assent.audience_of(content jsonb) returns text[] language sql immutable
set search_path = pg_catalog, pg_temp as $$
  select case jsonb_typeof(content -> 'audience') when 'array'
    then array(select jsonb_array_elements_text(content -> 'audience')) else array['public'] end
$$;
comment on function assent.audience_of(jsonb) is 'Who is to see a text: public, or its recipients.';

create function assent.wish_concerns(wish assent.wishes, kind text, content jsonb) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select (wish.kinds = '{}' or kind = any (wish.kinds))
    and (wish.audiences = '{}' or wish.audiences && assent.audience_of(content))
    and (wish.details = '{}' or exists (select 1 from unnest(wish.details) word
      where assent.excluded_there(wish.case_id, content, word)))
$$;
comment on function assent.wish_concerns(assent.wishes, text, jsonb) is 'Whether a wish of the detained person is about this text.';

create function assent.standing_noes(action_id uuid, revision_id uuid) returns setof assent.wishes
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select w.* from assent.actions a join assent.revisions r on r.id = standing_noes.revision_id
    join assent.wishes w on w.case_id = a.case_id
  where a.id = standing_noes.action_id and w.says = 'no' and not exists (select 1 from assent.wishes n where n.replaces = w.id)
    and assent.wish_concerns(w, a.kind, r.content)
$$;
comment on function assent.standing_noes(uuid, uuid) is 'What the detained person does not want, as far as it is known, where it is about this text.';

create function assent.asked_again_at(action_id uuid, revision_id uuid) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select greatest(
    (select max(e.ledger_index) from assent.actions a join assent.events e on e.case_id = a.case_id
      where a.id = asked_again_at.action_id
        and (e.kind = 'release' or e.kind = any ((assent.arrangement_in_force(a.case_id)).asks_again))),
    (select max(w.ledger_index) from assent.standing_noes(asked_again_at.action_id, asked_again_at.revision_id) w
      where w.trust <> 'trusted'), -1)
$$;
comment on function assent.asked_again_at(uuid, uuid) is
  'What happened last after which the family is asked again: only what it said after this entry of the ledger counts.';

create function assent.strength(channel text) returns integer language sql immutable
set search_path = pg_catalog, pg_temp as $$
  select case when channel = 'passkey' then 3 when channel in ('attested', 'letter') then 2 else 1 end
$$;
comment on function assent.strength(text) is 'How much a way of giving a decision can carry, or a gate asks for; the least unless it says more.';

create function assent.live_yeses(case_id uuid, revision_id uuid, asked_for text) returns setof assent.consents
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select word.* from assent.last_words(live_yeses.case_id, live_yeses.revision_id) word
    where assent.says_yes(word.decision) and word.expires_at > assent.present()
      and word.ledger_index > assent.asked_again_at(word.action_id, word.revision_id)
      and assent.strength(word.channel) >= assent.strength(live_yeses.asked_for)
      and not exists (select 1 from assent.consent_withdrawals w where w.consent_id = word.id)
      and assent.holds_role(live_yeses.case_id, word.person_id, 'decision_maker', null)
$$;
comment on function assent.live_yeses(uuid, uuid, text) is
  'Each decision maker''s last word on a revision, where it is a yes that stands, given at least this strongly.';

create function assent.standing_words(standing_id uuid) returns setof assent.standing_consent_answers
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct on (a.person_id) a.* from assent.standing_consent_answers a
    where a.standing_consent_id = standing_words.standing_id and assent.decides(a.case_id, a.person_id)
    order by a.person_id, a.ledger_index desc
$$;
comment on function assent.standing_words(uuid) is 'What each decision maker said last to a standing consent.';

create function assent.standing_yeses(standing_id uuid, action_id uuid, revision_id uuid) returns setof assent.standing_consent_answers
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select word.* from assent.standing_words(standing_yeses.standing_id) word
    where word.agrees and assent.holds_role(word.case_id, word.person_id, 'decision_maker', null)
      and word.ledger_index > assent.asked_again_at(standing_yeses.action_id, standing_yeses.revision_id)
$$;
comment on function assent.standing_yeses(uuid, uuid, uuid) is 'Whose yes to a standing consent counts for a revision.';

create function assent.standing_covers(standing assent.standing_consents, p assent.publications) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.kind = any (standing.kinds)
    and assent.gate_rule(a.kind) -> 'family_consent' ->> 'standing' = 'allowed'
    and assent.present() < standing.expires_at
    and assent.present() < standing.at + make_interval(days => (assent.gate_rule(a.kind) -> 'family_consent' ->> 'max_days')::integer)
    and cardinality(assent.audience_of(r.content)) > 0 and assent.audience_of(r.content) <@ standing.audiences
    and array(select jsonb_object_keys(r.content -> 'languages')) <@ standing.languages
    and not exists (select 1 from unnest(standing.excludes) word where assent.excluded_there(standing.case_id, r.content, word))
    and not exists (select 1 from assent.standing_consent_ends e where e.standing_consent_id = standing.id)
    and not exists (select 1 from assent.standing_words(standing.id) word where not word.agrees)
    and (standing.only_when = '' or (select count(*) from assent.standing_consent_triggers t where t.standing_consent_id = standing.id) >= 2)
  from assent.actions a join assent.revisions r on r.action_id = a.id where a.id = p.action_id and r.id = p.revision_id
$$;
comment on function assent.standing_covers(assent.standing_consents, assent.publications) is
  'Whether a text is within what the family agreed to in advance, and that still stands.';

create function assent.asks_for(p assent.publications) returns text language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select assent.gate_rule(a.kind) -> 'family_consent' ->> 'channel' from assent.actions a where a.id = p.action_id $$;
comment on function assent.asks_for(assent.publications) is 'How strong a way of giving it its gate asks of a yes; null: any.';

create function assent.agreed_at(p assent.publications, needed integer) returns timestamptz
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  -- The yes that was enough, to this very text or to a standing consent that covers it, whichever came first.
  select least(
    (select y.at from assent.publication_grounds g join assent.live_yeses(p.case_id, p.revision_id, assent.asks_for(p)) y on y.id = g.consent_id
      where g.publication_id = p.id and g.person_id = y.person_id and y.digest = p.digest
      order by y.ledger_index offset needed - 1 limit 1),
    (select min(enough.at) from assent.standing_consents s cross join lateral (
        select y.at from assent.publication_grounds g
          join assent.standing_yeses(s.id, p.action_id, p.revision_id) y on y.person_id = g.person_id
          where g.publication_id = p.id and g.standing_consent_id = s.id
          order by y.ledger_index offset needed - 1 limit 1) enough
      where s.case_id = p.case_id and assent.strength(assent.asks_for(p)) = 1 and assent.standing_covers(s, p)))
$$;
comment on function assent.agreed_at(assent.publications, integer) is
  'When the family had agreed, on the grounds this publication names; null: it has not.';

create function assent.consent_misses(p assent.publications) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  arrangement assent.arrangements := assent.arrangement_in_force(p.case_id);
  deciders integer;
  needed integer;
  agreed timestamptz;
  misses text[];
begin
  select count(*) into deciders from assent.arrangement_people ap
    where ap.arrangement_id = arrangement.id and ap.standing = 'decision_maker';
  if arrangement.id is null or deciders = 0 then
    return array['consent:family (no arrangement)'];
  end if;
  -- A no, a yes taken back, a question not yet resolved, or a word contested, of any decision maker shuts the gate under
  -- every rule.
  if exists (select 1 from assent.last_words(p.case_id, p.revision_id) word where not assent.says_yes(word.decision)
      or exists (select 1 from assent.consent_withdrawals w where w.consent_id = word.id)
      or exists (select 1 from assent.consent_contests t where t.consent_id = word.id)) then
    return array['consent:family (a no, a withdrawal or a question stands)'];
  end if;
  -- So does the time that any of them wants, whether or not that yes was needed, or has lapsed since.
  if exists (select 1 from assent.last_words(p.case_id, p.revision_id) word
      where not exists (select 1 from assent.consent_marks m where m.consent_id = word.id and m.counts_from <= assent.present())) then
    return array['consent:family (the family needs more time)'];
  end if;
  needed := case arrangement.rule when 'all' then deciders when 'quorum' then arrangement.quorum else 1 end;
  agreed := assent.agreed_at(p, needed);
  if agreed is null or needed > deciders or (arrangement.rule = 'one' and deciders <> 1) then
    return array['consent:family'];
  end if;
  -- What any of them depends on is kept, whether or not that yes was needed, or has lapsed since.
  select coalesce(array_agg(missed), '{}') into misses
    from assent.last_words(p.case_id, p.revision_id) word, unnest(assent.conditions_missed(word)) missed;
  if agreed + make_interval(hours => arrangement.cooling_off_hours) > assent.present() then
    misses := misses || 'release:not_before (the family sleeps over its yes)'::text;
  end if;
  return misses;
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
  if exists (select 1 from assent.standing_noes(p.action_id, p.revision_id) w where w.trust = 'trusted') then
    misses := misses || 'consent:detainee'::text;
  end if;
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

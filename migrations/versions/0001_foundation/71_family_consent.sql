-- The family's live consent to exactly this text: given to it, or in advance.
create function assent.last_words(case_id uuid, revision_id uuid) returns setof assent.consents
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct on (c.person_id) c.* from assent.consents c
    where c.revision_id = last_words.revision_id
      and assent.decides_on(last_words.case_id, last_words.revision_id, c.person_id) and assent.speaks(c)
    order by c.person_id, c.ledger_index desc
$$;
comment on function assent.last_words(uuid, uuid) is 'What each decision maker, or whoever stands in, said last about a revision.';

create function assent.asked_again_at(action_id uuid, revision_id uuid) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select greatest(
    (select max(e.ledger_index) from assent.actions a join assent.events e on e.case_id = a.case_id
      where a.id = asked_again_at.action_id
        and (e.kind = 'release' or e.kind = any ((assent.arrangement_in_force(a.case_id)).asks_again))),
    (select max(w.ledger_index) from assent.standing_noes(asked_again_at.action_id, asked_again_at.revision_id) w
      where w.trust <> 'trusted'),
    (select max(n.ledger_index) from assent.lifted_noes(asked_again_at.action_id, asked_again_at.revision_id) n), -1)
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
    and a.visibility <> 'organisation'
    and assent.gate_rule(a.kind) -> 'family_consent' ->> 'standing' = 'allowed'
    and assent.present() < standing.expires_at
    and assent.present() < standing.at + make_interval(days => (assent.gate_rule(a.kind) -> 'family_consent' ->> 'max_days')::integer)
    and cardinality(assent.audience_of(r.content)) > 0 and assent.audience_of(r.content) <@ standing.audiences
    and array(select jsonb_object_keys(r.content -> 'languages')) <@ standing.languages
    and not exists (select 1 from unnest(standing.excludes) word where assent.excluded_there(standing.case_id, r.content, word))
    and not exists (select 1 from assent.standing_consent_ends e where e.standing_consent_id = standing.id)
    and not exists (select 1 from assent.standing_words(standing.id) word
      where not word.agrees or not assent.standing_answer_counts(word))
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
      or assent.contested_at(word) is not null) then
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

-- No publication without the family's live consent to the same digest and the clearances of its gate.
create function assent.stands_against(p assent.publications) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare misses text[] := assent.consent_misses(p);
begin
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
  if assent.sources_against(p.revision_id) <> '[]' then
    misses := misses || 'source'::text;
  end if;
  return misses;
end $$;
comment on function assent.stands_against(assent.publications) is
  'What keeps a text from being published, and what is published from being handed over: the family, a wish, a stop, a source.';

create function assent.grounds_witnessed(p assent.publications) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select wanted.number = 0 or not exists (
    select 1 from assent.publication_grounds g
      left join assent.clearances c on c.id = g.clearance_id left join assent.consents y on y.id = g.consent_id
      left join lateral (select w.ledger_index from assent.standing_words(g.standing_consent_id) w
        where w.person_id = g.person_id) a on true
      where g.publication_id = p.id
        and coalesce(c.ledger_index, y.ledger_index, a.ledger_index) < assent.witnessed_size(wanted.number) is not true)
  from (select assent.witnesses_needed(p.case_id) as number) wanted
$$;
comment on function assent.grounds_witnessed(assent.publications) is
  'Whether as many witnesses as the case wants have seen every record this publication rests on.';

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
  misses := misses || assent.stands_against(p);
  -- Who signs is read at the time it says it went out: on the page, and here.
  if assent.signers(p.revision_id, p.released_at) is distinct from assent.signers(p.revision_id, assent.present()) then
    misses := misses || 'clearance (who signs has changed since)'::text;
  end if;
  if (content ->> 'not_before')::timestamptz > assent.present() then
    misses := misses || 'release:not_before'::text;
  end if;
  if not assent.grounds_witnessed(p) then
    misses := misses || 'release:witnessed'::text;
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

-- Who signs a text, and which clearances its gate still lacks.
-- Who signs: everybody the content names, but for those it says may be missing, from its deadline on, if they had not cleared before it.
-- Both lists stand in the content the family agreed to; a later yes of theirs does not bring them back.
create function assent.signers(revision_id uuid, at timestamptz) returns jsonb language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select coalesce(jsonb_agg(c.slug order by c.place) filter (where not (
      -- Only as a statement's own form has it: what a form of somebody's own says there means nothing, to us or to the family.
      case when r.content #>> '{form,form}' = 'statement'
             and r.content #>> '{form,sign_on,until}' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$'
             and pg_input_is_valid(r.content #>> '{form,sign_on,until}', 'timestamptz')
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

-- Narrow doors through row-level security: each returns exactly what its name says.

-- The gate judges the same facts whoever looks; a viewer who may not see a relative's no must not see an open gate.
create function assent.gate_facts(action_ids uuid[]) returns table (action_id uuid, facts jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.id, jsonb_build_object(
    'kind', a.kind,
    'case', a.case_id,
    'lead', lead.slug,
    'now', assent.present(),
    'gate_version', (select max(version) from assent.gate_books),
    'revision', r.id, 'number', r.number, 'digest', r.digest,
    'languages', (select coalesce(jsonb_agg(tag order by tag), '[]') from jsonb_object_keys(r.content -> 'languages') tag),
    'attachments', to_jsonb(assent.attached_kinds(a.case_id, r.content)),
    'audience', assent.audience_of(r.content),
    'absences', (select coalesce(jsonb_agg(jsonb_build_object('person', b.person_id, 'seq', b.ledger_index, 'at', b.at)), '[]')
                 from assent.open_absences(a.case_id) b),
    'events', (select coalesce(jsonb_agg(jsonb_build_object('kind', e.kind, 'seq', e.seq)), '[]')
               from (select v.kind, max(v.ledger_index) as seq from assent.events v where v.case_id = a.case_id group by v.kind) e),
    'wishes', (select coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'seq', w.ledger_index, 'trust', w.trust)), '[]')
               from (select s.id, s.ledger_index, s.trust from assent.standing_noes(a.id, r.id) s
                     union select n.id, n.ledger_index, 'lifted' from assent.lifted_noes(a.id, r.id) n) w),
    'standing', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'kinds', s.kinds, 'audiences', s.audiences,
                  'languages', s.languages, 'at', s.at, 'expires_at', s.expires_at,
                  'broken', exists (select 1 from unnest(s.excludes) word where assent.excluded_there(s.case_id, r.content, word)),
                  'waits', s.only_when <> '' and (select count(*) from assent.standing_consent_triggers t where t.standing_consent_id = s.id) < 2,
                  'answers', (select coalesce(jsonb_agg(jsonb_build_object('seq', n.ledger_index, 'person', n.person_id,
                                'agrees', n.agrees, 'at', n.at, 'counts_from', k.counts_from)), '[]')
                              from assent.standing_consent_answers n left join assent.standing_answer_marks k on k.answer_id = n.id where n.standing_consent_id = s.id))), '[]')
                 from assent.standing_consents s where s.case_id = a.case_id and a.visibility <> 'organisation'
                   and not exists (select 1 from assent.standing_consent_ends e where e.standing_consent_id = s.id)),
    'witness_demands', (select coalesce(jsonb_agg(jsonb_build_object('seq', d.ledger_index, 'at', d.at,
                          'needed', case when d.before_release then d.needed else 0 end)), '[]')
                        from assent.witness_demands d where d.case_id = a.case_id),
    'witnessed', (select coalesce(jsonb_agg((select coalesce(max(s.size), 0) from assent.ledger_cosignatures s where s.nth = n) order by n), '[]')
                  from generate_series(1, (select max(d.needed) from assent.witness_demands d where d.case_id = a.case_id)) n),
    'public', jsonb_typeof(r.content -> 'audience') is distinct from 'array',
    'countries', (select coalesce(jsonb_agg(distinct o.country), '[]') from assent.acting_organisations(a.id, r.id) o),
    'named', (select coalesce(jsonb_agg(distinct p.id), '[]') from assent.consents c join assent.people p on p.id = c.person_id
              where c.revision_id = r.id and assent.names_person(r.content, p.name)),
    'cosigners', assent.signers(r.id, assent.present()), 'not_before', r.content ->> 'not_before',
    'writers', (select coalesce(jsonb_agg(distinct w), '[]') from assent.revisions v, unnest(array_append(v.contributors, v.author_id)) w
                where v.action_id = a.id),
    'members', (select coalesce(jsonb_agg(jsonb_build_object('person', m.person_id, 'role', m.role, 'organisation', o.slug)), '[]')
                from assent.memberships m left join assent.organisations o on o.id = m.organisation_id
                where m.case_id = a.case_id and m.ended_at is null),
    'clearances', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'seq', c.ledger_index, 'person', c.person_id, 'role', c.role,
                    'organisation', o.slug, 'revision', c.revision_id, 'digest', c.digest, 'decision', c.decision, 'at', c.at)), '[]')
                   from assent.clearances c left join assent.organisations o on o.id = c.organisation_id where c.revision_id = r.id),
    'consents', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'seq', c.ledger_index, 'person', c.person_id,
                  'revision', c.revision_id, 'digest', c.digest, 'decision', c.decision, 'at', c.at, 'expires_at', c.expires_at,
                  'withdrawn_at', w.at, 'conditions', c.conditions, 'acknowledged_at', k.at, 'channel', c.channel,
                  'counts_from', m.counts_from, 'attested_at', n.at, 'contested_at', assent.contested_at(c))), '[]')
                 from assent.consents c left join assent.consent_withdrawals w on w.consent_id = c.id
                   left join assent.consent_marks m on m.consent_id = c.id
                   left join assent.consent_attestations n on n.consent_id = c.id and n.attests
                   left join assent.consent_acknowledgements k on k.consent_id = c.id where c.revision_id = r.id),
    'arrangement', (select jsonb_build_object('version', f.version, 'rule', f.rule, 'quorum', f.quorum,
                     'cooling_off_hours', f.cooling_off_hours, 'stand_in_after_hours', f.stand_in_after_hours,
                     'asks_again', f.asks_again, 'shows_votes', f.shows_votes, 'decision_makers',
                     (select coalesce(jsonb_agg(p.person_id), '[]') from assent.arrangement_people p
                      where p.arrangement_id = f.id and p.standing = 'decision_maker'), 'alternates',
                     (select coalesce(jsonb_agg(p.person_id order by p.place, p.person_id), '[]') from assent.arrangement_people p
                      where p.arrangement_id = f.id and p.standing = 'alternate'))
                    from assent.arrangement_in_force(a.case_id) f where f.id is not null),
    'pauses', (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'at', p.set_at)), '[]') from assent.pauses p
               where p.case_id = a.case_id and not exists (select 1 from assent.pause_ends e where e.pause_id = p.id)),
    'concerns', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'kind', c.kind, 'person', c.raised_by, 'at', c.raised_at)), '[]')
                 from assent.concerns c where c.case_id = a.case_id
                   and not exists (select 1 from assent.concern_answers n where n.concern_id = c.id)),
    'publication', (select jsonb_build_object('id', p.id, 'revision', p.revision_id, 'at', p.released_at, 'retracted_at', t.retracted_at)
                    from assent.publications p left join assent.retractions t on t.publication_id = p.id
                    where p.action_id = a.id order by p.ledger_index desc limit 1))
  from assent.actions a
  join assent.organisations lead on lead.id = a.organisation_id
  left join lateral (select v.* from assent.revisions v where v.action_id = a.id order by v.number desc limit 1) r on true
  where a.id = any (action_ids)
$$;
comment on function assent.gate_facts(uuid[]) is
  'Everything the gate asks about, in one statement. Callers pass ids of actions they were allowed to see.';

create function assent.published_page(wanted text)
returns table (action_id uuid, kind text, digest text, canonical bytea, released_at timestamptz, retracted_at timestamptz, signers jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.id, a.kind, p.digest, case when t.publication_id is null then r.canonical end, p.released_at, t.retracted_at,
    case when t.publication_id is null then (
      select coalesce(jsonb_agg(jsonb_build_object('slug', o.slug, 'name', o.name, 'country', o.country) order by c.ord), '[]')
      from jsonb_array_elements_text(assent.signers(r.id, p.released_at)) with ordinality c(slug, ord) join assent.organisations o on o.slug = c.slug) end
  from assent.actions a join assent.publications p on p.action_id = a.id join assent.revisions r on r.id = p.revision_id
    left join assent.retractions t on t.publication_id = p.id
  where a.slug = wanted and a.kind = 'public_statement' and (select h.held = '' from assent.ledger_head h)
  order by p.ledger_index desc limit 1
$$;
comment on function assent.published_page(text) is 'What anybody may read at /s/{slug}: the latest publication; nothing of it once retracted.';

create function assent.published_recently(how_many integer)
returns table (slug text, digest text, canonical bytea, released_at timestamptz, signers jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.slug, page.digest, page.canonical, page.released_at, page.signers
  from assent.actions a cross join lateral assent.published_page(a.slug) page
  where a.slug is not null and a.kind = 'public_statement' and page.retracted_at is null
  order by page.released_at desc, a.slug limit least(how_many, 200)
$$;
comment on function assent.published_recently(integer) is 'The feed: live public statements, newest first.';

-- Row-level security: a forgotten filter in a page leaks nothing. The owner (migrations) is not bound by it; the application is.
create function assent.my_cases() returns uuid[] language sql stable security definer set search_path = pg_catalog, pg_temp as
$$ select coalesce(array_agg(distinct m.case_id), '{}') from assent.memberships m
     where m.person_id = assent.person() and m.ended_at is null $$;
create function assent.my_family_cases() returns uuid[] language sql stable security definer set search_path = pg_catalog, pg_temp as
$$ select coalesce(array_agg(distinct m.case_id), '{}') from assent.memberships m
     where m.person_id = assent.person() and m.ended_at is null
       and m.role in ('coordinator', 'decision_maker', 'informed_relative', 'counsel') $$;
comment on function assent.my_family_cases() is 'Cases in which the person sees what is labelled family: relatives, counsel and coordinators.';
create function assent.my_votes_cases() returns uuid[] language sql stable security definer set search_path = pg_catalog, pg_temp as
$$ select coalesce(array_agg(distinct m.case_id), '{}') from assent.memberships m
     where m.person_id = assent.person() and m.ended_at is null
       and (m.role = 'coordinator' or (m.role in ('decision_maker', 'informed_relative', 'counsel')
         and (assent.arrangement_in_force(m.case_id)).shows_votes)) $$;
comment on function assent.my_votes_cases() is
  'Cases in which the person sees what each relative has said: coordinators, and the family where it chose so.';
create function assent.my_desks() returns text[] language sql stable security definer set search_path = pg_catalog, pg_temp as
$$ select coalesce(array_agg(distinct m.case_id || ':' || m.organisation_id), '{}') from assent.memberships m
     where m.person_id = assent.person() and m.ended_at is null and m.organisation_id is not null $$;
comment on function assent.my_desks() is 'Case and organisation pairs the person works at, for what is labelled organisation.';

-- Each record is seen by those its label admits, and written by the person it names as its maker and by nobody in their place.
do $$
declare
  record record;
  job text := '(select assent.is_job())';
  in_case text := 'case_id = any ((select assent.my_cases())::uuid[])';
  in_family text := 'case_id = any ((select assent.my_family_cases())::uuid[])';
  own_or_votes text := 'person_id = (select assent.person()) or case_id = any ((select assent.my_votes_cases())::uuid[])';
  sees_consent text := 'exists (select 1 from assent.consents c where c.id = consent_id)';
  own_or_family text := 'person_id = (select assent.person()) or case_id = any ((select assent.my_family_cases())::uuid[])';
  in_both text := 'case_id = any ((select assent.my_cases())::uuid[]) and copy_case_id = any ((select assent.my_cases())::uuid[])';
  -- Whoever takes a decision down, and whoever is asked to attest it, sees that one.
  sees_decision text := own_or_votes || ' or recorded_by = (select assent.person()) or exists (select 1 from assent.consent_recordings r'
    || ' where r.consent_id = consents.id and r.attester_id = (select assent.person()))';
  sees_action text := 'exists (select 1 from assent.actions a where a.id = action_id)';
  sees_publication text := 'exists (select 1 from assent.publications p where p.id = publication_id)';
  sees_delivery text := 'exists (select 1 from assent.deliveries d where d.id = delivery_id)';
  sees_concern text := 'exists (select 1 from assent.concerns c where c.id = concern_id)';
begin
  for record in select * from (values
      ('arrangements', 'set_by', in_case), ('arrangement_answers', 'person_id', in_family), ('pauses', 'set_by', in_case), ('pause_ends', 'ended_by', in_case),
      ('revisions', 'author_id', sees_action), ('clearances', 'person_id', sees_action), ('concerns', 'raised_by', sees_action),
      ('concern_answers', 'answered_by', sees_concern), ('publications', 'released_by', sees_action),
      ('procedure_steps', 'recorded_by', sees_action), ('meetings', 'recorded_by', in_case), ('meeting_notes', 'recorded_by', in_case),
      ('authorities', 'changed_by', in_case), ('handover_proofs', 'attached_by', sees_delivery),
      ('retractions', 'retracted_by', sees_action), ('copies', 'noted_by', sees_publication),
      ('tellings', 'told_by', sees_publication), ('consent_requests', 'asked_by', own_or_family),
      ('consents', 'coalesce(recorded_by, person_id)', sees_decision), ('consent_withdrawals', 'person_id', own_or_votes),
      ('consent_answers', 'answered_by', sees_consent), ('consent_acknowledgements', 'acknowledged_by', sees_consent),
      ('targets', 'made_by', in_case), ('target_versions', 'made_by', in_case),
      ('target_copies', 'made_by', in_both),
      ('listings', 'made_by', in_case), ('target_ends', 'made_by', in_case), ('claim_texts', 'made_by', in_case),
      ('screenings', 'made_by', in_case), ('screening_decisions', 'made_by', in_case),
      ('witness_demands', 'set_by', in_case)) as records (name, maker, sees) loop
    execute format('create policy %I on assent.%I using (%s or %s) with check (%s or (%s = (select assent.person()) and %s and (%s)))',
      record.name || '_members', record.name, job, record.sees, job, record.maker, in_case, record.sees);
  end loop;
end $$;

-- What carries a label of its own: seen by those the label admits, brought in by whoever it names.
do $$
declare
  labelled record;
  job text := '(select assent.is_job())';
  sees text := 'case_id = any ((select assent.my_cases())::uuid[]) and (visibility in (''case'', ''public'')'
    ' or (visibility = ''family'' and case_id = any ((select assent.my_family_cases())::uuid[]))'
    ' or (visibility = ''organisation'' and case_id || '':'' || organisation_id = any ((select assent.my_desks())::text[])))';
begin
  for labelled in select * from (values ('stored_files', 'stored_by'), ('evidence', 'recorded_by'),
      ('contacts', 'changed_by')) as tables (name, maker) loop
    execute format('create policy %I on assent.%I using (%s or (%s)) with check (%s or (%I = (select assent.person()) and %s))',
      labelled.name || '_members', labelled.name, job, sees, job, labelled.maker, sees);
  end loop;
end $$;
create policy launches_members on assent.launches
  using ((select assent.is_job()) or case_id = any ((select assent.my_cases())::uuid[]))
  with check ((select assent.is_job()) or (created_by = (select assent.person()) and case_id = any ((select assent.my_cases())::uuid[])));
create policy launch_actions_members on assent.launch_actions
  using ((select assent.is_job()) or exists (select 1 from assent.actions a where a.id = action_id))
  with check ((select assent.is_job()) or exists (select 1 from assent.launches l where l.id = launch_id and l.created_by = (select assent.person())));
create policy launch_moments_members on assent.launch_moments
  using ((select assent.is_job()) or case_id = any ((select assent.my_cases())::uuid[]))
  with check ((select assent.is_job()) or (set_by = (select assent.person()) and case_id = any ((select assent.my_cases())::uuid[])));
create policy launch_answers_family on assent.launch_answers
  using ((select assent.is_job()) or person_id = (select assent.person()) or case_id = any ((select assent.my_votes_cases())::uuid[]))
  with check ((select assent.is_job()) or (person_id = (select assent.person()) and case_id = any ((select assent.my_family_cases())::uuid[])));
create policy launch_outcomes_members on assent.launch_outcomes
  using ((select assent.is_job()) or case_id = any ((select assent.my_cases())::uuid[]))
  with check ((select assent.is_job()) or (recorded_by = (select assent.person()) and case_id = any ((select assent.my_cases())::uuid[])));
create policy uploads_own on assent.uploads using ((select assent.is_job())
  or (person_id = (select assent.person()) and case_id = any ((select assent.my_cases())::uuid[])));
create policy evidence_sources_readers on assent.evidence_sources
  using ((select assent.is_job()) or (case_id = any ((select assent.my_cases())::uuid[]) and assent.knows_source(evidence_id)))
  with check ((select assent.is_job()) or (named_by = (select assent.person())
    and exists (select 1 from assent.evidence e where e.id = evidence_id)));
create policy evidence_source_readers_readers on assent.evidence_source_readers
  using ((select assent.is_job()) or (case_id = any ((select assent.my_cases())::uuid[]) and assent.knows_source(evidence_id)))
  with check ((select assent.is_job()) or (admitted_by = (select assent.person())
    and case_id = any ((select assent.my_cases())::uuid[])
    and (assent.knows_source(evidence_id) or (person_id = (select assent.person()) and assent.named_source(evidence_id)))));
create policy source_agreements_members on assent.source_agreements
  using ((select assent.is_job()) or exists (select 1 from assent.evidence e where e.id = evidence_id))
  with check ((select assent.is_job()) or (recorded_by = (select assent.person())
    and exists (select 1 from assent.evidence e where e.id = evidence_id)));
-- What colleagues may go on with, in their own name; it is begun in the name of whoever begins it.
do $$
declare
  record record;
  job text := '(select assent.is_job())';
  in_case text := 'case_id = any ((select assent.my_cases())::uuid[])';
  sees_action text := 'exists (select 1 from assent.actions a where a.id = action_id)';
begin
  for record in select * from (values ('target_merges', in_case), ('claims', in_case), ('exhibits', in_case),
      ('dossiers', sees_action)) as records (name, sees) loop
    execute format('create policy %I on assent.%I using (%s or %s)', record.name || '_members', record.name, job, record.sees);
    execute format('create policy %I on assent.%I as restrictive for insert with check (%s or made_by = (select assent.person()))',
      record.name || '_made', record.name, job);
  end loop;
end $$;

create policy memberships_members on assent.memberships
  using ((select assent.is_job()) or case_id = any ((select assent.my_cases())::uuid[]));
create policy memberships_granted on assent.memberships as restrictive for insert
  with check ((select assent.is_job()) or granted_by = (select assent.person()));
create policy arrangement_people_members on assent.arrangement_people
  using ((select assent.is_job()) or case_id = any ((select assent.my_cases())::uuid[]));
create policy publication_grounds_members on assent.publication_grounds
  using ((select assent.is_job()) or exists (select 1 from assent.publications p where p.id = publication_id));
create policy separate_answers_members on assent.separate_answers
  using ((select assent.is_job()) or exists (select 1 from assent.consents c where c.id = consent_id));
create policy separate_answers_own on assent.separate_answers as restrictive for insert
  with check ((select assent.is_job()) or exists (select 1 from assent.consents c where c.id = consent_id and c.person_id = (select assent.person())));
create policy deliveries_members on assent.deliveries
  using ((select assent.is_job()) or exists (select 1 from assent.publications p where p.id = publication_id));
create policy cases_members on assent.cases
  using ((select assent.is_job()) or id = any ((select assent.my_cases())::uuid[]))
  with check ((select assent.is_job()));
create policy actions_members on assent.actions
  using ((select assent.is_job()) or (case_id = any ((select assent.my_cases())::uuid[]) and (
    visibility in ('case', 'public')
    or (visibility = 'family' and case_id = any ((select assent.my_family_cases())::uuid[]))
    or (visibility = 'organisation' and case_id || ':' || organisation_id = any ((select assent.my_desks())::text[])))));
create policy actions_begun on assent.actions as restrictive for insert
  with check ((select assent.is_job()) or author_id = (select assent.person()));
create policy drafts_read on assent.drafts for select
  using ((select assent.is_job()) or exists (select 1 from assent.actions a where a.id = action_id));
create policy drafts_own on assent.drafts
  using ((select assent.is_job()) or (person_id = (select assent.person())
    and exists (select 1 from assent.actions a where a.id = action_id)));
create policy decision_drafts_own on assent.decision_drafts
  using ((select assent.is_job()) or (person_id = (select assent.person())
    and case_id = any ((select assent.my_cases())::uuid[]) and exists (select 1 from assent.actions a where a.id = action_id)));
create policy tasks_members on assent.tasks
  using ((select assent.is_job()) or (case_id = any ((select assent.my_cases())::uuid[])
    and (action_id is null or exists (select 1 from assent.actions a where a.id = action_id))));
create policy ledger_records_members on assent.ledger_records
  using ((select assent.is_job()) or (case_id = any ((select assent.my_cases())::uuid[])
    and (action_id is null or exists (select 1 from assent.actions a where a.id = action_id))))
  with check ((select assent.is_job()) or case_id is null or case_id = any ((select assent.my_cases())::uuid[]));
create policy erasures_members on assent.erasures
  using ((select assent.is_job()) or (case_id = any ((select assent.my_cases())::uuid[])
    and (person_id is null or person_id = (select assent.person()))))
  with check ((select assent.is_job()) or (asked_by = (select assent.person()) and case_id = any ((select assent.my_cases())::uuid[])));
create policy erasure_answers_members on assent.erasure_answers
  using ((select assent.is_job()) or exists (select 1 from assent.erasures e where e.id = erasure_id))
  with check ((select assent.is_job()) or (person_id = (select assent.person()) and exists (select 1 from assent.erasures e where e.id = erasure_id)));
create policy erasure_ends_members on assent.erasure_ends
  using ((select assent.is_job()) or exists (select 1 from assent.erasures e where e.id = erasure_id));
create policy data_keys_members on assent.data_keys
  using ((select assent.is_job()) or case_id is null or case_id = any ((select assent.my_cases())::uuid[]))
  with check ((select assent.is_job()));

do $$
declare t text;
begin
  for t in select c.table_name from information_schema.columns c join information_schema.tables b using (table_schema, table_name)
      where c.table_schema = 'assent' and c.column_name = 'case_id' and b.table_type = 'BASE TABLE'
      union select 'cases' loop
    execute format('alter table assent.%I enable row level security', t);
  end loop;
end $$;

-- No replication setting, however it came about, lets a guard sleep.
do $$
declare t record;
begin
  for t in select c.relname as table_name, g.tgname as name from pg_trigger g join pg_class c on c.oid = g.tgrelid
      where c.relnamespace = 'assent'::regnamespace and not g.tgisinternal loop
    execute format('alter table assent.%I enable always trigger %I', t.table_name, t.name);
  end loop;
end $$;

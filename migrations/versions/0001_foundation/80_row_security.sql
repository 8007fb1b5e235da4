-- Row-level security: a forgotten filter in a page leaks nothing. The owner (migrations) is not bound by it; the application is.
create function assent.my_cases() returns uuid[] language sql stable security definer set search_path = pg_catalog, pg_temp as
$$ select coalesce(array_agg(distinct m.case_id), '{}') from assent.memberships m
     where m.person_id = assent.person() and m.ended_at is null $$;
create function assent.my_family_cases() returns uuid[] language sql stable security definer set search_path = pg_catalog, pg_temp as
$$ select coalesce(array_agg(distinct m.case_id), '{}') from assent.memberships m
     where m.person_id = assent.person() and m.ended_at is null
       and m.role in ('coordinator', 'decision_maker', 'informed_relative', 'counsel') $$;
comment on function assent.my_family_cases() is 'Cases in which the person sees what is labelled family: relatives, counsel and coordinators.';
create function assent.my_desks() returns text[] language sql stable security definer set search_path = pg_catalog, pg_temp as
$$ select coalesce(array_agg(distinct m.case_id || ':' || m.organisation_id), '{}') from assent.memberships m
     where m.person_id = assent.person() and m.ended_at is null and m.organisation_id is not null $$;
comment on function assent.my_desks() is 'Case and organisation pairs the person works at, for what is labelled organisation.';

do $$
declare
  t text;
  in_case text := '(select assent.is_job()) or case_id = any ((select assent.my_cases())::uuid[])';
  sees_action text := '(select assent.is_job()) or exists (select 1 from assent.actions a where a.id = action_id)';
  sees_publication text := '(select assent.is_job()) or exists (select 1 from assent.publications p where p.id = publication_id)';
  in_family text := '(select assent.is_job()) or person_id = (select assent.person()) or case_id = any ((select assent.my_family_cases())::uuid[])';
begin
  foreach t in array array['memberships', 'arrangements', 'arrangement_people', 'pauses', 'pause_ends', 'concern_answers'] loop
    execute format('create policy %I on assent.%I using (%s) with check (%s)', t || '_members', t, in_case, in_case);
  end loop;
  foreach t in array array['revisions', 'clearances', 'concerns', 'publications', 'retractions'] loop
    execute format('create policy %I on assent.%I using (%s) with check (%s)', t || '_members', t, sees_action, sees_action);
  end loop;
  foreach t in array array['publication_grounds', 'deliveries'] loop
    execute format('create policy %I on assent.%I using (%s) with check (%s)', t || '_members', t, sees_publication, sees_publication);
  end loop;
  foreach t in array array['consents', 'consent_withdrawals', 'consent_requests'] loop
    execute format('create policy %I on assent.%I using (%s) with check (%s)', t || '_family', t, in_family, in_case);
  end loop;
end $$;

create policy cases_members on assent.cases
  using ((select assent.is_job()) or id = any ((select assent.my_cases())::uuid[]))
  with check ((select assent.is_job()));
create policy actions_members on assent.actions
  using ((select assent.is_job()) or (case_id = any ((select assent.my_cases())::uuid[]) and (
    visibility in ('case', 'public')
    or (visibility = 'family' and case_id = any ((select assent.my_family_cases())::uuid[]))
    or (visibility = 'organisation' and case_id || ':' || organisation_id = any ((select assent.my_desks())::text[])))));
create policy drafts_writers on assent.drafts
  using ((select assent.is_job()) or exists (select 1 from assent.actions a where a.id = action_id))
  with check ((select assent.is_job()) or person_id = (select assent.person()));
create policy consent_answers_family on assent.consent_answers
  using ((select assent.is_job()) or case_id = any ((select assent.my_family_cases())::uuid[]));
create policy tasks_members on assent.tasks
  using ((select assent.is_job()) or (case_id = any ((select assent.my_cases())::uuid[])
    and (action_id is null or exists (select 1 from assent.actions a where a.id = action_id))));
create policy ledger_records_members on assent.ledger_records
  using ((select assent.is_job()) or (case_id = any ((select assent.my_cases())::uuid[])
    and (action_id is null or exists (select 1 from assent.actions a where a.id = action_id))))
  with check ((select assent.is_job()) or case_id is null or case_id = any ((select assent.my_cases())::uuid[]));
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

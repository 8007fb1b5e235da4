-- Row-level security of how decisions were given: like that of the decision they belong to.
do $$
declare
  record record;
  job text := '(select assent.is_job())';
  me text := '(select assent.person())';
  in_case text := 'case_id = any ((select assent.my_cases())::uuid[])';
  sees_decision text := 'exists (select 1 from assent.consents c where c.id = consent_id)';
  sees_recording text := 'person_id = (select assent.person()) or recorded_by = (select assent.person())'
    || ' or attester_id = (select assent.person()) or case_id = any ((select assent.my_votes_cases())::uuid[])';
begin
  for record in select * from (values
      ('consent_recordings', 'recorded_by', sees_recording),
      ('consent_signatures', '(select c.person_id from assent.consents c where c.id = consent_id)', sees_decision),
      ('consent_attestations', 'attested_by', sees_decision), ('consent_contests', 'person_id', sees_decision),
      ('passkey_vouches', 'vouched_by', in_case),
      ('reading_checks', 'checked_by', 'exists (select 1 from assent.readings r where r.id = reading_id)'),
      ('readings', 'attached_by', 'exists (select 1 from assent.revisions r where r.id = revision_id)')) as records (name, maker, sees) loop
    execute format('create policy %I on assent.%I using (%s or %s) with check (%s or (%s = %s and %s and (%s)))',
      record.name || '_members', record.name, job, record.sees, job, record.maker, me, in_case, record.sees);
  end loop;
end $$;

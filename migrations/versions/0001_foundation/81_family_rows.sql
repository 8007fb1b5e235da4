-- Who sees and who writes what the family agrees to beforehand; the same rule as for every record.
do $$
declare
  record record;
  job text := '(select assent.is_job())';
  in_case text := 'case_id = any ((select assent.my_cases())::uuid[])';
  in_family text := 'case_id = any ((select assent.my_family_cases())::uuid[])';
  own_or_votes text := 'person_id = (select assent.person()) or case_id = any ((select assent.my_votes_cases())::uuid[])';
begin
  for record in select * from (values
      ('events', 'recorded_by', in_case), ('postures', 'set_by', in_case), ('standing_consents', 'given_by', in_case),
      ('standing_consent_answers', 'person_id', own_or_votes), ('standing_consent_ends', 'person_id', in_case),
      ('standing_consent_triggers', 'person_id', in_case), ('absences', 'recorded_by', in_family),
      ('absence_ends', 'ended_by', in_family), ('wishes', 'recorded_by', in_family),
      ('contact_states', 'recorded_by', in_case)) as records (name, maker, sees) loop
    execute format('create policy %I on assent.%I using (%s or %s) with check (%s or (%I = (select assent.person()) and %s and (%s)))',
      record.name || '_members', record.name, job, record.sees, job, record.maker, in_case, record.sees);
  end loop;
end $$;

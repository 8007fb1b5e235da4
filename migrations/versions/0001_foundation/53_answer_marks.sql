-- When what somebody says in advance, or about who decides, begins to count: as with decisions, looked up by nobody.
create table assent.standing_answer_marks (
  answer_id uuid primary key references assent.standing_consent_answers (id) on delete cascade,
  counts_from timestamptz not null,
  sealed bytea not null constraint standing_answer_marks_sealed_size check (octet_length(sealed) = 128)
);
comment on table assent.standing_answer_marks is 'From when on a yes to a standing consent counts. All are of one size.';
comment on column assent.standing_answer_marks.counts_from is 'infinity: until they answer again';
comment on column assent.standing_answer_marks.sealed is 'Why, sealed with the instance key: the same size whatever it says.';

create table assent.arrangement_answer_marks (
  arrangement_id uuid not null,
  person_id uuid not null,
  counts_from timestamptz not null,
  sealed bytea not null constraint arrangement_answer_marks_sealed_size check (octet_length(sealed) = 128),
  primary key (arrangement_id, person_id),
  constraint arrangement_answer_marks_answer_fkey foreign key (arrangement_id, person_id)
    references assent.arrangement_answers (arrangement_id, person_id) on update cascade on delete cascade
);
comment on table assent.arrangement_answer_marks is 'From when on a yes to a change of the arrangement counts. All are of one size.';
comment on column assent.arrangement_answer_marks.counts_from is 'infinity: until the change is recorded anew';
comment on column assent.arrangement_answer_marks.sealed is 'Why, sealed with the instance key: the same size whatever it says.';

create function assent.standing_answer_counts(answer assent.standing_consent_answers) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from assent.standing_answer_marks m where m.answer_id = answer.id and m.counts_from <= assent.present())
$$;
comment on function assent.standing_answer_counts(assent.standing_consent_answers) is
  'Whether what somebody said in advance counts by now: a yes may wait, and what has no mark never counts.';
create function assent.arrangement_answer_counts(answer assent.arrangement_answers) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from assent.arrangement_answer_marks m where m.arrangement_id = answer.arrangement_id
    and m.person_id = answer.person_id and m.counts_from <= assent.present())
$$;
comment on function assent.arrangement_answer_counts(assent.arrangement_answers) is
  'Whether what somebody said to a change of the arrangement counts by now.';

create function assent.mark_standing_answer(of_answer uuid, counts_from timestamptz, sealed bytea) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.standing_consent_answers a where a.id = of_answer and assent.made_now(a.xmin)
      and mark_standing_answer.counts_from >= a.at) then
    perform assent.refuse('standing_answer_marks_with_answer', 'when an answer begins to count is said with it, and lies not before it');
  end if;
  insert into assent.standing_answer_marks values (of_answer, mark_standing_answer.counts_from, mark_standing_answer.sealed);
end $$;
comment on function assent.mark_standing_answer(uuid, timestamptz, bytea) is 'Says when an answer begins to count, with the answer, once.';
create function assent.mark_arrangement_answer(to_arrangement uuid, of_person uuid, counts_from timestamptz, sealed bytea) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.arrangement_answers a where a.arrangement_id = to_arrangement and a.person_id = of_person
      and assent.made_now(a.xmin) and mark_arrangement_answer.counts_from >= a.at) then
    perform assent.refuse('arrangement_answer_marks_with_answer', 'when an answer begins to count is said with it, and lies not before it');
  end if;
  insert into assent.arrangement_answer_marks
    values (to_arrangement, of_person, mark_arrangement_answer.counts_from, mark_arrangement_answer.sealed);
end $$;
comment on function assent.mark_arrangement_answer(uuid, uuid, timestamptz, bytea) is
  'Says when an answer begins to count, with the answer, once.';

create function assent.standing_answer_mark(of_answer uuid) returns bytea language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select m.sealed from assent.standing_answer_marks m join assent.standing_consent_answers a on a.id = m.answer_id
    where m.answer_id = of_answer and (a.person_id = assent.person() or assent.is_job())
$$;
comment on function assent.standing_answer_mark(uuid) is 'What is sealed beside an answer of one''s own, or for a job.';
create function assent.arrangement_answer_mark(to_arrangement uuid, of_person uuid) returns bytea language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select m.sealed from assent.arrangement_answer_marks m
    where m.arrangement_id = to_arrangement and m.person_id = of_person and (of_person = assent.person() or assent.is_job())
$$;
comment on function assent.arrangement_answer_mark(uuid, uuid) is 'What is sealed beside an answer of one''s own, or for a job.';

create function assent.guard_standing_answer_marked() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.standing_answer_marks m where m.answer_id = new.id) then
    perform assent.refuse('standing_consent_answers_marked', 'every answer says when it begins to count');
  end if;
  return null;
end $$;
create constraint trigger standing_consent_answers_whole after insert on assent.standing_consent_answers
  deferrable initially deferred for each row execute function assent.guard_standing_answer_marked();
create function assent.guard_arrangement_answer_marked() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.arrangement_answer_marks m where m.arrangement_id = new.arrangement_id and m.person_id = new.person_id) then
    perform assent.refuse('arrangement_answers_marked', 'every answer says when it begins to count');
  end if;
  return null;
end $$;
create constraint trigger arrangement_answers_whole after insert on assent.arrangement_answers
  deferrable initially deferred for each row execute function assent.guard_arrangement_answer_marked();

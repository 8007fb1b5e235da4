-- What the database holds of launches whoever writes: together or not at all, and reduced only if the family agreed beforehand.
create function assent.guard_launch_action() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select 1 from assent.launches l where l.id = new.launch_id and assent.made_now(l.xmin)) then
    perform assent.refuse('launch_actions_with_launch', 'a launch names its actions when it is made, not later');
  end if;
  return new;
end $$;
create trigger b_guard before insert on assent.launch_actions for each row execute function assent.guard_launch_action();

create function assent.guard_launch_moment() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if new.number <> (select coalesce(max(m.number), 0) + 1 from assent.launch_moments m where m.launch_id = new.launch_id) then
    perform assent.refuse('launch_moments_number_next', 'moments are numbered one after the other');
  end if;
  if exists (select 1 from assent.launch_outcomes o where o.launch_id = new.launch_id
             and o.outcome in ('released', 'reduced', 'cancelled')) then
    perform assent.refuse('launch_moments_before_the_end', 'what is out or called off has no further moment');
  end if;
  return new;
end $$;
create trigger a_lock before insert on assent.launch_moments for each row execute function assent.lock_case_first();
create trigger b_guard before insert on assent.launch_moments for each row execute function assent.guard_launch_moment();

create function assent.guard_launch_answer() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not assent.decides(new.case_id, new.person_id)
     or not assent.holds_role(new.case_id, new.person_id, 'decision_maker', null) then
    perform assent.refuse('launch_answers_decision_maker', 'a decision maker of the arrangement in force agrees or not');
  end if;
  return new;
end $$;
create trigger a_lock before insert on assent.launch_answers for each row execute function assent.lock_case_first();
create trigger b_guard before insert on assent.launch_answers for each row execute function assent.guard_launch_answer();
create trigger c_time before insert on assent.launch_answers for each row execute function assent.guard_time('at');

-- A yes is to the moment for which it was given: an hour to either side, or as late as that launch may be. A no stands for all.
create function assent.launch_words(launch uuid, moment timestamptz) returns table (person_id uuid, agrees boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with latest as (
    select distinct on (a.person_id) a.person_id, a.agrees, l.late_minutes,
      (select m.at from assent.launch_moments m where m.launch_id = l.id and m.ledger_index < a.ledger_index
       order by m.number desc limit 1) as agreed_at
    from assent.launch_answers a join assent.launches l on l.id = a.launch_id
    where l.id = launch order by a.person_id, a.ledger_index desc)
  select w.person_id, w.agrees from latest w
  where not w.agrees or launch_words.moment between w.agreed_at - interval '1 hour'
    and w.agreed_at + make_interval(mins => greatest(60, w.late_minutes))
$$;
comment on function assent.launch_words(uuid, timestamptz) is 'What each relative has said to a reduced launch, as far as it holds for a moment.';
revoke all on function assent.launch_words(uuid, timestamptz) from public;

create function assent.launch_own_word(launch uuid, moment timestamptz) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as
$$ select w.agrees from assent.launch_words(launch, moment) w where w.person_id = assent.person() $$;
comment on function assent.launch_own_word(uuid, timestamptz) is 'What the reader has said to a reduced launch at a moment; null: nothing that holds then.';

create function assent.launch_reducible(launch uuid, moment timestamptz) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  with held as (select f.* from assent.launches l, assent.arrangement_in_force(l.case_id) f where l.id = launch),
    words as (
      select w.person_id, w.agrees from assent.launch_words(launch, moment) w
      join assent.arrangement_people p on p.person_id = w.person_id and p.standing = 'decision_maker'
      join held on held.id = p.arrangement_id
      where assent.holds_role(p.case_id, w.person_id, 'decision_maker', null))
  select coalesce((select bool_and(agrees) and count(*) >= case held.rule
      when 'all' then (select count(*) from assent.arrangement_people p where p.arrangement_id = held.id and p.standing = 'decision_maker')
      when 'quorum' then held.quorum else 1 end
    from words cross join held group by held.id, held.rule, held.quorum), false)
$$;
comment on function assent.launch_reducible(uuid, timestamptz) is
  'Whether the family has agreed, as its arrangement asks and nobody against, that at this moment the rest may go out without what may not.';

create function assent.launch_out(action_id uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from assent.publications p left join assent.retractions t on t.publication_id = p.id
    where p.revision_id = assent.latest_revision(launch_out.action_id) and t.publication_id is null)
$$;
comment on function assent.launch_out(uuid) is 'Whether the latest text of an action is out and has not been taken back.';

create function assent.guard_launch_outcome() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  members integer := (select count(*) from assent.launch_actions a where a.launch_id = new.launch_id);
  through integer := (select count(*) from assent.launch_actions a where a.launch_id = new.launch_id and assent.launch_out(a.action_id));
begin
  if new.outcome = 'released' and through < members then
    perform assent.refuse('launch_outcomes_all_out', 'a launch is released when all of it is out');
  end if;
  if new.outcome = 'reduced' and (through = 0 or not assent.launch_reducible(new.launch_id, assent.present())) then
    perform assent.refuse('launch_outcomes_reduced_agreed', 'the rest goes out only if the family agreed to that beforehand');
  end if;
  if exists (select 1 from assent.launch_outcomes o where o.launch_id = new.launch_id and o.id <> new.id
             and o.outcome in ('released', 'reduced', 'cancelled')) then
    perform assent.refuse('launch_outcomes_before_the_end', 'what is out or called off has no further outcome');
  end if;
  return null;
end $$;
create trigger a_lock before insert on assent.launch_outcomes for each row execute function assent.lock_case_first();
create trigger b_guard after insert on assent.launch_outcomes for each row execute function assent.guard_launch_outcome();

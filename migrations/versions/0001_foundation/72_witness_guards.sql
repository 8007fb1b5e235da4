-- What a case wants of the ledger's witnesses: said by its coordinators, kept, and told to whoever waits for them.
create function assent.guard_witness_demand() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not assent.holds_role(new.case_id, new.set_by, 'coordinator', null) then
    perform assent.refuse('witness_demands_coordinator', 'a coordinator of the case says how many witnesses it wants');
  end if;
  return new;
end $$;
create trigger witness_demands_keep before update or delete on assent.witness_demands for each row execute function assent.keep_record();
create trigger witness_demands_keep_all before truncate on assent.witness_demands for each statement execute function assent.keep_record();
create trigger a_lock before insert on assent.witness_demands for each row execute function assent.lock_case_first();
create trigger b_guard before insert on assent.witness_demands for each row execute function assent.guard_witness_demand();
create trigger c_entry before insert on assent.witness_demands for each row execute function assent.guard_entry();
create trigger c_time before insert on assent.witness_demands for each row execute function assent.guard_time('at');

create function assent.announce_cosignature() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  -- Open pages of cases that wait for witnesses: something of theirs has just been seen.
  perform pg_notify('assent_case', waiting.case_id::text)
    from (select distinct d.case_id from assent.witness_demands d) waiting
    where exists (select 1 from assent.ledger_records r where r.case_id = waiting.case_id and r.index < new.size
      and r.index >= coalesce((select max(c.size) from assent.ledger_cosignatures c where c.nth = new.nth and c.size < new.size), 0));
  return null;
end $$;
create trigger z_announce after insert on assent.ledger_cosignatures for each row execute function assent.announce_cosignature();

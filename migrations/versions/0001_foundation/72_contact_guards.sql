-- The contact book is kept up to date, each change with its entry in the ledger; whose it is and since when stays.
create function assent.guard_book() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    if assent.erasing() then
      return old;
    end if;
    perform assent.refuse('contact_book_kept', 'what stands in the contact book is set aside, never deleted');
  end if;
  if (new.id, new.case_id, new.recorded_by, new.recorded_at) is distinct from (old.id, old.case_id, old.recorded_by, old.recorded_at) then
    perform assent.refuse('contact_book_kept', 'who wrote it into the book, and for which case, stays');
  end if;
  if new.ledger_index = old.ledger_index then
    perform assent.refuse('recorded_in_ledger', 'each change has an entry of its own');
  end if;
  perform assent.require_entry(new.ledger_index);
  return new;
end $$;

do $$
declare t text;
begin
  foreach t in array array['authorities', 'contacts'] loop
    execute format('create trigger b_guard before update or delete on assent.%I for each row execute function assent.guard_book()', t);
    execute format('create trigger c_entry before insert on assent.%I for each row execute function assent.guard_entry()', t);
    execute format('create trigger %I before truncate on assent.%I for each statement execute function assent.keep_record()', t || '_keep_all', t);
  end loop;
end $$;

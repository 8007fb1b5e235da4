-- What a relative's yes depends on and what the detained person wants, held against a text.
create function assent.acting_organisations(action_id uuid, revision_id uuid) returns setof assent.organisations
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.* from assent.organisations o where o.id = (select a.organisation_id from assent.actions a where a.id = action_id)
    or assent.signers(revision_id, assent.present()) ? o.slug
$$;
comment on function assent.acting_organisations(uuid, uuid) is 'The lead organisation of an action, and those that sign the revision.';

create function assent.names_person(content jsonb, name text) returns boolean language sql immutable
set search_path = pg_catalog, pg_temp as $$
  -- Letter by letter, and with Latin capitals as small letters: other scripts and spellings are for people to see.
  select position(needle in content::text) > 0 or position(lower(needle collate "C") in lower(content::text collate "C")) > 0
  from (select btrim(to_jsonb(name)::text, '"') as needle) as written
$$;
comment on function assent.names_person(jsonb, text) is 'Whether a full name stands anywhere in what people will see.';

create function assent.attached_kinds(case_id uuid, content jsonb) returns text[] language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(case when exists (select 1 from assent.stored_files s where s.case_id = attached_kinds.case_id
        and s.sha256 = f ->> 'sha256' and s.media_type ~ '^(image|video)/')
      then 'photograph' else coalesce(f ->> 'kind', '') end), '{}')
  from jsonb_array_elements(content -> 'attachments') f
$$;
comment on function assent.attached_kinds(uuid, jsonb) is
  'What each attached file is said to be; of a picture that the case keeps, what its bytes are, whatever is said.';

create function assent.shows_picture(case_id uuid, content jsonb) returns boolean language sql stable security definer
set search_path = pg_catalog, pg_temp as
$$ select exists (select 1 from unnest(assent.attached_kinds(shows_picture.case_id, content)) kind
     where kind not in ('document', 'audio')) $$;

create function assent.condition_kept(given assent.consents, condition jsonb, promised boolean) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select case condition ->> 'kind'
    when 'no_name' then promised
      and not assent.names_person(r.content, (select p.name from assent.people p where p.id = given.person_id))
    when 'no_photograph' then not assent.shows_picture(r.case_id, r.content)
    when 'not_before' then (condition ->> 'value')::timestamptz <= assent.present()
    when 'not_in_language' then not exists (select 1 from jsonb_object_keys(r.content -> 'languages') tag
      where tag = condition ->> 'value' or starts_with(tag, (condition ->> 'value') || '-'))
    when 'not_in_country' then promised and jsonb_typeof(r.content -> 'audience') = 'array'
      and not exists (select 1 from assent.acting_organisations(given.action_id, r.id) o where o.country = condition ->> 'value')
    when 'only_organisations' then not exists (select 1 from assent.acting_organisations(given.action_id, r.id) o
      where not condition -> 'value' ? o.slug)
    when 'other' then promised
  end
  from assent.revisions r where r.id = given.revision_id
$$;
comment on function assent.condition_kept(assent.consents, jsonb, boolean) is
  'Whether the text keeps to something a yes depends on; promised: a coordinator has answered for what no machine can tell.';

create function assent.conditions_missed(given assent.consents) returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct 'consent:condition:' || (c ->> 'kind')), '{}')
  from jsonb_array_elements(given.conditions) c
  where assent.condition_kept(given, c,
    exists (select 1 from assent.consent_acknowledgements k where k.consent_id = given.id)) is not true
$$;

create function assent.excluded_there(case_id uuid, content jsonb, word text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select case word
    when 'photograph' then assent.shows_picture(excluded_there.case_id, content)
    when 'names_of_relatives' then exists (select 1 from assent.memberships m join assent.people p on p.id = m.person_id
      where m.case_id = excluded_there.case_id and m.role in ('decision_maker', 'informed_relative')
        and assent.names_person(content, p.name))
    else assent.names_person(content, word) end
$$;
comment on function assent.excluded_there(uuid, jsonb, text) is 'Whether something that was to be left out stands in what people will see.';

create function assent.audience_of(content jsonb) returns text[] language sql immutable
set search_path = pg_catalog, pg_temp as $$
  select case jsonb_typeof(content -> 'audience') when 'array'
    then array(select jsonb_array_elements_text(content -> 'audience')) else array['public'] end
$$;
comment on function assent.audience_of(jsonb) is 'Who is to see a text: public, or its recipients.';

create function assent.wish_concerns(wish assent.wishes, kind text, content jsonb) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select (wish.kinds = '{}' or kind = any (wish.kinds))
    and (wish.audiences = '{}' or wish.audiences && assent.audience_of(content))
    and (wish.details = '{}' or exists (select 1 from unnest(wish.details) word
      where assent.excluded_there(wish.case_id, content, word)))
$$;
comment on function assent.wish_concerns(assent.wishes, text, jsonb) is 'Whether a wish of the detained person is about this text.';

create function assent.standing_noes(action_id uuid, revision_id uuid) returns setof assent.wishes
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select w.* from assent.actions a join assent.revisions r on r.id = standing_noes.revision_id
    join assent.wishes w on w.case_id = a.case_id
  where a.id = standing_noes.action_id and w.says = 'no' and not exists (select 1 from assent.wishes n where n.replaces = w.id)
    and assent.wish_concerns(w, a.kind, r.content)
$$;
comment on function assent.standing_noes(uuid, uuid) is 'What the detained person does not want, as far as it is known, where it is about this text.';

create function assent.lifted_noes(action_id uuid, revision_id uuid) returns setof assent.wishes
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select n.* from assent.actions a join assent.revisions r on r.id = lifted_noes.revision_id
    join assent.wishes w on w.case_id = a.case_id join assent.wishes n on n.replaces = w.id
  where a.id = lifted_noes.action_id and w.says = 'no' and n.says <> 'no' and assent.wish_concerns(w, a.kind, r.content)
$$;
comment on function assent.lifted_noes(uuid, uuid) is
  'Word in the place of a no of the detained person about this text: what it lifts, the family is asked again about.';

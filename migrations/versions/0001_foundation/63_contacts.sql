-- The contact book of a case: who receives a request, a letter or a word.
create table assent.authorities (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  side text not null constraint authorities_side_known check (side in ('home', 'detaining', 'third')),
  country text constraint authorities_country_form check (country ~ '^[A-Z]{2}$'),
  sort text not null constraint authorities_sort_known
    check (sort in ('ministry', 'envoy', 'mission', 'parliament', 'court', 'body', 'other')),
  name text not null constraint authorities_name_filled check (btrim(name) <> ''),
  notes text not null default '',
  recorded_by uuid not null references assent.people (id),
  recorded_at timestamptz not null,
  changed_by uuid not null references assent.people (id),
  changed_at timestamptz not null,
  set_aside boolean not null default false,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint authorities_id_case_key unique (id, case_id)
);
comment on table assent.authorities is
  'A ministry, envoy, mission, parliament or body that can move something in a case, and on whose side it stands.';
comment on column assent.authorities.side is 'home: of a country whose national the person is; detaining: holds the person; third: any other.';
comment on column assent.authorities.country is 'Null for an international body.';
create index authorities_case_idx on assent.authorities (case_id, id);

create table assent.contacts (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  authority_id uuid,
  name text not null constraint contacts_name_filled check (btrim(name) <> ''),
  office text not null default '',
  address text not null default '' constraint contacts_address_form check (address = '' or address ~ '^[^@\s<>]+@[^@\s<>]+$'),
  language text not null default '',
  notes text not null default '',
  visibility text not null constraint contacts_visibility_known check (visibility in ('family', 'organisation', 'case', 'public')),
  organisation_id uuid references assent.organisations (id),
  recorded_by uuid not null references assent.people (id),
  recorded_at timestamptz not null,
  changed_by uuid not null references assent.people (id),
  changed_at timestamptz not null,
  set_aside boolean not null default false,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint contacts_id_case_key unique (id, case_id),
  constraint contacts_authority_fkey foreign key (authority_id, case_id) references assent.authorities (id, case_id),
  constraint contacts_desk_named check (visibility <> 'organisation' or organisation_id is not null)
);
comment on table assent.contacts is
  'Somebody who receives a request or a letter. A text names them in words of its own: what was agreed to does not change with the book.';
comment on column assent.contacts.address is 'Where mail reaches them; empty: what is for them is handed over by a person.';
comment on column assent.contacts.language is 'In which they are written to, BCP 47; empty: not known.';
comment on column assent.contacts.set_aside is 'No longer offered: they have left their office, or nobody should write there.';
create index contacts_case_idx on assent.contacts (case_id, id);
create index contacts_authority_idx on assent.contacts (authority_id) where authority_id is not null;

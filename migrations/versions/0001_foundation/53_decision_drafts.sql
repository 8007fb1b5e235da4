-- What a relative has begun to answer: kept for them alone, through a lost connection, an ended session, a restart.
create table assent.decision_drafts (
  action_id uuid not null,
  person_id uuid not null references assent.people (id),
  case_id uuid not null,
  sealed bytea not null,
  saved_at timestamptz not null,
  primary key (action_id, person_id),
  constraint decision_drafts_action_fkey foreign key (action_id, case_id) references assent.actions (id, case_id)
);
comment on table assent.decision_drafts is 'What a relative has begun to answer, sealed; nobody else reads it, and it decides nothing.';

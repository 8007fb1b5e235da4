-- Launches: actions of different organisations and countries that go out at one moment, all of them or none.
create table assent.launches (
  id uuid primary key,
  case_id uuid not null references assent.cases (id),
  title text not null constraint launches_title_filled check (btrim(title) <> ''),
  late_minutes integer not null constraint launches_late_bearable check (late_minutes between 1 and 10080),
  created_by uuid not null references assent.people (id),
  created_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  constraint launches_id_case_key unique (id, case_id)
);
comment on table assent.launches is 'A set of actions released at one moment: all of their gates open, or none goes out.';
comment on column assent.launches.late_minutes is 'How late it may still go out, if nothing was running at its moment; later than that: not at all.';
create index launches_case_idx on assent.launches (case_id, id);

create table assent.launch_actions (
  launch_id uuid not null,
  case_id uuid not null,
  action_id uuid not null,
  primary key (launch_id, action_id),
  constraint launch_actions_launch_fkey foreign key (launch_id, case_id) references assent.launches (id, case_id),
  constraint launch_actions_action_fkey foreign key (action_id, case_id) references assent.actions (id, case_id)
);
comment on table assent.launch_actions is 'What goes out together; named with the launch, not later.';
create index launch_actions_action_idx on assent.launch_actions (action_id);

create table assent.launch_moments (
  launch_id uuid not null,
  case_id uuid not null,
  number integer not null constraint launch_moments_number_counts check (number > 0),
  at timestamptz not null,
  zone text not null,
  set_by uuid not null references assent.people (id),
  set_at timestamptz not null,
  ledger_index bigint not null references assent.ledger_entries (index),
  primary key (launch_id, number),
  constraint launch_moments_launch_fkey foreign key (launch_id, case_id) references assent.launches (id, case_id)
);
comment on table assent.launch_moments is 'When a launch goes out; the highest number is in force. Whoever set it lets it go, by their role then.';
comment on column assent.launch_moments.zone is 'The time zone it was set in.';

create table assent.launch_answers (
  id uuid primary key,
  launch_id uuid not null,
  case_id uuid not null,
  person_id uuid not null references assent.people (id),
  agrees boolean not null,
  at timestamptz not null,
  ledger_index bigint not null constraint launch_answers_ledger_index_key unique references assent.ledger_entries (index),
  constraint launch_answers_launch_fkey foreign key (launch_id, case_id) references assent.launches (id, case_id)
);
comment on table assent.launch_answers is
  'Whether a decision maker agrees that the rest goes out without what may not. The latest word counts.';
create index launch_answers_launch_idx on assent.launch_answers (launch_id, ledger_index);

create table assent.launch_outcomes (
  id uuid primary key,
  launch_id uuid not null,
  case_id uuid not null,
  moment integer not null,
  outcome text not null constraint launch_outcomes_outcome_known check (outcome in ('released', 'reduced', 'held', 'missed', 'cancelled')),
  reasons jsonb not null default '{}' constraint launch_outcomes_reasons_form check (jsonb_typeof(reasons) = 'object'),
  proposed_at timestamptz,
  recorded_by uuid references assent.people (id),
  recorded_at timestamptz not null,
  ledger_index bigint not null constraint launch_outcomes_ledger_index_key unique references assent.ledger_entries (index),
  constraint launch_outcomes_once_key unique (launch_id, moment),
  constraint launch_outcomes_launch_fkey foreign key (launch_id, case_id) references assent.launches (id, case_id),
  constraint launch_outcomes_moment_fkey foreign key (moment, launch_id) references assent.launch_moments (number, launch_id)
);
comment on table assent.launch_outcomes is 'What became of a launch at a moment. Nothing of it went out if it was held or missed.';
comment on column assent.launch_outcomes.reasons is 'By action, the keys of what its gate still asked for.';
comment on column assent.launch_outcomes.proposed_at is 'The moment proposed instead; a coordinator sets it, or another.';

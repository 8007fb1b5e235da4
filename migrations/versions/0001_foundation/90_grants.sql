-- What the application's role may do. Records: select and insert. Everything else is named column by column.
grant usage on schema assent to assent_app;
grant select on all tables in schema assent to assent_app;
grant execute on function assent.hold_ledger(text) to assent_app;
revoke all on function assent.retract(uuid, uuid, uuid, text, uuid, bigint) from public;
grant insert on assent.organisations, assent.identity_providers, assent.people, assent.organisation_roles, assent.identities,
  assent.browser_sessions, assent.device_answers, assent.sign_in_links, assent.provider_sign_ins, assent.api_tokens, assent.calendar_links, assent.kept_forms,
  assent.ledger_entries, assent.ledger_records, assent.ledger_keys, assent.ledger_checkpoints, assent.ledger_cosignatures,
  assent.ledger_witnesses, assent.erasures, assent.erasure_answers, assent.data_keys, assent.cases, assent.memberships, assent.arrangements,
  assent.arrangement_people, assent.arrangement_answers, assent.pauses, assent.pause_ends, assent.actions, assent.revisions, assent.drafts, assent.clearances,
  assent.concerns, assent.concern_answers, assent.consent_requests, assent.consents, assent.consent_withdrawals,
  assent.consent_answers, assent.consent_acknowledgements, assent.publications, assent.publication_grounds, assent.retractions, assent.deliveries, assent.tasks,
  assent.copies, assent.tellings, assent.decision_drafts,
  assent.procedure_steps, assent.separate_answers, assent.meetings, assent.meeting_notes,
  assent.targets, assent.target_ends, assent.target_versions, assent.target_merges, assent.target_copies, assent.claims,
  assent.claim_texts, assent.exhibits,
  assent.listings, assent.dossiers, assent.screenings, assent.screening_decisions, assent.witness_demands
  to assent_app;
grant update (email_domains) on assent.organisations to assent_app;
grant update (issuer, client_id, client_secret_sealed) on assent.identity_providers to assent_app;
grant update (name, language, organisation_id, removed_at, shown_as, reached_at, discreet, second_email) on assent.people to assent_app;
grant update (last_seen_at, revoked_at) on assent.browser_sessions to assent_app;
grant update (used_at, wrong_codes) on assent.sign_in_links to assent_app;
grant update (used_at) on assent.provider_sign_ins to assent_app;
grant update (last_used_at, revoked_at) on assent.api_tokens to assent_app;
grant update (token_hash, created_at) on assent.calendar_links to assent_app;
grant delete on assent.calendar_links to assent_app;
grant update (taken_at) on assent.kept_forms to assent_app;
grant update (ended_by, ended_at, end_ledger_index) on assent.memberships to assent_app;
grant update (title, visibility, slug) on assent.actions to assent_app;
grant update (form, based_on, contributors, version, saved_at) on assent.drafts to assent_app;
grant update (sealed, saved_at) on assent.decision_drafts to assent_app;
grant update (state, message_id, changed_by, changed_at) on assent.deliveries to assent_app;
grant update (closed_by, closed_at, due_on, title, assignee_id, organisation_id) on assent.tasks to assent_app;
grant update (key, size, asked_at, answered_at, problem) on assent.ledger_witnesses to assent_app;
grant update (undone_by, undone_at, undo_ledger_index) on assent.target_merges to assent_app;
grant update (ended_by, ended_at, end_ledger_index) on assent.claims, assent.exhibits to assent_app;
grant update (answers, version, saved_by, saved_at) on assent.dossiers to assent_app;
grant delete on assent.drafts, assent.decision_drafts, assent.organisation_roles, assent.identity_providers, assent.kept_forms, assent.sign_in_links,
  assent.provider_sign_ins to assent_app;
grant insert on assent.uploads, assent.stored_files, assent.evidence, assent.evidence_sources, assent.evidence_source_readers,
  assent.source_agreements to assent_app;
grant update (name, details, parts, changed_at) on assent.uploads to assent_app;
grant delete on assent.uploads to assent_app;
grant insert on assent.handover_proofs, assent.authorities, assent.contacts to assent_app;
grant update (side, country, sort, name, notes, set_aside, changed_by, changed_at, ledger_index) on assent.authorities to assent_app;
grant update (authority_id, name, office, address, language, notes, visibility, organisation_id, set_aside, changed_by, changed_at,
  ledger_index) on assent.contacts to assent_app;
grant insert on assent.launches, assent.launch_actions, assent.launch_moments, assent.launch_answers, assent.launch_outcomes to assent_app;

-- The eraser: calls the one door, and records in the ledger that it did; it reads nothing of any case.
grant usage on schema assent to assent_eraser;
grant select on assent.erasures, assent.erasure_answers, assent.erasure_ends, assent.ledger_head, assent.data_keys to assent_eraser;
grant insert on assent.ledger_entries, assent.ledger_records to assent_eraser;
grant select (index) on assent.ledger_entries to assent_eraser;
grant execute on function assent.prepare_erasure(uuid), assent.erase(uuid, bigint), assent.erase_again(uuid, uuid) to assent_eraser;

-- How decisions are given.
grant insert on assent.readings, assent.reading_checks, assent.passkeys, assent.passkey_challenges, assent.passkey_vouches, assent.consent_signatures,
  assent.consent_recordings, assent.consent_attestations, assent.consent_contests to assent_app;
grant update (sign_count, last_used_at, ended_at) on assent.passkeys to assent_app;
grant update (used_at) on assent.passkey_challenges to assent_app;
grant delete on assent.passkey_challenges to assent_app;
-- When a decision begins to count, and what somebody has agreed with a person they trust, is looked up by nobody.
revoke select on assent.consent_marks, assent.standing_answer_marks, assent.arrangement_answer_marks, assent.private_signs
  from assent_app;
revoke all on function assent.retract_unless_kept(assent.consents, uuid, bigint) from public;

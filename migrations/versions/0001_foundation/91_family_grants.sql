grant insert on assent.events, assent.standing_consents, assent.standing_consent_answers, assent.standing_consent_ends,
  assent.standing_consent_triggers, assent.absences, assent.absence_ends, assent.wishes, assent.contact_states, assent.postures to assent_app;

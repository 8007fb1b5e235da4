"""Which row keeps what a record says: the pages and the gate read rows, so a row has to say what its record says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text

from assent.ledger.events import EventKind

_AT_ONCE = 500
# Who did it; what it was about; whose decision it is, whoever took it down.
ACTOR, ACTION, RELATIVE = "(actor)", "(action)", "(relative)"


@dataclass(frozen=True)
class KeptIn:
    """The table whose rows keep records of some kinds.

    Attributes:
        says: its columns, and where the record says the same: a name in its body, or one of the three above.
        read: how a column is read where it is not simply one.
    """

    table: str
    events: tuple[EventKind, ...]
    says: Mapping[str, str]
    read: Mapping[str, str] = field(default_factory=dict)

    def page(self) -> TextClause:
        """Return the statement that reads the next rows by their place in the ledger, below `:size`."""
        columns = ", ".join(f"'{c}', {self.read.get(c, f't.{c}')}" for c in self.says)
        return text(
            f"select t.ledger_index as place, jsonb_build_object({columns}) as said from assent.{self.table} t"  # noqa: S608
            f" where t.ledger_index > :after and t.ledger_index < :size order by 1 limit {_AT_ONCE}"
        )

    def contradiction(self, said: Mapping[str, Any], record: Mapping[str, Any]) -> str | None:
        """Return the first column in which a row says something else than its record; None if none does."""
        for column, where in self.says.items():
            if not _same(column, said[column], _find(record, where)):
                return column
        return None


def _find(record: Mapping[str, Any], where: str) -> Any:
    if where == ACTION:
        return record.get("action")
    if where == RELATIVE and "taken_down" in record["body"]:
        return record["body"]["taken_down"]["person"]
    if where in (ACTOR, RELATIVE):
        return record.get("actor", {}).get("person")
    return record["body"].get(where)


def _same(column: str, row: Any, record: Any) -> bool:
    if column.endswith("_at") and isinstance(row, str) and isinstance(record, str):
        return datetime.fromisoformat(row) == datetime.fromisoformat(record)
    # What is empty or not so is left out of a record.
    return bool((row or None) == (record or None))


_PEOPLE_NAMED = (
    "(select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('person', p.person_id, 'standing', p.standing,"
    " 'ground', nullif(p.ground, 'next_of_kin'))) order by p.place)"
    " from assent.arrangement_people p where p.arrangement_id = t.id)"
)
_STATEMENT = {"id": "consent", "digest": "digest", "decision": "decision", "conditions": "conditions",
              "language": "language", "channel": "channel", "expires_at": "expires_at",
              "action_id": ACTION, "person_id": RELATIVE}  # fmt: skip
# Everything a gate is evaluated on, and what went out.
KEPT = (
    KeptIn("cases", (EventKind.CASE_CREATED,), {}),
    KeptIn(
        "memberships",
        (EventKind.MEMBERSHIP_GRANTED,),
        {"id": "membership", "person_id": "person", "role": "role", "organisation_id": "organisation"},
    ),
    KeptIn(
        "arrangements",
        (EventKind.ARRANGEMENT_SET,),
        {"id": "arrangement", "version": "version", "rule": "rule", "quorum": "quorum",
         "cooling_off_hours": "cooling_off_hours", "people": "people"},
        read={"people": _PEOPLE_NAMED},
    ),
    KeptIn(
        "arrangement_answers",
        (EventKind.ARRANGEMENT_ANSWERED,),
        {"arrangement_id": "arrangement", "person_id": ACTOR, "agrees": "agrees"},
    ),
    KeptIn("actions", (EventKind.ACTION_CREATED,), {"id": ACTION, "kind": "kind"}),
    KeptIn(
        "revisions",
        (EventKind.REVISION_SUBMITTED,),
        {"id": "revision", "number": "number", "digest": "digest", "text": "digest",
         "action_id": ACTION},
        read={"text": "coalesce(encode(sha256(t.canonical), 'hex'), t.digest)"},
    ),
    KeptIn(
        "clearances",
        (EventKind.CLEARANCE_GIVEN,),
        {"id": "clearance", "digest": "digest", "role": "role", "decision": "decision",
         "organisation_id": "organisation", "person_id": ACTOR, "action_id": ACTION},
    ),
    KeptIn("consents", (EventKind.CONSENT_DECIDED, EventKind.CONSENT_TAKEN_DOWN), _STATEMENT),
    KeptIn("consent_withdrawals", (EventKind.CONSENT_WITHDRAWN,), {"consent_id": "consent", "person_id": ACTOR}),
    KeptIn("consent_contests", (EventKind.CONSENT_CONTESTED,), {"consent_id": "consent", "person_id": ACTOR}),
    KeptIn("consent_attestations", (EventKind.CONSENT_ATTESTED,), {"consent_id": "consent", "attests": "attests"}),
    KeptIn("consent_acknowledgements", (EventKind.CONDITIONS_ACKNOWLEDGED,), {"consent_id": "consent"}),
    KeptIn(
        "standing_consents",
        (EventKind.STANDING_CONSENT_GIVEN,),
        {"id": "standing_consent", "kinds": "kinds", "audiences": "audiences", "languages": "languages",
         "excludes": "excludes", "only_when": "only_when", "expires_at": "expires_at"},
    ),
    KeptIn(
        "standing_consent_answers",
        (EventKind.STANDING_CONSENT_ANSWERED,),
        {"standing_consent_id": "standing_consent", "person_id": ACTOR, "agrees": "agrees"},
    ),
    KeptIn(
        "standing_consent_ends", (EventKind.STANDING_CONSENT_ENDED,), {"standing_consent_id": "standing_consent"}
    ),
    KeptIn(
        "standing_consent_triggers",
        (EventKind.STANDING_CONSENT_TRIGGERED,),
        {"standing_consent_id": "standing_consent", "organisation_id": "organisation"},
    ),
    KeptIn("absences", (EventKind.ABSENCE_RECORDED,), {"id": "absence", "person_id": "person"}),
    KeptIn(
        "wishes",
        (EventKind.WISH_RECORDED,),
        {"id": "wish", "says": "says", "trust": "trust", "replaces": "replaces"},
    ),
    KeptIn("pauses", (EventKind.PAUSED,), {"id": "pause", "by_family": "by_family"}),
    KeptIn("pause_ends", (EventKind.RESUMED,), {"pause_id": "pause"}),
    KeptIn(
        "concerns",
        (EventKind.CONCERN_RAISED, EventKind.HOLD_RAISED),
        {"id": "concern", "raised_by": ACTOR, "action_id": ACTION},
    ),
    KeptIn("concern_answers", (EventKind.CONCERN_ANSWERED, EventKind.HOLD_LIFTED), {"concern_id": "concern"}),
    KeptIn("events", (EventKind.EVENT_RECORDED,), {"id": "event_id", "kind": "kind"}),
    KeptIn(
        "witness_demands",
        (EventKind.WITNESSES_DEMANDED,),
        {"needed": "needed", "before_release": "before_release"},
    ),
    KeptIn(
        "postures",
        (EventKind.POSTURE_SET,),
        {"id": "posture_id", "version": "version", "posture": "posture", "owner_id": "owner"},
    ),
    KeptIn("publications", (EventKind.PUBLISHED,), {"id": "publication", "digest": "digest", "action_id": ACTION}),
)  # fmt: skip
# What a yes taken back, or a no, took back is out no longer: the trigger's rule, asked of the rows.
OUT_AGAIN = text("""
  select p.ledger_index from assent.publications p where p.ledger_index < :size
    and not exists (select 1 from assent.retractions t where t.publication_id = p.id) and (
      exists (select 1 from assent.consents c join assent.consent_withdrawals w on w.consent_id = c.id
        where c.revision_id = p.revision_id and w.ledger_index > p.ledger_index)
      or exists (select 1 from assent.consents c
        where c.revision_id = p.revision_id and c.decision = 'no' and c.ledger_index > p.ledger_index)
      or exists (select 1 from assent.publication_grounds g join assent.standing_consent_ends e
          on e.standing_consent_id = g.standing_consent_id
        where g.publication_id = p.id and e.ledger_index > p.ledger_index))
""")
EVENTS = {event: kept for kept in KEPT for event in kept.events}
